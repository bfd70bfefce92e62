/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster state as a tree, to look at. A node's children are asked for when it is opened, so that a tree
 * of any size can be walked. Which node is shown stands in the address; the way to it is open.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { useResource } from "../api.ts";
import type { CoordNode } from "../api_types.ts";
import { VIEW_KINDS, type ViewKind } from "../bytes_view.ts";
import { Bytes } from "../components/bytes.tsx";
import { chosen, Choice } from "../components/choice.tsx";
import { Empty, Failed, Loading } from "../components/empty.tsx";
import { Icon } from "../components/icon.tsx";
import { Panel } from "../components/panel.tsx";
import { Time } from "../components/time.tsx";
import { bytes, exact } from "../format.ts";
import { changedQuery, go, place, query, withQuery } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import "./browse.css";

const DEPTH_MAX = 32; /* of what is drawn below each other */

function childPath(parent: string, name: string): string {
    return parent === "/" ? `/${name}` : `${parent}/${name}`;
}

function isOnTheWay(path: string, selected: string): boolean {
    return path === "/" || selected === path || selected.startsWith(`${path}/`);
}

interface BranchProps {
    path: string;
    name: string;
    selected: string;
    depth: number;
}

function Children({ path, selected, depth }: Omit<BranchProps, "name">) {
    const { data, fault, reload } = useResource<CoordNode>(withQuery("/api/v2/coord", { path })).value;
    if (data === null) return fault ? <Failed fault={fault} reload={reload} /> : <p class="quiet">…</p>;
    if (data.children.length === 0) return <p class="quiet tree-note">no children</p>;
    return (
        <ul>
            {data.children.map((name) => (
                <Branch key={name} path={childPath(path, name)} name={name} selected={selected} depth={depth + 1} />
            ))}
            {data.children_total > data.children.length && (
                <li class="quiet tree-note">and {exact(data.children_total - data.children.length)} more; type a path to see one</li>
            )}
        </ul>
    );
}

function Branch({ path, name, selected, depth }: BranchProps) {
    const [open, setOpen] = useState(isOnTheWay(path, selected));
    useEffect(() => {
        if (isOnTheWay(path, selected)) setOpen(true);
    }, [path, selected]);
    const is_open = open || path === "/";
    return (
        <li>
            <div class="tree-row" data-row="" tabIndex={-1}>
                <button
                    type="button"
                    class="plain tree-toggle"
                    aria-expanded={is_open}
                    aria-label={`${is_open ? "Close" : "Open"} ${path}`}
                    onClick={() => setOpen(!open)}
                    disabled={path === "/" || depth >= DEPTH_MAX}
                >
                    <Icon name={is_open ? "minus" : "plus"} size={11} />
                </button>
                <a href={`/coord${changedQuery(place.value.search, { path })}`} aria-current={path === selected ? "true" : undefined}>
                    {name}
                </a>
            </div>
            {is_open && depth < DEPTH_MAX && <Children path={path} selected={selected} depth={depth} />}
        </li>
    );
}

function Stat({ node }: { node: CoordNode }) {
    const { stat } = node;
    return (
        <dl class="facts">
            <dt>data</dt>
            <dd>{bytes(node.size)}, version {exact(stat.version)}</dd>
            <dt>children</dt>
            <dd>{exact(node.children_total)}, version {exact(stat.cversion)}</dd>
            <dt>made</dt>
            <dd>
                <Time at_ms={stat.ctime_ms} /> (write {exact(stat.czxid)})
            </dd>
            <dt>changed</dt>
            <dd>
                <Time at_ms={stat.mtime_ms} /> (write {exact(stat.mzxid)})
            </dd>
            <dt>ends with</dt>
            <dd>{stat.ephemeral_owner === null ? "nobody's session: it stays" : <>session <code>{stat.ephemeral_owner}</code></>}</dd>
        </dl>
    );
}

function Data({ node }: { node: CoordNode }) {
    const options = node.json ? [VIEW_KINDS[1], VIEW_KINDS[0], VIEW_KINDS[2]] : [...VIEW_KINDS];
    const as = chosen("as", options) as ViewKind;
    if (node.size === 0) return <Empty>It has no data; many nodes are only a place in the tree.</Empty>;
    if (node.data === null) return <Empty>gale-ui may not read its data.</Empty>;
    return (
        <>
            <Choice name="as" label="as" options={options} />
            <Bytes text={node.text} base64={node.data} as={as} label={`Data of ${node.path}`} />
        </>
    );
}

function NodePanel({ path }: { path: string }) {
    const { data, fault, reload } = useResource<CoordNode>(withQuery("/api/v2/coord", { path }), 5000).value;
    return (
        <Panel title={<code>{path}</code>} label={`Node ${path}`} more={<span>read-only</span>}>
            {data === null && (fault ? <Failed fault={fault} reload={reload} /> : <Loading what="the node" />)}
            {data !== null && fault !== null && <Failed fault={fault} reload={reload} />}
            {data && (
                <>
                    <Stat node={data} />
                    <Data node={data} />
                </>
            )}
        </Panel>
    );
}

function PathField({ selected }: { selected: string }) {
    const field = useRef<HTMLInputElement>(null);
    useEffect(() => {
        if (field.current) field.current.value = selected;
    }, [selected]);
    return (
        <form
            class="inline-form"
            action="/coord"
            onSubmit={(event) => {
                event.preventDefault();
                const wanted = `/${(field.current?.value ?? "").split("/").filter(Boolean).join("/")}`;
                go(`/coord${changedQuery(place.value.search, { path: wanted })}`);
            }}
        >
            <label class="filter">
                <Icon name="search" size={13} />
                <input ref={field} data-search="" type="text" aria-label="Path of a node" spellcheck={false} />
            </label>
            <button type="submit">Go</button>
        </form>
    );
}

export function CoordPage(_: PageProps) {
    const selected = query("path") || "/";
    return (
        <>
            <div class="page-head">
                <h1>Coord</h1>
                <span class="quiet">the cluster state: what all programs agree on</span>
                <div class="end">
                    <PathField selected={selected} />
                </div>
            </div>
            <div class="coord">
                <Panel title="Tree">
                    <nav aria-label="Nodes of the cluster state" class="tree" data-rows="tree">
                        <ul>
                            <Branch path="/" name="/" selected={selected} depth={0} />
                        </ul>
                    </nav>
                </Panel>
                <NodePanel key={selected} path={selected} />
            </div>
        </>
    );
}
