/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical plan: nodes, their slots, the executors in them, each with the number and the colour of a
 * chosen metric. One topology at a time; slots of others are shown as taken.
 */
import { useResource } from "../api.ts";
import { taskHref, topologyHref, workerHref } from "../causes.ts";
import { Badge } from "../components/badge.tsx";
import { Choice, chosen, type Option } from "../components/choice.tsx";
import { Empty, Failed, Loading } from "../components/empty.tsx";
import { Panel } from "../components/panel.tsx";
import { count, exact, NOT_KNOWN, plural, rate, share, UNKNOWN } from "../format.ts";
import { heatColour } from "../heat.ts";
import { pulse } from "../live.ts";
import { withQuery } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import type { Nodes, SupervisorNode, TaskFigures, TopologyTasks } from "../types.ts";
import { TasksLeftOut, useTasks } from "./topology/shared.tsx";

const REFRESH_MS = 5000;

interface Metric extends Option {
    read: (task: TaskFigures) => number | null;
    max: number | null; /* null: the largest there is */
    text: (value: number | null) => string;
    brief: (value: number | null) => string; /* inside of a cell */
    sums: boolean; /* tasks of one executor add up: they share a thread, so of two that take half of its time nothing is left */
}

function percent(value: number | null): string {
    return value === null ? UNKNOWN : String(Math.round(value * 100));
}

const metrics: readonly Metric[] = [
    { value: "capacity", label: "capacity, %", read: (task) => task.capacity, max: 1, text: share, brief: percent, sums: true },
    { value: "rate", label: "rate, /s", read: (task) => task.per_s, max: null, text: rate, brief: (value) => count(value).replace(" ", ""), sums: true },
    { value: "queue", label: "queue, %", read: (task) => task.queue_fill, max: 1, text: share, brief: percent, sums: false },
    { value: "blocked", label: "held back, %", read: (task) => task.blocked, max: 1, text: share, brief: percent, sums: false },
    { value: "failed", label: "failed", read: (task) => task.window.failed, max: null, text: exact, brief: (value) => count(value).replace(" ", ""), sums: true },
];

interface Executor {
    key: string;
    component: string;
    tasks: TaskFigures[];
    value: number | null; /* the sum of its tasks, or the largest; null if it is known of none */
}

export function largestOf(executors: readonly Pick<Executor, "value">[]): number | null {
    const known = executors.map((one) => one.value).filter((value): value is number => value !== null);
    return known.length === 0 ? null : known.reduce((most, value) => Math.max(most, value));
}

export function executorsOf(tasks: readonly TaskFigures[], { read, sums }: Pick<Metric, "read" | "sums">): Executor[] {
    const executors = new Map<string, Executor>();
    for (const task of tasks) {
        const key = task.executor.join("-");
        const value = read(task);
        const known = executors.get(key);
        if (known === undefined) executors.set(key, { key, component: task.component, tasks: [task], value });
        else {
            known.tasks.push(task);
            if (value !== null) known.value = sums ? (known.value ?? 0) + value : Math.max(known.value ?? 0, value);
        }
    }
    return [...executors.values()];
}

function Cell(props: { topology: string; executor: Executor; metric: Metric; max: number | null }) {
    const { executor, metric } = props;
    const [first] = executor.tasks;
    if (first === undefined) return null;
    const max = props.max ?? 0;
    const part = executor.value === null || max <= 0 ? 0 : executor.value / max;
    const [red, green, blue] = heatColour(part);
    const is_known = executor.value !== null;
    const label = `${executor.component} ${executor.tasks.map((task) => task.task).join(", ")}: ${metric.text(executor.value)}`;
    return (
        <a
            class={!is_known ? "cell unknown" : part > 0.47 ? "cell bright" : "cell"}
            style={is_known ? { backgroundColor: `rgb(${red} ${green} ${blue})` } : undefined}
            href={taskHref(props.topology, executor.component, first.task)}
            title={is_known ? label : `${label}. ${NOT_KNOWN}`}
            aria-label={label}
        >
            {metric.brief(executor.value)}
        </a>
    );
}

function byComponent(executors: readonly Executor[]): [string, Executor[]][] {
    const groups = new Map<string, Executor[]>();
    for (const executor of executors) {
        const group = groups.get(executor.component);
        if (group) group.push(executor);
        else groups.set(executor.component, [executor]);
    }
    return [...groups];
}

interface Shown {
    topology: string;
    tasks: readonly TaskFigures[];
    metric: Metric;
    max: number | null; /* null: no value is known */
}

