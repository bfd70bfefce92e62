/* SPDX-License-Identifier: Apache-2.0 */
/* A topology: its state and figures above, and below one of many views of it. */
import { useMemo } from "preact/hooks";
import { TopologyActions } from "../actions/topology_actions.tsx";
import { useResource } from "../api.ts";
import { problemHref } from "../causes.ts";
import { Badge, HealthBadge, StatusBadge } from "../components/badge.tsx";
import { Choice, chosen } from "../components/choice.tsx";
import { Failed, Loading } from "../components/empty.tsx";
import { Icon } from "../components/icon.tsx";
import { Figure, Figures } from "../components/panel.tsx";
import { currentTab, Tabs, type Tab } from "../components/tabs.tsx";
import { Time } from "../components/time.tsx";
import { count, exact, nanos, plural, rate, splitRemedy } from "../format.ts";
import { pulse } from "../live.ts";
import { path } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import type { TopologyFigures, TopologyLine, TopologyStatus } from "../types.ts";
import { ComponentsTab } from "./topology/components.tsx";
import { ErrorsTab } from "./topology/errors.tsx";
import { GraphTab } from "./topology/graph.tsx";
import { HistoryTab } from "./topology/history.tsx";
import { HotSpotsTab } from "./topology/hot_spots.tsx";
import { LogsTab } from "./topology/logs.tsx";
import { SamplesTab } from "./topology/samples.tsx";
import { SettingsTab } from "./topology/settings.tsx";
import { type TabProps, useFigures, windowChoice } from "./topology/shared.tsx";
import { StreamsTab } from "./topology/streams.tsx";
import { TasksTab } from "./topology/tasks.tsx";
import { WorkersTab } from "./topology/workers.tsx";

const STATUS_REFRESH_MS = 3000;

const views: Readonly<Record<string, (props: TabProps) => preact.JSX.Element>> = {
    graph: GraphTab,
    components: ComponentsTab,
    hot: HotSpotsTab,
    tasks: TasksTab,
    workers: WorkersTab,
    streams: StreamsTab,
    errors: ErrorsTab,
    logs: LogsTab,
    samples: SamplesTab,
    settings: SettingsTab,
    history: HistoryTab,
};

function tabsOf(status: TopologyStatus): Tab[] {
    return [
        { key: "graph", label: "Graph" },
        { key: "components", label: "Components" },
        { key: "hot", label: "Hot spots" },
        { key: "tasks", label: "Tasks" },
        { key: "workers", label: "Workers" },
        { key: "streams", label: "Streams" },
        { key: "errors", label: "Errors", count: status.errors.length },
        { key: "logs", label: "Logs" },
        { key: "samples", label: "Samples" },
        { key: "settings", label: "Settings" },
        { key: "history", label: "History" },
    ];
}

/* What the pulse says of it. Read where it is shown: the rest need not follow the pulse. */
function lineOf(name: string): TopologyLine | undefined {
    return pulse.value?.topologies.find((one) => one.name === name);
}

function Health({ name }: { name: string }) {
    const line = lineOf(name);
    return line ? <HealthBadge health={line.health} /> : null;
}

function Head({ status, open_trees }: { status: TopologyStatus; open_trees: number | null }) {
    const has_ended = status.ended_ms !== undefined;
    return (
        <div class="page-head">
            <p class="crumbs">
                <a href="/">Overview</a> / topologies
            </p>
            <h1>{status.name}</h1>
            <StatusBadge status={status.status} />
            {!has_ended && <Health name={status.name} />}
            {!has_ended && status.log_level && <Badge tone="info">logs {status.log_level.level}</Badge>}
            {!has_ended && status.debug.length > 0 && <Badge tone="info">writes tuples into its log</Badge>}
            <span class="quiet">
                {status.owner && `${status.owner}, `}
                {has_ended ? "ended " : "submitted "}
                <Time at_ms={has_ended ? status.ended_ms : status.submitted_ms} how="ago" />
            </span>
            <div class="end">{!has_ended && <TopologyActions status={status} open_trees={open_trees} />}</div>
        </div>
    );
}

function Problems({ name }: { name: string }) {
    const problems = pulse.value?.problems.filter((problem) => problem.topology === name) ?? [];
    if (problems.length === 0) return null;
    return (
        <ul class="problem-strip">
            {problems.map((problem) => (
                <li key={problem.text} class={problem.severity}>
                    <Icon name={problem.severity} />
                    <span>
                        <a href={problemHref(problem)}>{splitRemedy(problem.text)[0]}</a>: {problem.remedy}
                    </span>
                </li>
            ))}
        </ul>
    );
}

function PulseFigures({ name }: { name: string }) {
    const line = lineOf(name);
    if (line === undefined) return null;
    return (
        <>
            {line.lag !== null && <Figure name="lag">{count(line.lag)}</Figure>}
            <Figure name="restarts, last hour" tone={line.restarts_hour ? "watch" : ""}>
                {exact(line.restarts_hour)}
            </Figure>
        </>
    );
}

function Sums({ figures }: { figures: TopologyFigures }) {
    const { trees } = figures;
    const failed = trees.failed_per_s ?? 0;
    return (
        <section class="sums" aria-label="Figures">
            <Figures>
                <Figure name="emitted">{rate(trees.in_per_s)}</Figure>
                <Figure name="completed">{rate(trees.done_per_s)}</Figure>
                <Figure name="failed" tone={failed > 0 ? "watch" : ""}>
                    {rate(trees.failed_per_s)}
                </Figure>
                <Figure name="p50">{nanos(trees.latency?.p50)}</Figure>
                <Figure name="p99">{nanos(trees.latency?.p99)}</Figure>
                <Figure name="open trees">{exact(trees.open)}</Figure>
                <PulseFigures name={figures.name} />
            </Figures>
            <Choice {...windowChoice} />
        </section>
    );
}

function Ended({ status }: { status: TopologyStatus }) {
    return (
        <p class="note">
            <Icon name="info" />
            <span>
                It ended <Time at_ms={status.ended_ms} how="ago" /> after {exact(status.completed)} completed and{" "}
                {plural(status.failed, "failed tree")}. What is shown is how it was at its end.
            </span>
        </p>
    );
}

function NotPlaced({ status }: { status: TopologyStatus }) {
    if (status.unplaced === 0) return null;
    return (
        <p class="note trouble">
            <Icon name="trouble" /> {plural(status.unplaced, "executor")} without a place: {status.why_not}
        </p>
    );
}

export function TopologyPage({ params }: PageProps) {
    const name = params.name ?? "";
    const resource = useResource<TopologyStatus>(path`/api/v2/topologies/${name}`, STATUS_REFRESH_MS).value;
    const { data: figures } = useFigures(name, chosen("window", windowChoice.options));
    const status = resource.data;
    const tabs = useMemo(() => (status ? tabsOf(status) : []), [status?.errors.length]);
    if (status === null)
        return (
            <>
                <h1>{name}</h1>
                {resource.fault ? <Failed fault={resource.fault} reload={resource.reload} /> : <Loading what="the topology" />}
            </>
        );
    const has_ended = status.ended_ms !== undefined;
    const View = views[currentTab(tabs)] ?? GraphTab;
    const shown = has_ended ? null : figures;
    return (
        <>
            <Head status={status} open_trees={shown?.trees.open ?? null} />
            {has_ended ? <Ended status={status} /> : <Problems name={status.name} />}
            {!has_ended && <NotPlaced status={status} />}
            {shown && <Sums figures={shown} />}
            <Tabs tabs={tabs} label="Views of the topology" />
            <View status={status} figures={shown} />
        </>
    );
}
