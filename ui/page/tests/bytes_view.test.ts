/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hexDump, oneLine, prettyJson, view } from "../src/bytes_view.ts";

test("bytes are shown sixteen in a line, with what of them is text", () => {
    const bytes = new TextEncoder().encode("hello, world\n\u0000and on");
    assert.equal(
        hexDump(bytes),
        "00000000  68 65 6c 6c 6f 2c 20 77 6f 72 6c 64 0a 00 61 6e  |hello, world..an|\n" +
            "00000010  64 20 6f 6e                                      |d on|",
    );
    assert.equal(hexDump(new Uint8Array()), "");
});

test("what is long is cut, and said to be", () => {
    assert.match(hexDump(new Uint8Array(16 * 1024 + 5)), /\n… 5 bytes more$/);
});

test("what is wished is shown where it can be", () => {
    assert.deepEqual(view('{"a":1}', null, "json"), { kind: "json", shown: '{\n  "a": 1\n}' });
    assert.deepEqual(view("no json", null, "json"), { kind: "text", shown: "no json" });
    assert.deepEqual(view(null, "AP8=", "text"), { kind: "hex", shown: hexDump(new Uint8Array([0, 255])) });
    assert.deepEqual(view(null, null, "text"), { kind: "text", shown: "" });
    assert.equal(view("ü", null, "hex").shown.slice(0, 15), "00000000  c3 bc");
});

test("JSON that is none is none", () => {
    assert.equal(prettyJson("{"), null);
});

test("a line has no breaks and an end", () => {
    assert.equal(oneLine("a\n\tb\u0000c"), "a b c");
    assert.equal(oneLine("x".repeat(9), 4), "xxxx …");
});
