/* SPDX-License-Identifier: Apache-2.0 */
/* Which tasks stand out, and by what. Pure. */
import { median } from "./heat.ts";
import type { TaskFigures } from "./types.ts";

export const MEASURES = ["worst", "capacity", "queue", "blocked", "lag", "failures", "skew"] as const;
export type Measure = (typeof MEASURES)[number];

export interface HotSpot {
    task: TaskFigures;
    value: number; /* of the measure */
    skew: number | null; /* its rate by the median of its component's */
    why: string; /* the measure that made it hot */
}

export function failShare(task: TaskFigures): number | null {
    const settled = task.window.acked + task.window.failed;
    return settled === 0 ? null : task.window.failed / settled;
}

const READERS: Readonly<Record<Exclude<Measure, "worst" | "skew">, (task: TaskFigures) => number | null>> = {
    capacity: (task) => task.capacity,
    queue: (task) => task.queue_fill,
    blocked: (task) => task.blocked,
    lag: (task) => task.lag,
    failures: (task) => task.window.failed,
};

/* What "worst" compares: shares, and failures ten times as heavy, so that 10 % of them are as bad as a
 * task that has no time left. Lag has no measure of "full" and is ranked by itself only. */
function worstOf(task: TaskFigures): { value: number; why: string } {
    const candidates: [string, number][] = [
        ["capacity", task.capacity ?? 0],
        ["queue", task.queue_fill ?? 0],
        ["blocked", task.blocked ?? 0],
        ["failures", Math.min(1, (failShare(task) ?? 0) * 10)],
    ];
    const [why, value] = candidates.reduce((worst, one) => (one[1] > worst[1] ? one : worst));
    return { value, why };
}

/* Rates of a component's tasks, to which skew compares: its busiest by the median. */
function mediansOf(tasks: readonly TaskFigures[]): Map<string, number | null> {
    const rates = new Map<string, number[]>();
    for (const task of tasks) {
        if (task.per_s === null) continue;
        const list = rates.get(task.component);
        if (list) list.push(task.per_s);
        else rates.set(task.component, [task.per_s]);
    }
    return new Map([...rates].map(([component, list]) => [component, list.length > 1 ? median(list) : null]));
}

function skewOf(task: TaskFigures, medians: ReadonlyMap<string, number | null>): number | null {
    const middle = medians.get(task.component) ?? null;
    return middle === null || middle === 0 || task.per_s === null ? null : task.per_s / middle;
}

function measured(task: TaskFigures, by: Measure, skew: number | null): { value: number; why: string } {
    if (by === "worst") return worstOf(task);
    if (by === "skew") return { value: skew ?? 0, why: "skew" };
    return { value: READERS[by](task) ?? 0, why: by };
}

/* Whether anything is known of the measure. */
export function isMeasured(tasks: readonly TaskFigures[], by: Measure): boolean {
    if (by === "worst") return tasks.some((task) => task.capacity !== null || task.queue_fill !== null || task.blocked !== null);
    if (by === "skew") return tasks.some((task) => task.per_s !== null);
    return tasks.some((task) => READERS[by](task) !== null);
}

/* The first `limit`, hottest first; those that have nothing of the measure are left out. */
export function rankHotSpots(tasks: readonly TaskFigures[], by: Measure, limit: number): HotSpot[] {
    const medians = mediansOf(tasks);
    const spots = tasks.map((task): HotSpot => {
        const skew = skewOf(task, medians);
        return { task, skew, ...measured(task, by, skew) };
    });
    return spots
        .filter((spot) => spot.value > 0)
        .sort((a, b) => b.value - a.value || a.task.id - b.task.id)
        .slice(0, limit);
}
