/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A topology's graph: components as cards, streams as lines. Its places are those of the structure; only
 * texts, bars and widths follow the figures, each part by itself, and only of what is in sight.
 */
import { useCallback, useMemo } from "preact/hooks";
import { componentHref, topologyHref } from "../causes.ts";
import { shareTone } from "../components/bar.tsx";
import { Empty, Loading } from "../components/empty.tsx";
import { IconAt } from "../components/icon.tsx";
import { Still } from "../components/still.tsx";
import { count, nanos, rate, share } from "../format.ts";
import type { ComponentFigures, EdgeFigures, TopologyFigures } from "../types.ts";
import { useLayout } from "./layout.ts";
import { Stage } from "./stage.tsx";
import { buildStructure, edgePath, edgeWidth, NODE_HEIGHT, NODE_WIDTH, type GraphEdge, type GraphNode, type GraphStructure, type LayoutAnswer, type Point, type StructureComponent, type StructureEdge } from "./structure.ts";
import { isSeen, type Box } from "./view_box.ts";

const PAD = 12;
const BAR_WIDTH = NODE_WIDTH - 2 * PAD - 54;
const NAME_LETTERS = 19;
const MARK_LETTER_WIDTH = 6.9;
const BLOCKED_SHOWN = 0.1; /* a sender that is blocked less is not said to be held back */

interface NodeFigures {
    title: string;
    tasks: number;
    in_per_s: number | null;
    p99: number | null;
    capacity: number | null;
    blocked: number;
    is_bottleneck: boolean;
    lag: number | null;
}

function largest(values: (number | null)[]): number | null {
    const known = values.filter((value): value is number => value !== null);
    return known.length === 0 ? null : Math.max(...known);
}

