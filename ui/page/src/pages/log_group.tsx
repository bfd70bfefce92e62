/* SPDX-License-Identifier: Apache-2.0 */
/* A group of consumers: who is in it, how far it is in each partition, and another place for it. */
import { useEffect, useState } from "preact/hooks";
import { ResetOffsetsButton } from "../actions/reset_dialog.tsx";
import { useResource } from "../api.ts";
import type { Group, GroupMember, GroupOffset } from "../api_types.ts";
import { Loading } from "../components/empty.tsx";
import { Figure, Figures, Panel } from "../components/panel.tsx";
import { Spark } from "../components/spark.tsx";
import { Table, type Column } from "../components/table.tsx";
import { exact, plural } from "../format.ts";
import { path } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import { GroupState, LogFault } from "./log_topics.tsx";
import "./browse.css";

const REFRESH_MS = 2000;
const COURSE_MAX = 90;

const OFFSET_COLUMNS: readonly Column<GroupOffset>[] = [
    { key: "topic", label: "topic", value: (one) => one.topic, show: (one) => <a href={path`/log/topics/${one.topic}`}>{one.topic}</a> },
    { key: "partition", label: "partition", numeric: true, value: (one) => one.partition },
    { key: "committed", label: "committed", numeric: true, value: (one) => one.committed, show: (one) => exact(one.committed) },
    { key: "first", label: "first", numeric: true, value: (one) => one.first, show: (one) => exact(one.first) },
    { key: "end", label: "end", numeric: true, value: (one) => one.end, show: (one) => exact(one.end) },
    { key: "lag", label: "lag", numeric: true, value: (one) => one.lag, show: (one) => <strong>{exact(one.lag)}</strong>, title: "End minus committed; without a committed offset it counts from the first" },
    { key: "member", label: "read by", value: (one) => one.member, show: (one) => one.member ?? <span class="quiet">nobody</span> },
];

function partitions(member: GroupMember): string {
    return member.partitions.map(({ topic, partition }) => `${topic}:${partition}`).join(", ");
}

const MEMBER_COLUMNS: readonly Column<GroupMember>[] = [
    { key: "id", label: "member", value: (one) => one.instance ?? one.id, show: (one) => <span class="name">{one.instance ?? one.id}</span> },
    { key: "client", label: "client", value: (one) => one.client },
    { key: "host", label: "host", value: (one) => one.host },
    { key: "partitions", label: "has", value: partitions, show: (one) => partitions(one) || <span class="quiet">no partition</span> },
];

function lagOf(group: Group): number | null {
    const lags = group.offsets.map((place) => place.lag);
    return lags.some((lag) => lag === null) ? null : lags.reduce<number>((sum, lag) => sum + (lag ?? 0), 0);
}

/* Since the page was opened. */
function useCourse(group: Group | null): readonly (number | null)[] {
    const [course, setCourse] = useState<readonly (number | null)[]>([]);
    useEffect(() => {
        if (group !== null) setCourse((before) => [...before, lagOf(group)].slice(-COURSE_MAX));
    }, [group]);
    return course;
}

export function LogGroupPage({ params }: PageProps) {
    const name = params.group ?? "";
    const { data, fault, reload } = useResource<Group>(path`/api/v2/log/groups/${name}`, REFRESH_MS).value;
    const course = useCourse(data);
    if (data === null) return <>{fault ? <LogFault fault={fault} reload={reload} /> : <Loading what="the group" />}</>;
    return (
        <>
            <div class="page-head">
                <span class="crumbs">
                    <a href="/log/topics?tab=groups">Groups</a> / group
                </span>
                <h1>{name}</h1>
                <GroupState state={data.state} />
                <div class="end">
                    <ResetOffsetsButton group={data} onDone={reload} />
                </div>
            </div>
            {fault && <LogFault fault={fault} reload={reload} />}
            <Figures>
                <Figure name="lag">{exact(lagOf(data))}</Figure>
                <Figure name="since you came">
                    <Spark values={course} label="Lag since this page was opened" />
                </Figure>
                <Figure name="members">{data.members.length}</Figure>
                <Figure name="partitions">{data.offsets.length}</Figure>
                <Figure name="shared out by">{data.assignor || "nobody"}</Figure>
                <Figure name="coordinator">{data.coordinator === null ? "–" : `broker ${data.coordinator}`}</Figure>
            </Figures>
            <Panel title="How far it is" more={plural(data.offsets.length, "partition")}>
                <Table name="offsets" label="Offsets" columns={OFFSET_COLUMNS} rows={data.offsets} rowKey={(one) => `${one.topic}:${one.partition}`} empty="It has committed nothing, and no member has a partition." />
            </Panel>
            <Panel title="Members">
                <Table name="members" label="Members" columns={MEMBER_COLUMNS} rows={data.members} rowKey={(one) => one.id} empty="Nobody is in it now; its offsets are kept. A topology reads as a group without being a member of it." />
            </Panel>
        </>
    );
}
