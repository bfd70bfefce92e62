/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import test from "node:test";
import { bucket, heatColour, median, stragglers } from "../src/heat.ts";
import { MEASURES, rankHotSpots } from "../src/hot_spots.ts";
import type { TaskFigures } from "../src/types.ts";

const none = { emitted: 0, sent: 0, executed: 0, acked: 0, failed: 0, timed_out: 0, refused: 0 };

function task(id: number, more: Partial<TaskFigures> & { failed?: number; acked?: number } = {}): TaskFigures {
    const { failed = 0, acked = 1000, ...rest } = more;
    return {
        component: "counter",
        task: id,
        id,
        supervisor: "s",
        slot: 0,
        host: null,
        loop: null,
        executor: [id, id],
        uptime_ms: null,
        window: { ...none, acked, failed },
        total: none,
        per_s: 100,
        capacity: 0.1,
        blocked: 0,
        queue_fill: 0,
        open: 0,
        lag: null,
        latency: null,
        outputs: [],
        inputs: [],
        ...rest,
    };
}

test("the worst task is that with the largest share, and it says of what", () => {
    const tasks = [task(0), task(1, { queue_fill: 0.94 }), task(2, { capacity: 0.98 }), task(3, { blocked: 0.7 })];
    const spots = rankHotSpots(tasks, "worst", 3);
    assert.deepEqual(spots.map((spot) => [spot.task.id, spot.why]), [[2, "capacity"], [1, "queue"], [3, "blocked"]]);
});

test("a tenth of failures is as bad as no time left", () => {
    const [first] = rankHotSpots([task(0, { capacity: 0.99 }), task(1, { failed: 112, acked: 888 })], "worst", 1);
    assert.deepEqual([first?.task.id, first?.why], [1, "failures"]);
});

test("skew compares a task with the median of its own component", () => {
    const tasks = [task(0), task(1), task(2, { per_s: 400 }), task(3, { component: "other", per_s: 9000 })];
    const [first] = rankHotSpots(tasks, "skew", 5);
    assert.deepEqual([first?.task.id, first?.skew], [2, 4]);
    assert.equal(rankHotSpots(tasks, "skew", 5).some((spot) => spot.task.component === "other"), false);
});

test("tasks without the measure are left out, and not ranked as zero", () => {
    assert.deepEqual(rankHotSpots([task(0), task(1, { lag: 50 })], "lag", 5).map((spot) => spot.task.id), [1]);
});

test("each measure ranks downwards, and ties keep the order of ids", () => {
    const tasks = [task(3), task(1), task(2, { capacity: 0.5, blocked: 0.3, queue_fill: 0.2, lag: 4, failed: 9, per_s: 150 })];
    for (const measure of MEASURES) {
        const values = rankHotSpots(tasks, measure, 9).map((spot) => spot.value);
        assert.deepEqual(values, [...values].sort((a, b) => b - a), measure);
    }
    assert.deepEqual(rankHotSpots(tasks, "capacity", 9).map((spot) => spot.task.id), [2, 1, 3]);
});

test("the median is that of the middle", () => {
    assert.equal(median([]), null);
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 3, 2]), 2.5);
});

test("a straggler is half as much again as the median, and more than noise", () => {
    assert.deepEqual(stragglers([0.5, 0.5, 0.5, 0.9], 0.1), [false, false, false, true]);
    assert.deepEqual(stragglers([0.01, 0.01, 0.03], 0.1), [false, false, false]);
    assert.deepEqual(stragglers([null, 0.5, null], 0.1), [false, false, false]);
});

test("a stretch without figures stays empty in the heat map", () => {
    assert.deepEqual(bucket([1, 3, null, null, 5, null], 3), [2, null, 5]);
    assert.equal(bucket(Array.from({ length: 900 }, () => 1), 180).length, 180);
});

test("hotter is lighter, and nothing is outside of the ramp", () => {
    const light = [-1, 0, 0.25, 0.5, 0.75, 1, 2].map((part) => heatColour(part).reduce((sum, channel) => sum + channel, 0));
    assert.deepEqual(light, [...light].sort((a, b) => a - b));
    assert.equal(light[0], light[1]);
    assert.equal(light.at(-1), light.at(-2));
});
