/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { resetEffect, readPlace } from "../src/actions/reset_place.ts";
import type { LogRecord, Topic } from "../src/api_types.ts";
import { eventKey, mergeEvents } from "../src/event_list.ts";
import { byTime, fromFields, fromText, keep, KEPT_MAX, nextText } from "../src/records.ts";
import { course } from "../src/topic_course.ts";

test("a place is what stands in the fields, or not complete", () => {
    assert.equal(fromText("latest", "", "", "local"), "latest");
    assert.equal(fromText("offset", " 17 ", "", "local"), "offset:17");
    assert.equal(fromText("offset", "-1", "", "local"), null);
    assert.equal(fromText("last", "", "", "local"), null);
    assert.equal(fromText("time", "", "2026-11-22T09:00:00", "utc"), `time:${Date.UTC(2026, 10, 22, 9)}`);
    assert.equal(fromText("time", "", "soon", "local"), null);
});

test("the fields are what stands in the address", () => {
    assert.deepEqual(fromFields(null, "local"), { kind: "latest", number: "", time: "" });
    assert.deepEqual(fromFields("offset:5", "local"), { kind: "offset", number: "5", time: "" });
    assert.deepEqual(fromFields("<script>", "local"), { kind: "latest", number: "", time: "" });
    const at_ms = Date.UTC(2026, 10, 22, 9, 1, 2);
    for (const zone of ["local", "utc"] as const)
        assert.equal(fromText("time", "", fromFields(`time:${at_ms}`, zone).time, zone), `time:${at_ms}`);
});

test("where an answer ended, the next one begins", () => {
    assert.equal(nextText({ 0: 17, 3: 33 }), "at:0=17,3=33");
    assert.equal(nextText({}), null);
});

test("a tail keeps the last records, and knows how many it left out", () => {
    const record = (offset: number) => ({ offset }) as LogRecord;
    const old = Array.from({ length: KEPT_MAX - 1 }, (_, offset) => record(offset));
    const { records, dropped } = keep(old, [record(1000), record(1001), record(1002)]);
    assert.equal(records.length, KEPT_MAX);
    assert.equal(dropped, 2);
    assert.equal(records.at(-1)!.offset, 1002);
});

test("lists of events that overlap become one", () => {
    const at = (id: number) => ({ id, at_ms: id * 10 });
    const events = mergeEvents([at(1), at(2)], [at(2), at(4)], [at(3)]);
    assert.deepEqual(events.map((event) => event.id), [1, 2, 3, 4]);
});

test("the place of a reset is complete or none", () => {
    assert.equal(readPlace("earliest", "", "", "utc"), "earliest");
    assert.equal(readPlace("offset", "12", "", "utc"), "offset:12");
    assert.equal(readPlace("offset", "1.5", "", "utc"), null);
    assert.equal(readPlace("time", "", "", "utc"), null);
});

test("a reset says how much is read again, and how much is passed over", () => {
    const partition = (committed: number | null, offset: number) => ({ partition: 0, committed, offset, first: 10, end: 100 });
    assert.equal(resetEffect({ noted: true, partitions: [partition(50, 10), partition(20, 10)] }), "50 records will be read again");
    assert.equal(resetEffect({ noted: true, partitions: [partition(99, 100)] }), "1 record will be passed over");
    assert.equal(resetEffect({ noted: false, partitions: [partition(null, 10)] }), "It stays where it is");
});

test("the rate of a topic is that of its partitions since the page was opened", () => {
    const topic = (next: number, lag: number): Topic => ({
        name: "t", configs: {}, groups_complete: true, groups: [{ group: "g", state: "Stable", lag }],
        partitions: [{ partition: 0, leader: 0, replicas: [0], in_sync: [0], first: 0, next }],
    });
    let of = course.add({ samples: [] }, topic(100, 5), 1000);
    assert.equal(course.read(of).rate, null);
    of = course.add(of, topic(180, 7), 5000);
    assert.equal(course.read(of).rate, 20);
    assert.deepEqual(course.read(of).lags, { g: [5, 7] });
});

test("records of all partitions stand in the order of their times", () => {
    const record = (partition: number, offset: number, timestamp_ms: number | null) => ({ partition, offset, timestamp_ms }) as LogRecord;
    const sorted = byTime([record(0, 1, 10), record(0, 2, 30), record(1, 7, 20), record(1, 8, 30)]);
    assert.deepEqual(sorted.map((one) => one.offset), [1, 7, 2, 8]);
});

test("events of a nimbus that was started anew come behind those of the one before", () => {
    const before = [{ id: 1, at_ms: 10 }, { id: 9, at_ms: 90 }];
    const events = mergeEvents(before, [{ id: 1, at_ms: 100 }, { id: 2, at_ms: 110 }]);
    assert.deepEqual(events.map(eventKey), ["10-1", "90-9", "100-1", "110-2"]);
});
