/* SPDX-License-Identifier: Apache-2.0 */
/* Which functions take a worker's processor time: asked for on purpose, as a flame graph and as a table. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, type Fault } from "../../api.ts";
import { Command } from "../../actions/action_dialog.tsx";
import { profileCommand } from "../../actions/commands.ts";
import { Bar } from "../../components/bar.tsx";
import { Choice, chosen, type Option } from "../../components/choice.tsx";
import { Empty } from "../../components/empty.tsx";
import { Icon } from "../../components/icon.tsx";
import { Figure, Figures, Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { Time } from "../../components/time.tsx";
import { FlameGraph } from "../../flame/flame_graph.tsx";
import { foldedText, foldFlame, hottest, type Grouping, type HotFunction } from "../../flame/flame.ts";
import { duration, exact, plural, UNKNOWN } from "../../format.ts";
import { changeQuery, path, query, withQuery } from "../../router.ts";
import type { WorkerProfile } from "../../types.ts";
import { Refused, type Place } from "./panels.tsx";

const NAMING_MS = 30_000; /* what finding the names may take when the time is over */
const CLOCK_MS = 250;
const HOTTEST_ROWS = 15;

const STANDARD_S = "10";
const times: readonly Option[] = ["5", STANDARD_S, "30", "60"].map((value) => ({ value, label: `${value} s` }));
const groupings: readonly Option[] = [
    { value: "tasks", label: "task" },
    { value: "threads", label: "thread" },
    { value: "functions", label: "function alone" },
];

/* ---- while it runs ---- */

interface Running {
    began_ms: number;
    seconds: number;
}

function Progress({ running, stop }: { running: Running; stop: () => void }) {
    const [now_ms, setNow] = useState(running.began_ms);
    useEffect(() => {
        const timer = setInterval(() => setNow(Date.now()), CLOCK_MS);
        return () => clearInterval(timer);
    }, []);
    const passed = Math.min(running.seconds, Math.floor((now_ms - running.began_ms) / 1000));
    const is_over = passed >= running.seconds;
    return (
        <div class="profile-progress">
            <progress aria-label="Profile" max={running.seconds} {...(is_over ? {} : { value: (now_ms - running.began_ms) / 1000 })} />
            <span>{is_over ? "Finding the names of the functions …" : `${passed} of ${running.seconds} s`}</span>
            <button type="button" onClick={stop}>
                <Icon name="stop" size={13} /> Leave it
            </button>
        </div>
    );
}

/* One profile at a time; that of a worker that is no more shown is dropped. */
function useProfile(url: string) {
    const profile = useSignal<WorkerProfile | null>(null);
    const fault = useSignal<Fault | null>(null);
    const running = useSignal<Running | null>(null);
    const was_left = useSignal(false);
    const aborter = useRef<AbortController | null>(null);
    const stop = () => {
        was_left.value = running.value !== null;
        running.value = null;
        aborter.current?.abort("left");
    };
    useEffect(() => stop, [url]);
    const start = async (seconds: number) => {
        const mine = new AbortController();
        aborter.current = mine;
        running.value = { began_ms: Date.now(), seconds };
        was_left.value = false;
        fault.value = null;
        const result = await get<WorkerProfile>(withQuery(url, { seconds }), { signal: mine.signal, timeout_ms: seconds * 1000 + NAMING_MS });
        if (aborter.current !== mine || running.value === null) return;
        running.value = null;
        if (result.ok) profile.value = result.value;
        else fault.value = result.fault;
    };
    return { profile: profile.value, fault: fault.value, running: running.value, was_left: was_left.value, start, stop };
}

/* ---- what was seen ---- */

function Sums({ profile }: { profile: WorkerProfile }) {
    const cores = profile.ms > 0 ? profile.samples / profile.hz / (profile.ms / 1000) : null;
    return (
        <Figures>
            <Figure name="taken">
                <Time at_ms={profile.at_ms} />
            </Figure>
            <Figure name="looked for">{duration(profile.ms)}</Figure>
            <Figure name="samples" title={`${profile.hz} in each second of a thread's processor time`}>
                {exact(profile.samples)}
            </Figure>
            <Figure name="processors in use" title="on average, by the threads of the runtime">
                {cores === null ? UNKNOWN : cores.toFixed(2)}
            </Figure>
            {profile.dropped > 0 && (
                <Figure name="not counted" tone="watch" title="There were more different stacks than are kept at a time: shares are of those that were counted.">
                    {exact(profile.dropped)}
                </Figure>
            )}
        </Figures>
    );
}

