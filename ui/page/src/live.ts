/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One stream of events for the tab (/api/v2/stream). Mounted components subscribe to panels with
 * usePanel(); the stream is opened with those that somebody wants, and closed in a hidden tab. So a
 * browser with many tabs holds only as many connections as there are tabs in sight, and needs no
 * sharing between tabs.
 *
 * Values of a panel are kept while somebody wants it, and shown at once to those who come later.
 */
import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { get } from "./api.ts";
import { liveBegin, liveMustRetry, livePolls, liveStep, type LiveEvent, type LiveState } from "./live_state.ts";
import { path, withQuery } from "./router.ts";
import type { ClusterEvent, ClusterEvents, Pulse, Ticked } from "./types.ts";

const OPEN_DELAY_MS = 40; /* several components that come and go together are one change */
const CLOCK_MS = 500;
const POLL_MS = 5000;
const EVENTS_MAX = 500;

export const liveState = signal<LiveState>(liveBegin(Date.now()));

export interface PanelValue<T> {
    data: T | null;
    gone: string | null; /* why there will be no more: the topology has ended */
}

interface Panel {
    value: Signal<PanelValue<unknown>>;
    wanted: number; /* by how many mounted components */
}

const panels = new Map<string, Panel>();
let source: EventSource | null = null;
let opened = ""; /* the panels the stream is of */
let opening = 0;
let polled_ms = 0;

function step(event: LiveEvent): void {
    const next = liveStep(liveState.value, event);
    if (next !== liveState.value) liveState.value = next;
}

/* ---- what comes ---- */

interface Message extends Partial<Ticked> {
    panel?: string;
    text?: string;
}

function take(name: string, data: Message): void {
    const panel = panels.get(name);
    if (panel === undefined) return;
    if (name === "events") takeEvents(panel, data as ClusterEvents);
    else panel.value.value = { data, gone: null };
}

function takeEvents(panel: Panel, more: ClusterEvents): void {
    const old = (panel.value.value.data as ClusterEvent[] | null) ?? [];
    const last = old.at(-1)?.id ?? 0;
    /* A nimbus that has started anew counts from 1 again. */
    const restarted = more.last_id < last;
    const fresh = restarted ? more.events : more.events.filter((event) => event.id > last);
    if (fresh.length === 0 && panel.value.value.data !== null) return;
    /* Without a hole: after a time in which nothing was heard the list begins anew. */
    const joins = !restarted && (fresh[0]?.id ?? 0) === last + 1;
    const all = joins ? [...old, ...fresh] : fresh;
    panel.value.value = { data: all.slice(-EVENTS_MAX), gone: null };
}

function parse(event: Event): Message | null {
    try {
        return JSON.parse((event as MessageEvent<string>).data) as Message;
    } catch {
        return null;
    }
}

function listen(stream: EventSource): void {
    const heard = (name: string | null) => (event: Event) => {
        const data = parse(event);
        if (data === null || stream !== source) return;
        const interval_ms = data.interval_ms;
        step({ kind: "message", at_ms: Date.now(), ...(interval_ms ? { interval_ms } : {}) });
        take(name ?? data.panel ?? "", data);
    };
    stream.addEventListener("pulse", heard("pulse"));
    stream.addEventListener("events", heard("events"));
    stream.addEventListener("figures", heard(null));
    stream.addEventListener("tasks", heard(null));
    stream.addEventListener("gone", (event) => {
        const data = parse(event);
        const panel = panels.get(data?.panel ?? "");
        if (panel) panel.value.value = { ...panel.value.value, gone: data?.text ?? "it has ended" };
    });
    stream.addEventListener("trouble", (event) => {
        step({ kind: "trouble", at_ms: Date.now(), text: parse(event)?.text ?? "nimbus cannot be reached" });
    });
    stream.addEventListener("error", () => {
        if (stream !== source) return;
        close();
        step({ kind: "broken", at_ms: Date.now() });
    });
}

/* ---- the connection ---- */

function close(): void {
    source?.close();
    source = null;
    opened = "";
}

function wantedPanels(): string {
    return [...panels].filter(([, panel]) => panel.wanted > 0).map(([name]) => name).sort().join(",");
}

