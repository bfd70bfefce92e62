/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How live the stream of figures is, as a state machine: step(state, event) -> state. Pure; live.ts is
 * the shell around it.
 *
 *     connecting --message--> live --3 ticks missed--> stale --message--> live
 *         ^                     |                        |
 *         +------ retry --------+------- broken ---------+       hidden: paused, whatever it was
 *
 * A stream on which nothing is heard for SILENT_MS counts as broken, whatever the browser thinks of it: a
 * machine that went to sleep leaves a connection behind that never ends, and some proxies hold all back.
 * After three failures figures are polled, while the stream is tried on.
 *
 * Data older than three ticks are never shown as if they were of now: `stale_since_ms` is the time of
 * the last message, and a banner says it.
 */

export const MISSED_TICKS = 3;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 15_000;
const FAILURES_BEFORE_POLLING = 3;
const SILENT_MS = 10_000;

export interface LiveState {
    phase: "connecting" | "live" | "broken" | "paused";
    last_ms: number; /* of the last message; of the start before there was one */
    heard_ms: number; /* of the last thing the stream said, or of its opening */
    interval_ms: number;
    failures: number; /* in a row */
    retry_at_ms: number; /* when broken */
    stale_since_ms: number | null;
    trouble: string | null; /* gale-ui is there, but cannot reach nimbus */
}

export type LiveEvent =
    | { kind: "connect"; at_ms: number }
    | { kind: "message"; at_ms: number; interval_ms?: number }
    | { kind: "polled"; at_ms: number; interval_ms: number } /* figures came, but not by the stream */
    | { kind: "trouble"; at_ms: number; text: string }
    | { kind: "broken"; at_ms: number }
    | { kind: "clock"; at_ms: number }
    | { kind: "hidden"; at_ms: number }
    | { kind: "seen"; at_ms: number };

export function liveBegin(at_ms: number): LiveState {
    return {
        phase: "connecting",
        last_ms: at_ms,
        heard_ms: at_ms,
        interval_ms: 1000,
        failures: 0,
        retry_at_ms: 0,
        stale_since_ms: null,
        trouble: null,
    };
}

export function retryDelay(failures: number): number {
    return Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.max(0, failures - 1));
}

/* A stream that cannot be had at all (a proxy that holds it back): figures are fetched instead. */
export function livePolls(state: LiveState): boolean {
    return state.phase !== "paused" && state.failures >= FAILURES_BEFORE_POLLING;
}

function aged(state: LiveState, at_ms: number): LiveState {
    const is_late = at_ms - state.last_ms > MISSED_TICKS * state.interval_ms;
    const stale_since_ms = is_late && state.phase !== "paused" ? state.last_ms : null;
    return stale_since_ms === state.stale_since_ms ? state : { ...state, stale_since_ms };
}

function broken(state: LiveState, at_ms: number): LiveState {
    const failures = state.failures + 1;
    return aged({ ...state, phase: "broken", failures, retry_at_ms: at_ms + retryDelay(failures) }, at_ms);
}

function isSilent(state: LiveState, at_ms: number): boolean {
    return (state.phase === "live" || state.phase === "connecting") && at_ms - state.heard_ms > SILENT_MS;
}

export function liveStep(state: LiveState, event: LiveEvent): LiveState {
    switch (event.kind) {
        case "connect":
            return state.phase === "paused" ? state : { ...state, phase: "connecting", heard_ms: event.at_ms };
        case "message":
            return {
                ...state,
                phase: state.phase === "paused" ? "paused" : "live",
                last_ms: event.at_ms,
                heard_ms: event.at_ms,
                interval_ms: event.interval_ms ?? state.interval_ms,
                failures: 0,
                stale_since_ms: null,
                trouble: null,
            };
        case "polled":
            return { ...state, last_ms: event.at_ms, interval_ms: event.interval_ms, stale_since_ms: null, trouble: null };
        case "trouble":
            return aged({ ...state, failures: 0, heard_ms: event.at_ms, trouble: event.text }, event.at_ms);
        case "broken":
            return state.phase === "paused" ? state : broken(state, event.at_ms);
        case "clock":
            return isSilent(state, event.at_ms) ? broken(state, event.at_ms) : aged(state, event.at_ms);
        case "hidden":
            return { ...state, phase: "paused", stale_since_ms: null };
        case "seen":
            if (state.phase !== "paused") return state;
            /* What was missed while hidden is not held against the server. */
            return { ...state, phase: "connecting", last_ms: event.at_ms, heard_ms: event.at_ms, failures: 0 };
    }
}

export function liveMustRetry(state: LiveState, at_ms: number): boolean {
    return state.phase === "broken" && at_ms >= state.retry_at_ms;
}
