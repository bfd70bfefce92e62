/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogText } from "../src/api_types.ts";
import { beginWindow, filterLines, growAbove, growBelow, isShorter, levelOf, type LogWindow } from "../src/log_window.ts";

const encoder = new TextEncoder();

/* A file whose pieces are those that the server would give. */
function file(text: string) {
    const bytes = encoder.encode(text);
    return (offset: number, length: number): LogText => {
        const piece = bytes.subarray(offset, offset + length);
        return { offset, length: piece.length, size: bytes.length, text: new TextDecoder().decode(piece), complete_lines: false };
    };
}

function texts(window: LogWindow): string[] {
    return window.lines.map((line) => line.text);
}

test("a piece from the middle begins with its first whole line", () => {
    const read = file("one\ntwo\nthree\nfour\n");
    const window = beginWindow(read(2, 11));
    assert.deepEqual(texts(window), ["two"]);
    assert.deepEqual([window.start, window.end, window.tail], [4, 8, "three"]);
});

test("the beginning of a file is the beginning of a line", () => {
    const window = beginWindow(file("one\ntwo\n")(0, 100));
    assert.deepEqual(texts(window), ["one", "two"]);
});

test("what is written at the end comes once, and a line that is not whole yet is the tail", () => {
    let text = "one\ntw";
    let window = beginWindow(file(text)(0, 100));
    assert.deepEqual([texts(window), window.tail], [["one"], "tw"]);
    text += "o\nthree\n";
    window = growBelow(window, file(text)(window.end, 100)).window;
    assert.deepEqual([texts(window), window.tail], [["one", "two", "three"], ""]);
});

test("what stands above comes above, and how many lines came is known", () => {
    const read = file("one\ntwo\nthree\nfour\n");
    const window = beginWindow(read(8, 100));
    const grown = growAbove({ ...window, start: 14, lines: window.lines }, read(0, 14));
    assert.deepEqual(texts(grown.window).slice(0, 3), ["one", "two", "three"]);
    assert.equal(grown.above, 3);
    assert.equal(grown.window.start, 0);
});

test("offsets are of bytes, not of characters", () => {
    const window = beginWindow(file("ä€😀\nnext\n")(0, 100));
    assert.deepEqual(window.lines.map((line) => line.offset), [0, 10]);
});

/* Walks down through a random file piece by piece: every line comes once, at its own byte. */
test("pieces of any size put together are the file", () => {
    let seed = 7;
    const random = (below: number) => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return seed % below;
    };
    for (let round = 0; round < 200; round++) {
        const lines = Array.from({ length: 1 + random(40) }, () => "xäy€".repeat(random(6)));
        const text = lines.map((line) => `${line}\n`).join("");
        const read = file(text);
        let window = beginWindow(read(0, 60));
        for (let steps = 0; window.end < window.size && steps < 500; steps++)
            window = growBelow(window, read(window.end, 60 + random(100))).window;
        assert.deepEqual(texts(window), lines);
        for (const line of window.lines) assert.ok(read(line.offset, 1000).text.startsWith(`${line.text}\n`));
    }
});

test("what is loaded does not grow for ever", () => {
    const text = Array.from({ length: 9000 }, (_, index) => `line ${index}\n`).join("");
    const read = file(text);
    const begun = beginWindow(read(0, 40_000));
    const grown = growBelow(begun, read(begun.end, 100_000));
    assert.equal(grown.window.lines.length, 6000);
    assert.equal(grown.above, 6000 - 9000);
    assert.equal(grown.window.start, grown.window.lines[0]!.offset);
});

test("a file that was begun anew is found out", () => {
    const window = beginWindow(file("one\ntwo\n")(0, 100));
    assert.ok(isShorter(window, file("x\n")(0, 100)));
    assert.ok(!isShorter(window, file("one\ntwo\nthree\n")(8, 100)));
});

test("a line without an end is shown in pieces", () => {
    const read = file("x".repeat(200_000));
    const window = beginWindow(read(0, 65_536));
    assert.equal(window.lines.length, 1);
    assert.equal(window.end, 65_536);
});

test("levels are those of Gale's own lines; others are shown whatever level is asked for", () => {
    assert.equal(levelOf("2026-11-22T08:10:02.000Z warn  link.lost to=s1:0"), "warn");
    assert.equal(levelOf("warn: printed by user code"), null);
    const lines = ["2026-11-22T08:10:02.000Z info  a", "2026-11-22T08:10:02.000Z error b", "printed"].map((text, offset) => ({ offset, text, level: levelOf(text) }));
    assert.deepEqual(filterLines(lines, "warn", "").map((line) => line.offset), [1, 2]);
    assert.deepEqual(filterLines(lines, "", "PRINT").map((line) => line.offset), [2]);
    assert.equal(filterLines(lines, "", ""), lines);
});
