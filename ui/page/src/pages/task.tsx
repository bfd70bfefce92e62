/* SPDX-License-Identifier: Apache-2.0 */
/* One task: its figures, their course, what it reads and emits. */
import { componentHref, topologyHref } from "../causes.ts";
import { Bar, shareTone } from "../components/bar.tsx";
import { Choice } from "../components/choice.tsx";
import { Course, spans, taskCharts } from "../components/course.tsx";
import { Empty, Loading } from "../components/empty.tsx";
import { Percentiles } from "../components/percentiles.tsx";
import { Figure, Figures, Panel } from "../components/panel.tsx";
import { Table, type Column } from "../components/table.tsx";
import { WorkerLink } from "../components/task_table.tsx";
import { count, duration, exact, rate } from "../format.ts";
import { panelName, usePanel } from "../live.ts";
import type { PageProps } from "../routes.tsx";
import type { TaskFigures, TopologyTasks } from "../types.ts";

type Input = TaskFigures["inputs"][number];
type Output = TaskFigures["outputs"][number];

const inputColumns: readonly Column<Input>[] = [
    { key: "from", label: "from", value: (row) => row.component },
    { key: "stream", label: "stream", value: (row) => row.stream },
    { key: "executed", label: "executed", numeric: true, value: (row) => row.executed, show: (row) => exact(row.executed) },
    { key: "acked", label: "acked", numeric: true, value: (row) => row.acked, show: (row) => exact(row.acked) },
    { key: "failed", label: "failed", numeric: true, value: (row) => row.failed, show: (row) => exact(row.failed) },
];

const outputColumns: readonly Column<Output>[] = [
    { key: "stream", label: "stream", value: (row) => row.stream },
    { key: "emitted", label: "emitted", numeric: true, value: (row) => row.emitted, show: (row) => exact(row.emitted) },
    { key: "sent", label: "sent", numeric: true, value: (row) => row.sent, show: (row) => exact(row.sent) },
];

function Sums({ task }: { task: TaskFigures }) {
    return (
        <Figures>
            <Figure name="rate">{rate(task.per_s)}</Figure>
            <Figure name="capacity" tone={shareTone(task.capacity)}>
                <Bar value={task.capacity} />
            </Figure>
            <Figure name="queue">
                <Bar value={task.queue_fill} />
            </Figure>
            <Figure name="held back" tone={shareTone(task.blocked)}>
                <Bar value={task.blocked} />
            </Figure>
            <Figure name="open">{exact(task.open)}</Figure>
            <Figure name="failed" tone={task.window.failed > 0 ? "watch" : ""}>
                {exact(task.window.failed)}
            </Figure>
            {task.lag !== null && <Figure name="lag">{count(task.lag)}</Figure>}
            <Figure name="up for">{duration(task.uptime_ms)}</Figure>
        </Figures>
    );
}

function Place({ task }: { task: TaskFigures }) {
    return (
        <span class="quiet">
            id {task.id}, in <WorkerLink supervisor={task.supervisor} slot={task.slot} />
            {task.host !== null && ` on ${task.host}`}
            {task.loop !== null && `, loop ${task.loop}`}, executor [{task.executor.join(", ")}]
        </span>
    );
}

function Flows({ task }: { task: TaskFigures }) {
    return (
        <div class="columns">
            {task.inputs.length > 0 && (
                <Panel title="Reads, last 10 s">
                    <Table name="inputs" label="Streams it reads" columns={inputColumns} rows={task.inputs} rowKey={(row) => `${row.component} ${row.stream}`} empty="" />
                </Panel>
            )}
            <Panel title="Emits, last 10 s">
                <Table name="outputs" label="Streams it emits" columns={outputColumns} rows={task.outputs} rowKey={(row) => row.stream} empty="It has no streams." />
            </Panel>
            {task.latency && (
                <Panel title="Latency, last 10 s">
                    <Percentiles name="of its tuples" latency={task.latency} />
                </Panel>
            )}
        </div>
    );
}

export function TaskPage({ params }: PageProps) {
    const { name = "", component = "" } = params;
    const index = Number(params.task);
    const { data, gone } = usePanel<TopologyTasks>(panelName("tasks", name, component)).value;
    const task = data?.tasks.find((one) => one.task === index);
    return (
        <>
            <div class="page-head">
                <p class="crumbs">
                    <a href="/">Overview</a> / <a href={topologyHref(name)}>{name}</a> / <a href={componentHref(name, component)}>{component}</a> / tasks
                </p>
                <h1>
                    {component} {index}
                </h1>
                {task && <Place task={task} />}
            </div>
            {gone !== null && <Empty>{gone}</Empty>}
            {!data && gone === null && <Loading what="the task" />}
            {data && !task && <Empty>The component has no task of this number.</Empty>}
            {task && <Sums task={task} />}
            <Panel title="Course" more={<Choice name="span" label="the last" options={spans} />}>
                <Course topology={name} component={component} task={index} charts={taskCharts} />
            </Panel>
            {task && <Flows task={task} />}
        </>
    );
}
