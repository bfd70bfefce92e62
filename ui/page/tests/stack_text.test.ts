/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StackFrame, ThreadStack } from "../src/api_types.ts";
import { ownerText, placeText, shortModule, stacksText } from "../src/flame/stack_text.ts";

const HASH = "9f2c51d0a7be34486c0d1e5f7a8b9c0d2e4f60718293a4b5c6d7e8f901234567";

function frame(more: Partial<StackFrame>): StackFrame {
    return { function: "find", file: "words.c", line: 63, module: HASH, offset: 4848, ...more };
}

function thread(more: Partial<ThreadStack>): ThreadStack {
    return { thread: "loop 0", component: "counter", task: 2, doing: "execute", cut: false, frames: [frame({})], ...more };
}

test("a frame is at a line, or at a place in a module", () => {
    assert.equal(placeText(frame({})), "words.c:63");
    assert.equal(placeText(frame({ line: 0 })), "words.c");
    assert.equal(placeText(frame({ file: null, module: "libc.so.6" })), "libc.so.6+0x12f0");
    assert.equal(placeText(frame({ file: null, module: null, offset: 255 })), "+0xff");
});

test("of a hash the beginning is enough to read", () => {
    assert.equal(shortModule(placeText(frame({ file: null }))), "9f2c51d0a7be…+0x12f0");
    assert.equal(shortModule("words.c:63"), "words.c:63");
});

test("a thread has a task only while user code runs", () => {
    assert.equal(ownerText(thread({})), "loop 0: counter[2] in execute");
    assert.equal(ownerText(thread({ component: null, task: null, doing: null })), "loop 0");
});

test("stacks are the text of the command", () => {
    const stacks = [
        thread({ frames: [frame({}), frame({ function: null, file: null, module: "libc.so.6" })] }),
        thread({ thread: "loop 1", frames: [] }),
        thread({ thread: "loop 2", cut: true }),
    ];
    assert.equal(
        stacksText(stacks),
        "loop 0: counter[2] in execute\n  at find (words.c:63)\n  at ?? (libc.so.6+0x12f0)\n\n" +
            "loop 1: counter[2] in execute\n  (it did not answer in time)\n\n" +
            "loop 2: counter[2] in execute\n  at find (words.c:63)\n  (too much to show)\n",
    );
    assert.equal(stacksText([]), "");
});
