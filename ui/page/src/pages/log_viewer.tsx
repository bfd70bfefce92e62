/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log file of any size. What is loaded is the part around what is seen (log_window.ts); what is drawn are the
 * lines in sight. Place, filter and following stand in the address; a line's address is its first byte.
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, type Fault } from "../api.ts";
import type { LogText } from "../api_types.ts";
import { Choice, chosen } from "../components/choice.tsx";
import { Empty, Failed } from "../components/empty.tsx";
import { Icon } from "../components/icon.tsx";
import { Panel } from "../components/panel.tsx";
import { bytes, plural } from "../format.ts";
import { beginWindow, filterLines, growAbove, growBelow, isShorter, PIECE_BYTES, type Grown, type LogLine, type LogWindow } from "../log_window.ts";
import { changedQuery, changeQuery, path, place, query, withQuery } from "../router.ts";

const ROW_PX = 19;
const OVERSCAN = 12;
const NEAR_ROWS = 60; /* so close to an end of what is loaded, more is asked for */
const FOLLOW_MS = 1000;

export interface FileName {
    id: string;
    supervisor: string;
    slot: string;
    file: string;
}

export function fileAddress({ id, supervisor, slot, file }: FileName): string {
    return path`/api/v2/logs/${id}/${supervisor}/${slot}/${file}`;
}

const LEVELS = [
    { value: "", label: "all" },
    { value: "info", label: "info and above" },
    { value: "warn", label: "warn and above" },
    { value: "error", label: "error" },
] as const;

/* ---- loading ---- */

interface Loader {
    window: LogWindow | null;
    fault: Fault | null;
    jumps: number; /* grows when another place was gone to: the view begins at its first line */
    seek: (offset: number) => Promise<void>;
    jump: (offset: number) => Promise<void>;
    above: () => Promise<number>; /* how many lines came above */
    below: () => Promise<number>; /* how many went above: negative */
}

interface Held {
    window: LogWindow | null;
    fault: Fault | null;
    asked: number; /* questions so far */
    busy: boolean;
    jumps: number;
}

function useLoader(address: string): Loader {
    const [, redraw] = useState(0);
    const held = useRef<Held>({ window: null, fault: null, asked: 0, busy: false, jumps: 0 }).current;
    /* Of several questions at a time the last one counts: what comes for another place belongs nowhere. */
    const ask = async (offset: number, length: number): Promise<LogText | null> => {
        const mine = ++held.asked;
        held.busy = true;
        const result = await get<LogText>(withQuery(address, { offset, length }));
        if (mine !== held.asked) return null;
        held.busy = false;
        held.fault = result.ok ? null : result.fault;
        if (!result.ok) redraw((n) => n + 1);
        return result.ok ? result.value : null;
    };
    const put = (window: LogWindow) => {
        held.window = window;
        redraw((n) => n + 1);
    };
    const seek = async (offset: number) => {
        const piece = await ask(offset, PIECE_BYTES);
        if (piece !== null) put(beginWindow(piece));
    };
    const jump = async (offset: number) => {
        held.jumps++;
        await seek(offset);
    };
    const grow = async (offset: number, length: number, how: (window: LogWindow, piece: LogText) => Grown): Promise<number> => {
        if (held.window === null || held.busy || length <= 0) return 0;
        const piece = await ask(offset, length);
        if (piece === null) return 0;
        if (isShorter(held.window, piece)) {
            await seek(-PIECE_BYTES);
            return 0;
        }
        if (piece.length === 0 && piece.size === held.window.size) return 0;
        const grown = how(held.window, piece);
        put(grown.window);
        return grown.above;
    };
    const above = () => {
        const start = held.window?.start ?? 0;
        const from = Math.max(0, start - PIECE_BYTES);
        return grow(from, start - from, growAbove);
    };
    const below = () => grow(held.window?.end ?? 0, PIECE_BYTES, growBelow);
    return { window: held.window, fault: held.fault, jumps: held.jumps, seek, jump, above, below };
}

/* ---- drawing ---- */

