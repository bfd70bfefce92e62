/* SPDX-License-Identifier: Apache-2.0 */
/* Lays a graph out (dagre), off the page's thread. */
import { Graph, layout } from "@dagrejs/dagre";
import type { LayoutAnswer, LayoutQuestion } from "./structure.ts";

const MARGIN = 16;

function layOut({ id, nodes, edges }: LayoutQuestion): LayoutAnswer {
    const graph = new Graph({ multigraph: true });
    graph.setGraph({ rankdir: "LR", nodesep: 28, ranksep: 96, edgesep: 24, marginx: MARGIN, marginy: MARGIN });
    graph.setDefaultEdgeLabel(() => ({}));
    for (const node of nodes) graph.setNode(node.key, { width: node.width, height: node.height });
    for (const edge of edges)
        graph.setEdge(edge.from, edge.to, { width: edge.label_width, height: 16, labelpos: "c" }, edge.key);
    layout(graph);
    const size = graph.graph() as { width?: number; height?: number };
    return {
        id,
        width: size.width ?? 0,
        height: size.height ?? 0,
        nodes: nodes.map(({ key }) => {
            const { x, y } = graph.node(key) as { x: number; y: number };
            return { key, x, y };
        }),
        edges: edges.map(({ key, from, to }) => {
            const edge = graph.edge(from, to, key) as { points: { x: number; y: number }[]; x?: number; y?: number };
            return { key, points: edge.points, x: edge.x ?? 0, y: edge.y ?? 0 };
        }),
    };
}

addEventListener("message", (event: MessageEvent<LayoutQuestion>) => {
    postMessage(layOut(event.data));
});
