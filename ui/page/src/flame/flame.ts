/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile as a tree of who calls whom, and what is drawn and listed of it. Pure.
 *
 * A frame's count is the samples in it and in what it calls; its self those in itself alone. The names are
 * those of the user's functions: any text.
 */
import type { ProfileStack } from "../api_types.ts";

export type Grouping = "tasks" | "threads" | "functions";

export interface Frame {
    name: string;
    kind: "all" | "owner" | "function"; /* owner: a thread or a task */
    count: number;
    self: number;
    begin: number; /* samples left of it */
    depth: number; /* 0: all */
    parent: Frame | null;
    children: Frame[]; /* the widest first */
}

function taskName(stack: ProfileStack): string | null {
    return stack.component === null ? null : `${stack.component}[${stack.task ?? "?"}]`;
}

/* Rare stacks that nimbus has put together are of no thread. */
function ownersOf(stack: ProfileStack, by: Grouping): string[] {
    if (by === "functions" || stack.thread === "") return [];
    const task = taskName(stack);
    if (by === "tasks") return [task ?? stack.thread];
    return task === null ? [stack.thread] : [stack.thread, task];
}

interface Growing extends Frame {
    of: Map<string, Growing>;
}

function grown(name: string, kind: Frame["kind"], parent: Growing | null): Growing {
    return { name, kind, count: 0, self: 0, begin: 0, depth: parent === null ? 0 : parent.depth + 1, parent, children: [], of: new Map() };
}

/* A task and a function of the same name are two. */
function childOf(parent: Growing, name: string, kind: Frame["kind"]): Growing {
    const key = kind + name;
    let child = parent.of.get(key);
    if (child === undefined) {
        child = grown(name, kind, parent);
        parent.of.set(key, child);
        parent.children.push(child);
    }
    return child;
}

function byCount(a: Frame, b: Frame): number {
    return b.count - a.count || (a.name < b.name ? -1 : 1);
}

export function foldFlame(stacks: readonly ProfileStack[], by: Grouping): Frame {
    const root = grown("all", "all", null);
    for (const stack of stacks) {
        let at = root;
        at.count += stack.count;
        const step = (name: string, kind: Frame["kind"]) => {
            at = childOf(at, name, kind);
            at.count += stack.count;
        };
        for (const name of ownersOf(stack, by)) step(name, "owner");
        for (const name of stack.frames) step(name, "function");
        at.self += stack.count;
    }
    for (const frame of framesOf(root)) {
        frame.children.sort(byCount);
        let begin = frame.begin;
        for (const child of frame.children) {
            child.begin = begin;
            begin += child.count;
        }
    }
    return root;
}

/* All below a frame and itself, callers before those that they call. */
export function framesOf(root: Frame): Frame[] {
    const found = [root];
    for (let at = 0; at < found.length; at++) found.push(...found[at]!.children);
    return found;
}

/* ---- the drawing ---- */

export interface Cell {
    frame: Frame;
    x: number;
    width: number;
    row: number;
    is_above: boolean; /* calls what is zoomed */
}

export interface FlameLayout {
    cells: Cell[];
    rows: number;
    left_out: number; /* frames that are too narrow to be drawn, or lie below one that is */
}

/* `zoomed` has the whole width, and so have its callers above it; of others nothing is drawn. */
export function layOut(zoomed: Frame, width: number, least_width: number): FlameLayout {
    const cells: Cell[] = [];
    for (let at = zoomed.parent; at !== null; at = at.parent) cells.unshift({ frame: at, x: 0, width, row: at.depth, is_above: true });
    const scale = zoomed.count > 0 ? width / zoomed.count : 0;
    const waiting = [zoomed];
    let rows = zoomed.depth + 1;
    let left_out = 0;
    for (let next = 0; next < waiting.length; next++) {
        const frame = waiting[next]!;
        const cell_width = frame === zoomed ? width : frame.count * scale;
        if (cell_width < least_width) {
            left_out += framesOf(frame).length;
            continue;
        }
        cells.push({ frame, x: (frame.begin - zoomed.begin) * scale, width: cell_width, row: frame.depth, is_above: false });
        rows = Math.max(rows, frame.depth + 1);
        waiting.push(...frame.children);
    }
    return { cells, rows, left_out };
}

