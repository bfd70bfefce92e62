/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The window onto a drawing: dragged by the pointer, zoomed by Ctrl and wheel, by two fingers (which
 * browsers tell as that), by buttons, and by keys (+ - 0 and arrows) while it has the focus. The wheel
 * alone scrolls the page, as everywhere. What gets the focus by key comes into sight.
 *
 * The drawing is told what is in sight: it may leave out the rest.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Icon } from "../components/icon.tsx";
import type { Point } from "./structure.ts";
import { fitView, panInto, panView, seenBox, zoomView, type Box, type Size, type View } from "./view_box.ts";

const STEP = 1.25;
const KEY_PAN = 60;
const HEIGHT_MIN = 220;
const HEIGHT_MAX = 620;

const ARROWS: Readonly<Record<string, Point>> = {
    ArrowLeft: { x: KEY_PAN, y: 0 },
    ArrowRight: { x: -KEY_PAN, y: 0 },
    ArrowUp: { x: 0, y: KEY_PAN },
    ArrowDown: { x: 0, y: -KEY_PAN },
};

function useWidth() {
    const frame = useRef<HTMLDivElement>(null);
    const [width, setWidth] = useState(0);
    useEffect(() => {
        const element = frame.current;
        if (element === null) return;
        setWidth(element.clientWidth);
        const observer = new ResizeObserver(() => setWidth(element.clientWidth));
        observer.observe(element);
        return () => observer.disconnect();
    }, []);
    return { frame, width };
}

interface StageProps {
    drawing: Size;
    label: string;
    children: (seen: Box) => ComponentChildren; /* a function that stays the same as long as what it draws does */
}

export function Stage(props: StageProps) {
    const { frame, width } = useWidth();
    const [moved, setMoved] = useState<View | null>(null);
    const { drawing } = props;
    const begin = fitView(drawing, { width: width || 800, height: HEIGHT_MAX }, false);
    const height = Math.round(Math.max(HEIGHT_MIN, Math.min(HEIGHT_MAX, drawing.height * begin.scale + 16)));
    const size = { width: width || 800, height };
    const view = moved ?? fitView(drawing, size, false);
    const middle = { x: size.width / 2, y: size.height / 2 };
    const now = useRef({ view, size });
    now.current = { view, size };
    const zoom = (factor: number, at: Point = middle) => setMoved(zoomView(now.current.view, factor, at));
    const pan = (by: Point) => setMoved(panView(now.current.view, by, drawing, now.current.size));
    const onKey = (event: KeyboardEvent) => {
        const arrow = ARROWS[event.key];
        if (arrow) pan(arrow);
        else if (event.key === "+" || event.key === "=") zoom(STEP);
        else if (event.key === "-") zoom(1 / STEP);
        else if (event.key === "0") setMoved(fitView(drawing, size, true));
        else return;
        event.preventDefault();
    };
    const onFocus = (event: FocusEvent) => {
        const { target } = event;
        if (frame.current === null || !(target instanceof SVGAElement) || !target.matches(":focus-visible")) return;
        const inside = target.getBoundingClientRect();
        const box = frame.current.getBoundingClientRect();
        const by = { x: panInto(inside.left - box.left, inside.right - box.left, box.width), y: panInto(inside.top - box.top, inside.bottom - box.top, box.height) };
        if (by.x !== 0 || by.y !== 0) pan(by);
    };
    useWheel(frame, zoom);
    const drag = useDrag(pan);
    const seen = seenBox(view, size);
    const drawn = useMemo(() => props.children(seen), [props.children, seen.left, seen.top, seen.right, seen.bottom]);
    return (
        <div class="stage" ref={frame}>
            <svg
                width={size.width}
                height={size.height}
                tabindex={0} /* an attribute of SVG: it is as it is written */
                role="group"
                aria-label={`${props.label}. Arrows move it, plus and minus zoom, 0 shows all.`}
                onKeyDown={onKey}
                onFocusIn={onFocus}
                {...drag}
            >
                <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>{drawn}</g>
            </svg>
            <div class="stage-tools">
                <button type="button" aria-label="Zoom in" onClick={() => zoom(STEP)}>
                    <Icon name="plus" />
                </button>
                <button type="button" aria-label="Zoom out" onClick={() => zoom(1 / STEP)}>
                    <Icon name="minus" />
                </button>
                <button type="button" aria-label="Show all" onClick={() => setMoved(fitView(drawing, size, true))}>
                    <Icon name="fit" />
                </button>
            </div>
        </div>
    );
}

/* Not as a property: the browser takes those for passive, and would zoom the whole page. */
function useWheel(frame: { current: HTMLDivElement | null }, zoom: (factor: number, at: Point) => void) {
    const latest = useRef(zoom);
    latest.current = zoom;
    useEffect(() => {
        const element = frame.current;
        const onWheel = (event: WheelEvent) => {
            if (!event.ctrlKey || element === null) return;
            event.preventDefault();
            const box = element.getBoundingClientRect();
            latest.current(Math.exp(-event.deltaY / 300), { x: event.clientX - box.left, y: event.clientY - box.top });
        };
        element?.addEventListener("wheel", onWheel, { passive: false });
        return () => element?.removeEventListener("wheel", onWheel);
    }, []);
}

const DRAG_FROM_PX = 4; /* less is a click */

function useDrag(pan: (by: Point) => void) {
    const last = useRef<(Point & { far: boolean }) | null>(null);
    return {
        onPointerDown: (event: PointerEvent) => {
            if (event.button === 0) last.current = { x: event.clientX, y: event.clientY, far: false };
        },
        onPointerMove: (event: PointerEvent) => {
            const from = last.current;
            if (from === null || event.buttons === 0) return;
            const by = { x: event.clientX - from.x, y: event.clientY - from.y };
            if (!from.far && Math.hypot(by.x, by.y) < DRAG_FROM_PX) return;
            if (!from.far) (event.currentTarget as Element).setPointerCapture(event.pointerId);
            last.current = { x: event.clientX, y: event.clientY, far: true };
            pan(by);
        },
        onPointerUp: () => {
            /* A click follows: it must still see that this was a drag. */
            if (last.current?.far) setTimeout(() => (last.current = null));
            else last.current = null;
        },
        onClickCapture: (event: Event) => {
            if (last.current?.far) event.preventDefault();
        },
        onDragStart: (event: Event) => event.preventDefault(),
    };
}
