/* SPDX-License-Identifier: Apache-2.0 */
import { useResource } from "../../api.ts";
import { Choice } from "../../components/choice.tsx";
import { Course, spans, topologyCharts } from "../../components/course.tsx";
import { EventList } from "../../components/event_list.tsx";
import { Failed } from "../../components/empty.tsx";
import { Panel } from "../../components/panel.tsx";
import { withQuery } from "../../router.ts";
import type { ClusterEvents } from "../../types.ts";
import type { TabProps } from "./shared.tsx";

const EVENTS_SHOWN = 200;
const REFRESH_MS = 5000;

export function HistoryTab({ status }: TabProps) {
    const events = useResource<ClusterEvents>(withQuery("/api/v2/events", { topology: status.name, limit: EVENTS_SHOWN }), REFRESH_MS).value;
    return (
        <>
            <Panel title="Course" more={<Choice name="span" label="the last" options={spans} />}>
                <Course topology={status.name} charts={topologyCharts} />
            </Panel>
            <Panel title="Events and actions">
                {events.fault && !events.data ? (
                    <Failed fault={events.fault} reload={events.reload} />
                ) : (
                    <EventList events={events.data?.events ?? null} limit={EVENTS_SHOWN} empty="Nothing has happened to it that nimbus remembers." />
                )}
            </Panel>
        </>
    );
}
