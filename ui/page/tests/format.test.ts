/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import test from "node:test";
import { ago, bytes, count, duration, exact, nanos, plural, rate, share, shortTime, splitRemedy, time } from "../src/format.ts";

test("what is not known is a dash, and not a zero", () => {
    for (const show of [count, exact, rate, bytes, nanos, share, duration]) {
        assert.equal(show(null), "–");
        assert.equal(show(undefined), "–");
        assert.equal(show(Number.NaN), "–");
        assert.notEqual(show(0), "–");
    }
});

test("counts have three digits that matter and a unit", () => {
    const cases: [number, string][] = [
        [0, "0"],
        [7, "7"],
        [999, "999"],
        [1000, "1 k"],
        [1234, "1.23 k"],
        [45_678, "45.7 k"],
        [999_950, "1 M"],
        [12_345_678, "12.3 M"],
        [0.1234, "0.123"],
    ];
    for (const [value, text] of cases) assert.equal(count(value), text);
});

test("a rate is per second, whatever its size", () => {
    assert.equal(rate(0), "0 /s");
    assert.equal(rate(1.68), "1.68 /s");
    assert.equal(rate(33_600), "33.6 k/s");
});

test("a latency in ns goes up to seconds, and to minutes from there", () => {
    assert.equal(nanos(950), "950 ns");
    assert.equal(nanos(18_400), "18.4 µs");
    assert.equal(nanos(79_120_000), "79.1 ms");
    assert.equal(nanos(2_500_000_000), "2.5 s");
    assert.equal(nanos(90e9), "1 min 30 s");
});

test("bytes go by 1024", () => {
    assert.equal(bytes(512), "512 B");
    assert.equal(bytes(4_194_304), "4 MiB");
});

test("a share is a percent, and a small one is not nothing", () => {
    assert.equal(share(0), "0 %");
    assert.equal(share(0.0001), "< 0.1 %");
    assert.equal(share(0.0329), "3.3 %");
    assert.equal(share(0.982), "98 %");
    assert.equal(share(1.04), "104 %");
});

test("a duration has its two largest units", () => {
    assert.equal(duration(0), "0 s");
    assert.equal(duration(250), "250 ms");
    assert.equal(duration(61_000), "1 min 1 s");
    assert.equal(duration(3_600_000), "1 h");
    assert.equal(duration(3_605_000), "1 h");
    assert.equal(duration(200_000_000), "2 d 7 h");
});

test("an age just now is now", () => {
    assert.equal(ago(10_000, 11_000), "now");
    assert.equal(ago(10_000, 70_000), "1 min ago");
    assert.equal(ago(null, 70_000), "–");
});

test("a time in UTC says so", () => {
    assert.equal(time(1_795_000_000_000, "utc"), "2026-11-18 11:06:40 UTC");
});

test("the day is left out when it is today", () => {
    const now = 1_795_000_000_000;
    assert.equal(shortTime(now - 60_000, now, "utc"), "11:05:40");
    assert.equal(shortTime(now - 86_400_000, now, "utc"), "11-17 11:06");
});

test("one is not many", () => {
    assert.equal(plural(1, "worker"), "1 worker");
    assert.equal(plural(0, "worker"), "0 workers");
    assert.equal(plural(2, "topology", "topologies"), "2 topologies");
});

test("what happened stands apart from what to do about it", () => {
    assert.deepEqual(splitRemedy("killed by SIGSEGV: remedy: gdb --args x"), ["killed by SIGSEGV", "gdb --args x"]);
    assert.deepEqual(splitRemedy("killed: by hand"), ["killed: by hand", null]);
});
