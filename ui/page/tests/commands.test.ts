/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
    debugCommand, killCommand, logLevelCommand, profileCommand, rebalanceCommand, resetCommand, restartWorkerCommand, stacksCommand, word,
} from "../src/actions/commands.ts";

test("a word that a shell would cut or take for something is quoted", () => {
    assert.equal(word("word-count_1.2:3"), "word-count_1.2:3");
    assert.equal(word("two words"), "'two words'");
    assert.equal(word("it's $HOME; rm"), `'it'\\''s $HOME; rm'`);
    assert.equal(word(""), "''");
});

test("only what is changed stands in the command", () => {
    assert.equal(rebalanceCommand("wc", { workers: null, executors: {}, wait_ms: null }), "gale rebalance wc");
    assert.equal(
        rebalanceCommand("wc", { workers: 4, executors: { splitter: 8, counter: 2 }, wait_ms: 1500 }),
        "gale rebalance wc --workers 4 --executors splitter=8 --executors counter=2 --drain 1.5",
    );
    assert.equal(killCommand("wc", null), "gale kill wc --yes");
    assert.equal(killCommand("wc", 0), "gale kill wc --drain 0 --yes");
});

test("what steers a topology", () => {
    assert.equal(logLevelCommand("wc", "debug", 600_000), "gale log-level wc debug --for 600");
    assert.equal(logLevelCommand("wc", "warn", 0), "gale log-level wc warn");
    assert.equal(logLevelCommand("wc", null, 0), "gale log-level wc --reset");
    assert.equal(debugCommand("wc", "splitter", 5), "gale debug log wc splitter --percent 5");
    assert.equal(debugCommand("wc", null, 0), "gale debug log wc --off");
    assert.equal(restartWorkerCommand("wc", "s1", 2), "gale restart-worker wc s1:2 --yes");
});

test("what looks into a worker", () => {
    assert.equal(stacksCommand("wc", "s1", 2), "gale debug stacks wc s1:2");
    assert.equal(profileCommand("a b", "s1", 2, "30"), "gale debug profile 'a b' s1:2 --for 30");
});

test("a place is said as the command takes it", () => {
    const to = (place: string) => resetCommand("g", "t", place).split(" --to ")[1];
    assert.equal(to("earliest"), "earliest --yes");
    assert.equal(to("offset:17"), "17 --yes");
    assert.equal(to("last:5"), "-5 --yes");
    assert.equal(to("time:1795000000000"), "2026-11-18T11:06:40Z --yes");
});
