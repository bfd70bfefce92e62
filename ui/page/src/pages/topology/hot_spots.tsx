/* SPDX-License-Identifier: Apache-2.0 */
import { useMemo } from "preact/hooks";
import { path, withQuery } from "../../router.ts";
import { Bar } from "../../components/bar.tsx";
import { Choice, chosen, type Option } from "../../components/choice.tsx";
import { Loading } from "../../components/empty.tsx";
import { Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { taskName, WorkerLink } from "../../components/task_table.tsx";
import { taskHref } from "../../causes.ts";
import { count, exact, nanos, NO_LAG, NOT_KNOWN, rate, UNKNOWN } from "../../format.ts";
import { isMeasured, MEASURES, rankHotSpots, type HotSpot, type Measure } from "../../hot_spots.ts";
import { NoFigures } from "./components.tsx";
import { TasksLeftOut, useTasks, type TabProps } from "./shared.tsx";

const SHOWN = 25;

/* As the columns are called. */
const WORDS: Readonly<Record<string, string>> = { blocked: "held back" };

const measures: readonly Option[] = MEASURES.map((value) => ({ value, label: WORDS[value] ?? value }));

function skewText(skew: number | null): string {
    return skew === null ? UNKNOWN : `× ${skew.toFixed(skew < 10 ? 2 : 0)}`;
}

function columnsOf(topology: string): readonly Column<HotSpot>[] {
    return [
        { key: "task", label: "task", value: (row) => taskName(row.task), show: (row) => <a href={taskHref(topology, row.task.component, row.task.task)}>{taskName(row.task)}</a> },
        { key: "why", label: "because of", value: (row) => WORDS[row.why] ?? row.why },
        { key: "capacity", label: "capacity", numeric: true, value: (row) => row.task.capacity, show: (row) => <Bar value={row.task.capacity} /> },
        { key: "queue", label: "queue", numeric: true, value: (row) => row.task.queue_fill, show: (row) => <Bar value={row.task.queue_fill} /> },
        { key: "blocked", label: "held back", numeric: true, value: (row) => row.task.blocked, show: (row) => <Bar value={row.task.blocked} /> },
        { key: "lag", label: "lag", unknown: NO_LAG, numeric: true, value: (row) => row.task.lag, show: (row) => count(row.task.lag) },
        { key: "failed", label: "failed", numeric: true, value: (row) => row.task.window.failed, show: (row) => exact(row.task.window.failed) },
        { key: "skew", label: "skew", title: "its rate by the median of its component's tasks", numeric: true, value: (row) => row.skew, show: (row) => <span class={(row.skew ?? 0) >= 2 ? "text-watch" : ""}>{skewText(row.skew)}</span> },
        { key: "rate", label: "rate", numeric: true, value: (row) => row.task.per_s, show: (row) => rate(row.task.per_s) },
        { key: "p99", label: "p99", numeric: true, value: (row) => row.task.latency?.p99 ?? null, show: (row) => nanos(row.task.latency?.p99) },
        { key: "worker", label: "worker", value: (row) => `${row.task.supervisor}:${row.task.slot}`, show: (row) => <WorkerLink {...row.task} /> },
        { key: "see", label: "see", value: () => null, show: (row) => <a href={withQuery(path`/topologies/${topology}`, { tab: "samples", component: row.task.component })}>samples</a> },
    ];
}

export function HotSpotsTab({ status }: TabProps) {
    const by = chosen("by", measures) as Measure;
    const has_ended = status.ended_ms !== undefined;
    const tasks = useTasks(status.name, null, has_ended ? null : status.tasks);
    const columns = useMemo(() => columnsOf(status.name), [status.name]);
    return (
        <Panel title="Hot spots" more={<Choice name="by" label="by" options={measures} />}>
            {has_ended ? (
                <NoFigures status={status} />
            ) : tasks === null ? (
                <Loading what="the tasks" />
            ) : (
                <Table
                    name="hot"
                    label="Hot spots"
                    columns={columns}
                    rows={rankHotSpots(tasks.tasks, by, SHOWN)}
                    rowKey={(row) => row.task.id}
                    empty={!isMeasured(tasks.tasks, by) ? NOT_KNOWN : by === "worst" ? "No task has anything to do." : `No task has any ${WORDS[by] ?? by}.`}
                />
            )}
            <TasksLeftOut tasks={tasks} />
            <p class="quiet">
                Figures of the last 10 s. Worst: the largest of capacity, queue and time held back; 10 % of failures count as much as a full one.
            </p>
        </Panel>
    );
}
