/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of a log file that is loaded: whole lines, each with the byte at which it begins, which is its
 * address. It grows at both ends as somebody scrolls, and is cut at the other end, so that a file of any
 * size can be walked through. Pure.
 *
 *     file   [........|=== lines ===|~tail~.......]
 *                     start         end            size
 *
 * What is behind the last line break (`tail`) may still be written; it is shown, and not counted.
 */
import type { LogText } from "./api_types.ts";

export const PIECE_BYTES = 64 * 1024;
const LINES_MAX = 6000;

export interface LogLine {
    offset: number;
    text: string;
    level: "debug" | "info" | "warn" | "error" | null;
}

export interface LogWindow {
    lines: readonly LogLine[];
    start: number;
    end: number;
    size: number;
    tail: string;
}

const encoder = new TextEncoder();

function byteLength(text: string): number {
    return encoder.encode(text).length;
}

const LEVEL = /^\d{4}-\d\d-\d\dT[\d:.]+Z +(debug|info|warn|error)\b/;

export function levelOf(text: string): LogLine["level"] {
    return (LEVEL.exec(text)?.[1] as LogLine["level"]) ?? null;
}

interface Cut {
    lines: LogLine[];
    start: number;
    end: number; /* of the last whole line */
    tail: string;
}

/* Whole lines of a piece. `at_line`: it is known to begin where a line does. A piece without any line break
 * is a line too long for it, and is shown as it is. */
function cut(piece: LogText, at_line: boolean): Cut {
    const begins = at_line || piece.complete_lines || piece.offset === 0;
    const first = begins ? 0 : piece.text.indexOf("\n") + 1;
    const last = piece.text.lastIndexOf("\n") + 1;
    if (last === 0 && piece.length >= PIECE_BYTES) {
        const line = { offset: piece.offset, text: piece.text, level: levelOf(piece.text) };
        return { lines: [line], start: piece.offset, end: piece.offset + piece.length, tail: "" };
    }
    const start = piece.offset + byteLength(piece.text.slice(0, first));
    const lines: LogLine[] = [];
    let offset = start;
    for (const text of piece.text.slice(first, last).split("\n").slice(0, -1)) {
        lines.push({ offset, text, level: levelOf(text) });
        offset += byteLength(text) + 1;
    }
    return { lines, start, end: offset, tail: piece.text.slice(Math.max(first, last)) };
}

export function beginWindow(piece: LogText): LogWindow {
    const { lines, start, end, tail } = cut(piece, false);
    return { lines, start, end, size: piece.size, tail };
}

export interface Grown {
    window: LogWindow;
    above: number; /* lines that came above those that were there; negative: that went */
}

/* A piece that was asked for from window.end on. */
export function growBelow(window: LogWindow, piece: LogText): Grown {
    const more = cut(piece, true);
    const all = [...window.lines, ...more.lines];
    const dropped = Math.max(0, all.length - LINES_MAX);
    const lines = all.slice(dropped);
    return {
        window: { lines, start: lines[0]?.offset ?? more.start, end: more.end, size: piece.size, tail: more.tail },
        above: -dropped,
    };
}

/* A piece that ends at window.start. */
export function growAbove(window: LogWindow, piece: LogText): Grown {
    const more = cut(piece, false);
    const all = [...more.lines, ...window.lines];
    const lines = all.slice(0, LINES_MAX);
    const last = lines.at(-1);
    const is_cut = lines.length < all.length;
    const end = is_cut && last ? last.offset + byteLength(last.text) + 1 : window.end;
    return {
        window: { lines, start: more.start, end, size: piece.size, tail: is_cut ? "" : window.tail },
        above: more.lines.length,
    };
}

/* The file is another one than before, or was begun anew. */
export function isShorter(window: LogWindow, piece: LogText): boolean {
    return piece.size < window.end;
}

const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const;

/* Lines of a level or above, with a text. What has no level is printed by user code, and always shown. */
export function filterLines(lines: readonly LogLine[], level: string, text: string): readonly LogLine[] {
    const wanted = text.toLowerCase();
    const least = level in RANK ? RANK[level as keyof typeof RANK] : 0;
    if (wanted === "" && least === 0) return lines;
    return lines.filter((line) => {
        const is_high = line.level === null || RANK[line.level] >= least;
        return is_high && (wanted === "" || line.text.toLowerCase().includes(wanted));
    });
}
