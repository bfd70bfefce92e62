/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page that tells in ten seconds whether the cluster is well: one verdict, what is wrong with the way
 * to its cause, the topologies, the nodes, what happened last.
 */
import { useEffect } from "preact/hooks";
import { useResource } from "../api.ts";
import { problemHref, topologyHref } from "../causes.ts";
import { HealthBadge, StatusBadge } from "../components/badge.tsx";
import { Bar } from "../components/bar.tsx";
import { Empty, Failed } from "../components/empty.tsx";
import { EventList } from "../components/event_list.tsx";
import { Icon } from "../components/icon.tsx";
import { Figure, Figures, Panel } from "../components/panel.tsx";
import { Spark } from "../components/spark.tsx";
import { Table, type Column } from "../components/table.tsx";
import { Time } from "../components/time.tsx";
import { count, duration, exact, nanos, NO_LAG, plural, rate, splitRemedy } from "../format.ts";
import { nowMs, pulse, recentEvents } from "../live.ts";
import { query } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import type { Problem, Pulse, TopologyLine, TopologyList } from "../types.ts";

const EVENTS_SHOWN = 12;
const SPARK_REFRESH_MS = 15_000;
const HEALTH_ORDER = { trouble: 2, watch: 1, well: 0 };
const VERDICTS = { well: "All is well", watch: "Worth a look", trouble: "Trouble" };

function Verdict({ now }: { now: Pulse }) {
    return (
        <section class={`verdict ${now.verdict}`} aria-label="Verdict">
            <Icon name={now.verdict} size={30} />
            <div>
                <h1>{VERDICTS[now.verdict]}</h1>
                <p>{now.text}</p>
            </div>
            <Figures>
                <Figure name="emitted">{rate(now.totals.in_per_s)}</Figure>
                <Figure name="completed">{rate(now.totals.done_per_s)}</Figure>
                <Figure name="failed" tone={now.totals.failed_per_s ? "watch" : ""}>
                    {rate(now.totals.failed_per_s)}
                </Figure>
            </Figures>
        </section>
    );
}

/* Whose it is, where the text does not say so: of a worker it only says where it is. */
function ProblemTopology({ problem: { topology, text } }: { problem: Problem }) {
    if (topology === null || splitRemedy(text)[0].includes(topology)) return null;
    return (
        <>
            <a href={topologyHref(topology)}>{topology}</a> ·{" "}
        </>
    );
}

function ProblemLine({ problem }: { problem: Problem }) {
    const [text, remedy] = splitRemedy(problem.text);
    return (
        <li class="problem">
            <HealthBadge health={problem.severity} />
            <div>
                <p>
                    <a href={problemHref(problem)}>{text}</a>
                </p>
                <p class="quiet">
                    <ProblemTopology problem={problem} />
                    {remedy === null ? problem.remedy : `${problem.remedy}; ${remedy}`} · for {duration(nowMs.value - problem.since_ms)}
                </p>
            </div>
        </li>
    );
}

function Problems({ now }: { now: Pulse }) {
    if (now.problems.length === 0) return null;
    const hidden = now.problems_total - now.problems.length;
    return (
        <Panel title="What is wrong now" more={plural(now.problems_total, "problem")}>
            <ul class="problems">
                {now.problems.map((problem) => (
                    <ProblemLine
                        key={[problem.kind, problem.topology, problem.component, problem.supervisor, problem.slot].join()}
                        problem={problem}
                    />
                ))}
            </ul>
            {hidden > 0 && <p class="quiet">and {hidden} more</p>}
        </Panel>
    );
}

