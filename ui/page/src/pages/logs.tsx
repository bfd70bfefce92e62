/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of workers: which there are, a search over all workers of a topology, and a file. */
import { useRef, useState } from "preact/hooks";
import { get, useResource, type Fault } from "../api.ts";
import type { LogFile, LogFiles, LogMatch, LogSearch, LogTopologies, Unasked } from "../api_types.ts";
import { Empty, Failed, Loading } from "../components/empty.tsx";
import { Icon } from "../components/icon.tsx";
import { Panel } from "../components/panel.tsx";
import { Table, type Column } from "../components/table.tsx";
import { Time } from "../components/time.tsx";
import { bytes, exact, plural } from "../format.ts";
import { changeQuery, path, query, withQuery } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import { LogViewer } from "./log_viewer.tsx";
import "./browse.css";

const REFRESH_MS = 5000;
const MATCHES_MAX = 1000; /* on the page */

/* Supervisors that did not answer: what is shown is not all there is. */
function Missing({ missing }: { missing: readonly Unasked[] }) {
    if (missing.length === 0) return null;
    return (
        <div class="form-error" role="alert">
            Not all of it: {missing.map(({ supervisor, text }) => `${supervisor} (${text})`).join(", ")}
        </div>
    );
}

/* ---- which topologies have logs ---- */

type TopologyLogs = LogTopologies["topologies"][number];

const TOPOLOGY_COLUMNS: readonly Column<TopologyLogs>[] = [
    {
        key: "name", label: "topology", value: (one) => one.name ?? one.id,
        show: (one) => <a href={path`/logs/${one.id}`}>{one.name ?? one.id}</a>,
    },
    { key: "runs", label: "runs", value: (one) => (one.name === null ? "no more" : "yes") },
    { key: "id", label: "id", wide: true, value: (one) => one.id, show: (one) => <code class="quiet">{one.id}</code> },
    { key: "modified_ms", label: "last written", value: (one) => one.modified_ms, show: (one) => <Time at_ms={one.modified_ms} how="ago" /> },
    { key: "supervisors", label: "on", value: (one) => one.supervisors.join(", ") },
];

function TopologyList() {
    const { data, fault, reload } = useResource<LogTopologies>("/api/v2/logs", REFRESH_MS).value;
    return (
        <>
            <div class="page-head">
                <h1>Logs</h1>
                <span class="quiet">what workers have written; those of the last 100 topologies are kept</span>
            </div>
            <Panel title="Topologies with logs">
                {data === null ? (
                    fault ? <Failed fault={fault} reload={reload} /> : <Loading what="the logs" />
                ) : (
                    <>
                        <Missing missing={data.missing} />
                        <Table name="topologies" label="Topologies with logs" columns={TOPOLOGY_COLUMNS} rows={data.topologies} rowKey={(one) => one.id} sort="-modified_ms" empty="No worker has written a log yet. Submit a topology: gale submit FILE.so" />
                    </>
                )}
            </Panel>
        </>
    );
}

/* ---- the files of one ---- */

function fileHref(id: string, one: { supervisor: string; slot: number; file: string }): string {
    return path`/logs/${id}/${one.supervisor}/${one.slot}/${one.file}`;
}

function fileColumns(id: string): readonly Column<LogFile>[] {
    return [
        { key: "file", label: "file", value: (one) => one.file, show: (one) => <a href={fileHref(id, one)}>{one.file}</a> },
        { key: "worker", label: "worker", value: (one) => `${one.supervisor}:${one.slot}`, show: (one) => <a href={path`/workers/${one.supervisor}/${one.slot}`}>{`${one.supervisor}:${one.slot}`}</a> },
        { key: "host", label: "host", value: (one) => one.host },
        { key: "size", label: "size", numeric: true, value: (one) => one.size, show: (one) => bytes(one.size) },
        { key: "modified_ms", label: "last written", value: (one) => one.modified_ms, show: (one) => <Time at_ms={one.modified_ms} how="ago" /> },
    ];
}

function Match({ id, match }: { id: string; match: LogMatch }) {
    return (
        <li class={`match ${match.level ?? ""}`} data-row="" tabIndex={-1}>
            <a href={`${fileHref(id, match)}?at=${match.offset}`}>
                {match.supervisor}:{match.slot} {match.file === "worker.log" ? "" : match.file}
            </a>{" "}
            <span class="mono">{match.line}</span>
        </li>
    );
}

interface Found {
    matches: readonly LogMatch[];
    last: LogSearch | null;
    bytes: number;
    fault: Fault | null;
    asking: boolean;
}

const NOTHING: Found = { matches: [], last: null, bytes: 0, fault: null, asking: false };

