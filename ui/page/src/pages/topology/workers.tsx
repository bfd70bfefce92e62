/* SPDX-License-Identifier: Apache-2.0 */
import { workerHref } from "../../causes.ts";
import { StatusBadge } from "../../components/badge.tsx";
import { Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { bytes, duration, exact, plural, UNKNOWN } from "../../format.ts";
import type { WorkerStatus } from "../../types.ts";
import type { TabProps } from "./shared.tsx";

export function linksText({ links }: Pick<WorkerStatus, "links">): string | null {
    return links.all === undefined || links.up === undefined ? null : `${links.up} of ${links.all}`;
}

const columns: readonly Column<WorkerStatus>[] = [
    { key: "worker", label: "worker", value: (row) => `${row.supervisor}:${row.slot}`, show: (row) => <a href={workerHref(row.supervisor, row.slot)}>{`${row.supervisor}:${row.slot}`}</a> },
    { key: "host", label: "host", value: (row) => row.host },
    { key: "phase", label: "phase", value: (row) => row.phase, show: (row) => <StatusBadge status={row.phase} /> },
    { key: "executors", label: "executors", numeric: true, value: (row) => row.executors },
    { key: "tasks", label: "tasks", numeric: true, value: (row) => row.tasks },
    { key: "uptime", label: "up for", numeric: true, value: (row) => row.uptime_ms, show: (row) => duration(row.uptime_ms) },
    { key: "restarts", label: "restarts", numeric: true, value: (row) => row.restarts, show: (row) => <span class={(row.restarts ?? 0) > 0 ? "text-watch" : "quiet"}>{exact(row.restarts)}</span> },
    { key: "last_exit", label: "last end", wide: true, value: (row) => row.last_exit },
    { key: "rss", label: "memory", numeric: true, value: (row) => row.rss_bytes, show: (row) => bytes(row.rss_bytes) },
    { key: "cpu", label: "processor time", numeric: true, value: (row) => row.cpu_ns, show: (row) => duration(row.cpu_ns === null ? null : row.cpu_ns / 1e6) },
    { key: "links", label: "links up", title: "to other workers", numeric: true, value: linksText, show: (row) => <span class={row.links.up === row.links.all ? "" : "text-watch"}>{linksText(row) ?? UNKNOWN}</span> },
    { key: "pid", label: "pid", numeric: true, value: (row) => row.pid },
];

export function WorkersTab({ status }: TabProps) {
    return (
        <Panel title="Workers" more={`${plural(status.workers.length, "worker")} of ${status.workers_wanted} wanted`}>
            <Table
                name="workers"
                label="Workers"
                columns={columns}
                rows={status.workers}
                rowKey={(row) => `${row.supervisor}:${row.slot}`}
                empty={status.why_not ?? "It has no workers now."}
            />
        </Panel>
    );
}