/* Where a key goes from a frame; null: nowhere. */
export function moved(cells: readonly Cell[], from: Frame, key: string): Frame | null {
    const own = cells.findIndex((cell) => cell.frame === from);
    if (own < 0) return cells[0]?.frame ?? null;
    const { row } = cells[own]!;
    switch (key) {
        case "ArrowUp":
            return from.parent;
        case "ArrowDown":
            return cells.find((cell) => cell.frame.parent === from)?.frame ?? null;
        case "ArrowLeft":
            return cells.filter((cell, index) => cell.row === row && index < own).at(-1)?.frame ?? null;
        case "ArrowRight":
            return cells.find((cell, index) => cell.row === row && index > own)?.frame ?? null;
        case "Home":
            return cells[0]?.frame ?? null;
        default:
            return null;
    }
}

const COLOURS = 6;

/* A name has the same colour wherever it stands. */
export function colourOf(name: string): number {
    let value = 0;
    for (let at = 0; at < name.length; at++) value = (value * 31 + name.charCodeAt(at)) >>> 0;
    return value % COLOURS;
}

/* A function without a name is called by its place: libc.so.6+0x891c4. */
export function isNamed(name: string): boolean {
    return !/\+0x[0-9a-f]+$/.test(name);
}

export function clipped(text: string, letters: number): string {
    if (text.length <= letters) return text;
    return letters < 3 ? "" : `${text.slice(0, letters - 1)}…`;
}

/* ---- what is looked for ---- */

export function isFound(frame: Frame, text: string): boolean {
    return text !== "" && frame.kind !== "all" && frame.name.toLowerCase().includes(text.toLowerCase());
}

/* Samples in frames that have the text in their names, each sample once. */
export function foundCount(root: Frame, text: string): number {
    const waiting = [root];
    let count = 0;
    for (let next = 0; next < waiting.length; next++) {
        const frame = waiting[next]!;
        if (isFound(frame, text)) count += frame.count;
        else waiting.push(...frame.children);
    }
    return count;
}

/* ---- lists ---- */

export interface HotFunction {
    name: string;
    self: number;
    whole: number; /* with what it calls; once for a stack in which it calls itself */
}

/* All functions, those with most samples in themselves first. */
export function hottest(stacks: readonly ProfileStack[]): HotFunction[] {
    const found = new Map<string, HotFunction>();
    for (const { frames, count } of stacks) {
        for (const name of new Set(frames)) {
            const one = found.get(name) ?? { name, self: 0, whole: 0 };
            one.whole += count;
            found.set(name, one);
        }
        const innermost = found.get(frames.at(-1) ?? "");
        if (innermost !== undefined) innermost.self += count;
    }
    return [...found.values()].sort((a, b) => b.self - a.self || b.whole - a.whole || (a.name < b.name ? -1 : 1));
}

/* A semicolon ends a name in a line, and the line ends the stack. */
function foldedName(name: string): string {
    return name.replaceAll(";", ",").replace(/[\x00-\x1f\x7f]/g, " ");
}

/* As `gale debug profile --folded` writes them: THREAD;COMPONENT[TASK];OUTERMOST;...;INNERMOST COUNT. */
export function foldedText(stacks: readonly ProfileStack[]): string {
    return stacks
        .map((stack) => {
            const task = taskName(stack);
            const names = [stack.thread, ...(task === null ? [] : [task]), ...stack.frames];
            return `${names.map(foldedName).join(";")} ${stack.count}\n`;
        })
        .join("");
}
