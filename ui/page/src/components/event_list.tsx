/* SPDX-License-Identifier: Apache-2.0 */
/* What happened, newest first, a line each. */
import { eventHref } from "../causes.ts";
import { eventKey } from "../event_list.ts";
import { splitRemedy } from "../format.ts";
import type { ClusterEvent } from "../types.ts";
import { Empty } from "./empty.tsx";
import { Icon } from "./icon.tsx";
import { Time } from "./time.tsx";

function Line({ event }: { event: ClusterEvent }) {
    const href = eventHref(event);
    const [text, remedy] = splitRemedy(event.text);
    return (
        <li class={event.severity}>
            <Time at_ms={event.at_ms} />
            <span class={`text-${event.severity}`}>
                <Icon name={event.severity} size={14} />
            </span>
            <span title={remedy ?? undefined}>
                {event.severity !== "info" && <span class="hidden-text">{event.severity}: </span>}
                {href === null ? text : <a href={href}>{text}</a>}
                {event.by && <span class="quiet"> by {event.by}</span>}
            </span>
        </li>
    );
}

export function EventList(props: { events: readonly ClusterEvent[] | null; limit: number; empty: string }) {
    if (props.events === null) return <Empty>Waiting for the first tick …</Empty>;
    if (props.events.length === 0) return <Empty>{props.empty}</Empty>;
    return (
        <ul class="events">
            {props.events
                .slice(-props.limit)
                .reverse()
                .map((event) => (
                    <Line key={eventKey(event)} event={event} />
                ))}
        </ul>
    );
}
