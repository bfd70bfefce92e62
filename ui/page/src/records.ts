/* SPDX-License-Identifier: Apache-2.0 */
/* Where records of a topic are read from, and which of them are kept on the page. Pure. */
import type { LogRecord } from "./api_types.ts";

export const KEPT_MAX = 500; /* of a live tail: a page cannot grow for ever */

export type From = "latest" | "earliest" | "offset" | "time" | "last";

/* `from` as the API takes it, of what stands in the fields; null: not complete. */
export function fromText(kind: string, number: string, time: string): string | null {
    if (kind === "offset" || kind === "last") return /^\d+$/.test(number.trim()) ? `${kind}:${number.trim()}` : null;
    if (kind === "time") {
        const at_ms = Date.parse(time);
        return Number.isNaN(at_ms) ? null : `time:${at_ms}`;
    }
    return kind === "earliest" ? "earliest" : "latest";
}

/* The fields of a `from`; what is none is the newest records. */
export function fromFields(text: string | null): { kind: From; number: string; time: string } {
    const [kind = "", number = ""] = (text ?? "latest").split(":");
    if (kind === "time") return { kind, number: "", time: localTime(Number(number)) };
    if (kind === "offset" || kind === "last") return { kind, number, time: "" };
    return { kind: kind === "earliest" ? "earliest" : "latest", number: "", time: "" };
}

/* As <input type="datetime-local"> has it, in the time of this place. */
export function localTime(at_ms: number): string {
    if (!Number.isFinite(at_ms)) return "";
    const at = new Date(at_ms);
    return new Date(at_ms - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
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
