/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import test from "node:test";
import { buildStructure, edgePath, edgeWidth, hashText, type StructureComponent, type StructureEdge } from "../src/graph/structure.ts";
import { fitView, isSeen, panInto, panView, SCALE_MAX, seenBox, zoomView } from "../src/graph/view_box.ts";

const components: StructureComponent[] = [
    { name: "reader", role: "spout", rank: 0 },
    { name: "splitter", role: "bolt", rank: 1 },
    { name: "counter", role: "bolt", rank: 2 },
];
const edges: StructureEdge[] = [
    { from: "reader", to: "splitter", stream: "lines", grouping: "shuffle" },
    { from: "splitter", to: "counter", stream: "words", grouping: "fields" },
];

test("a structure has a node for each component and a line for each subscription", () => {
    const structure = buildStructure(components, edges);
    assert.deepEqual(structure.nodes.map((node) => node.key), ["reader", "splitter", "counter"]);
    assert.deepEqual(structure.edges.map((edge) => edge.label), ["lines · shuffle", "words · fields"]);
});

test("the key is the same in whatever order the structure is told", () => {
    const turned = buildStructure([...components].reverse(), [...edges].reverse());
    assert.equal(turned.key, buildStructure(components, edges).key);
});

test("the key is another when a stream, a grouping, or a component is", () => {
    const { key } = buildStructure(components, edges);
    const other = [
        buildStructure(components, [edges[0]!]),
        buildStructure(components, [{ ...edges[0]!, grouping: "fields" }, edges[1]!]),
        buildStructure([...components, { name: "sink", role: "bolt", rank: 3 }], edges),
        buildStructure([{ ...components[0]!, role: "bolt" }, components[1]!, components[2]!], edges),
    ];
    for (const structure of other) assert.notEqual(structure.key, key);
});

test("two streams between the same components are two lines", () => {
    const both = buildStructure(components, [...edges, { ...edges[0]!, stream: "errors" }]);
    assert.equal(both.edges.length, 3);
    assert.equal(new Set(both.edges.map((edge) => edge.key)).size, 3);
});

test("a line to a component that is not there is left out", () => {
    assert.equal(buildStructure(components, [{ ...edges[0]!, to: "nobody" }]).edges.length, 0);
});

test("above the limit components of one rank and kind are one node, and their lines one line", () => {
    const many: StructureComponent[] = [components[0]!];
    const lines: StructureEdge[] = [];
    for (let index = 0; index < 250; index++) {
        many.push({ name: `bolt-${index}`, role: "bolt", rank: 1 });
        lines.push({ from: "reader", to: `bolt-${index}`, stream: "lines", grouping: "shuffle" });
    }
    const structure = buildStructure(many, lines);
    assert.deepEqual(structure.nodes.map((node) => node.members.length), [1, 250]);
    assert.deepEqual(structure.edges.map((edge) => edge.parts.length), [250]);
    assert.equal(structure.edges[0]!.label, "250 streams");
});

test("the hash is the one that is known as FNV-1a", () => {
    assert.equal(hashText(""), "811c9dc5");
    assert.equal(hashText("a"), "e40c292c");
    assert.equal(hashText("foobar"), "bf9cf968");
});

test("a line begins and ends where the layout says", () => {
    assert.equal(edgePath([]), "");
    assert.equal(edgePath([{ x: 0, y: 1 }, { x: 5, y: 6 }]), "M0 1L5 6");
    const curve = edgePath([{ x: 0, y: 0 }, { x: 5, y: 5 }, { x: 10, y: 0 }]);
    assert.ok(curve.startsWith("M0 0") && curve.endsWith("10 0"), curve);
});

test("a line grows with the logarithm of its rate and never out of measure", () => {
    const widths = [null, 0, 1, 10, 1000, 1e6, 1e12].map(edgeWidth);
    assert.deepEqual(widths, [...widths].sort((a, b) => a - b));
    assert.equal(widths[0], 1.25);
    assert.equal(widths.at(-1), 8);
});

const drawing = { width: 2000, height: 500 };
const frame = { width: 1000, height: 400 };

test("all of a drawing is seen when it is asked for", () => {
    const view = fitView(drawing, frame, true);
    assert.equal(view.scale, 0.5);
    assert.ok(view.x >= 0 && view.y >= 0);
});

test("a wide drawing begins at its left, and readable", () => {
    const view = fitView({ width: 9000, height: 500 }, frame, false);
    assert.equal(view.x, 0);
    assert.ok(view.scale > 0.5);
});

test("zooming leaves what is under the pointer where it is", () => {
    const at = { x: 300, y: 200 };
    const before = { x: 10, y: 20, scale: 1 };
    const view = zoomView(before, 1.5, at);
    assert.ok(Math.abs((at.x - view.x) / view.scale - (at.x - before.x) / before.scale) < 1e-9);
    assert.equal(zoomView(before, 1e6, at).scale, SCALE_MAX);
});

test("a drawing cannot be lost out of the window", () => {
    const view = panView({ x: 0, y: 0, scale: 1 }, { x: 1e6, y: -1e6 }, drawing, frame);
    assert.ok(view.x < frame.width && view.y + drawing.height > 0);
});

test("what is in sight is told in steps, with some more around it", () => {
    const frame = { width: 1000, height: 600 };
    const box = seenBox({ x: 0, y: 0, scale: 1 }, frame);
    assert.deepEqual(box, { left: -240, top: -240, right: 1440, bottom: 960 });
    assert.deepEqual(seenBox({ x: -10, y: -10, scale: 1 }, frame), { left: -240, top: -240, right: 1440, bottom: 960 });
    assert.ok(seenBox({ x: -5000, y: 0, scale: 1 }, frame).left > 4000);
    assert.ok(seenBox({ x: 0, y: 0, scale: 0.5 }, frame).right >= 2000);
});

test("what reaches into sight is seen, and a line that crosses it too", () => {
    const box = { left: 0, top: 0, right: 100, bottom: 100 };
    const reach = { width: 10, height: 10 };
    assert.ok(isSeen(box, [{ x: -9, y: 50 }], reach));
    assert.ok(!isSeen(box, [{ x: -11, y: 50 }], reach));
    assert.ok(!isSeen(box, [{ x: 50, y: 111 }], reach));
    assert.ok(isSeen(box, [{ x: -500, y: 50 }, { x: 500, y: 50 }], reach));
});

test("what has the focus is panned into sight, its beginning first", () => {
    assert.equal(panInto(10, 90, 100), 0);
    assert.equal(panInto(-30, 20, 100), 30);
    assert.equal(panInto(80, 130, 100), -30);
    assert.equal(panInto(40, 300, 100), -40);
});
