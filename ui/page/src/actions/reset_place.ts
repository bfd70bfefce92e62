/* SPDX-License-Identifier: Apache-2.0 */
/* Where a group is to go on, and what that means. Pure. */
import type { Reset } from "../api_types.ts";
import { plural, type Zone } from "../format.ts";
import { readTime } from "../records.ts";
import { wholeNumber } from "./numbers.ts";

export const OFFSET_MAX = Number.MAX_SAFE_INTEGER;

/* `to` as the API takes it; null: not complete. `time` is what an <input type="datetime-local"> has. */
export function readPlace(kind: string, offset: string, time: string, zone: Zone): string | null {
    if (kind === "offset") {
        const number = wholeNumber(offset, 0, OFFSET_MAX);
        return number === null ? null : `offset:${number}`;
    }
    if (kind === "time") {
        const at_ms = readTime(time, zone);
        return at_ms === null ? null : `time:${at_ms}`;
    }
    return kind;
}

/* In words: how much is read again, and how much is passed over. */
export function resetEffect(reset: Reset): string {
    let again = 0;
    let over = 0;
    for (const { committed, offset, first } of reset.partitions) {
        const from = committed ?? first;
        again += Math.max(0, from - offset);
        over += Math.max(0, offset - from);
    }
    const parts = [];
    if (again > 0) parts.push(`${plural(again, "record")} will be read again`);
    if (over > 0) parts.push(`${plural(over, "record")} will be passed over`);
    return parts.length === 0 ? "It stays where it is" : parts.join(", ");
}
