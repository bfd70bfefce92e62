/* SPDX-License-Identifier: Apache-2.0 */
/* Topics with their groups and lag, and groups. The server computes only the rows that are asked for, so it does so for ten thousand as well. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useResource, type Fault } from "../api.ts";
import type { GroupRow, Groups, TopicGroup, TopicRow, Topics } from "../api_types.ts";
import { Badge } from "../components/badge.tsx";
import { Failed, Loading } from "../components/empty.tsx";
import { Icon } from "../components/icon.tsx";
import { Panel } from "../components/panel.tsx";
import { Table, type Column } from "../components/table.tsx";
import { currentTab, Tabs } from "../components/tabs.tsx";
import { count, exact, plural } from "../format.ts";
import { changeQuery, path, query, withQuery } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import "./browse.css";

const ROWS = 50;
const REFRESH_MS = 5000;
const TYPING_MS = 250;
const GROUPS_SHOWN = 4;

const TABS = [
    { key: "topics", label: "Topics" },
    { key: "groups", label: "Groups" },
] as const;

/* Of a group of consumers. */
export function GroupState({ state }: { state: string }) {
    return <Badge tone={state === "Stable" ? "well" : state === "Empty" ? "off" : "watch"}>{state}</Badge>;
}

function GroupChip({ group }: { group: TopicGroup }) {
    return (
        <a class="chip" href={path`/log/groups/${group.group}`} title={`${group.state}, ${exact(group.lag)} records behind`}>
            {group.group} <span class={group.lag ? "chip-lag" : "quiet"}>{count(group.lag)}</span>
        </a>
    );
}

function GroupChips({ groups }: { groups: readonly TopicGroup[] }) {
    if (groups.length === 0) return <span class="quiet">nobody</span>;
    return (
        <span class="chips">
            {groups.slice(0, GROUPS_SHOWN).map((group) => (
                <GroupChip key={group.group} group={group} />
            ))}
            {groups.length > GROUPS_SHOWN && <span class="quiet">and {groups.length - GROUPS_SHOWN} more</span>}
        </span>
    );
}

function lag(groups: readonly TopicGroup[]): number | null {
    const known = groups.map((group) => group.lag).filter((one): one is number => one !== null);
    return known.length === 0 ? null : Math.max(...known);
}

const TOPIC_COLUMNS: readonly Column<TopicRow>[] = [
    {
        key: "name", label: "topic", value: (one) => one.name, mark: (one) => one.internal,
        show: (one) => (
            <>
                <a href={path`/log/topics/${one.name}`}>{one.name}</a> {one.internal && <Badge tone="off">of the log itself</Badge>}
            </>
        ),
    },
    { key: "partitions", label: "partitions", numeric: true, value: (one) => one.partitions },
    { key: "records", label: "records", numeric: true, value: (one) => one.records, show: (one) => exact(one.records), title: "next offsets minus first ones: in a compacted topic there are fewer" },
    { key: "lag", label: "largest lag", numeric: true, value: (one) => lag(one.groups), show: (one) => exact(lag(one.groups)) },
    {
        key: "groups", label: "read by, and how far behind", wide: true, value: (one) => one.groups.map((group) => group.group).join(" "),
        mark: (one) => one.groups.map((group) => group.lag).join(" "), show: (one) => <GroupChips groups={one.groups} />,
    },
];

const GROUP_COLUMNS: readonly Column<GroupRow>[] = [
    { key: "group", label: "group", value: (one) => one.group, show: (one) => <a href={path`/log/groups/${one.group}`}>{one.group}</a> },
    { key: "state", label: "state", value: (one) => one.state, show: (one) => <GroupState state={one.state} /> },
    { key: "members", label: "members", numeric: true, value: (one) => one.members },
    { key: "lag", label: "lag", numeric: true, value: (one) => one.lag, show: (one) => exact(one.lag) },
    { key: "topics", label: "topics", wide: true, value: (one) => one.topics.join(" "), show: (one) => <span class="chips">{one.topics.map((topic) => <a key={topic} class="chip" href={path`/log/topics/${topic}`}>{topic}</a>)}</span> },
];

