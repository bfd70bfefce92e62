/* SPDX-License-Identifier: Apache-2.0 */
/* How a topic went since its page was opened: the brokers keep no history, so the page has its own, of two minutes. Pure. */
import type { Topic } from "./api_types.ts";

const SAMPLES_MAX = 60;

interface Sample {
    at_ms: number;
    of: Topic;
}

export interface Course {
    samples: readonly Sample[];
}

export interface TopicCourse {
    rate: number | null; /* records a second, since the first sample that is kept */
    partition_rates: Readonly<Record<number, number>>;
    lags: Readonly<Record<string, (number | null)[]>>;
}

/* The same answer again is no other sample. */
function add(course: Course, topic: Topic, at_ms: number): Course {
    if (course.samples.at(-1)?.of === topic) return course;
    return { samples: [...course.samples, { at_ms, of: topic }].slice(-SAMPLES_MAX) };
}

function partitionRates(from: Sample, to: Sample): Record<number, number> {
    const seconds = (to.at_ms - from.at_ms) / 1000;
    const rates: Record<number, number> = {};
    if (seconds <= 0) return rates;
    for (const { partition, next } of to.of.partitions) {
        const before = from.of.partitions.find((one) => one.partition === partition)?.next ?? null;
        if (next !== null && before !== null) rates[partition] = Math.max(0, next - before) / seconds;
    }
    return rates;
}

function read({ samples }: Course): TopicCourse {
    const from = samples.at(0);
    const to = samples.at(-1);
    if (from === undefined || to === undefined) return { rate: null, partition_rates: {}, lags: {} };
    const partition_rates = partitionRates(from, to);
    const rates = Object.values(partition_rates);
    const lags: Record<string, (number | null)[]> = {};
    for (const { group } of to.of.groups)
        lags[group] = samples.map((sample) => sample.of.groups.find((one) => one.group === group)?.lag ?? null);
    return { rate: rates.length === 0 ? null : rates.reduce((sum, one) => sum + one, 0), partition_rates, lags };
}

export const course = { add, read };
