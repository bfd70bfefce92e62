/* SPDX-License-Identifier: Apache-2.0 */
/* What is not known is null from nimbus to the page: here, that no way through the page makes a zero of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sparkPath } from "../src/components/spark.tsx";
import { ago, bytes, count, duration, exact, nanos, plural, rate, share, shortTime, time, UNKNOWN } from "../src/format.ts";
import { edgeWidth } from "../src/graph/structure.ts";
import { bucket, median, stragglers } from "../src/heat.ts";
import { isMeasured, MEASURES, rankHotSpots } from "../src/hot_spots.ts";
import { sortRows, toCsv, toJson } from "../src/table_rows.ts";
import { course } from "../src/topic_course.ts";
import type { TaskFigures } from "../src/types.ts";

const nothing = [null, undefined, Number.NaN, Number.POSITIVE_INFINITY];

const task = { component: "a", task: 0, id: 0, per_s: null, capacity: null, blocked: null, queue_fill: null, lag: null, window: { acked: 0, failed: 0 } } as unknown as TaskFigures;

test("each formatter shows a dash", () => {
    for (const show of [count, exact, rate, bytes, nanos, share, duration]) for (const value of nothing) assert.equal(show(value), UNKNOWN);
    for (const value of nothing) {
        assert.equal(plural(value, "tree"), `${UNKNOWN} trees`);
        assert.equal(ago(value, 0), UNKNOWN);
        assert.equal(time(value, "utc"), UNKNOWN);
        assert.equal(shortTime(value, 0, "utc"), UNKNOWN);
    }
});

test("a zero is no dash", () => {
    for (const show of [count, exact, rate, bytes, nanos, share, duration]) assert.match(show(0), /^0/);
});

test("a line has a gap, and one value alone is a dot", () => {
    assert.equal(sparkPath([null, null, null]), "");
    assert.equal(sparkPath([]), "");
    assert.match(sparkPath([null, 5, null]), /^M[\d.]+ [\d.]+h1$/);
    assert.match(sparkPath([1, 2, null, 3]), /^M\S+ \S+L\S+ [\d.]+M\S+ \S+h1$/);
    assert.ok(!sparkPath([null, 0, 0]).startsWith("M0 "), "what is before it is not drawn");
});

test("a heat map has an empty cell, a median is of what is known, and nothing unknown is a straggler", () => {
    assert.deepEqual(bucket([null, null, 4, null], 2), [null, 4]);
    assert.equal(median([]), null);
    assert.deepEqual(stragglers([null, null], 0), [false, false]);
    assert.deepEqual(stragglers([null, 1, 1, 9], 0.5), [false, false, false, true]);
});

test("tasks of which nothing is known are no hot spots, and not idle", () => {
    for (const by of MEASURES) {
        assert.deepEqual(rankHotSpots([task], by, 9), []);
        assert.equal(isMeasured([task], by), by === "failures");
    }
    assert.ok(isMeasured([task, { ...task, capacity: 0 }], "worst"));
    assert.ok(isMeasured([{ ...task, per_s: 0 }], "skew"));
});

test("in tables it stands last either way, and is copied as nothing", () => {
    const columns = [{ key: "v", label: "v", value: (row: { v: number | null }) => row.v }];
    const rows = [{ v: null }, { v: 0 }, { v: -1 }];
    for (const down of [true, false]) assert.equal(sortRows(rows, columns, { key: "v", down }).at(-1)?.v, null);
    assert.equal(toCsv(rows, columns), "v\n\n0\n-1\n");
    assert.deepEqual(JSON.parse(toJson(rows, columns)), rows);
});

test("an edge of which nothing is known is drawn thin", () => {
    assert.ok(edgeWidth(null) > 0);
    assert.ok(edgeWidth(null) <= edgeWidth(0));
});

test("the rate of a topic is known from the second answer on", () => {
    const topic = (next: number | null) => ({ partitions: [{ partition: 0, next }], groups: [{ group: "g", lag: null }] }) as never;
    const one = course.add({ samples: [] }, topic(5), 1000);
    assert.equal(course.read(one).rate, null);
    assert.deepEqual(course.read(one).lags, { g: [null] });
    assert.equal(course.read(course.add(one, topic(null), 2000)).rate, null);
    assert.equal(course.read(course.add(one, topic(7), 2000)).rate, 2);
});