function Slot({ node, slot, shown }: { node: SupervisorNode; slot: number; shown: Shown }) {
    const worker = node.workers.find((one) => one.slot === slot);
    const own = shown.tasks.filter((task) => task.supervisor === node.id && task.slot === slot);
    if (worker === undefined && own.length === 0)
        return (
            <div class="plan-slot free">
                <span class="quiet">slot {slot} is free</span>
            </div>
        );
    const is_other = worker !== undefined && worker.name !== shown.topology;
    return (
        <div class={is_other ? "plan-slot other" : "plan-slot"}>
            <p>
                <a href={workerHref(node.id, slot)}>slot {slot}</a>{" "}
                {worker && <span class="quiet">{is_other ? <a href={withQuery("/plan", { topology: worker.name })}>{worker.name}</a> : worker.name}</span>}
                {worker && worker.phase !== "running" && <Badge tone="trouble">{worker.phase ?? "no process"}</Badge>}
            </p>
            {byComponent(executorsOf(own, shown.metric)).map(([component, executors]) => (
                <div class="cells" key={component}>
                    <span title={component}>{component}</span>
                    <div>
                        {executors.map((executor) => (
                            <Cell key={executor.key} topology={shown.topology} executor={executor} metric={shown.metric} max={shown.max} />
                        ))}
                    </div>
                </div>
            ))}
        </div>
    );
}

function Node({ node, shown }: { node: SupervisorNode; shown: Shown }) {
    const slots = [...new Set([...Array(node.slots).keys(), ...node.workers.map((one) => one.slot)])];
    return (
        <Panel
            title={node.id}
            more={
                <>
                    {!node.healthy && <Badge tone="watch">{node.health_text ?? "unhealthy"}</Badge>}
                    {`${node.host}, ${plural(node.cores, "core")}, ${node.used} of ${plural(node.slots, "slot")}`}
                </>
            }
        >
            <div class="plan-slots">
                {slots.map((slot) => (
                    <Slot key={slot} node={node} slot={slot} shown={shown} />
                ))}
            </div>
        </Panel>
    );
}

function Scale({ max, metric }: { max: number; metric: Metric }) {
    return (
        <span class="plan-scale">
            {metric.text(0)}
            {[0, 0.2, 0.4, 0.6, 0.8, 1].map((part) => (
                <span key={part} style={{ backgroundColor: `rgb(${heatColour(part).join(" ")})` }} />
            ))}
            {metric.text(max)}
        </span>
    );
}

function Unplaced({ tasks }: { tasks: TopologyTasks | null }) {
    const none = tasks?.tasks.filter((task) => task.supervisor === null).length ?? 0;
    return none > 0 ? <p class="note trouble">{plural(none, "task")} without a place.</p> : null;
}

export function PlanPage(_: PageProps) {
    const names = pulse.value?.topologies.map(({ name }) => ({ value: name, label: name })) ?? [];
    const topology = chosen("topology", names);
    const metric = metrics.find((one) => one.value === chosen("metric", metrics))!;
    const size = pulse.value?.topologies.find((one) => one.name === topology)?.tasks ?? null;
    const tasks = useTasks(topology, null, topology === "" ? null : size);
    const nodes = useResource<Nodes>("/api/v2/nodes", REFRESH_MS).value;
    const max = metric.max ?? largestOf(executorsOf(tasks?.tasks ?? [], metric));
    return (
        <>
            <div class="page-head">
                <h1>Physical plan</h1>
                {names.length > 0 && (
                    <div class="end">
                        {max !== null && <Scale max={max} metric={metric} />}
                        <Choice name="topology" label="of" options={names} />
                        <Choice name="metric" label="shows" options={metrics} />
                        <a href={topologyHref(topology)}>{topology}</a>
                    </div>
                )}
            </div>
            <Unplaced tasks={tasks} />
            <TasksLeftOut tasks={tasks} />
            {pulse.value !== null && names.length === 0 && (
                <Empty>
                    No topology runs, so all slots are free. <code>gale submit FILE.so</code> starts one.
                </Empty>
            )}
            {nodes.fault && !nodes.data && <Failed fault={nodes.fault} reload={nodes.reload} />}
            {nodes.loading && <Loading what="the nodes" />}
            {nodes.data?.supervisors.length === 0 && (
                <Empty>
                    No supervisor is there, so no worker can run. On each machine start: <code>gale-supervisor</code>
                </Empty>
            )}
            <div class="columns">
                {nodes.data?.supervisors.map((node) => (
                    <Node key={node.id} node={node} shown={{ topology, tasks: tasks?.tasks ?? [], metric, max }} />
                ))}
            </div>
        </>
    );
}