interface Row extends HotFunction {
    samples: number; /* in all */
}

const columns: readonly Column<Row>[] = [
    { key: "function", label: "function", wide: true, value: (row) => row.name, show: (row) => <span class="mono name">{row.name}</span> },
    { key: "self", label: "self", title: "share of all samples that were in the function itself", numeric: true, value: (row) => row.self / row.samples, show: (row) => <Bar calm value={row.self / row.samples} /> },
    { key: "whole", label: "total", title: "with what it calls", numeric: true, value: (row) => row.whole / row.samples, show: (row) => <Bar calm value={row.whole / row.samples} /> },
    { key: "samples", label: "samples", title: "in the function itself", numeric: true, value: (row) => row.self, show: (row) => exact(row.self) },
];

function Hottest({ profile }: { profile: WorkerProfile }) {
    const rows = useMemo(() => hottest(profile.stacks).map((one) => ({ ...one, samples: profile.samples })), [profile]);
    return (
        <>
            <h3>Hottest functions</h3>
            <Table name="hot" label="Hottest functions" columns={columns} rows={rows} rowKey={(row) => row.name} sort="-self" page_rows={HOTTEST_ROWS} empty="" />
        </>
    );
}

function download(profile: WorkerProfile): void {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([foldedText(profile.stacks)], { type: "text/plain" }));
    link.download = `${profile.topology}-${profile.supervisor}-${profile.slot}.folded`.replace(/[^\w.-]/g, "_");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href));
}

function Tools({ profile }: { profile: WorkerProfile }) {
    return (
        <div class="choosers">
            <Choice name="by" label="by" options={groupings} />
            <label class="filter">
                <Icon name="search" size={13} />
                <input type="search" aria-label="Mark functions" placeholder="Mark functions" value={query("mark") ?? ""} onInput={(event) => changeQuery({ mark: event.currentTarget.value })} />
            </label>
            <button type="button" onClick={() => download(profile)}>
                <Icon name="down" size={13} /> Folded stacks
            </button>
        </div>
    );
}

function Shown({ profile }: { profile: WorkerProfile }) {
    const by = chosen("by", groupings) as Grouping;
    const root = useMemo(() => foldFlame(profile.stacks, by), [profile, by]);
    if (profile.samples === 0)
        return (
            <Empty>
                {`In ${duration(profile.ms)} none of its threads took processor time: the worker slept, so there was nothing to see. `}
                {profile.dropped > 0 ? `${plural(profile.dropped, "sample")} could not be counted.` : "Where its threads wait is shown under Threads."}
            </Empty>
        );
    return (
        <>
            <Sums profile={profile} />
            <Tools profile={profile} />
            <FlameGraph key={`${profile.at_ms} ${by}`} root={root} find={query("mark") ?? ""} label="Functions by processor time, callers above" />
            <Hottest profile={profile} />
        </>
    );
}

export function ProfilePanel({ name, supervisor, slot }: Place) {
    const { profile, fault, running, was_left, start, stop } = useProfile(path`/api/v2/topologies/${name}/workers/${supervisor}/${slot}/profile`);
    const seconds = chosen("seconds", times, STANDARD_S);
    return (
        <Panel
            title="CPU profile"
            more={
                <>
                    <Choice name="seconds" label="look for" options={times} standard={STANDARD_S} />
                    <button type="button" class="primary" disabled={running !== null} onClick={() => void start(Number(seconds))}>
                        <Icon name="play" size={13} /> {profile ? "Take another" : "Take a profile"}
                    </button>
                </>
            }
        >
            <p role="status" class="quiet">
                {running ? "The worker is looked at while it goes on." : was_left ? "It was left. The worker looks on to the end of that time, and can be asked for another one then." : ""}
            </p>
            {running && <Progress running={running} stop={stop} />}
            {fault && <Refused fault={fault} />}
            {profile && <Shown profile={profile} />}
            {!profile && !fault && !running && <Empty>A profile shows which functions take the processor's time, and for which tasks. The worker goes on meanwhile; threads that wait are not seen.</Empty>}
            <Command text={profileCommand(name, supervisor, slot, seconds)} />
        </Panel>
    );
}
