/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tuples as they flow, without a restart. While it runs, the workers are asked again and again for a few;
 * it stops by itself, and keeps only the last ones.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, type Fault } from "../../api.ts";
import { Choice, chosen, type Option } from "../../components/choice.tsx";
import { Failed } from "../../components/empty.tsx";
import { Icon } from "../../components/icon.tsx";
import { Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { WorkerLink } from "../../components/task_table.tsx";
import { Time } from "../../components/time.tsx";
import { path, withQuery } from "../../router.ts";
import type { SampledTuple, Samples } from "../../types.ts";
import type { TabProps } from "./shared.tsx";

const RUN_MS = 60_000;
const PAUSE_MS = 500;
const KEPT = 300;

type Row = SampledTuple & { number: number; at_ms: number };

const ways: readonly Option[] = [
    { value: "0", label: "emits" },
    { value: "1", label: "receives" },
];
const amounts: readonly Option[] = ["20", "50", "100"].map((value) => ({ value, label: value }));

function valuesText(row: Row): string {
    return JSON.stringify(row.values);
}

function Values({ values }: { values: Record<string, unknown> }) {
    return (
        <span class="values mono">
            {Object.entries(values).map(([field, value]) => (
                <span key={field}>
                    <span class="quiet">{field}=</span>
                    {typeof value === "string" ? value : JSON.stringify(value)}
                </span>
            ))}
        </span>
    );
}

const columns: readonly Column<Row>[] = [
    { key: "number", label: "#", numeric: true, value: (row) => row.number },
    { key: "at", label: "seen", value: (row) => row.at_ms, show: (row) => <Time at_ms={row.at_ms} /> },
    { key: "values", label: "values", wide: true, value: valuesText, show: (row) => <Values values={row.values} /> },
    { key: "stream", label: "stream", value: (row) => row.stream },
    { key: "from", label: "from", value: (row) => `${row.component} ${row.task}` },
    { key: "to", label: "to", value: (row) => `${row.to} ${row.to_task}` },
    { key: "tracked", label: "tracked", value: (row) => (row.tracked ? "yes" : "no") },
    { key: "worker", label: "worker", value: (row) => `${row.supervisor}:${row.slot}`, show: (row) => <WorkerLink supervisor={row.supervisor} slot={row.slot} /> },
];

function useSampling(url: string) {
    const rows = useSignal<Row[]>([]);
    const fault = useSignal<Fault | null>(null);
    const missing = useSignal<readonly unknown[]>([]);
    const until_ms = useSignal(0); /* 0: it does not run */
    const is_running = until_ms.value > 0;
    useEffect(() => {
        rows.value = [];
        fault.value = null;
    }, [url]);
    useEffect(() => {
        if (!is_running) return;
        const aborter = new AbortController();
        let timer = 0;
        const turn = async () => {
            const result = await get<Samples>(url, { signal: aborter.signal });
            if (aborter.signal.aborted) return;
            fault.value = result.ok ? null : result.fault;
            if (result.ok) add(result.value);
            if (!result.ok || Date.now() > until_ms.value || document.hidden) until_ms.value = 0;
            else timer = window.setTimeout(() => void turn(), PAUSE_MS);
        };
        const add = (samples: Samples) => {
            const first = (rows.value[0]?.number ?? 0) + 1;
            const at_ms = Date.now();
            const fresh = samples.tuples.map((tuple, index) => ({ ...tuple, number: first + index, at_ms }));
            rows.value = [...fresh.reverse(), ...rows.value].slice(0, KEPT);
            missing.value = samples.missing;
        };
        void turn();
        return () => {
            aborter.abort("left");
            clearTimeout(timer);
        };
    }, [url, is_running]);
    return {
        rows: rows.value,
        fault: fault.value,
        missing: missing.value,
        is_running,
        start: () => (until_ms.value = Date.now() + RUN_MS),
        stop: () => (until_ms.value = 0),
    };
}

export function SamplesTab({ status }: TabProps) {
    const options = status.graph.components.map(({ name }) => ({ value: name, label: name }));
    const component = chosen("component", options);
    const received = chosen("received", ways);
    const url = withQuery(path`/api/v2/topologies/${status.name}/samples`, { component, received, count: chosen("count", amounts) });
    const sampling = useSampling(url);
    const is_read = status.graph.components.some(({ inputs }) => inputs.some((input) => input.component === component));
    return (
        <Panel
            title="Samples"
            more={
                <>
                    <Choice name="component" label="of" options={options} />
                    <Choice name="received" label="that it" options={ways} />
                    <Choice name="count" label="at a time" options={amounts} />
                    {sampling.is_running ? (
                        <button type="button" onClick={sampling.stop}>
                            <Icon name="stop" size={13} /> Stop
                        </button>
                    ) : (
                        <button type="button" class="primary" disabled={status.ended_ms !== undefined} onClick={sampling.start}>
                            <Icon name="play" size={13} /> Start
                        </button>
                    )}
                </>
            }
        >
            {sampling.fault && <Failed fault={sampling.fault} />}
            {sampling.missing.length > 0 && <p class="quiet">{sampling.missing.length} of its workers did not answer in time.</p>}
            <Table
                name="samples"
                label="Tuples"
                columns={columns}
                rows={sampling.rows}
                rowKey={(row) => row.number}
                filter
                empty={
                    received === "0" && !is_read
                        ? `Tuples are seen where they are received, and no component reads ${component}. What it receives can be seen.`
                        : sampling.is_running
                        ? `Waiting for tuples that ${component} ${received === "1" ? "receives" : "emits"} …`
                        : "Start shows tuples as they flow, for a minute at most; the topology goes on as it is."
                }
            />
            <p class="quiet" role="status">
                {sampling.is_running ? "Sampling …" : sampling.rows.length > 0 ? `Stopped. The last ${sampling.rows.length} are shown.` : ""}
            </p>
        </Panel>
    );
}
