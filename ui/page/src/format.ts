/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, durations and times as people read them. Pure; what is not known is a dash. */

export const UNKNOWN = "–";

/* What a dash means, where nothing else is said of it. */
export const NOT_KNOWN = "Not known: nothing was measured in this time, or the cluster has not told it yet.";
export const NO_LAG = "Not known: it reads no log, or its lag has not been told yet.";

type Number = number | null | undefined;

function isKnown(value: Number): value is number {
    return value !== null && value !== undefined && Number.isFinite(value);
}

/* Three digits that matter: 0.123, 1.23, 12.3, 123. */
function threeDigits(value: number): string {
    const size = Math.abs(value);
    const digits = size >= 99.95 || value === 0 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
    return value.toFixed(digits);
}

function trimZeros(text: string): string {
    return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function scaled(value: number, base: number, units: string[]): string {
    let scaledValue = value;
    let unit = 0;
    while (Math.abs(scaledValue) >= base * 0.9995 && unit < units.length - 1) {
        scaledValue /= base;
        unit++;
    }
    const text = trimZeros(threeDigits(scaledValue));
    return units[unit] === "" ? text : `${text} ${units[unit]}`;
}

const THOUSANDS = ["", "k", "M", "G", "T", "P"];

/* 999, 1.23 k, 45.6 M: for tables. */
export function count(value: Number): string {
    return isKnown(value) ? scaled(value, 1000, THOUSANDS) : UNKNOWN;
}

/* 1,234,567: where each one counts. */
export function exact(value: Number): string {
    return isKnown(value) ? Math.round(value).toLocaleString("en-US") : UNKNOWN;
}

export function rate(value: Number): string {
    if (!isKnown(value)) return UNKNOWN;
    const text = count(value);
    return text.includes(" ") ? `${text}/s` : `${text} /s`;
}

export function bytes(value: Number): string {
    return isKnown(value) ? scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]) : UNKNOWN;
}

/* A latency, given in ns. */
export function nanos(value: Number): string {
    if (!isKnown(value)) return UNKNOWN;
    if (value >= 60e9) return duration(value / 1e6);
    return scaled(value, 1000, ["ns", "µs", "ms", "s"]);
}

/* A share of 0..1 as percent. */
export function share(value: Number): string {
    if (!isKnown(value)) return UNKNOWN;
    const percent = value * 100;
    if (percent > 0 && percent < 0.1) return "< 0.1 %";
    return `${percent >= 9.95 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1)} %`;
}

const STEPS: [string, number][] = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
];

/* The two largest units: 3 h 12 min. */
export function duration(ms: Number): string {
    if (!isKnown(ms)) return UNKNOWN;
    if (ms < 1000) return ms <= 0 ? "0 s" : `${Math.round(ms)} ms`;
    let rest = Math.floor(ms / 1000);
    const parts: string[] = [];
    for (const [unit, seconds] of STEPS) {
        const amount = Math.floor(rest / seconds);
        if (amount === 0) {
            if (parts.length > 0) break;
            continue;
        }
        parts.push(`${amount} ${unit}`);
        rest -= amount * seconds;
        if (parts.length === 2) break;
    }
    return parts.join(" ");
}

export function ago(at_ms: Number, now_ms: number): string {
    if (!isKnown(at_ms)) return UNKNOWN;
    const age = now_ms - at_ms;
    return age < 1500 ? "now" : `${duration(age)} ago`;
}

export type Zone = "local" | "utc";

function pad(value: number): string {
    return String(value).padStart(2, "0");
}

function parts(at: Date, zone: Zone): { day: string; clock: string } {
    const utc = zone === "utc";
    const year = utc ? at.getUTCFullYear() : at.getFullYear();
    const month = (utc ? at.getUTCMonth() : at.getMonth()) + 1;
    const day = utc ? at.getUTCDate() : at.getDate();
    const clock = [
        utc ? at.getUTCHours() : at.getHours(),
        utc ? at.getUTCMinutes() : at.getMinutes(),
        utc ? at.getUTCSeconds() : at.getSeconds(),
    ];
    return { day: `${year}-${pad(month)}-${pad(day)}`, clock: clock.map(pad).join(":") };
}

/* 2026-05-01 13:14:15, and " UTC" if it is that. */
export function time(at_ms: Number, zone: Zone): string {
    if (!isKnown(at_ms)) return UNKNOWN;
    const { day, clock } = parts(new Date(at_ms), zone);
    return `${day} ${clock}${zone === "utc" ? " UTC" : ""}`;
}

/* The clock alone if it is the day of `now_ms`. */
export function shortTime(at_ms: Number, now_ms: number, zone: Zone): string {
    if (!isKnown(at_ms)) return UNKNOWN;
    const at = parts(new Date(at_ms), zone);
    const now = parts(new Date(now_ms), zone);
    return at.day === now.day ? at.clock : `${at.day.slice(5)} ${at.clock.slice(0, 5)}`;
}

export function plural(amount: Number, one: string, many = `${one}s`): string {
    return `${exact(amount)} ${amount === 1 ? one : many}`;
}

/* What happened, and what to do, of a text that says both: "killed by SIGSEGV: remedy: see it happen with: gdb ...". */
export function splitRemedy(text: string): [what: string, remedy: string | null] {
    const at = text.indexOf(": remedy: ");
    return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + ": remedy: ".length)];
}

/* "a few words" of a snake_case name. */
export function words(name: string): string {
    return name.replaceAll("_", " ");
}
