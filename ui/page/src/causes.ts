/* SPDX-License-Identifier: Apache-2.0 */
/* Where the cause of a problem, or what an event is about, is seen. Pure. */
import { path, withQuery } from "./router.ts";
import type { ClusterEvent, Problem } from "./types.ts";

const TABS: Readonly<Record<string, string>> = {
    back_pressure: "graph",
    failing: "hot",
    timing_out: "hot",
    unplaced: "workers",
    worker_down: "workers",
    errors: "errors",
};

export function topologyHref(name: string, tab?: string): string {
    return withQuery(path`/topologies/${name}`, { tab: tab === "graph" ? null : tab });
}

export function componentHref(topology: string, component: string): string {
    return path`/topologies/${topology}/components/${component}`;
}

export function taskHref(topology: string, component: string, task: number): string {
    return path`/topologies/${topology}/components/${component}/tasks/${task}`;
}

export function workerHref(supervisor: string, slot: number): string {
    return path`/workers/${supervisor}/${slot}`;
}

export function problemHref(problem: Problem): string {
    const { kind, topology, component, supervisor, slot } = problem;
    if (supervisor !== null && slot !== null) return workerHref(supervisor, slot);
    if (topology !== null && TABS[kind] !== undefined) return topologyHref(topology, TABS[kind]);
    if (topology !== null && component !== null) return componentHref(topology, component);
    if (topology !== null) return topologyHref(topology);
    return "/nodes";
}

export function eventHref(event: ClusterEvent): string | null {
    if (event.supervisor !== null && event.slot !== null) return workerHref(event.supervisor, event.slot);
    if (event.topology !== null) return topologyHref(event.topology, "history");
    return event.supervisor !== null ? "/nodes" : null;
}