const columns: readonly Column<TopologyLine>[] = [
    {
        key: "name",
        label: "topology",
        value: (row) => row.name,
        show: (row) => <a href={topologyHref(row.name)}>{row.name}</a>,
    },
    {
        key: "health",
        label: "health",
        title: "the worst of its problems",
        numeric: false,
        value: (row) => HEALTH_ORDER[row.health],
        show: (row) => <HealthBadge health={row.health} />,
    },
    { key: "status", label: "status", value: (row) => row.status, show: (row) => <StatusBadge status={row.status} /> },
    {
        key: "spark",
        label: "15 min",
        title: "trees completed a second, or tuples emitted if nothing is tracked",
        value: (row) => row.done_per_s,
        mark: (row) => row.spark,
        show: (row) => <Spark values={row.spark} label={`15 minutes of ${row.name}, now ${rate(row.done_per_s)}`} />,
    },
    { key: "in_per_s", label: "in", title: "tuples its spouts emit", numeric: true, value: (row) => row.in_per_s, show: (row) => rate(row.in_per_s) },
    { key: "out_per_s", label: "executed", title: "by all its bolts", numeric: true, value: (row) => row.out_per_s, show: (row) => rate(row.out_per_s) },
    { key: "p99", label: "p99", title: "99 % of the trees of the last 10 s were completed within", numeric: true, value: (row) => row.latency_p99_ns, show: (row) => nanos(row.latency_p99_ns) },
    {
        key: "failed_per_s",
        label: "failed",
        numeric: true,
        value: (row) => row.failed_per_s,
        show: (row) => <span class={row.failed_per_s ? "text-watch" : "quiet"}>{rate(row.failed_per_s)}</span>,
    },
    { key: "capacity", label: "capacity", title: "of its busiest component: share of time in user code", numeric: true, value: (row) => row.capacity, show: (row) => <Bar value={row.capacity} /> },
    { key: "lag", label: "lag", unknown: NO_LAG, title: "records behind the end of the log", numeric: true, value: (row) => row.lag, show: (row) => count(row.lag) },
    {
        key: "workers",
        label: "workers",
        numeric: true,
        value: (row) => row.workers,
        mark: (row) => row.workers_wanted,
        show: (row) => (row.workers === row.workers_wanted ? row.workers : <span class="text-trouble">{`${row.workers} of ${row.workers_wanted}`}</span>),
    },
    {
        key: "restarts",
        label: "restarts",
        title: "of workers, in the last hour",
        numeric: true,
        value: (row) => row.restarts_hour,
        show: (row) => <span class={row.restarts_hour ? "text-watch" : "quiet"}>{exact(row.restarts_hour)}</span>,
    },
    { key: "since", label: "submitted", value: (row) => row.submitted_ms, show: (row) => <Time at_ms={row.submitted_ms} how="ago" /> },
];

/* Figures of the pulse with their courses, which are asked for less often. */
function withSparks(now: Pulse | null, sparks: TopologyList | null): TopologyLine[] {
    if (now === null) return [];
    const spark_of = new Map(sparks?.topologies.map((row) => [row.id, row.spark]));
    return now.topologies.map((row) => {
        const spark = spark_of.get(row.id);
        return spark ? { ...row, spark } : row;
    });
}

function NodesStrip({ now }: { now: Pulse }) {
    const { nodes } = now;
    return (
        <Panel title="Nodes" more={<a href="/nodes">all nodes</a>}>
            <Figures>
                <Figure name="nimbuses">{nodes.nimbuses}</Figure>
                <Figure name="supervisors" tone={nodes.supervisors === 0 ? "trouble" : ""}>
                    {nodes.supervisors}
                </Figure>
                <Figure name="unhealthy" tone={nodes.unhealthy > 0 ? "watch" : ""}>
                    {nodes.unhealthy}
                </Figure>
                <Figure name="slots used">
                    {nodes.used} of {nodes.slots}
                </Figure>
            </Figures>
            <p class="slots-bar">
                <Bar calm value={nodes.slots > 0 ? nodes.used / nodes.slots : null} />
            </p>
            <p class="quiet">
                {now.nimbus.id} leads, at {now.nimbus.address}, Gale {now.nimbus.version}, since <Time at_ms={now.nimbus.since_ms} />
            </p>
        </Panel>
    );
}

/* g t: to the table. */
function useFocusedTable(is_there: boolean) {
    const wanted = query("focus") === "topologies";
    useEffect(() => {
        if (wanted && is_there) document.querySelector<HTMLElement>("[data-rows=topologies] [data-row]")?.focus();
    }, [wanted, is_there]);
}

export function OverviewPage(_: PageProps) {
    const now = pulse.value;
    const sparks = useResource<TopologyList>("/api/v2/topologies?spark=1", SPARK_REFRESH_MS).value;
    const rows = withSparks(now, sparks.data);
    useFocusedTable(rows.length > 0);
    if (now === null)
        return (
            <>
                <h1>Overview</h1>
                {sparks.fault ? <Failed fault={sparks.fault} reload={sparks.reload} /> : <Empty>Waiting for the first tick of nimbus …</Empty>}
            </>
        );
    return (
        <>
            <Verdict now={now} />
            <Problems now={now} />
            <Panel title="Topologies" more={plural(rows.length, "topology", "topologies")}>
                <Table
                    name="topologies"
                    label="Topologies"
                    columns={columns}
                    rows={rows}
                    rowKey={(row) => row.id}
                    empty={
                        <>
                            No topology runs. <code>gale submit FILE.so</code> starts one.
                        </>
                    }
                />
            </Panel>
            <div class="columns wide-first">
                <Panel title="What happened last" more={<a href="/events">all events</a>}>
                    <EventList events={recentEvents.value} limit={EVENTS_SHOWN} empty="Nothing has happened since nimbus leads." />
                </Panel>
                <NodesStrip now={now} />
            </div>
        </>
    );
}