/* Not at once when nobody wants one any more: the next page has perhaps got its value already. */
function forgetUnwanted(): void {
    for (const [name, panel] of panels)
        if (panel.wanted === 0 && name !== "pulse" && name !== "events") panels.delete(name);
}

function open(): void {
    clearTimeout(opening);
    opening = 0;
    forgetUnwanted();
    const wanted = wantedPanels();
    if (document.hidden || wanted === "" || (source !== null && wanted === opened)) return;
    close();
    opened = wanted;
    step({ kind: "connect", at_ms: Date.now() });
    source = new EventSource(withQuery("/api/v2/stream", { panels: wanted }));
    listen(source);
}

function openSoon(): void {
    if (opening === 0) opening = setTimeout(open, OPEN_DELAY_MS) as unknown as number;
}

/* ---- without a stream ---- */

function addressOf(panel: string): string {
    const [kind = "", name = "", extra] = panel.split(":").map(decodeURIComponent);
    if (kind === "topology") return withQuery(path`/api/v2/topologies/${name}/figures`, { window: extra });
    if (kind === "tasks") return withQuery(path`/api/v2/topologies/${name}/tasks`, { component: extra });
    return `/api/v2/${kind}`;
}

async function poll(): Promise<void> {
    for (const name of wantedPanels().split(",").filter(Boolean)) {
        const result = await get<Message>(addressOf(name));
        if (!livePolls(liveState.value)) return; /* the stream has come back, with what is newer */
        if (!result.ok) continue;
        step({ kind: "polled", at_ms: Date.now(), interval_ms: POLL_MS });
        take(name, result.value);
    }
}

function watchClock(): void {
    const now = Date.now();
    step({ kind: "clock", at_ms: now });
    const state = liveState.value;
    if (state.phase === "broken" && source !== null) close();
    if (liveMustRetry(state, now) && !document.hidden) open();
    if (livePolls(state) && !document.hidden && now - polled_ms > POLL_MS) {
        polled_ms = now;
        void poll();
    }
}

function watchVisibility(): void {
    step({ kind: document.hidden ? "hidden" : "seen", at_ms: Date.now() });
    if (document.hidden) close();
    else open();
}

/* What the shell shows is asked for at once: it comes while the page is drawn for the first time. */
export function startLive(): void {
    for (const name of ["pulse", "events"]) panelOf(name).wanted++;
    if (document.hidden) step({ kind: "hidden", at_ms: Date.now() });
    else open();
    setInterval(watchClock, CLOCK_MS);
    document.addEventListener("visibilitychange", watchVisibility);
    addEventListener("online", open);
}

/* ---- for components ---- */

function panelOf(name: string): Panel {
    let panel = panels.get(name);
    if (panel === undefined) {
        panel = { value: signal({ data: null, gone: null }), wanted: 0 };
        panels.set(name, panel);
    }
    return panel;
}

/* A part of a panel's name: ':' and ',' have a meaning there. */
export function panelName(...parts: (string | number)[]): string {
    return parts.map((part) => encodeURIComponent(String(part))).join(":");
}

const nothing: ReadonlySignal<PanelValue<unknown>> = signal({ data: null, gone: null });

/* The values of a panel, as long as the component is mounted; null: of none now. */
export function usePanel<T>(name: string | null): ReadonlySignal<PanelValue<T>> {
    /* In the same turn as the rendering: between the two the panel, which nobody wants yet, would be forgotten. */
    useLayoutEffect(() => {
        if (name === null) return;
        const panel = panelOf(name);
        panel.wanted++;
        openSoon();
        return () => {
            panel.wanted--;
            openSoon();
        };
    }, [name]);
    return (name === null ? nothing : panelOf(name).value) as ReadonlySignal<PanelValue<T>>;
}

/* The time of the cluster's last tick: ages are counted from it, so that they stand still when it does. */
export const nowMs = computed(() => {
    const pulse = panelOf("pulse").value.value.data as Pulse | null;
    return pulse?.at_ms ?? Date.now();
});

export const pulse = computed(() => panelOf("pulse").value.value.data as Pulse | null);
export const recentEvents = computed(() => panelOf("events").value.value.data as ClusterEvent[] | null);
