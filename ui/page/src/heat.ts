/* SPDX-License-Identifier: Apache-2.0 */
/* Colours of a heat map, and what stands in its cells. Pure. */

/* From dark blue over grey to yellow: even steps of lightness, the same for all kinds of colour vision. */
const RAMP: readonly [number, number, number][] = [
    [0, 34, 78],
    [53, 69, 108],
    [102, 105, 112],
    [148, 142, 119],
    [200, 184, 102],
    [254, 232, 56],
];

export function heatColour(part: number): [number, number, number] {
    const place = Math.max(0, Math.min(1, part)) * (RAMP.length - 1);
    const index = Math.min(RAMP.length - 2, Math.floor(place));
    const from = RAMP[index]!;
    const to = RAMP[index + 1]!;
    const rest = place - index;
    return [0, 1, 2].map((channel) => Math.round(from[channel]! + (to[channel]! - from[channel]!) * rest)) as [number, number, number];
}

/* Means of `count` equal stretches; null where nothing is known. */
export function bucket(values: readonly (number | null)[], count: number): (number | null)[] {
    const size = Math.max(1, Math.ceil(values.length / count));
    const buckets: (number | null)[] = [];
    for (let start = 0; start < values.length; start += size) {
        const known = values.slice(start, start + size).filter((value): value is number => value !== null);
        buckets.push(known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length);
    }
    return buckets;
}

export function median(values: readonly number[]): number | null {
    if (values.length === 0) return null;
    const sorted = [...values].sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/* Those far above the median of all: half as much again, and by more than noise. */
export function stragglers(values: readonly (number | null)[], noise: number): boolean[] {
    const middle = median(values.filter((value): value is number => value !== null));
    return values.map((value) => value !== null && middle !== null && value > middle * 1.5 && value - middle > noise);
}
