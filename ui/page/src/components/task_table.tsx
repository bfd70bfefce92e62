/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks of a component, a worker or a topology. */
import { useMemo } from "preact/hooks";
import { taskHref, workerHref } from "../causes.ts";
import { count, duration, exact, nanos, NO_LAG, rate } from "../format.ts";
import type { TaskFigures } from "../types.ts";
import { Bar } from "./bar.tsx";
import { Table, type Column } from "./table.tsx";

export function WorkerLink({ supervisor, slot }: { supervisor: string | null; slot: number | null }) {
    if (supervisor === null || slot === null) return <span class="text-trouble">no place</span>;
    return <a href={workerHref(supervisor, slot)}>{`${supervisor}:${slot}`}</a>;
}

export function taskName(task: { component: string; task: number }): string {
    return `${task.component} ${task.task}`;
}

export function taskColumns(topology: string): readonly Column<TaskFigures>[] {
    return [
        { key: "task", label: "task", value: taskName, show: (row) => <a href={taskHref(topology, row.component, row.task)}>{taskName(row)}</a> },
        { key: "worker", label: "worker", value: (row) => (row.supervisor === null ? null : `${row.supervisor}:${row.slot}`), show: (row) => <WorkerLink {...row} /> },
        { key: "per_s", label: "rate", title: "bolts: executed, spouts: emitted", numeric: true, value: (row) => row.per_s, show: (row) => rate(row.per_s) },
        { key: "p99", label: "p99", numeric: true, value: (row) => row.latency?.p99 ?? null, show: (row) => nanos(row.latency?.p99) },
        { key: "capacity", label: "capacity", numeric: true, value: (row) => row.capacity, show: (row) => <Bar value={row.capacity} /> },
        { key: "queue", label: "queue", numeric: true, value: (row) => row.queue_fill, show: (row) => <Bar value={row.queue_fill} /> },
        { key: "blocked", label: "held back", numeric: true, value: (row) => row.blocked, show: (row) => <Bar value={row.blocked} /> },
        { key: "open", label: "open", title: "spouts: trees, bolts: tuples held", numeric: true, value: (row) => row.open, show: (row) => exact(row.open) },
        { key: "failed", label: "failed", title: "in the window", numeric: true, value: (row) => row.window.failed, show: (row) => <span class={row.window.failed > 0 ? "text-watch" : "quiet"}>{exact(row.window.failed)}</span> },
        { key: "lag", label: "lag", unknown: NO_LAG, numeric: true, value: (row) => row.lag, show: (row) => count(row.lag) },
        { key: "uptime", label: "up for", title: "its worker", numeric: true, value: (row) => row.uptime_ms, mark: (row) => duration(row.uptime_ms), show: (row) => duration(row.uptime_ms) },
    ];
}

export function TaskTable(props: { topology: string; tasks: readonly TaskFigures[]; empty: string }) {
    const columns = useMemo(() => taskColumns(props.topology), [props.topology]);
    return <Table name="tasks" label="Tasks" columns={columns} rows={props.tasks} rowKey={(row) => row.id} empty={props.empty} />;
}
