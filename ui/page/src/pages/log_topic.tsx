/* SPDX-License-Identifier: Apache-2.0 */
/* A topic: its partitions, who reads it and how far behind, its settings, and the records themselves. */
import { useRef } from "preact/hooks";
import { useResource } from "../api.ts";
import type { Partition, Topic, TopicGroup } from "../api_types.ts";
import { Empty, Loading } from "../components/empty.tsx";
import { Figure, Figures, Panel } from "../components/panel.tsx";
import { Spark } from "../components/spark.tsx";
import { Table, type Column } from "../components/table.tsx";
import { currentTab, Tabs } from "../components/tabs.tsx";
import { count, duration, exact, rate, UNKNOWN } from "../format.ts";
import { path } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import { course, type Course, type TopicCourse } from "../topic_course.ts";
import { GroupState, LogFault } from "./log_topics.tsx";
import { RecordBrowser } from "./record_browser.tsx";
import "./browse.css";

const REFRESH_MS = 2000;

const TABS = [
    { key: "records", label: "Records" },
    { key: "partitions", label: "Partitions" },
    { key: "groups", label: "Groups" },
    { key: "configs", label: "Settings" },
] as const;

function recordsOf({ first, next }: Partition): number | null {
    return first === null || next === null ? null : next - first;
}

function partitionColumns(topic: TopicCourse): readonly Column<Partition>[] {
    return [
        { key: "partition", label: "partition", numeric: true, value: (one) => one.partition },
        { key: "leader", label: "leader", numeric: true, value: (one) => one.leader },
        { key: "replicas", label: "replicas", value: (one) => one.replicas.join(", ") },
        {
            key: "in_sync", label: "in sync", value: (one) => one.in_sync.join(", "), mark: (one) => one.replicas.length,
            show: (one) => (one.in_sync.length < one.replicas.length ? <strong class="text-watch">{one.in_sync.join(", ") || "none"}</strong> : one.in_sync.join(", ")),
        },
        { key: "first", label: "first offset", numeric: true, value: (one) => one.first, show: (one) => exact(one.first) },
        { key: "next", label: "next offset", numeric: true, value: (one) => one.next, show: (one) => exact(one.next) },
        { key: "records", label: "records", numeric: true, value: recordsOf, show: (one) => exact(recordsOf(one)) },
        { key: "rate", label: "written", numeric: true, value: (one) => topic.partition_rates[one.partition] ?? null, show: (one) => rate(topic.partition_rates[one.partition] ?? null) },
        {
            key: "look", label: "look", value: () => null,
            show: (one) => <a href={`?tab=records&partition=${one.partition}`}>records</a>,
        },
    ];
}

/* What the lag is in time, if what is written goes on as now; not known while nothing is written. */
function behindMs(lag: number | null, topic: TopicCourse): number | null {
    if (lag === 0) return 0;
    return lag === null || topic.rate === null || topic.rate <= 0 ? null : (lag / topic.rate) * 1000;
}

function groupColumns(topic: TopicCourse): readonly Column<TopicGroup>[] {
    return [
        { key: "group", label: "group", value: (one) => one.group, show: (one) => <a href={path`/log/groups/${one.group}`}>{one.group}</a> },
        { key: "state", label: "state", value: (one) => one.state, show: (one) => <GroupState state={one.state} /> },
        { key: "lag", label: "lag", numeric: true, value: (one) => one.lag, show: (one) => exact(one.lag), title: "records that are there and that the group has not done" },
        {
            key: "behind", label: "about", numeric: true, value: (one) => behindMs(one.lag, topic), title: "how long it takes to write so many, at the rate of now",
            show: (one) => duration(behindMs(one.lag, topic)),
        },
        {
            key: "course", label: "since you came", value: () => null, mark: (one) => topic.lags[one.group],
            show: (one) => <Spark values={topic.lags[one.group]} label={`Lag of ${one.group} since this page was opened`} />,
        },
    ];
}

function Head({ topic, of }: { topic: Topic; of: TopicCourse }) {
    const records = topic.partitions.map(recordsOf);
    const sum = records.some((one) => one === null) ? null : records.reduce<number>((all, one) => all + (one ?? 0), 0);
    const lags = topic.groups.map((group) => group.lag).filter((lag): lag is number => lag !== null);
    const out_of_sync = topic.partitions.filter((one) => one.in_sync.length < one.replicas.length).length;
    return (
        <Figures>
            <Figure name="partitions">{topic.partitions.length}</Figure>
            <Figure name="records" title="next offsets minus first ones">{exact(sum)}</Figure>
            <Figure name="written">{rate(of.rate)}</Figure>
            <Figure name="groups">{topic.groups.length}</Figure>
            <Figure name="largest lag">{lags.length === 0 ? UNKNOWN : count(Math.max(...lags))}</Figure>
            {out_of_sync > 0 && <Figure name="out of sync" tone="watch">{out_of_sync}</Figure>}
        </Figures>
    );
}

function Configs({ topic }: { topic: Topic }) {
    const rows = Object.entries(topic.configs).map(([key, value]) => ({ key, value }));
    const columns: readonly Column<{ key: string; value: string }>[] = [
        { key: "key", label: "setting", value: (one) => one.key, show: (one) => <code class="name">{one.key}</code> },
        { key: "value", label: "value", value: (one) => one.value, show: (one) => <code>{one.value}</code> },
    ];
    return <Table name="configs" label="Settings of the topic" columns={columns} rows={rows} rowKey={(one) => one.key} empty="It has none of its own: those of the broker hold. To give it some: gale topic alter" />;
}

export function LogTopicPage({ params }: PageProps) {
    const name = params.topic ?? "";
    const { data, fault, reload } = useResource<Topic>(path`/api/v2/log/topics/${name}`, REFRESH_MS).value;
    const tab = currentTab(TABS);
    const history = useRef<Course>({ samples: [] });
    if (data === null) return <>{fault ? <LogFault fault={fault} reload={reload} /> : <Loading what="the topic" />}</>;
    history.current = course.add(history.current, data, performance.now());
    const of = course.read(history.current);
    return (
        <>
            <div class="page-head">
                <span class="crumbs">
                    <a href="/log/topics">Log topics</a> / topic
                </span>
                <h1>{name}</h1>
            </div>
            {fault && <LogFault fault={fault} reload={reload} />}
            <Head topic={data} of={of} />
            <Tabs tabs={TABS} label="About the topic" />
            {tab === "records" && <RecordBrowser topic={data} />}
            {tab === "partitions" && (
                <Panel title="Partitions">
                    <Table name="partitions" label="Partitions" columns={partitionColumns(of)} rows={data.partitions} rowKey={(one) => one.partition} empty="It has no partitions." />
                </Panel>
            )}
            {tab === "groups" && (
                <Panel title="Groups that read it">
                    {!data.groups_complete && <p class="text-watch">There are so many groups that not all of them could be looked at: some may be missing here.</p>}
                    <Table name="groups" label="Groups" columns={groupColumns(of)} rows={data.groups} rowKey={(one) => one.group} empty={`No group has an offset in it. A topology with a spout of the log makes one, or: gale consume ${name} --group NAME`} />
                </Panel>
            )}
            {tab === "configs" && (
                <Panel title="Settings of its own">
                    <Configs topic={data} />
                </Panel>
            )}
            {data.partitions.length === 0 && <Empty>Nobody answers for its partitions.</Empty>}
        </>
    );
}
