/* SPDX-License-Identifier: Apache-2.0 */
import { ago, shortTime, time } from "../format.ts";
import { nowMs } from "../live.ts";
import { zone } from "../preferences.ts";

/* A moment: the clock, and how long ago in its title; or the other way round. */
export function Time({ at_ms, how = "clock" }: { at_ms: number | null | undefined; how?: "clock" | "ago" }) {
    if (at_ms === null || at_ms === undefined || at_ms === 0) return <span class="quiet">–</span>;
    const full = time(at_ms, zone.value);
    const age = ago(at_ms, nowMs.value);
    return (
        <time dateTime={new Date(at_ms).toISOString()} title={how === "ago" ? full : `${full}, ${age}`}>
            {how === "ago" ? age : shortTime(at_ms, nowMs.value, zone.value)}
        </time>
    );
}
