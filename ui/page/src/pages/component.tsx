/* SPDX-License-Identifier: Apache-2.0 */
/* A component: what it reads and emits, how fast, its tasks, where they are and why, its errors. */
import { useMemo } from "preact/hooks";
import { useResource } from "../api.ts";
import { topologyHref } from "../causes.ts";
import { Badge } from "../components/badge.tsx";
import { Bar, shareTone } from "../components/bar.tsx";
import { Choice, chosen } from "../components/choice.tsx";
import { componentCharts, Course, spans } from "../components/course.tsx";
import { Empty, Failed, Loading } from "../components/empty.tsx";
import { Percentiles } from "../components/percentiles.tsx";
import { Figure, Figures, Panel } from "../components/panel.tsx";
import { Table, type Column } from "../components/table.tsx";
import { TaskTable, WorkerLink } from "../components/task_table.tsx";
import { bytes, count, exact, nanos, plural, rate } from "../format.ts";
import { path, withQuery } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import type { ComponentFigures, ComponentStatus, GraphComponent, InputFigures, OutputFigures, TopologyStatus, UserMetric } from "../types.ts";
import { ErrorList } from "./topology/errors.tsx";
import { Role, useFigures, useTasks, windowChoice } from "./topology/shared.tsx";

const REFRESH_MS = 5000;

const inputColumns: readonly Column<InputFigures>[] = [
    { key: "from", label: "from", value: (row) => row.component },
    { key: "stream", label: "stream", value: (row) => row.stream },
    { key: "executed", label: "executed", numeric: true, value: (row) => row.window.executed, show: (row) => exact(row.window.executed) },
    { key: "acked", label: "acked", numeric: true, value: (row) => row.window.acked, show: (row) => exact(row.window.acked) },
    { key: "failed", label: "failed", numeric: true, value: (row) => row.window.failed, show: (row) => exact(row.window.failed) },
    { key: "execute", label: "execute p99", numeric: true, value: (row) => row.execute_ns?.p99 ?? null, show: (row) => nanos(row.execute_ns?.p99) },
    { key: "process", label: "process p99", title: "from the beginning of execute to ack or fail", numeric: true, value: (row) => row.process_ns?.p99 ?? null, show: (row) => nanos(row.process_ns?.p99) },
    { key: "total", label: "executed in all", numeric: true, value: (row) => row.total.executed, show: (row) => exact(row.total.executed) },
];

const outputColumns: readonly Column<OutputFigures>[] = [
    { key: "stream", label: "stream", value: (row) => row.stream },
    { key: "emitted", label: "emitted", numeric: true, value: (row) => row.window.emitted, show: (row) => exact(row.window.emitted) },
    { key: "sent", label: "sent", title: "one for each target task", numeric: true, value: (row) => row.window.sent, show: (row) => exact(row.window.sent) },
    { key: "total", label: "emitted in all", numeric: true, value: (row) => row.total.emitted, show: (row) => exact(row.total.emitted) },
];

function metricText(metric: UserMetric): string {
    if (metric.kind === "counter") return exact(metric.value);
    if (metric.kind === "gauge") return metric.tasks?.map(({ task, value }) => `${task}: ${count(value)}`).join(", ") ?? "–";
    return `p50 ${count(metric.p50)}, p99 ${count(metric.p99)}, max ${count(metric.max)} of ${exact(metric.count)}`;
}

const metricColumns: readonly Column<UserMetric>[] = [
    { key: "name", label: "metric", value: (row) => row.name },
    { key: "kind", label: "kind", value: (row) => row.kind },
    { key: "value", label: "value", value: metricText },
];

function Sums({ now }: { now: ComponentFigures }) {
    return (
        <Figures>
            <Figure name={now.role === "spout" ? "emitted" : "executed"}>{rate(now.rates.in_per_s)}</Figure>
            {now.role === "bolt" && <Figure name="emitted">{rate(now.rates.out_per_s)}</Figure>}
            <Figure name="failed" tone={now.window.failed > 0 ? "watch" : ""}>
                {rate(now.rates.failed_per_s)}
            </Figure>
            <Figure name="capacity" tone={shareTone(now.capacity)}>
                <Bar value={now.capacity} />
            </Figure>
            <Figure name="held back" tone={shareTone(now.blocked)}>
                <Bar value={now.blocked} />
            </Figure>
            <Figure name="queue" title={`${bytes(now.queue.bytes)} of ${bytes(now.queue.limit_bytes)}`}>
                <Bar value={now.queue.fill} />
            </Figure>
            <Figure name={now.role === "spout" ? "open trees" : "tuples held"}>{exact(now.open)}</Figure>
            {now.lag !== null && <Figure name="lag">{count(now.lag)}</Figure>}
        </Figures>
    );
}

function Latencies({ now }: { now: ComponentFigures }) {
    return (
        <Panel title="Latency in the window">
            {now.complete_ns && <Percentiles name="until the tree is complete" latency={now.complete_ns} />}
            {now.execute_ns && <Percentiles name="in execute" latency={now.execute_ns} />}
            {now.process_ns && <Percentiles name="until the tuple is settled" latency={now.process_ns} />}
            {!now.complete_ns && !now.execute_ns && !now.process_ns && <Empty>Nothing was measured: no tuple came, or topology.stats is off.</Empty>}
        </Panel>
    );
}

