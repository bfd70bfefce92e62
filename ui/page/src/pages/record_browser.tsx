/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of a topic: from a place on, with a filter, and live. What is asked for stands in the address. A
 * live tail asks once a second for what is new and keeps the last 500 records, and no more.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { get, type Fault } from "../api.ts";
import type { LogRecord, RecordBytes, Records, Topic } from "../api_types.ts";
import { oneLine, VIEW_KINDS, type ViewKind } from "../bytes_view.ts";
import { Bytes } from "../components/bytes.tsx";
import { chosen, Choice } from "../components/choice.tsx";
import { Empty, Failed } from "../components/empty.tsx";
import { Icon } from "../components/icon.tsx";
import { Panel } from "../components/panel.tsx";
import { bytes, exact, plural, time } from "../format.ts";
import { zone } from "../preferences.ts";
import { byTime, fromFields, fromText, keep, KEPT_MAX, nextText } from "../records.ts";
import { changedQuery, changeQuery, path, place, query, withQuery } from "../router.ts";

const TAIL_MS = 1000;
const LIMITS = [
    { value: "50", label: "50" },
    { value: "200", label: "200" },
    { value: "500", label: "500" },
] as const;
const KINDS = [
    ["latest", "the newest"],
    ["earliest", "the oldest"],
    ["offset", "an offset"],
    ["time", "a time"],
    ["last", "the last N of each"],
] as const;

function shownText(value: RecordBytes | null): string {
    if (value === null) return "";
    return value.text === null ? `${bytes(value.size)} that are not text` : oneLine(value.text);
}

function Part(props: { name: string; value: RecordBytes | null; as: ViewKind; label: string }) {
    if (props.value === null)
        return (
            <p>
                <strong>{props.name}</strong> <span class="quiet">none</span>
            </p>
        );
    return (
        <div>
            <strong>{props.name}</strong> <span class="quiet">{bytes(props.value.size)}{props.value.cut ? ", the first 16 KiB of it" : ""}</span>
            <Bytes text={props.value.text} base64={props.value.base64} as={props.as} label={props.label} />
        </div>
    );
}

function RecordDetail({ record, as }: { record: LogRecord; as: ViewKind }) {
    const where = `record ${record.offset} of partition ${record.partition}`;
    const link = changedQuery(place.value.search, { from: `offset:${record.offset}`, partition: record.partition, filter: null });
    return (
        <div class="record-detail">
            <Part name="Key" value={record.key} as={as} label={`Key of ${where}`} />
            <Part name="Value" value={record.value} as={as} label={`Value of ${where}`} />
            {record.headers.map((header, index) => (
                <Part key={index} name={`Header ${header.name}`} value={header.value} as={as} label={`Header ${header.name} of ${where}`} />
            ))}
            <a href={place.value.path + link}>Link to this record</a>
        </div>
    );
}

function RecordLine({ record, as }: { record: LogRecord; as: ViewKind }) {
    const [open, setOpen] = useState(false);
    return (
        <details class="record" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
            <summary data-row="">
                <span class="record-place">
                    {record.partition}:{exact(record.offset)}
                </span>
                <span class="quiet record-time">{time(record.timestamp_ms, zone.value)}</span>
                <span class="record-key">{record.key === null ? <span class="quiet">no key</span> : shownText(record.key)}</span>
                <span class="record-value">{record.value === null ? <span class="quiet">no value: it deletes its key</span> : shownText(record.value)}</span>
            </summary>
            {open && <RecordDetail record={record} as={as} />}
        </details>
    );
}

/* ---- what is asked for ---- */

function Question({ topic }: { topic: Topic }) {
    const asked = fromFields(query("from"), zone.value);
    const [kind, setKind] = useState<string>(asked.kind);
    const [number, setNumber] = useState(asked.number);
    const [when, setWhen] = useState(asked.time);
    const [filter, setFilter] = useState(query("filter") ?? "");
    const from = fromText(kind, number, when, zone.value);
    const submit = (event: Event) => {
        event.preventDefault();
        if (from !== null) changeQuery({ from: from === "latest" ? null : from, filter, again: Number(query("again") ?? 0) + 1 });
    };
    const partitions = [{ value: "", label: "all" }, ...topic.partitions.map((one) => ({ value: String(one.partition), label: String(one.partition) }))];
    return (
        <form class="choosers" onSubmit={submit}>
            <label class="choice">
                <span>From</span>
                <select value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
                    {KINDS.map(([value, label]) => (
                        <option key={value} value={value}>
                            {label}
                        </option>
                    ))}
                </select>
            </label>
            {(kind === "offset" || kind === "last") && (
                <input class="short" type="text" inputMode="numeric" aria-label={kind === "offset" ? "Offset" : "How many of each partition"} value={number} onInput={(event) => setNumber(event.currentTarget.value)} />
            )}
            {kind === "time" && <input type="datetime-local" step="1" aria-label={`Time, ${zone.value === "utc" ? "UTC" : "of this place"}`} value={when} onInput={(event) => setWhen(event.currentTarget.value)} />}
            <Choice name="partition" label="Partition" options={partitions} />
            <label class="filter">
                <Icon name="search" size={13} />
                <input data-search="" type="search" aria-label="Only records with this text in key or value" placeholder="Text in key or value ( / )" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
            </label>
            <Choice name="limit" label="At most" options={LIMITS} />
            <Choice name="as" label="as" options={VIEW_KINDS} />
            <button type="submit" class="primary" disabled={from === null}>
                Read
            </button>
        </form>
    );
}

