/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of events that overlap, as one. Pure. */

/* By id, each once. A nimbus that was started anew counts from 1 again: of two with the same id the one of
 * the last list counts. */
export function mergeEvents<Event extends { id: number }>(...lists: readonly (readonly Event[])[]): Event[] {
    const found = new Map<number, Event>();
    for (const list of lists) for (const event of list) found.set(event.id, event);
    return [...found.values()].sort((a, b) => a.id - b.id);
}