function Streams({ now }: { now: ComponentFigures }) {
    return (
        <>
            {now.role === "bolt" && (
                <Panel title="Reads">
                    <Table name="inputs" label="Streams it reads" columns={inputColumns} rows={now.inputs} rowKey={(row) => `${row.component} ${row.stream}`} empty="It has read nothing yet." />
                </Panel>
            )}
            <div class="columns">
                <Panel title="Emits">
                    <Table name="outputs" label="Streams it emits" columns={outputColumns} rows={now.outputs} rowKey={(row) => row.stream} empty="It has no streams." />
                </Panel>
                <Panel title="Metrics of its code">
                    <Table name="metrics" label="Metrics" columns={metricColumns} rows={now.metrics} rowKey={(row) => row.name} empty="Its code has no metrics of its own." />
                </Panel>
            </div>
        </>
    );
}

function Plan({ planned, placed }: { planned: GraphComponent | undefined; placed: ComponentStatus }) {
    return (
        <Panel title="Plan and placement">
            <dl class="plan-facts">
                {planned?.inputs.map((input) => (
                    <div key={`${input.component} ${input.stream} ${input.grouping}`}>
                        <dt>reads</dt>
                        <dd>
                            {input.component} <code>{input.stream}</code> by {input.grouping}
                            {input.keys.length > 0 && ` of ${input.keys.join(", ")}`}
                            {input.cycle && ", closing a cycle"}
                        </dd>
                    </div>
                ))}
                {planned?.streams.map((stream) => (
                    <div key={stream.name}>
                        <dt>emits</dt>
                        <dd>
                            <code>{stream.name}</code> ({stream.fields.join(", ")}){stream.direct && ", direct"}
                        </dd>
                    </div>
                ))}
                {placed.placement.map((place) => (
                    <div key={`${place.supervisor}:${place.slot}`}>
                        <dt>
                            <WorkerLink supervisor={place.supervisor} slot={place.slot} />
                        </dt>
                        <dd>task ids {place.tasks.map(([first, last]) => (first === last ? first : `${first} to ${last}`)).join(", ")}</dd>
                    </div>
                ))}
                {placed.why.map((line) => (
                    <div key={line}>
                        <dt>because</dt>
                        <dd>{line}</dd>
                    </div>
                ))}
            </dl>
        </Panel>
    );
}

function Errors({ topology, component, status }: { topology: string; component: string; status: TopologyStatus }) {
    const errors = status.errors.filter((error) => error.component === component);
    if (errors.length === 0) return null;
    return (
        <Panel title="Errors" more={plural(errors.length, "error")}>
            <ErrorList topology={topology} errors={errors} />
        </Panel>
    );
}

function Tasks({ topology, component, count: tasks }: { topology: string; component: string; count: number }) {
    const shown = useTasks(topology, component, tasks, chosen("window", windowChoice.options));
    return (
        <Panel title="Tasks" more={<a href={withQuery(path`/topologies/${topology}`, { tab: "tasks", component })}>heat map</a>}>
            {shown ? <TaskTable topology={topology} tasks={shown.tasks} empty="Nimbus has no figures of its tasks yet." /> : <Loading what="the tasks" />}
        </Panel>
    );
}

export function ComponentPage({ params }: PageProps) {
    const topology = params.name ?? "";
    const component = params.component ?? "";
    const resource = useResource<TopologyStatus>(path`/api/v2/topologies/${topology}`, REFRESH_MS).value;
    const figures = useFigures(topology, chosen("window", windowChoice.options)).data;
    const status = resource.data;
    const placed = status?.components.find((one) => one.name === component);
    const planned = useMemo(() => status?.graph.components.find((one) => one.name === component), [status]);
    if (!status || !placed)
        return (
            <>
                <h1>{component}</h1>
                {resource.fault ? <Failed fault={resource.fault} reload={resource.reload} /> : status ? <Empty>The topology has no component of this name.</Empty> : <Loading what="the component" />}
            </>
        );
    const now = status.ended_ms === undefined ? figures?.components.find((one) => one.name === component) : undefined;
    return (
        <>
            <div class="page-head">
                <p class="crumbs">
                    <a href="/">Overview</a> / <a href={topologyHref(topology)}>{topology}</a> / components
                </p>
                <h1>{component}</h1>
                <Role role={placed.spout ? "spout" : "bolt"} />
                {figures?.bottleneck === component && (
                    <Badge tone="trouble" icon="bottleneck">
                        bottleneck
                    </Badge>
                )}
                <span class="quiet">
                    {plural(placed.tasks, "task")} in {plural(placed.executors, "executor")}
                </span>
                <div class="end">
                    <a class="button" href={withQuery(path`/topologies/${topology}`, { tab: "samples", component })}>
                        Samples
                    </a>
                    <Choice {...windowChoice} />
                </div>
            </div>
            {now && <Sums now={now} />}
            <Panel title="Course" more={<Choice name="span" label="the last" options={spans} />}>
                <Course topology={topology} component={component} charts={componentCharts} />
            </Panel>
            <Errors topology={topology} component={component} status={status} />
            {now && <Streams now={now} />}
            <div class="columns">
                {now && <Latencies now={now} />}
                <Plan planned={planned} placed={placed} />
            </div>
            {status.ended_ms === undefined && <Tasks topology={topology} component={component} count={placed.tasks} />}
        </>
    );
}
