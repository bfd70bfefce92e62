/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import test from "node:test";
import { liveBegin, liveMustRetry, livePolls, liveStep, retryDelay, type LiveEvent, type LiveState } from "../src/live_state.ts";

function after(events: LiveEvent[], from: LiveState = liveBegin(0)): LiveState {
    return events.reduce(liveStep, from);
}

test("figures are live while they come", () => {
    const state = after([{ kind: "message", at_ms: 500 }, { kind: "clock", at_ms: 3000 }]);
    assert.equal(state.phase, "live");
    assert.equal(state.stale_since_ms, null);
});

test("after three missed ticks they are stale since the last one", () => {
    const live = after([{ kind: "message", at_ms: 500 }]);
    assert.equal(liveStep(live, { kind: "clock", at_ms: 3500 }).stale_since_ms, null);
    assert.equal(liveStep(live, { kind: "clock", at_ms: 3501 }).stale_since_ms, 500);
});

test("a slower tick is given more time", () => {
    const slow = after([{ kind: "message", at_ms: 0, interval_ms: 5000 }, { kind: "clock", at_ms: 14_000 }]);
    assert.equal(slow.stale_since_ms, null);
    assert.equal(liveStep(slow, { kind: "clock", at_ms: 15_001 }).stale_since_ms, 0);
});

test("the next message makes them fresh again", () => {
    const stale = after([{ kind: "message", at_ms: 0 }, { kind: "broken", at_ms: 100 }, { kind: "clock", at_ms: 5000 }]);
    assert.equal(stale.stale_since_ms, 0);
    const fresh = liveStep(stale, { kind: "message", at_ms: 6000 });
    assert.deepEqual([fresh.phase, fresh.stale_since_ms, fresh.failures], ["live", null, 0]);
});

test("each failure doubles the time until the next try, up to a limit", () => {
    assert.deepEqual([1, 2, 3, 4, 99].map(retryDelay), [500, 1000, 2000, 4000, 15_000]);
    const broken = after([{ kind: "broken", at_ms: 1000 }, { kind: "connect", at_ms: 1500 }, { kind: "broken", at_ms: 1600 }]);
    assert.equal(liveMustRetry(broken, 2599), false);
    assert.equal(liveMustRetry(broken, 2600), true);
});

test("what does not come as a stream is fetched after three failures", () => {
    const two = after([{ kind: "broken", at_ms: 1 }, { kind: "broken", at_ms: 2 }]);
    assert.equal(livePolls(two), false);
    assert.equal(livePolls(liveStep(two, { kind: "broken", at_ms: 3 })), true);
});

test("a hidden tab is never stale, and is not blamed for what it missed", () => {
    const hidden = after([{ kind: "message", at_ms: 0 }, { kind: "hidden", at_ms: 1000 }, { kind: "clock", at_ms: 90_000 }]);
    assert.deepEqual([hidden.phase, hidden.stale_since_ms], ["paused", null]);
    const seen = after([{ kind: "seen", at_ms: 90_000 }, { kind: "clock", at_ms: 92_000 }], hidden);
    assert.deepEqual([seen.phase, seen.stale_since_ms], ["connecting", null]);
});

test("a stream that breaks in a hidden tab waits until it is seen", () => {
    const state = after([{ kind: "hidden", at_ms: 0 }, { kind: "broken", at_ms: 10 }]);
    assert.equal(state.phase, "paused");
    assert.equal(liveMustRetry(state, 1e9), false);
});

test("trouble behind gale-ui is told until figures come again", () => {
    const trouble = after([{ kind: "message", at_ms: 0 }, { kind: "trouble", at_ms: 5000, text: "no nimbus leads" }]);
    assert.equal(trouble.trouble, "no nimbus leads");
    assert.equal(trouble.stale_since_ms, 0);
    assert.equal(liveStep(trouble, { kind: "message", at_ms: 6000 }).trouble, null);
});

test("a state that does not change is the same object, so that nothing is rendered", () => {
    const live = after([{ kind: "message", at_ms: 0 }]);
    assert.equal(liveStep(live, { kind: "clock", at_ms: 500 }), live);
});
