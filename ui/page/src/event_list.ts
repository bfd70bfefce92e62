/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of events that overlap, as one. Pure. */

interface Numbered {
    id: number;
    at_ms: number;
}

/* A nimbus that was started anew counts from 1 again, so an id alone is not enough. */
export function eventKey(event: Numbered): string {
    return `${event.at_ms}-${event.id}`;
}

/* Each once, in the order of time. */
export function mergeEvents<Event extends Numbered>(...lists: readonly (readonly Event[])[]): Event[] {
    const found = new Map<string, Event>();
    for (const list of lists) for (const event of list) found.set(eventKey(event), event);
    return [...found.values()].sort((a, b) => a.at_ms - b.at_ms || a.id - b.id);
}