function total(values: (number | null)[]): number | null {
    const known = values.filter((value): value is number => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

export function slowness(component: ComponentFigures): number | null {
    return (component.role === "spout" ? component.complete_ns : component.process_ns)?.p99 ?? null;
}

function figuresOf(node: GraphNode, tasks: number, parts: readonly ComponentFigures[], bottleneck: string | null): NodeFigures {
    return {
        title: node.members.length > 1 ? `${node.key} (${node.members.length})` : node.key,
        tasks,
        in_per_s: total(parts.map((part) => part.rates.in_per_s)),
        p99: largest(parts.map(slowness)),
        capacity: largest(parts.map((part) => part.capacity)),
        blocked: largest(parts.map((part) => part.blocked)) ?? 0,
        is_bottleneck: bottleneck !== null && node.members.includes(bottleneck),
        lag: total(parts.map((part) => part.lag)),
    };
}

function clipped(name: string, letters: number): string {
    return name.length > letters ? `${name.slice(0, letters - 1)}…` : name;
}

function spoken(node: GraphNode, figures: NodeFigures): string {
    return [
        `${node.role} ${figures.title}, ${figures.tasks} tasks`,
        rate(figures.in_per_s),
        `p99 ${nanos(figures.p99)}`,
        `capacity ${share(figures.capacity)}`,
        figures.is_bottleneck ? "bottleneck" : "",
        figures.blocked >= BLOCKED_SHOWN ? `held back ${share(figures.blocked)} of the time` : "",
    ]
        .filter(Boolean)
        .join(", ");
}

function Pill({ kind, text }: { kind: "bottleneck" | "pressure"; text: string }) {
    const width = text.length * MARK_LETTER_WIDTH + 34;
    return (
        <g class={`mark ${kind}`} transform={`translate(${NODE_WIDTH - 6 - width} -11)`}>
            <rect width={width} height={21} rx={10.5} />
            <IconAt name={kind} x={8} y={4} size={13} />
            <text x={26} y={14.5}>
                {text}
            </text>
        </g>
    );
}

function Mark({ figures }: { figures: NodeFigures }) {
    if (figures.is_bottleneck) return <Pill kind="bottleneck" text="bottleneck" />;
    if (figures.blocked < BLOCKED_SHOWN) return null;
    return <Pill kind="pressure" text={`held back ${Math.round(figures.blocked * 100)} %`} />;
}

function Card({ figures, role }: { figures: NodeFigures; role: "spout" | "bolt" }) {
    const filled = Math.min(1, figures.capacity ?? 0) * BAR_WIDTH;
    return (
        <>
            <rect class="card" width={NODE_WIDTH} height={NODE_HEIGHT} rx={9} />
            <g class="kind">
                <IconAt name={role} x={PAD} y={12} size={15} />
            </g>
            <text class="node-name" x={PAD + 21} y={24}>
                {clipped(figures.title, NAME_LETTERS)}
            </text>
            <text class="node-quiet" x={NODE_WIDTH - PAD} y={24} text-anchor="end">
                ×{figures.tasks}
            </text>
            <text class="node-figure" x={PAD} y={50}>
                {rate(figures.in_per_s)}
            </text>
            <text class="node-quiet" x={NODE_WIDTH - PAD} y={50} text-anchor="end">
                p99 {nanos(figures.p99)}
            </text>
            <rect class="node-track" x={PAD} y={68} width={BAR_WIDTH} height={7} rx={3.5} />
            <rect class={`node-fill ${shareTone(figures.capacity)}`} x={PAD} y={68} width={filled} height={7} rx={3.5} />
            <text class={`node-quiet ${shareTone(figures.capacity)}`} x={NODE_WIDTH - PAD} y={75.5} text-anchor="end">
                {share(figures.capacity)}
            </text>
            <Mark figures={figures} />
        </>
    );
}

/* Of what is out of sight only the frame is drawn: it keeps its place in the order of the keys. */
function Node(props: { topology: string; node: GraphNode; at: Point; figures: NodeFigures; is_seen: boolean }) {
    const { node, at, figures, is_seen } = props;
    const href = node.members.length === 1 ? componentHref(props.topology, node.key) : topologyHref(props.topology, "components");
    const label = is_seen ? spoken(node, figures) : `${node.role} ${figures.title}`;
    return (
        <a href={href} class={`node ${node.role} ${figures.is_bottleneck ? "is-bottleneck" : ""}`}>
            <g transform={`translate(${at.x - NODE_WIDTH / 2} ${at.y - NODE_HEIGHT / 2})`}>
                <title>{label}</title>
                {is_seen ? <Card figures={figures} role={node.role} /> : <rect class="card" width={NODE_WIDTH} height={NODE_HEIGHT} rx={9} />}
            </g>
        </a>
    );
}

interface EdgeSum {
    per_s: number | null;
    blocked: boolean;
    waiting: number | null;
}

function sumOf(edge: GraphEdge, figures: ReadonlyMap<string, EdgeFigures>): EdgeSum {
    const parts = edge.parts.map((part) => figures.get(edgeKey(part))).filter((one) => one !== undefined);
    return {
        per_s: total(parts.map((part) => part.per_s)),
        blocked: parts.some((part) => part.back_pressure),
        waiting: total(parts.map((part) => part.waiting)),
    };
}

function Edge({ edge, points, at, sum }: { edge: GraphEdge; points: readonly Point[]; at: Point; sum: EdgeSum }) {
    const line = edgePath(points);
    const text = `${edge.from} to ${edge.to}, ${edge.label}: ${rate(sum.per_s)}${sum.blocked ? ", held back" : ""}, ${count(sum.waiting)} waiting`;
    return (
        <g class={`edge ${sum.blocked ? "blocked" : ""}`}>
            <title>{text}</title>
            <path d={line} stroke-width={edgeWidth(sum.per_s)} marker-end={sum.blocked ? "url(#arrow-blocked)" : "url(#arrow)"} />
            {sum.blocked && <path d={line} stroke-width={edgeWidth(sum.per_s) + 3} class="hatch" stroke="url(#hatch)" />}
            <text x={at.x} y={at.y - 5} text-anchor="middle">
                {edge.label}
            </text>
            <text x={at.x} y={at.y + 16} text-anchor="middle" class="edge-rate">
                {sum.blocked ? `❙❙ ${rate(sum.per_s)}` : rate(sum.per_s)}
            </text>
        </g>
    );
}

function Definitions() {
    return (
        <defs>
            {["arrow", "arrow-blocked"].map((id) => (
                <marker key={id} id={id} class={id} viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">
                    <path d="M0 0.6L10 5L0 9.4z" />
                </marker>
            ))}
            <pattern id="hatch" class="hatch-lines" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <rect width="3" height="6" />
            </pattern>
        </defs>
    );
}

export function Legend() {
    return (
        <ul class="legend" aria-label="Legend">
            <li>
                <svg width="18" height="16" class="icon" aria-hidden="true">
                    <IconAt name="spout" x={1} y={0} size={16} />
                </svg>
                spout
            </li>
            <li>
                <svg width="18" height="16" class="icon" aria-hidden="true">
                    <IconAt name="bolt" x={1} y={0} size={16} />
                </svg>
                bolt
            </li>
            <li>×4 tasks</li>
            <li>
                <svg width="40" height="8" aria-hidden="true">
                    <rect class="node-track" width="40" height="7" rx="3.5" />
                    <rect class="node-fill" width="22" height="7" rx="3.5" />
                </svg>
                capacity: share of time in user code
            </li>
            <li>
                <svg width="46" height="10" class="edge" aria-hidden="true">
                    <path d="M0 5H20" stroke-width="1.5" />
                    <path d="M26 5H46" stroke-width="7" />
                </svg>
                width: log of the rate
            </li>
            <li>
                <svg width="32" height="12" class="edge blocked" aria-hidden="true">
                    <path d="M0 6H32" stroke-width="4" />
                    <path d="M0 6.01L32 6" stroke-width="8" class="hatch" stroke="url(#hatch)" />
                </svg>
                ❙❙ held back by its receiver
            </li>
            <li>
                <svg width="16" height="16" class="icon" aria-hidden="true">
                    <IconAt name="bottleneck" x={0} y={0} size={15} />
                </svg>
                bottleneck: saturated, and what comes after it is not
            </li>
        </ul>
    );
}

function edgeKey(edge: StructureEdge): string {
    return `${edge.from}→${edge.to} ${edge.stream} ${edge.grouping}`;
}

interface PictureProps {
    topology: string;
    components: readonly (StructureComponent & { tasks: number })[];
    edges: readonly StructureEdge[];
    figures: TopologyFigures | null;
}

const EDGE_REACH = { width: 160, height: 30 }; /* of its text */
const NODE_REACH = { width: NODE_WIDTH / 2, height: NODE_HEIGHT };

interface Drawing extends PictureProps {
    structure: GraphStructure;
    layout: LayoutAnswer;
}

function Edges({ structure, layout, figures, seen }: Drawing & { seen: Box }) {
    const edge_of = new Map(figures?.edges.map((one) => [edgeKey(one), one]));
    const edge_at = new Map(layout.edges.map((one) => [one.key, one]));
    return (
        <>
            {structure.edges.map((edge) => {
                const place = edge_at.get(edge.key);
                if (place === undefined || !isSeen(seen, [...place.points, place], EDGE_REACH)) return null;
                const sum = sumOf(edge, edge_of);
                return (
                    <Still key={edge.key} mark={JSON.stringify([sum, layout.id])}>
                        {() => <Edge edge={edge} points={place.points} at={place} sum={sum} />}
                    </Still>
                );
            })}
        </>
    );
}

function Nodes({ topology, components, structure, layout, figures, seen }: Drawing & { seen: Box }) {
    const component_of = new Map(figures?.components.map((one) => [one.name, one]));
    const tasks_of = new Map(components.map((one) => [one.name, one.tasks]));
    const node_at = new Map(layout.nodes.map((one) => [one.key, one]));
    return (
        <>
            {structure.nodes.map((node) => {
                const parts = node.members.map((name) => component_of.get(name)).filter((one) => one !== undefined);
                const tasks = node.members.reduce((sum, name) => sum + (tasks_of.get(name) ?? 0), 0);
                const shown = figuresOf(node, tasks, parts, figures?.bottleneck ?? null);
                const at = node_at.get(node.key) ?? { x: 0, y: 0 };
                const is_seen = isSeen(seen, [at], NODE_REACH);
                return (
                    <Still key={node.key} mark={is_seen ? JSON.stringify([spoken(node, shown), layout.id]) : String(layout.id)}>
                        {() => <Node topology={topology} node={node} at={at} figures={shown} is_seen={is_seen} />}
                    </Still>
                );
            })}
        </>
    );
}

export function Picture(props: PictureProps) {
    const { topology, components, edges, figures } = props;
    const structure = useMemo(() => buildStructure(components, edges), [components, edges]);
    const layout = useLayout(structure).value;
    const draw = useCallback(
        (seen: Box) => {
            if (layout === null || layout === "failed") return null;
            const drawing = { ...props, structure, layout, seen };
            return (
                <>
                    <Definitions />
                    <Edges {...drawing} />
                    <Nodes {...drawing} />
                </>
            );
        },
        [topology, structure, layout, figures],
    );
    if (layout === "failed") return <Empty>The graph cannot be drawn: its layout was not loaded, or has failed. The tables below say the same.</Empty>;
    if (layout === null) return <Loading what="the layout of the graph" />;
    return (
        <>
            <Stage drawing={layout} label={`Graph of ${topology}`}>
                {draw}
            </Stage>
            <Legend />
        </>
    );
}
