/* SPDX-License-Identifier: Apache-2.0 */
/* A worker: its process, how often and why it ended, what runs in it, its crash reports and logs. */
import { useRef } from "preact/hooks";
import { RestartWorkerButton } from "../actions/topology_actions.tsx";
import { useResource } from "../api.ts";
import { topologyHref } from "../causes.ts";
import { StatusBadge } from "../components/badge.tsx";
import { Empty, Failed, Loading } from "../components/empty.tsx";
import { EventList } from "../components/event_list.tsx";
import { Figure, Figures, Panel } from "../components/panel.tsx";
import { TaskTable } from "../components/task_table.tsx";
import { bytes, duration, exact, plural, splitRemedy, UNKNOWN } from "../format.ts";
import { lazy } from "../lazy.tsx";
import { recentEvents } from "../live.ts";
import { path } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import type { Nodes, SupervisorNode, TopologyStatus } from "../types.ts";
import { ErrorList } from "./topology/errors.tsx";
import { TasksLeftOut, useTasks } from "./topology/shared.tsx";
import { linksText } from "./topology/workers.tsx";
import type { Place } from "./worker/panels.tsx";

const REFRESH_MS = 2000;
const EVENTS_SHOWN = 30;

const Panels = lazy<Place>(async () => (await import("./worker/panels.tsx")).Panels);

type Worker = SupervisorNode["workers"][number];

function Process({ worker }: { worker: Worker }) {
    const { links } = worker;
    const is_there = Boolean(worker.pid); /* without a process there is nothing that could be 0 */
    return (
        <Figures>
            <Figure name="process">{is_there ? worker.pid : "none"}</Figure>
            <Figure name="up for">{is_there ? duration(worker.uptime_ms) : UNKNOWN}</Figure>
            <Figure name="memory">{is_there ? bytes(worker.rss_bytes) : UNKNOWN}</Figure>
            <Figure name="processor time">{is_there && worker.cpu_ns !== null ? duration(worker.cpu_ns / 1e6) : UNKNOWN}</Figure>
            <Figure name="restarts" tone={(worker.restarts ?? 0) > 0 ? "watch" : ""}>
                {exact(worker.restarts)}
            </Figure>
            <Figure name="links up" tone={links.up === links.all ? "" : "watch"} title="to other workers">
                {linksText(worker) ?? UNKNOWN}
            </Figure>
        </Figures>
    );
}

function LastExit({ text }: { text: string | null }) {
    if (text === null) return <p class="quiet">None of its processes has ended yet.</p>;
    const [what, remedy] = splitRemedy(text);
    return (
        <>
            <p>
                Its last process ended so: <strong>{what}</strong>
            </p>
            {remedy !== null && <p class="quiet">{remedy}</p>}
        </>
    );
}

interface InsideProps {
    supervisor: string;
    worker: Worker;
}

function Crashes({ supervisor, worker, status }: InsideProps & { status: TopologyStatus }) {
    const own = status.errors.filter((error) => error.supervisor === supervisor && error.slot === worker.slot);
    return (
        <Panel title="Crash reports and errors">
            <LastExit text={worker.last_exit} />
            {own.length > 0 ? (
                <ErrorList topology={status.name} errors={own} />
            ) : (
                <Empty>
                    Of the topology's errors none was last seen in this worker. <a href={path`/logs/${worker.topology}/${supervisor}/${worker.slot}/worker.log`}>Its log</a> has what it wrote last.
                </Empty>
            )}
        </Panel>
    );
}

function Happened({ supervisor, slot }: { supervisor: string; slot: number }) {
    const own = recentEvents.value?.filter((event) => event.supervisor === supervisor && event.slot === slot) ?? null;
    return <EventList events={own} limit={EVENTS_SHOWN} empty="Of the last events none is about this worker." />;
}

/* What the topology says of it: its tasks, its errors. */
function Inside({ supervisor, worker }: InsideProps) {
    const status = useResource<TopologyStatus>(path`/api/v2/topologies/${worker.name}`, REFRESH_MS).value.data;
    const tasks = useTasks(worker.name, null, status?.tasks ?? null);
    const own = tasks?.tasks.filter((task) => task.supervisor === supervisor && task.slot === worker.slot);
    return (
        <>
            {status && <Crashes supervisor={supervisor} worker={worker} status={status} />}
            <Panel title="Its tasks" more={own && plural(own.length, "task")}>
                <TasksLeftOut tasks={tasks} />
                {own ? <TaskTable topology={worker.name} tasks={own} empty="It has no tasks yet." /> : <Loading what="its tasks" />}
            </Panel>
        </>
    );
}

function Head(props: { supervisor: string; slot: number; worker: Worker | undefined; host: string | undefined }) {
    const { supervisor, slot, worker } = props;
    return (
        <div class="page-head">
            <p class="crumbs">
                <a href="/nodes">Nodes</a> / {supervisor}
                {props.host && ` on ${props.host}`}
            </p>
            <h1>{`Worker ${supervisor}:${slot}`}</h1>
            {worker && <StatusBadge status={worker.phase} />}
            {worker && (
                <span class="quiet">
                    of <a href={topologyHref(worker.name, "workers")}>{worker.name}</a>
                </span>
            )}
            {worker && (
                <div class="end">
                    <a class="button" href={path`/logs/${worker.topology}/${supervisor}/${slot}/worker.log`}>
                        Log
                    </a>
                    <RestartWorkerButton name={worker.name} supervisor={supervisor} slot={slot} />
                </div>
            )}
        </div>
    );
}

export function WorkerPage({ params }: PageProps) {
    const supervisor = params.supervisor ?? "";
    const slot = Number(params.slot);
    const nodes = useResource<Nodes>("/api/v2/nodes", REFRESH_MS).value;
    const node = nodes.data?.supervisors.find((one) => one.id === supervisor);
    const worker = node?.workers.find((one) => one.slot === slot);
    /* A profile that was taken stays while the worker is started anew. */
    const topology = useRef<string | null>(null);
    topology.current = worker?.name ?? topology.current;
    return (
        <>
            <Head supervisor={supervisor} slot={slot} worker={worker} host={node?.host} />
            {nodes.fault && !nodes.data && <Failed fault={nodes.fault} reload={nodes.reload} />}
            {nodes.loading && <Loading what="the worker" />}
            {nodes.data && !node && <Empty>There is no supervisor of this name now.</Empty>}
            {node && !worker && <Empty>No worker is in this slot: it is free, or its worker has not reported yet.</Empty>}
            {worker && <Process worker={worker} />}
            {worker && <Inside supervisor={supervisor} worker={worker} />}
            {topology.current !== null && <Panels name={topology.current} supervisor={supervisor} slot={slot} />}
            <Panel title="What happened to it" more={<a href="/events">all events</a>}>
                <Happened supervisor={supervisor} slot={slot} />
            </Panel>
        </>
    );
}
