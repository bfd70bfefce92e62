/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a topology's graph is made of, before it has places: nodes and edges, alike for as long as the
 * topology's structure is. A layout is kept by its key, so that a graph stands still while its figures
 * change. Pure.
 */

export const NODE_WIDTH = 196;
export const NODE_HEIGHT = 92;
export const NODES_MAX = 200; /* above it components of one rank and one role are drawn as a group */

export interface StructureComponent {
    name: string;
    role: "spout" | "bolt";
    rank: number;
}

export interface StructureEdge {
    from: string;
    to: string;
    stream: string;
    grouping: string;
}

export interface GraphNode {
    key: string;
    members: string[]; /* components; more than one: a group */
    role: "spout" | "bolt";
}

export interface GraphEdge {
    key: string;
    from: string; /* keys of nodes */
    to: string;
    label: string;
    parts: StructureEdge[];
}

export interface GraphStructure {
    nodes: GraphNode[];
    edges: GraphEdge[];
    key: string;
}

export interface LayoutQuestion {
    id: number;
    nodes: { key: string; width: number; height: number }[];
    edges: { key: string; from: string; to: string; label_width: number }[];
}

export interface Point {
    x: number;
    y: number;
}

export interface LayoutAnswer {
    id: number;
    width: number;
    height: number;
    nodes: ({ key: string } & Point)[];
    edges: ({ key: string; points: Point[] } & Point)[];
}

/* FNV-1a: short, and alike in each browser. */
export function hashText(text: string): string {
    let hash = 0x811c9dc5;
    for (let index = 0; index < text.length; index++)
        hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
    return hash.toString(16).padStart(8, "0");
}

function groupNodes(components: readonly StructureComponent[], nodes_max: number): GraphNode[] {
    if (components.length <= nodes_max)
        return components.map(({ name, role }) => ({ key: name, members: [name], role }));
    const groups = new Map<string, GraphNode>();
    for (const { name, role, rank } of components) {
        const key = `rank ${rank}, ${role}s`;
        const group = groups.get(key);
        if (group) group.members.push(name);
        else groups.set(key, { key, members: [name], role });
    }
    return [...groups.values()];
}

function edgeLabel(parts: readonly StructureEdge[]): string {
    const [first] = parts;
    if (first === undefined) return "";
    return parts.length === 1 ? `${first.stream} · ${first.grouping}` : `${parts.length} streams`;
}

export function buildStructure(
    components: readonly StructureComponent[],
    edges: readonly StructureEdge[],
    nodes_max = NODES_MAX,
): GraphStructure {
    const nodes = groupNodes(components, nodes_max);
    const node_of = new Map(nodes.flatMap((node) => node.members.map((name) => [name, node.key] as const)));
    const is_grouped = components.length > nodes_max;
    const merged = new Map<string, GraphEdge>();
    for (const edge of edges) {
        const from = node_of.get(edge.from);
        const to = node_of.get(edge.to);
        if (from === undefined || to === undefined) continue;
        const key = is_grouped ? `${from}→${to}` : `${edge.from}→${edge.to} ${edge.stream} ${edge.grouping}`;
        const known = merged.get(key);
        if (known) known.parts.push(edge);
        else merged.set(key, { key, from, to, label: "", parts: [edge] });
    }
    const list = [...merged.values()].map((edge) => ({ ...edge, label: edgeLabel(edge.parts) }));
    return { nodes, edges: list, key: structureKey(nodes, list) };
}

/* The same for the same structure, in whatever order it was told. */
export function structureKey(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): string {
    const names = nodes.map((node) => `${node.key}|${node.role}`).sort();
    const lines = edges.map((edge) => `${edge.key}|${edge.label}`).sort();
    return hashText([...names, "", ...lines].join("\n"));
}

/* A smooth line through the points of a layout. */
export function edgePath(points: readonly Point[]): string {
    const [first, ...rest] = points;
    if (first === undefined) return "";
    const last = rest.at(-1);
    let line = `M${first.x} ${first.y}`;
    for (let index = 0; index < rest.length - 1; index++) {
        const here = rest[index]!;
        const next = rest[index + 1]!;
        const end = index === rest.length - 2 ? next : { x: (here.x + next.x) / 2, y: (here.y + next.y) / 2 };
        line += `Q${here.x} ${here.y} ${end.x} ${end.y}`;
    }
    if (rest.length === 1 && last) line += `L${last.x} ${last.y}`;
    return line;
}

const WIDTH_STEP = 0.25; /* finer is not seen, and would draw each edge anew with each tick */

/* From 1.25 px for nearly nothing to 8 px for a million tuples a second. */
export function edgeWidth(per_s: number | null): number {
    if (per_s === null || per_s <= 0) return 1.25;
    const width = 1.25 + Math.min(6.75, Math.log10(1 + per_s) * 1.125);
    return Math.round(width / WIDTH_STEP) * WIDTH_STEP;
}
