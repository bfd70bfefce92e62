/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProfileStack } from "../src/api_types.ts";
import { clipped, colourOf, foldedText, foldFlame, foundCount, framesOf, hottest, isNamed, layOut, moved, type Frame } from "../src/flame/flame.ts";

function stack(frames: string, count: number, owner: Partial<ProfileStack> = {}): ProfileStack {
    return { thread: "loop 0", component: "count", task: 1, frames: frames.split(" "), count, ...owner };
}

const STACKS: readonly ProfileStack[] = [
    stack("run execute find", 60),
    stack("run execute", 10),
    stack("run execute emit", 20),
    stack("run execute find", 5, { thread: "loop 1", task: 2 }),
    stack("run send", 4, { thread: "member", component: null, task: null }),
    stack("(others)", 1, { thread: "", component: null, task: null }),
];

function drawn(frame: Frame): string {
    return `${frame.name} ${frame.count}/${frame.self}`;
}

function named(root: Frame, name: string): Frame {
    return framesOf(root).find((frame) => frame.name === name) ?? assert.fail(name);
}

test("stacks are put together by task, by thread or not at all", () => {
    const owners = (by: "tasks" | "threads" | "functions") => foldFlame(STACKS, by).children.map(drawn);
    assert.deepEqual(owners("tasks"), ["count[1] 90/0", "count[2] 5/0", "member 4/0", "(others) 1/1"]);
    assert.deepEqual(owners("threads"), ["loop 0 90/0", "loop 1 5/0", "member 4/0", "(others) 1/1"]);
    assert.deepEqual(owners("functions"), ["run 99/0", "(others) 1/1"]);
    assert.deepEqual(foldFlame(STACKS, "threads").children[0]?.children.map(drawn), ["count[1] 90/0"]);
});

test("no sample is lost, and what a function calls is no more than itself", () => {
    for (const by of ["tasks", "threads", "functions"] as const) {
        const root = foldFlame(STACKS, by);
        assert.equal(root.count, 100);
        assert.equal(framesOf(root).reduce((sum, frame) => sum + frame.self, 0), 100);
        for (const frame of framesOf(root)) {
            assert.equal(frame.count, frame.self + frame.children.reduce((sum, child) => sum + child.count, 0));
            let begin = frame.begin;
            for (const child of frame.children) {
                assert.equal(child.begin, begin);
                begin += child.count;
            }
        }
    }
});

test("a task and a function of the same name are two", () => {
    const root = foldFlame([stack("member x", 1, { thread: "member", component: null, task: null }), stack("member", 2, { thread: "" })], "tasks");
    assert.deepEqual(root.children.map((frame) => `${frame.kind} ${drawn(frame)}`), ["function member 2/2", "owner member 1/0"]);
});

test("names are any text, those of objects' members too", () => {
    const names = ["__proto__", "constructor", "hasOwnProperty", "<img src=x>", ""];
    const stacks = names.map((name, index) => stack("run", index + 1, { frames: ["run", name] }));
    const root = foldFlame(stacks, "functions");
    assert.deepEqual(new Set(root.children[0]?.children.map((frame) => frame.name)), new Set(names));
    assert.equal(hottest(stacks).length, names.length + 1);
});

test("no samples are an empty tree", () => {
    const root = foldFlame([], "tasks");
    assert.deepEqual(layOut(root, 100, 1).cells.map((cell) => cell.frame.name), ["all"]);
    assert.deepEqual(hottest([]), []);
    assert.equal(foldedText([]), "");
});

test("a bar is as wide as its share, under the one that called it", () => {
    const root = foldFlame(STACKS, "functions");
    const { cells, rows, left_out } = layOut(root, 1000, 1);
    assert.deepEqual(
        cells.map(({ frame, x, width, row }) => `${frame.name} ${x} ${width} ${row}`),
        ["all 0 1000 0", "run 0 990 1", "(others) 990 10 1", "execute 0 950 2", "send 950 40 2", "find 0 650 3", "emit 650 200 3"],
    );
    assert.equal(rows, 4);
    assert.equal(left_out, 0);
});

