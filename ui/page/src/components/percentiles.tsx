/* SPDX-License-Identifier: Apache-2.0 */
/* A latency as its percentiles, on one scale of logarithms: how far the tail is from the middle is seen. */
import { exact, nanos } from "../format.ts";
import type { Latency } from "../types.ts";

const STEPS: readonly (readonly [keyof Latency, string])[] = [
    ["p50", "p50"],
    ["p90", "p90"],
    ["p99", "p99"],
    ["p999", "p99.9"],
    ["max", "max"],
];

/* Where on the scale, 0..1: from a quarter of the median to the largest. */
export function logPlace(value: number, latency: Latency): number {
    const low = Math.log(Math.max(1, latency.p50 / 4));
    const high = Math.log(Math.max(2, latency.max));
    return high <= low ? 1 : Math.max(0.01, Math.min(1, (Math.log(Math.max(1, value)) - low) / (high - low)));
}

export function Percentiles({ name, latency }: { name: string; latency: Latency }) {
    return (
        <div class="percentiles">
            <h3>
                {name}{" "}
                <span class="quiet">
                    mean {nanos(latency.mean)} of {exact(latency.count)}
                </span>
            </h3>
            <dl>
                {STEPS.map(([key, label]) => (
                    <div key={key}>
                        <dt>{label}</dt>
                        <dd>
                            <span class="percentile-track" aria-hidden="true">
                                <span class="percentile-fill" style={{ width: `${logPlace(latency[key], latency) * 100}%` }} />
                            </span>
                            <span class="number">{nanos(latency[key])}</span>
                        </dd>
                    </div>
                ))}
            </dl>
        </div>
    );
}
