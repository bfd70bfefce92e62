/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import test from "node:test";
import { executorsOf, largestOf } from "../src/pages/plan.tsx";
import type { TaskFigures } from "../src/types.ts";

function task(id: number, executor: [number, number], capacity: number | null): TaskFigures {
    return { component: "counter", task: id, id, executor, capacity } as unknown as TaskFigures;
}

const read = (one: TaskFigures) => one.capacity;

test("tasks that share an executor share its thread: what they take of its time adds up", () => {
    const tasks = [task(0, [0, 1], 0.5), task(1, [0, 1], 0.25), task(2, [2, 2], 0.5)];
    const executors = executorsOf(tasks, { read, sums: true });
    assert.deepEqual(executors.map((one) => one.value), [0.75, 0.5]);
    assert.equal(largestOf(executors), 0.75);
});

test("how full a queue is does not add up: the largest counts", () => {
    const tasks = [task(0, [0, 1], 0.5), task(1, [0, 1], 0.25)];
    assert.deepEqual(executorsOf(tasks, { read, sums: false }).map((one) => one.value), [0.5]);
});

test("what is known of no task of an executor is not known of it", () => {
    const [one] = executorsOf([task(0, [0, 1], null), task(1, [0, 1], null)], { read, sums: true });
    assert.equal(one?.value, null);
    assert.equal(largestOf([one!]), null);
});

test("what is not known of one task does not hide what is known of another", () => {
    assert.deepEqual(executorsOf([task(0, [0, 1], null), task(1, [0, 1], 0.5)], { read, sums: true }).map((one) => one.value), [0.5]);
});
