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

test("a stream on which nothing is heard is tried anew, though the browser takes it for open", () => {
    const live = after([{ kind: "connect", at_ms: 0 }, { kind: "message", at_ms: 100 }]);
    assert.equal(liveStep(live, { kind: "clock", at_ms: 10_100 }).phase, "live");
    const silent = liveStep(live, { kind: "clock", at_ms: 10_101 });
    assert.deepEqual([silent.phase, silent.failures], ["broken", 1]);
    assert.equal(liveMustRetry(silent, 10_601), true);
});

test("trouble is a sign of life of the stream, and no figures", () => {
    const told = after([{ kind: "message", at_ms: 0 }, { kind: "trouble", at_ms: 9000, text: "nimbus is away" }, { kind: "clock", at_ms: 15_000 }]);
    assert.deepEqual([told.phase, told.stale_since_ms, told.trouble], ["live", 0, "nimbus is away"]);
});

test("a stream that is held back on the way is given up three times, and then figures are polled while it is tried on", () => {
    let state = liveBegin(0);
    for (let at_ms = 0; at_ms < 60_000 && !livePolls(state); at_ms += 500) {
        if (at_ms === 0 || liveMustRetry(state, at_ms)) state = liveStep(state, { kind: "connect", at_ms });
        state = liveStep(state, { kind: "clock", at_ms });
    }
    assert.equal(state.failures, 3);
    const polled = after([{ kind: "polled", at_ms: 70_000, interval_ms: 5000 }, { kind: "clock", at_ms: 74_000 }], state);
    assert.deepEqual([polled.phase, polled.stale_since_ms, livePolls(polled)], ["broken", null, true]);
    assert.equal(liveMustRetry(polled, 74_000), true);
    const tried = liveStep(polled, { kind: "connect", at_ms: 74_000 });
    assert.equal(livePolls(tried), true);
    assert.equal(livePolls(liveStep(tried, { kind: "message", at_ms: 74_100 })), false);
});
