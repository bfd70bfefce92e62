/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile drawn: each function as a bar under the one that called it, as wide as its share of the
 * samples. One stop for the tab key: arrows go from bar to bar, Enter or a click zooms, Escape shows all.
 *
 * Only the line above the bars follows the pointer. The bars are drawn again when what is shown changes.
 */
import { computed, useComputed, useSignal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { plural, share } from "../format.ts";
import { clipped, colourOf, foundCount, isFound, isNamed, layOut, moved, type Cell, type Frame } from "./flame.ts";
import "./flame.css";

const ROW = 21;
const LEAST_WIDTH = 1.5;
const LETTER_WIDTH = 7.4; /* of the font of 12 px in which each is as wide as the others */
const PAD = 5;

function useWidth() {
    const box = useRef<HTMLDivElement>(null);
    const [width, setWidth] = useState(0);
    useEffect(() => {
        const element = box.current;
        if (element === null) return;
        const measure = () => setWidth(element.clientWidth);
        measure();
        const observer = new ResizeObserver(measure);
        observer.observe(element);
        return () => observer.disconnect();
    }, []);
    return { box, width };
}

function drawnWidth(width: number): number {
    return Math.max(LEAST_WIDTH, width - 1);
}

function spoken(frame: Frame, root: Frame): string {
    return `${frame.name}, ${share(frame.count / root.count)}, ${plural(frame.count, "sample")}`;
}

interface BarProps {
    cell: Cell;
    root: Frame;
    find: string;
    id: string;
}

function Bar({ cell, root, find, id }: BarProps) {
    const { frame, x, width, row } = cell;
    const found = isFound(frame, find);
    const is_plain = cell.is_above || frame.kind !== "function" || (find === "" ? !isNamed(frame.name) : !found);
    const look = is_plain ? "plain" : `flame-${colourOf(frame.name)}`;
    return (
        <g id={id} role="treeitem" aria-level={frame.depth + 1} aria-label={spoken(frame, root)} class={`${look} ${found ? "found" : ""}`}>
            <rect x={x.toFixed(1)} y={row * ROW} width={drawnWidth(width).toFixed(1)} height={ROW - 1} rx={2} />
        </g>
    );
}

/* Not inside of its bar, which has the whole name and not what there is room for. */
function Name({ cell: { frame, x, width, row }, find }: { cell: Cell; find: string }) {
    const text = clipped(frame.name, Math.floor((drawnWidth(width) - 2 * PAD) / LETTER_WIDTH));
    if (text === "") return null;
    return (
        <text class={frame.kind === "owner" || isFound(frame, find) ? "strong" : undefined} x={(x + PAD).toFixed(1)} y={row * ROW + 14.5}>
            {text}
        </text>
    );
}

function Bars({ cells, root, find, prefix }: { cells: readonly Cell[]; root: Frame; find: string; prefix: string }) {
    return (
        <>
            {cells.map((cell, index) => (
                <Bar key={index} cell={cell} root={root} find={find} id={`${prefix}${index}`} />
            ))}
            <g aria-hidden="true">
                {cells.map((cell, index) => (
                    <Name key={index} cell={cell} find={find} />
                ))}
            </g>
        </>
    );
}

/* What is pointed at, or chosen by keys: its whole name, and how much it is. */
function Detail({ frame, root, zoomed }: { frame: ReadonlySignal<Frame>; root: Frame; zoomed: Frame }) {
    const { name, kind, count, self } = frame.value;
    const inside = zoomed !== root && frame.value.depth > zoomed.depth ? `, ${share(count / zoomed.count)} of ${zoomed.name}` : "";
    return (
        <p class="flame-detail">
            <strong class={kind === "function" ? "mono" : ""}>{kind === "all" ? "All samples" : name}</strong>
            <span>
                {share(count / root.count)} of all{inside}
            </span>
            <span class="quiet">
                {plural(count, "sample")}
                {kind === "function" && `, ${share(self / root.count)} in itself`}
            </span>
        </p>
    );
}

/* Around the bar that keys have chosen. */
function Chosen({ cell }: { cell: ReadonlySignal<Cell | undefined> }) {
    const at = cell.value;
    if (at === undefined) return null;
    return <rect class="flame-chosen" x={at.x + 1} y={at.row * ROW + 1} width={Math.max(3, at.width - 3)} height={ROW - 3} rx={2} />;
}

/* Zooms by click and Enter, and goes where arrows say. */
function useKeys(cells: readonly Cell[], root: Frame, chosen: Signal<Frame>, zoom: (to: Frame) => void) {
    return (event: KeyboardEvent) => {
        const next = moved(cells, chosen.value, event.key);
        if (next !== null) chosen.value = next;
        else if (event.key === "Enter" || event.key === " ") zoom(chosen.value);
        else if (event.key === "Escape") zoom(root);
        else if (!event.key.startsWith("Arrow")) return;
        event.preventDefault();
        event.stopPropagation();
    };
}

/* The bar that is chosen comes into sight, where they are more than the box holds. */
function useInSight(box: { current: HTMLDivElement | null }, cell: ReadonlySignal<Cell | undefined>) {
    useEffect(
        () =>
            cell.subscribe((at) => {
                const element = box.current;
                if (at === undefined || element === null) return;
                const top = at.row * ROW;
                if (top < element.scrollTop) element.scrollTop = top;
                else if (top + ROW > element.scrollTop + element.clientHeight) element.scrollTop = top + ROW - element.clientHeight;
            }),
        [cell],
    );
}

export function FlameGraph({ root, find, label }: { root: Frame; find: string; label: string }) {
    const { box, width } = useWidth();
    const prefix = `${useId()}-`;
    const [zoomed, setZoomed] = useState(root);
    const { cells, rows, left_out } = useMemo(() => layOut(zoomed, width || 800, LEAST_WIDTH), [zoomed, width]);
    const bars = useMemo(() => <Bars cells={cells} root={root} find={find} prefix={prefix} />, [cells, find]);
    const chosen = useSignal(root);
    const pointed = useSignal<Frame | null>(null);
    const is_focused = useSignal(false);
    const shown = useComputed(() => pointed.value ?? chosen.value);
    const chosen_cell = useMemo(() => computed(() => (is_focused.value ? cells.find((cell) => cell.frame === chosen.value) : undefined)), [cells]);
    const active = useMemo(() => computed(() => `${prefix}${cells.findIndex((cell) => cell.frame === chosen.value)}`), [cells]);
    const zoom = (to: Frame) => {
        chosen.value = to;
        pointed.value = null;
        setZoomed(to);
    };
    const onKey = useKeys(cells, root, chosen, zoom);
    useInSight(box, chosen_cell);
    const frameAt = (event: Event) => {
        const id = event.target instanceof Element ? event.target.closest("[role=treeitem]")?.id : undefined;
        return id === undefined ? null : (cells[Number(id.slice(prefix.length))]?.frame ?? null);
    };
    const found = find === "" ? null : foundCount(root, find);
    return (
        <div class="flame">
            <div class="flame-head">
                <Detail frame={shown} root={root} zoomed={zoomed} />
                {found !== null && <span class="flame-found">{`“${find}”: ${share(found / root.count)} of all`}</span>}
                <button type="button" disabled={zoomed === root} onClick={() => zoom(root)}>
                    Show all
                </button>
            </div>
            <div class="flame-scroll" ref={box}>
                <svg
                    width={width || 800}
                    height={rows * ROW}
                    tabindex={0} /* an attribute of SVG: it is as it is written */
                    role="tree"
                    aria-label={`${label}. Arrows go from one to the next, Enter zooms, Escape shows all.`}
                    aria-activedescendant={active}
                    onKeyDown={onKey}
                    onFocus={() => (is_focused.value = true)}
                    onBlur={() => (is_focused.value = false)}
                    onPointerMove={(event) => (pointed.value = frameAt(event))}
                    onPointerLeave={() => (pointed.value = null)}
                    onClick={(event) => {
                        const frame = frameAt(event);
                        if (frame !== null) zoom(frame);
                    }}
                >
                    {bars}
                    <Chosen cell={chosen_cell} />
                </svg>
            </div>
            {left_out > 0 && <p class="quiet">{`${plural(left_out, "function")} too narrow to be drawn: zoom, or look into the table.`}</p>}
        </div>
    );
}