/* Waits until somebody has stopped typing: each question costs the brokers something. */
function SearchField({ label }: { label: string }) {
    const [text, setText] = useState(query("q") ?? "");
    const timer = useRef(0);
    useEffect(() => () => clearTimeout(timer.current), []);
    const asked = query("q") ?? "";
    useEffect(() => setText(asked), [asked]); /* a link has taken it away */
    const change = (value: string) => {
        setText(value);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => changeQuery({ q: value, offset: null }), TYPING_MS) as unknown as number;
    };
    return (
        <label class="filter">
            <Icon name="search" size={13} />
            <input data-search="" type="search" aria-label={label} placeholder="Name ( / )" value={text} onInput={(event) => change(event.currentTarget.value)} />
        </label>
    );
}

function Pager({ offset, shown, total }: { offset: number; shown: number; total: number }) {
    if (total <= ROWS) return null;
    const turn = (to: number) => changeQuery({ offset: to <= 0 ? null : to }, "push");
    return (
        <nav class="pages" aria-label="Pages">
            <button type="button" disabled={offset === 0} onClick={() => turn(offset - ROWS)}>
                Previous
            </button>
            <span>
                {exact(offset + 1)} to {exact(offset + shown)} of {exact(total)}
            </span>
            <button type="button" disabled={offset + shown >= total} onClick={() => turn(offset + ROWS)}>
                Next
            </button>
        </nav>
    );
}

export function LogFault({ fault, reload }: { fault: Fault; reload: () => void }) {
    return (
        <>
            <Failed fault={fault} reload={reload} />
            <p class="quiet">
                gale-ui asks the brokers that its setting <code>log.brokers</code> names.
            </p>
        </>
    );
}

function TopicList() {
    const text = query("q");
    const { data, fault, reload } = useResource<Topics>(withQuery("/api/v2/log/topics", { q: text, offset: query("offset"), limit: ROWS }), REFRESH_MS).value;
    if (data === null) return fault ? <LogFault fault={fault} reload={reload} /> : <Loading what="the topics" />;
    const why = text ? `No topic has “${text}” in its name.` : "There are no topics. The first write makes one, or: gale topic create NAME";
    return (
        <>
            {fault && <LogFault fault={fault} reload={reload} />}
            <p class="quiet">{plural(data.total, "topic")}{text ? ` with “${text}” in the name` : ""}</p>
            {!data.groups_complete && <p class="text-watch">There are so many groups that not all of them could be looked at: some may be missing here.</p>}
            <Table name="topics" label="Topics" columns={TOPIC_COLUMNS} rows={data.topics} rowKey={(one) => one.name} filter={false} empty={why} />
            <Pager offset={data.offset} shown={data.topics.length} total={data.total} />
        </>
    );
}

function GroupList() {
    const text = query("q");
    const { data, fault, reload } = useResource<Groups>(withQuery("/api/v2/log/groups", { q: text, offset: query("offset"), limit: ROWS }), REFRESH_MS).value;
    if (data === null) return fault ? <LogFault fault={fault} reload={reload} /> : <Loading what="the groups" />;
    const why = text ? `No group has “${text}” in its name.` : "Nobody reads as a group yet: topologies with a spout of the log do, and gale consume --group.";
    return (
        <>
            {fault && <LogFault fault={fault} reload={reload} />}
            <p class="quiet">{plural(data.total, "group")}{text ? ` with “${text}” in the name` : ""}</p>
            <Table name="groups" label="Groups" columns={GROUP_COLUMNS} rows={data.groups} rowKey={(one) => one.group} filter={false} empty={why} />
            <Pager offset={data.offset} shown={data.groups.length} total={data.total} />
        </>
    );
}

export function LogTopicsPage(_: PageProps) {
    const tab = currentTab(TABS);
    return (
        <>
            <div class="page-head">
                <h1>Log topics</h1>
                <span class="quiet">and who reads them</span>
            </div>
            <Tabs tabs={TABS} label="Topics or groups" own={["q", "offset"]} />
            <Panel title={tab === "topics" ? "Topics" : "Groups"} more={<SearchField key={tab} label={tab === "topics" ? "Find topics" : "Find groups"} />}>
                {tab === "topics" ? <TopicList /> : <GroupList />}
            </Panel>
        </>
    );
}
