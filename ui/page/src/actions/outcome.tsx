/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of an action: the events of its topology since it was asked for, as they come, and whether
 * what was meant to be is so. It is seen in the stream, so it is what everybody sees.
 */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Badge } from "../components/badge.tsx";
import { Time } from "../components/time.tsx";
import { eventKey } from "../event_list.ts";
import { pulse, recentEvents, usePanel } from "../live.ts";
import type { ClusterEvent, TopologyLine } from "../types.ts";

export function lastEventId(): number {
    return recentEvents.value?.at(-1)?.id ?? 0;
}

function since(topology: string, after: number): readonly ClusterEvent[] {
    return (recentEvents.value ?? []).filter((event) => event.id > after && event.topology === topology);
}

function EventLines({ events }: { events: readonly ClusterEvent[] }) {
    return (
        <ol class="outcome-events" aria-label="What happened since">
            {events.map((event) => (
                <li key={eventKey(event)}>
                    <Time at_ms={event.at_ms} /> {event.text}
                </li>
            ))}
        </ol>
    );
}

interface OutcomeProps {
    name: string;
    accepted: ComponentChildren; /* what was accepted */
    wanted: string; /* "it is active": until then it is waited for */
    /* null: there is no such topology any more */
    is_done: (line: TopologyLine | null, events: readonly ClusterEvent[]) => boolean;
    after: number; /* events behind this one count */
}

export function Outcome(props: OutcomeProps) {
    usePanel("pulse");
    usePanel("events");
    const begun_tick = useRef(pulse.value?.tick ?? 0);
    const line = pulse.value?.topologies.find((one) => one.name === props.name) ?? null;
    const events = since(props.name, props.after);
    /* The picture of before the action says nothing about it. */
    const is_fresh = (pulse.value?.tick ?? 0) > begun_tick.current;
    const is_done = is_fresh && props.is_done(line, events);
    return (
        <div class="outcome" role="status">
            <p>{props.accepted}</p>
            <p>
                <Badge tone={is_done ? "well" : "info"} icon={is_done ? "well" : "clock"}>
                    {is_done ? `Done: ${props.wanted}` : `Waiting until ${props.wanted}`}
                </Badge>
            </p>
            <EventLines events={events} />
        </div>
    );
}