function useSearch(id: string) {
    const [found, setFound] = useState<Found>(NOTHING);
    const held = useRef<Found>(NOTHING);
    const aborter = useRef<AbortController | null>(null);
    const put = (next: Found) => {
        held.current = next;
        setFound(next);
    };
    const ask = async (text: string, exact_case: boolean, next: string | null) => {
        aborter.current?.abort("left");
        const mine = new AbortController();
        aborter.current = mine;
        const before = next === null ? NOTHING : held.current;
        put({ ...before, asking: true });
        const url = withQuery(path`/api/v2/logs/${id}/search`, { q: text, case: exact_case, next });
        const result = await get<LogSearch>(url, { signal: mine.signal, timeout_ms: 30_000 });
        if (mine.signal.aborted) return;
        if (!result.ok) return put({ ...held.current, fault: result.fault, asking: false });
        const { matches, bytes_searched } = result.value;
        put({ matches: [...before.matches, ...matches].slice(0, MATCHES_MAX), last: result.value, bytes: before.bytes + bytes_searched, fault: null, asking: false });
    };
    return { found, ask };
}

function SearchResults({ id, found, more }: { id: string; found: Found; more: (next: string) => void }) {
    const { matches, last, asking, fault } = found;
    const next = last?.next ?? null;
    return (
        <>
            {fault && <Failed fault={fault} />}
            <p class="quiet" role="status">
                {asking ? "searching …" : last === null ? "All workers of the topology are searched." : `${plural(matches.length, "line")} in ${bytes(found.bytes)} of ${plural(last.files_searched, "file")}${last.is_complete ? "" : ", and not to the end"}`}
            </p>
            {last !== null && <Missing missing={last.missing} />}
            {last !== null && matches.length === 0 && !asking && <Empty>No line has it{last.is_complete ? "" : " in what was searched"}.</Empty>}
            <ol class="matches" data-rows="matches">
                {matches.map((match) => (
                    <Match key={`${match.supervisor}/${match.slot}/${match.file}/${match.offset}`} id={id} match={match} />
                ))}
            </ol>
            {next !== null && matches.length < MATCHES_MAX && (
                <button type="button" disabled={asking} onClick={() => more(next)}>
                    Search on
                </button>
            )}
            {matches.length >= MATCHES_MAX && <Empty>These are {exact(MATCHES_MAX)}; a longer text finds fewer.</Empty>}
        </>
    );
}

function SearchPanel({ id }: { id: string }) {
    const { found, ask } = useSearch(id);
    const [text, setText] = useState(query("q") ?? "");
    const exact_case = query("case") === "1";
    const begun = useRef(false);
    if (!begun.current) {
        begun.current = true;
        if (text !== "") void ask(text, exact_case, null);
    }
    const submit = (event: Event) => {
        event.preventDefault();
        changeQuery({ q: text });
        if (text !== "") void ask(text, exact_case, null);
    };
    return (
        <Panel title="Search">
            <form class="choosers" role="search" onSubmit={submit}>
                <label class="filter">
                    <Icon name="search" size={13} />
                    <input data-search="" type="search" aria-label="Text in the logs" placeholder="Text ( / )" value={text} onInput={(event) => setText(event.currentTarget.value)} />
                </label>
                <label class="check">
                    <input type="checkbox" checked={exact_case} onChange={(event) => changeQuery({ case: event.currentTarget.checked })} /> capitals count
                </label>
                <button type="submit" class="primary" disabled={text === ""}>
                    Search
                </button>
            </form>
            <SearchResults id={id} found={found} more={(next) => void ask(text, exact_case, next)} />
        </Panel>
    );
}

function TopologyFiles({ id }: { id: string }) {
    const { data, fault, reload } = useResource<LogFiles>(path`/api/v2/logs/${id}`, REFRESH_MS).value;
    return (
        <>
            <div class="page-head">
                <span class="crumbs">
                    <a href="/logs">Logs</a> / topology
                </span>
                <h1>{id}</h1>
            </div>
            <SearchPanel id={id} />
            <Panel title="Files">
                {data === null ? (
                    fault ? <Failed fault={fault} reload={reload} /> : <Loading what="the files" />
                ) : (
                    <>
                        <Missing missing={data.missing} />
                        <Table name="files" label="Log files" columns={fileColumns(id)} rows={data.files} rowKey={(one) => `${one.supervisor}/${one.slot}/${one.file}`} sort="worker" empty="There are no logs of it: its workers have written nothing, or they were removed." />
                    </>
                )}
            </Panel>
        </>
    );
}

export function LogsPage({ params }: PageProps) {
    const [id, supervisor, slot, file] = (params.rest ?? "").split("/").filter(Boolean);
    if (id === undefined) return <TopologyList />;
    if (supervisor === undefined || slot === undefined || file === undefined) return <TopologyFiles id={id} />;
    return (
        <>
            <div class="page-head">
                <span class="crumbs">
                    <a href="/logs">Logs</a> / <a href={path`/logs/${id}`}>{id}</a> / <a href={path`/workers/${supervisor}/${slot}`}>{`${supervisor}:${slot}`}</a>
                </span>
                <h1>
                    {supervisor}:{slot}
                </h1>
            </div>
            <LogViewer id={id} supervisor={supervisor} slot={slot} file={file} />
        </>
    );
}