function Line({ line, is_chosen, wide }: { line: LogLine; is_chosen: boolean; wide: number }) {
    return (
        <div class={`log-line ${line.level ?? ""} ${is_chosen ? "chosen" : ""}`} data-row="" tabIndex={-1} style={{ minWidth: `${wide}ch` }}>
            <a class="log-mark" tabIndex={-1} aria-label={`Link to the line at byte ${line.offset}`} href={place.value.path + changedQuery(place.value.search, { at: line.offset, follow: null })}>
                {is_chosen ? "▸" : "·"}
            </a>
            <span>{line.text === "" ? " " : line.text}</span>
        </div>
    );
}

interface ListProps {
    lines: readonly LogLine[];
    tail: string;
    loader: Loader;
    chosen: number | null;
    follow: boolean;
    label: string;
}

function Lines({ lines, tail, loader, chosen: at, follow, label }: ListProps) {
    const box = useRef<HTMLDivElement>(null);
    const [top, setTop] = useState(0);
    const [height, setHeight] = useState(600);
    const at_bottom = useRef(true);
    useEffect(() => {
        const element = box.current;
        if (element === null) return;
        const watch = new ResizeObserver(() => setHeight(element.clientHeight));
        watch.observe(element);
        return () => watch.disconnect();
    }, []);
    const count = lines.length + (tail === "" ? 0 : 1);
    /* Whoever follows is taken along, unless they have scrolled up to read. */
    useEffect(() => {
        if (follow && at_bottom.current && box.current) box.current.scrollTop = count * ROW_PX;
    }, [lines, tail, follow]);
    /* A line that was linked to is brought into the middle, once; without one, the end. */
    const brought = useRef<number | "end" | null>(null);
    useEffect(() => {
        const wanted = at ?? "end";
        const index = at === null ? lines.length : lines.findIndex((line) => line.offset >= at);
        if (lines.length === 0 || index < 0 || brought.current === wanted || box.current === null) return;
        if (at !== null || brought.current === null) box.current.scrollTop = Math.max(0, index * ROW_PX - box.current.clientHeight / 2);
        brought.current = wanted;
    }, [at, lines]);
    useEffect(() => {
        if (loader.jumps > 0 && box.current) box.current.scrollTop = 0;
    }, [loader.jumps]);
    const move = (rows: number) => {
        if (rows !== 0 && box.current) box.current.scrollTop += rows * ROW_PX;
    };
    const onScroll = () => {
        const element = box.current;
        if (element === null) return;
        setTop(element.scrollTop);
        const rest = element.scrollHeight - element.clientHeight - element.scrollTop;
        at_bottom.current = rest < ROW_PX * 2;
        const { window } = loader;
        if (window === null) return;
        if (element.scrollTop < NEAR_ROWS * ROW_PX && window.start > 0) void loader.above().then(move);
        else if (rest < NEAR_ROWS * ROW_PX && window.end + tail.length < window.size) void loader.below().then(move);
    };
    const first = Math.max(0, Math.floor(top / ROW_PX) - OVERSCAN);
    const last = Math.min(count, Math.ceil((top + height) / ROW_PX) + OVERSCAN);
    const shown = lines.slice(first, last);
    const wide = shown.reduce((most, line) => Math.max(most, line.text.length + 3), 40);
    return (
        <div class="log" ref={box} onScroll={onScroll} tabIndex={0} role="region" aria-label={label} data-rows="log">
            <div class="log-space" style={{ height: `${count * ROW_PX}px`, minWidth: `${wide}ch` }}>
                <div style={{ transform: `translateY(${first * ROW_PX}px)` }}>
                    {shown.map((line) => (
                        <Line key={line.offset} line={line} wide={wide} is_chosen={line.offset === at} />
                    ))}
                    {tail !== "" && last === count && <div class="log-line"><span class="log-mark"> </span><span>{tail}</span></div>}
                </div>
            </div>
        </div>
    );
}

/* ---- what can be chosen ---- */