test("what is too narrow is left out, with all that it calls, and counted", () => {
    const root = foldFlame(STACKS, "tasks");
    const { cells, left_out } = layOut(root, 10, 1);
    assert.ok(cells.every((cell) => cell.width >= 1));
    assert.equal(left_out + cells.length, framesOf(root).length);
});

test("what is zoomed has the whole width, and its callers stand above it", () => {
    const root = foldFlame(STACKS, "functions");
    const { cells } = layOut(named(root, "execute"), 950, 1);
    assert.deepEqual(
        cells.map(({ frame, x, width, is_above }) => `${frame.name} ${x} ${width} ${is_above}`),
        ["all 0 950 true", "run 0 950 true", "execute 0 950 false", "find 0 650 false", "emit 650 200 false"],
    );
});

test("arrows go to the caller, the widest that is called, and along the row", () => {
    const root = foldFlame(STACKS, "functions");
    const { cells } = layOut(root, 1000, 1);
    const to = (name: string, key: string) => moved(cells, named(root, name), key)?.name ?? null;
    assert.equal(to("all", "ArrowDown"), "run");
    assert.equal(to("run", "ArrowDown"), "execute");
    assert.equal(to("execute", "ArrowRight"), "send");
    assert.equal(to("emit", "ArrowLeft"), "find");
    assert.equal(to("find", "ArrowUp"), "execute");
    assert.equal(to("find", "Home"), "all");
    for (const [name, key] of [["all", "ArrowUp"], ["all", "ArrowLeft"], ["find", "ArrowDown"], ["(others)", "ArrowRight"], ["find", "x"]]) assert.equal(to(name!, key!), null);
});

test("who stands on a bar that is no more drawn begins at the first one", () => {
    const root = foldFlame(STACKS, "functions");
    const { cells } = layOut(named(root, "execute"), 1000, 1);
    assert.equal(moved(cells, named(root, "send"), "ArrowLeft")?.name, "all");
});

test("deep recursion is laid out, and a function that calls itself is counted once", () => {
    const deep = Array.from({ length: 5000 }, (_, depth) => (depth % 2 === 0 ? "even" : "odd"));
    const stacks = [stack("", 7, { frames: deep })];
    assert.equal(layOut(foldFlame(stacks, "functions"), 100, 1).rows, 5001);
    assert.deepEqual(hottest(stacks), [{ name: "odd", self: 7, whole: 7 }, { name: "even", self: 0, whole: 7 }]);
});

test("the hottest functions stand first", () => {
    assert.deepEqual(
        hottest(STACKS).map(({ name, self, whole }) => `${name} ${self} ${whole}`),
        ["find 65 65", "emit 20 20", "execute 10 95", "send 4 4", "(others) 1 1", "run 0 99"],
    );
});

test("what is looked for is counted once, whatever calls what", () => {
    const root = foldFlame([stack("alpha alphabet beta", 5), stack("beta alpha", 3), stack("gamma", 2)], "functions");
    assert.equal(foundCount(root, "ALPHA"), 8);
    assert.equal(foundCount(root, "beta"), 8);
    assert.equal(foundCount(root, "delta"), 0);
    assert.equal(foundCount(root, ""), 0);
    assert.equal(foundCount(root, "all"), 0);
});

test("folded stacks are those of the command, a line each whatever the names are", () => {
    const lines = foldedText([STACKS[0]!, STACKS[4]!, stack("", 3, { frames: ["a;b", "c\nd 9"] })]);
    assert.equal(lines, "loop 0;count[1];run;execute;find 60\nmember;run;send 4\nloop 0;count[1];a,b;c d 9 3\n");
});

test("a long name is cut, and one letter of it says nothing", () => {
    assert.equal(clipped("table_find", 10), "table_find");
    assert.equal(clipped("table_find", 6), "table…");
    assert.equal(clipped("table_find", 2), "");
    assert.equal(clipped("ab", 2), "ab");
    assert.equal(clipped("a", 0), "");
});

test("a name has one colour, and a place is no name", () => {
    assert.equal(colourOf("table_find"), colourOf("table_find"));
    for (const name of ["", "a", "std::vector<int>::at", "\u{1f600}"]) assert.ok(colourOf(name) >= 0 && colourOf(name) < 6);
    assert.ok(isNamed("find_0x17"));
    assert.ok(!isNamed("libc.so.6+0x891c4"));
});
