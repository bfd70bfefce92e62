/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import test from "node:test";
import { changedQuery, match, path, withQuery } from "../src/router.ts";

test("a pattern gives the parts of a path their names", () => {
    assert.deepEqual(match("/topologies/{name}", "/topologies/words"), { name: "words" });
    assert.deepEqual(match("/", "/"), {});
    assert.deepEqual(match("/workers/{supervisor}/{slot}", "/workers/s-1/0/"), { supervisor: "s-1", slot: "0" });
});

test("a longer or a shorter path does not match", () => {
    assert.equal(match("/topologies/{name}", "/topologies"), null);
    assert.equal(match("/topologies/{name}", "/topologies/words/components"), null);
    assert.equal(match("/", "/plan"), null);
});

test("the rest of a path is one name", () => {
    assert.deepEqual(match("/logs/{rest...}", "/logs/words-1/s-1/0/worker.log"), { rest: "words-1/s-1/0/worker.log" });
});

test("a name with a slash in it comes back as it was", () => {
    const name = "a/b c?ä%";
    assert.deepEqual(match("/topologies/{name}", path`/topologies/${name}`), { name });
});

test("what is no escape is taken as it is", () => {
    assert.deepEqual(match("/topologies/{name}", "/topologies/100%"), { name: "100%" });
});

test("members without a value are left out of a query", () => {
    assert.equal(withQuery("/a", { tab: null, x: "", y: undefined, z: false }), "/a");
    assert.equal(withQuery("/a", { tab: "hot", n: 0, on: true }), "/a?tab=hot&n=0&on=1");
});

test("changing one member of a query leaves the others", () => {
    assert.equal(changedQuery("?tab=hot&by=lag", { by: "skew" }), "?tab=hot&by=skew");
    assert.equal(changedQuery("?tab=hot&by=lag", { tab: null }), "?by=lag");
    assert.equal(changedQuery("?tab=hot", { tab: null }), "");
});