/* ---- what came ---- */

interface Read {
    records: LogRecord[];
    last: Records | null;
    fault: Fault | null;
    dropped: number;
    asking: boolean;
}

const NOTHING: Read = { records: [], last: null, fault: null, dropped: 0, asking: true };

/* A live tail takes all it can get, lest it falls behind. */
function address(topic: string, from: string | null, live = false): string {
    const limit = live ? KEPT_MAX : (query("limit") ?? LIMITS[0].value);
    return withQuery(path`/api/v2/log/topics/${topic}/records`, { from, partition: query("partition"), filter: query("filter"), limit });
}

function after(before: Read, more: Records): Read {
    const kept = keep(before.records, more.records);
    return { records: kept.records, last: more, fault: null, dropped: before.dropped + kept.dropped, asking: false };
}

/* Everything that was read since the question; more() goes on behind it. */
function useRecords(topic: string) {
    const url = address(topic, query("from"));
    const again = query("again");
    const [state, setState] = useState<Read>(NOTHING);
    const current = useRef(state);
    const aborter = useRef<AbortController | null>(null);
    const put = (next: Read) => {
        current.current = next;
        setState(next);
    };
    const ask = async (from: string) => {
        aborter.current?.abort("left");
        const mine = new AbortController();
        aborter.current = mine;
        put({ ...current.current, asking: true });
        const result = await get<Records>(from, { signal: mine.signal });
        if (mine.signal.aborted) return;
        put(result.ok ? after(current.current, result.value) : { ...current.current, fault: result.fault, asking: false });
    };
    useEffect(() => {
        put(NOTHING);
        void ask(url);
        return () => aborter.current?.abort("left");
    }, [url, again]);
    const more = () => {
        const next = nextText(current.current.last?.next ?? {});
        if (current.current.last === null && !current.current.asking) void ask(url); /* the first question has failed */
        else if (next !== null && !current.current.asking) void ask(address(topic, next, query("live") === "1"));
    };
    return { state, more };
}

/* Asks again and again while it is on, somebody looks, and the last question is answered. */
function useTail(on: boolean, more: () => void): void {
    const latest = useRef(more);
    latest.current = more;
    useEffect(() => {
        if (!on) return;
        const timer = setInterval(() => document.hidden || latest.current(), TAIL_MS);
        return () => clearInterval(timer);
    }, [on]);
}

const STOPPED = { limit: "there are more", time: "2 s were over", bytes: "1 MiB was read" } as const;

function Summary({ state, live }: { state: Read; live: boolean }) {
    const { records, last, dropped } = state;
    if (last === null) return null;
    const why = last.stopped === null ? "up to the end" : STOPPED[last.stopped];
    const how = last.is_complete ? "and each second what is new" : "but it falls behind: more is written than can be shown";
    return (
        <span class="quiet" role="status">
            {plural(records.length, "record")}, {live ? how : why}
            {query("filter") ? `; ${exact(last.scanned)} were looked at last` : ""}
            {dropped > 0 ? `; the first ${exact(dropped)} were left out, as only ${KEPT_MAX} are kept` : ""}
        </span>
    );
}

function whyEmpty(topic: Topic): string {
    if (query("filter")) return `No record that was looked at has “${query("filter")}”.`;
    const is_empty = topic.partitions.every((one) => one.first !== null && one.first === one.next);
    return is_empty ? `The topic has no records. To write some: gale produce ${topic.name} FILE` : "There are no records from there on.";
}

export function RecordBrowser({ topic }: { topic: Topic }) {
    const live = query("live") === "1";
    const { state, more } = useRecords(topic.name);
    useTail(live, more);
    const as = chosen("as", VIEW_KINDS) as ViewKind;
    const { records, fault, asking, last } = state;
    const ordered = byTime(records);
    const shown = live || query("from") === null ? ordered.reverse() : ordered;
    return (
        <Panel
            title="Records"
            more={
                <button type="button" aria-pressed={live} onClick={() => changeQuery({ live: !live })}>
                    <Icon name={live ? "stop" : "play"} size={12} /> {live ? "Stop following" : "Follow"}
                </button>
            }
        >
            <Question key={`${query("from")} ${query("filter")} ${zone.value}`} topic={topic} />
            {fault && <Failed fault={fault} reload={more} />}
            <p>
                <Summary state={state} live={live} /> {asking && <span class="quiet">reading …</span>}
            </p>
            {last !== null && records.length === 0 && <Empty>{whyEmpty(topic)}</Empty>}
            <div class="records" data-rows="records">
                {shown.map((record) => (
                    <RecordLine key={`${record.partition}:${record.offset}`} record={record} as={as} />
                ))}
            </div>
            {!live && last !== null && !last.is_complete && (
                <p class="note">
                    <button type="button" disabled={asking} onClick={more}>
                        Read on
                    </button>
                </p>
            )}
        </Panel>
    );
}
