/* SPDX-License-Identifier: Apache-2.0 */
/* Where records of a topic are read from, and which of them are kept on the page. Pure. */
import type { LogRecord } from "./api_types.ts";
import type { Zone } from "./format.ts";

export const KEPT_MAX = 500; /* of a live tail: a page cannot grow for ever */

export type From = "latest" | "earliest" | "offset" | "time" | "last";

/* `from` as the API takes it, of what stands in the fields; null: not complete. */
export function fromText(kind: string, number: string, time: string, zone: Zone): string | null {
    if (kind === "offset" || kind === "last") return /^\d+$/.test(number.trim()) ? `${kind}:${number.trim()}` : null;
    if (kind === "time") {
        const at_ms = readTime(time, zone);
        return at_ms === null ? null : `time:${at_ms}`;
    }
    return kind === "earliest" ? "earliest" : "latest";
}

/* The fields of a `from`; what is none is the newest records. */
export function fromFields(text: string | null, zone: Zone): { kind: From; number: string; time: string } {
    const [kind = "", number = ""] = (text ?? "latest").split(":");
    if (kind === "time") return { kind, number: "", time: timeField(Number(number), zone) };
    if (kind === "offset" || kind === "last") return { kind, number, time: "" };
    return { kind: kind === "earliest" ? "earliest" : "latest", number: "", time: "" };
}

/* As <input type="datetime-local"> has it: a clock without a zone, which is the one that times are shown in. */
export function timeField(at_ms: number, zone: Zone): string {
    if (!Number.isFinite(at_ms)) return "";
    const ahead_ms = zone === "utc" ? 0 : -new Date(at_ms).getTimezoneOffset() * 60_000;
    return new Date(at_ms + ahead_ms).toISOString().slice(0, 19);
}

/* The other way; null: it is none. */
export function readTime(text: string, zone: Zone): number | null {
    const at_ms = Date.parse(zone === "utc" ? `${text}Z` : text);
    return Number.isNaN(at_ms) ? null : at_ms;
}

/* Where to go on: "at:0=17,1=33". Null: there is nothing to go on in. */
export function nextText(next: Readonly<Record<string, number>>): string | null {
    const places = Object.entries(next).map(([partition, offset]) => `${partition}=${offset}`);
    return places.length === 0 ? null : `at:${places.join(",")}`;
}

/* `more` behind `old`, and how many of the first had to go. */
export function keep(old: readonly LogRecord[], more: readonly LogRecord[]): { records: LogRecord[]; dropped: number } {
    const all = [...old, ...more];
    const dropped = Math.max(0, all.length - KEPT_MAX);
    return { records: all.slice(dropped), dropped };
}

/* In the order of their times; those of one partition stay in the order of their offsets where times are equal or unknown. */
export function byTime(records: readonly LogRecord[]): LogRecord[] {
    return [...records].sort((a, b) => (a.timestamp_ms ?? 0) - (b.timestamp_ms ?? 0));
}
