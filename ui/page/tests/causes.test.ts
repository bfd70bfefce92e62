/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import test from "node:test";
import { eventHref, problemHref } from "../src/causes.ts";
import { sparkPath } from "../src/components/spark.tsx";
import type { ClusterEvent, Problem } from "../src/types.ts";

function problem(more: Partial<Problem>): Problem {
    return { severity: "watch", kind: "errors", text: "", remedy: "", topology: null, component: null, supervisor: null, slot: null, since_ms: 0, ...more };
}

test("a problem leads to where its cause is seen", () => {
    const cases: [Partial<Problem>, string][] = [
        [{ kind: "crash_loop", topology: "words", supervisor: "s-1", slot: 2 }, "/workers/s-1/2"],
        [{ kind: "back_pressure", topology: "words", component: "splitter" }, "/topologies/words"],
        [{ kind: "failing", topology: "words" }, "/topologies/words?tab=hot"],
        [{ kind: "errors", topology: "words" }, "/topologies/words?tab=errors"],
        [{ kind: "overloaded", topology: "words", component: "counter" }, "/topologies/words/components/counter"],
        [{ kind: "node_lost", supervisor: "s-1" }, "/nodes"],
        [{ kind: "no_supervisors" }, "/nodes"],
    ];
    for (const [more, href] of cases) assert.equal(problemHref(problem(more)), href);
});

test("an event leads to what it is about, or nowhere", () => {
    const event: ClusterEvent = { id: 1, at_ms: 0, kind: "leading", severity: "info", topology: null, component: null, supervisor: null, slot: null, by: null, via: null, text: "", args: null };
    assert.equal(eventHref(event), null);
    assert.equal(eventHref({ ...event, topology: "words" }), "/topologies/words?tab=history");
    assert.equal(eventHref({ ...event, topology: "words", supervisor: "s", slot: 0 }), "/workers/s/0");
});

test("a sparkline has a gap where nothing is known", () => {
    assert.equal(sparkPath([null, null]), "");
    assert.equal(sparkPath([1, null, 1]).split("M").length - 1, 2);
    assert.equal(sparkPath([1, 2, 3]).split("L").length - 1, 2);
});
