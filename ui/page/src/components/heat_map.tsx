/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row for each thing, time from left to right, a colour for each value. Rows are links, and each ends
 * with its value of now, so that nothing is said by colour alone. A straggler has a frame and a word.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { NOT_KNOWN, shortTime } from "../format.ts";
import { bucket, heatColour, stragglers } from "../heat.ts";
import { nowMs } from "../live.ts";
import { zone } from "../preferences.ts";

export interface HeatRow {
    key: string;
    label: string;
    href: string;
    values: readonly (number | null)[];
}

export interface HeatMapProps {
    label: string;
    rows: readonly HeatRow[];
    from_ms: number;
    step_ms: number;
    max: number | null; /* the hottest colour; the largest value unless given */
    noise: number; /* a difference that means nothing */
    format: (value: number | null) => string;
}

const COLUMNS = 180;
const OLD_MS = 60_000;

function draw(canvas: HTMLCanvasElement, values: readonly (number | null)[], max: number): void {
    canvas.width = Math.max(1, values.length);
    const context = canvas.getContext("2d");
    if (context === null) return;
    const image = context.createImageData(canvas.width, 1);
    values.forEach((value, index) => {
        if (value === null) return;
        image.data.set([...heatColour(max > 0 ? value / max : 0), 255], index * 4);
    });
    context.putImageData(image, 0, 0);
}

function Strip({ values, max, onPoint }: { values: readonly (number | null)[]; max: number; onPoint: (index: number | null) => void }) {
    const canvas = useRef<HTMLCanvasElement>(null);
    useEffect(() => {
        if (canvas.current) draw(canvas.current, values, max);
    }, [values, max]);
    const point = (event: PointerEvent) => {
        const box = (event.currentTarget as HTMLCanvasElement).getBoundingClientRect();
        onPoint(Math.floor(((event.clientX - box.left) / box.width) * values.length));
    };
    return <canvas ref={canvas} height={1} class="heat-strip" aria-hidden="true" onPointerMove={point} onPointerLeave={() => onPoint(null)} />;
}

function Scale({ max, format }: { max: number; format: (value: number | null) => string }) {
    const canvas = useRef<HTMLCanvasElement>(null);
    useEffect(() => {
        if (canvas.current) draw(canvas.current, Array.from({ length: 64 }, (_, index) => index), 63);
    }, []);
    return (
        <span class="heat-scale">
            {format(0)} <canvas ref={canvas} height={1} aria-hidden="true" /> {format(max)}
        </span>
    );
}

export function HeatMap(props: HeatMapProps) {
    const [pointed, setPointed] = useState("");
    const rows = props.rows.map((row) => ({ ...row, cells: bucket(row.values, COLUMNS), now: row.values.at(-1) ?? null }));
    const known = rows.flatMap((row) => row.cells.filter((cell): cell is number => cell !== null));
    const max = props.max ?? known.reduce((most, cell) => Math.max(most, cell), 0);
    const outside = stragglers(rows.map((row) => row.now), props.noise);
    const cell_ms = (index: number) => {
        const size = Math.ceil((props.rows[0]?.values.length ?? 0) / COLUMNS);
        return props.from_ms + index * size * props.step_ms;
    };
    const end_ms = props.from_ms + ((props.rows[0]?.values.length ?? 1) - 1) * props.step_ms;
    const is_of_now = nowMs.value - end_ms < OLD_MS; /* that of a topology that has ended is not */
    const say = (row: (typeof rows)[number]) => (index: number | null) => {
        if (index === null) setPointed("");
        else setPointed(`${row.label}, ${shortTime(cell_ms(index), Date.now(), zone.value)}: ${props.format(row.cells[index] ?? null)}`);
    };
    return (
        <div class="heat" role="group" aria-label={props.label}>
            <p class="heat-head">
                {known.length > 0 ? <Scale max={max} format={props.format} /> : <span class="quiet">{NOT_KNOWN}</span>}
                <span class="quiet">{pointed}</span>
            </p>
            <ul data-rows="heat">
                {rows.map((row, index) => (
                    <li key={row.key} data-row="" tabIndex={-1} class={outside[index] ? "straggler" : ""}>
                        <a href={row.href}>{row.label}</a>
                        <Strip values={row.cells} max={max} onPoint={say(row)} />
                        <span class="number">
                            {props.format(row.now)}
                            {outside[index] && <em> straggler</em>}
                        </span>
                    </li>
                ))}
            </ul>
            <p class="heat-axis quiet">
                <span>
                    <span>{shortTime(props.from_ms, Date.now(), zone.value)}</span>
                    <span>{is_of_now ? "now" : shortTime(end_ms, nowMs.value, zone.value)}</span>
                </span>
            </p>
        </div>
    );
}
