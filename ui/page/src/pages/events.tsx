/* SPDX-License-Identifier: Apache-2.0 */
/* What happened, the newest first, as it happens; and who has done what: the audit list. */
import { useEffect, useState } from "preact/hooks";
import { get, useResource } from "../api.ts";
import type { ClusterEvent, Events } from "../api_types.ts";
import { HealthBadge } from "../components/badge.tsx";
import { Failed, Loading } from "../components/empty.tsx";
import { Panel } from "../components/panel.tsx";
import { Table, type Column } from "../components/table.tsx";
import { Time } from "../components/time.tsx";
import { plural, words } from "../format.ts";
import { recentEvents, usePanel } from "../live.ts";
import { changeQuery, path, query, withQuery } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import { eventKey, mergeEvents } from "../event_list.ts";
import "./browse.css";

const PAGE = 1000; /* events of one question */

function isAction(event: ClusterEvent): boolean {
    return event.via !== null || event.by !== null;
}

function Where({ event }: { event: ClusterEvent }) {
    if (event.supervisor === null) return event.component === null ? <span class="quiet">–</span> : <>{event.component}</>;
    if (event.slot === null) return <>{event.supervisor}</>;
    return <a href={path`/workers/${event.supervisor}/${event.slot}`}>{`${event.supervisor}:${event.slot}`}</a>;
}

function who({ by, via }: ClusterEvent): string | null {
    if (by === null && via === null) return null;
    return [by, via === null ? null : `by ${via === "ui" ? "this page" : via}`].filter(Boolean).join(" ");
}

function argsText(args: ClusterEvent["args"]): string {
    const entries = Object.entries(args ?? {}).filter(([, value]) => value !== null);
    return entries.map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`).join(", ");
}

const COLUMNS: readonly Column<ClusterEvent>[] = [
    { key: "at_ms", label: "when", value: (one) => one.at_ms, show: (one) => <Time at_ms={one.at_ms} /> },
    { key: "severity", label: "severity", value: (one) => one.severity, show: (one) => <HealthBadge health={one.severity} /> },
    {
        key: "text", label: "what", wide: true, value: (one) => one.text, mark: (one) => one.args,
        show: (one) => (
            <>
                {one.text} {isAction(one) && argsText(one.args) !== "" && <small class="quiet">({argsText(one.args)})</small>}
            </>
        ),
    },
    { key: "kind", label: "kind", value: (one) => one.kind, show: (one) => words(one.kind) },
    {
        key: "topology", label: "topology", value: (one) => one.topology,
        show: (one) => (one.topology === null ? <span class="quiet">–</span> : <a href={path`/topologies/${one.topology}`}>{one.topology}</a>),
    },
    { key: "where", label: "where", value: (one) => [one.supervisor, one.slot, one.component].filter((part) => part !== null).join(":"), show: (one) => <Where event={one} /> },
    { key: "who", label: "who", value: who },
];

function chooser(name: string, label: string, values: readonly string[]) {
    const current = query(name) ?? "";
    return (
        <label class="choice">
            <span>{label}</span>
            <select value={current} onChange={(event) => changeQuery({ [name]: event.currentTarget.value })}>
                <option value="">all</option>
                {[...new Set([...values, ...(current === "" ? [] : [current])])].sort().map((value) => (
                    <option key={value} value={value}>
                        {name === "kind" ? words(value) : value}
                    </option>
                ))}
            </select>
        </label>
    );
}

function Choosers({ events }: { events: readonly ClusterEvent[] }) {
    const only_actions = query("actions") === "1";
    const names = (pick: (event: ClusterEvent) => string | null) =>
        events.map(pick).filter((value): value is string => value !== null && value !== "");
    return (
        <div class="choosers">
            {chooser("kind", "Kind", names((event) => event.kind))}
            {chooser("topology", "Topology", names((event) => event.topology))}
            {chooser("severity", "Severity", ["info", "watch", "trouble"])}
            {chooser("by", "Who", names((event) => event.by))}
            <label class="check">
                <input type="checkbox" checked={only_actions} onChange={(event) => changeQuery({ actions: event.currentTarget.checked })} />
                only what somebody has asked for
            </label>
        </div>
    );
}

function isWanted(event: ClusterEvent): boolean {
    const matches = (name: string, value: string | null) => (query(name) ?? "") === "" || query(name) === value;
    return (
        matches("kind", event.kind) && matches("topology", event.topology) && matches("severity", event.severity) &&
        matches("by", event.by) && (query("actions") !== "1" || isAction(event))
    );
}

function useEvents(topology: string | null) {
    usePanel("events");
    const url = withQuery("/api/v2/events", { limit: PAGE, topology });
    const first = useResource<Events>(url).value;
    const [older, setOlder] = useState<readonly ClusterEvent[]>([]);
    const [reached, setReached] = useState<number | null>(null); /* events from this id on were asked for */
    useEffect(() => {
        setOlder([]);
        setReached(null);
    }, [topology]);
    /* The page holds the last ones of the stream only: what fell between the two lists is asked for. */
    const has_hole = (recentEvents.value?.[0]?.id ?? 0) > (first.data?.last_id ?? Infinity) + 1;
    useEffect(() => {
        if (has_hole) first.reload();
    }, [has_hole]);
    const live = (recentEvents.value ?? []).filter((event) => topology === null || event.topology === topology) as ClusterEvent[];
    const events = mergeEvents(older, first.data?.events ?? [], live);
    const oldest = reached ?? events[0]?.id ?? 1;
    const more = async () => {
        const after = Math.max(1, oldest - PAGE - 1); /* 0 would be "the last ones" */
        const result = await get<Events>(withQuery("/api/v2/events", { limit: PAGE, after, topology }));
        if (!result.ok) return;
        setReached(after);
        setOlder((before) => mergeEvents(result.value.events.filter((event) => event.id < oldest), before));
    };
    return { first, events, more: oldest > Math.max(1, first.data?.first_id ?? oldest) ? more : null };
}

export function EventsPage(_: PageProps) {
    const topology = query("topology") || null;
    const { first, events, more } = useEvents(topology);
    const rows = events.filter(isWanted).reverse();
    return (
        <>
            <div class="page-head">
                <h1>Events</h1>
                <span class="quiet">what happened, as nimbus saw it; new ones come by themselves</span>
            </div>
            <Panel title={query("actions") === "1" ? "Audit: who has done what" : "All events"} more={plural(rows.length, "event")}>
                <Choosers events={events} />
                {first.data === null && events.length === 0 ? (
                    first.fault ? <Failed fault={first.fault} reload={first.reload} /> : <Loading what="the events" />
                ) : (
                    <Table
                        name="events"
                        label="Events"
                        columns={COLUMNS}
                        rows={rows}
                        rowKey={eventKey}
                        filter
                        empty={
                            events.length === 0
                                ? "Nothing has happened since this nimbus leads. It keeps the last 10,000 events, in memory."
                                : "None of the events fits what is chosen above."
                        }
                    />
                )}
                {more && (
                    <p class="note">
                        <button type="button" onClick={() => void more()}>
                            Show older ones
                        </button>
                    </p>
                )}
            </Panel>
        </>
    );
}