function PlaceSlider({ loader }: { loader: Loader }) {
    const { window, jump } = loader;
    if (window === null || window.size <= PIECE_BYTES) return null;
    return (
        <label class="choice log-place">
            <span>Place in the file</span>
            <input
                type="range"
                min={0}
                max={window.size}
                step={1024}
                value={window.start}
                aria-valuetext={`byte ${window.start} of ${window.size}`}
                onChange={(event) => {
                    const offset = Number(event.currentTarget.value);
                    changeQuery({ follow: null, at: null });
                    void jump(offset);
                }}
            />
        </label>
    );
}

function Tools({ loader, follow }: { loader: Loader; follow: boolean }) {
    const toggle = () => {
        changeQuery({ follow: !follow, at: null });
        if (!follow) void loader.seek(-PIECE_BYTES);
    };
    return (
        <div class="choosers">
            <button type="button" aria-pressed={follow} onClick={toggle}>
                <Icon name={follow ? "stop" : "play"} size={12} /> {follow ? "Stop following" : "Follow"}
            </button>
            <Choice name="level" label="Level" options={LEVELS} />
            <label class="filter">
                <Icon name="search" size={13} />
                <input
                    data-search=""
                    type="search"
                    aria-label="Only lines with this text, of what is loaded"
                    placeholder="Text ( / )"
                    value={query("text") ?? ""}
                    onInput={(event) => changeQuery({ text: event.currentTarget.value })}
                />
            </label>
            <PlaceSlider loader={loader} />
        </div>
    );
}

/* While it is on and the tab is seen, asks each second for what was written. */
function useFollowing(on: boolean, loader: Loader): void {
    const latest = useRef(loader);
    latest.current = loader;
    useEffect(() => {
        if (!on) return;
        const timer = setInterval(() => document.hidden || void latest.current.below(), FOLLOW_MS);
        return () => clearInterval(timer);
    }, [on]);
}

function startOf(at: number | null): number {
    return at === null ? -PIECE_BYTES : Math.max(0, at - PIECE_BYTES / 2);
}

export function LogViewer(file: FileName) {
    const address = fileAddress(file);
    const loader = useLoader(address);
    const wanted = query("at");
    const at = wanted !== null && /^\d+$/.test(wanted) ? Number(wanted) : null;
    const follow = query("follow") === "1";
    const { window, fault } = loader;
    const is_loaded = window !== null && at !== null && at >= window.start && at < window.end;
    useEffect(() => {
        if (at === null ? window === null : !is_loaded) void loader.seek(startOf(at));
    }, [at, address]);
    useFollowing(follow, loader);
    const level = chosen("level", LEVELS);
    const text = query("text") ?? "";
    const lines = useMemo(() => filterLines(window?.lines ?? [], level, text), [window?.lines, level, text]);
    const is_filtered = window !== null && lines.length < window.lines.length;
    return (
        <Panel
            title={<code>{file.file}</code>}
            label={`Log ${file.file}`}
            more={
                <a class="button" href={`${address}/download`} download={`${file.id}-${file.supervisor}-${file.slot}-${file.file}`}>
                    <Icon name="down" size={13} /> Download
                </a>
            }
        >
            <Tools loader={loader} follow={follow} />
            {fault && <Failed fault={fault} reload={() => void loader.seek(startOf(at))} />}
            {window !== null && (
                <p class="quiet" role="status">
                    {bytes(window.size)} in all; loaded: bytes {window.start} to {window.end}, {plural(window.lines.length, "line")}
                    {is_filtered ? `, ${lines.length} of them shown` : ""}. The whole file is searched from <a href={path`/logs/${file.id}`}>the topology's logs</a>.
                </p>
            )}
            {window !== null && window.size === 0 && <Empty>The file is empty: the worker has written nothing yet.</Empty>}
            {window !== null && window.size > 0 && lines.length === 0 && <Empty>No line of what is loaded fits the filter.</Empty>}
            <Lines lines={lines} tail={is_filtered ? "" : (window?.tail ?? "")} loader={loader} chosen={at} follow={follow} label={`Lines of ${file.file}`} />
        </Panel>
    );
}
