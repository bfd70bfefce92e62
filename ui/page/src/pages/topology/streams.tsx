/* SPDX-License-Identifier: Apache-2.0 */
import { useMemo } from "preact/hooks";
import { componentHref } from "../../causes.ts";
import { Badge } from "../../components/badge.tsx";
import { Bar } from "../../components/bar.tsx";
import { Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { exact, rate } from "../../format.ts";
import { withQuery, path } from "../../router.ts";
import type { EdgeFigures, TopologyFigures } from "../../types.ts";
import { NoFigures } from "./components.tsx";
import type { TabProps } from "./shared.tsx";

function samplesHref(topology: string, component: string): string {
    return withQuery(path`/topologies/${topology}`, { tab: "samples", component });
}

function columnsOf(topology: string): readonly Column<EdgeFigures>[] {
    return [
        { key: "from", label: "from", value: (row) => row.from, show: (row) => <a href={componentHref(topology, row.from)}>{row.from}</a> },
        { key: "stream", label: "stream", value: (row) => row.stream },
        { key: "to", label: "to", value: (row) => row.to, show: (row) => <a href={componentHref(topology, row.to)}>{row.to}</a> },
        { key: "grouping", label: "grouping", value: (row) => row.grouping },
        { key: "per_s", label: "rate", numeric: true, value: (row) => row.per_s, show: (row) => rate(row.per_s) },
        { key: "waiting", label: "waiting", title: "sent and not executed: on the way, queued, or lost with a worker", numeric: true, value: (row) => row.waiting, show: (row) => exact(row.waiting) },
        { key: "blocked", label: "held back", title: "share of time its sender had no room", numeric: true, value: (row) => row.blocked, show: (row) => <Bar value={row.blocked} /> },
        {
            key: "state",
            label: "state",
            value: (row) => (row.bottleneck ? "bottleneck" : row.back_pressure ? "held back" : "flows"),
            show: (row) =>
                row.bottleneck ? (
                    <Badge tone="trouble" icon="bottleneck">
                        to the bottleneck
                    </Badge>
                ) : row.back_pressure ? (
                    <Badge tone="watch" icon="pressure">
                        held back
                    </Badge>
                ) : (
                    <Badge tone="well">flows</Badge>
                ),
        },
        { key: "sent", label: "sent", title: "since the submission", numeric: true, value: (row) => row.sent, show: (row) => exact(row.sent) },
        { key: "samples", label: "samples", value: () => null, show: (row) => <a href={samplesHref(topology, row.from)}>see tuples</a> },
    ];
}

export function StreamsTable({ topology, figures }: { topology: string; figures: TopologyFigures }) {
    const columns = useMemo(() => columnsOf(topology), [topology]);
    return (
        <Table
            name="streams"
            label="Streams"
            columns={columns}
            rows={figures.edges}
            rowKey={(row) => `${row.from}|${row.stream}|${row.to}|${row.grouping}`}
            empty="No component reads another one."
        />
    );
}

export function StreamsTab({ status, figures }: TabProps) {
    return <Panel title="Streams">{figures ? <StreamsTable topology={status.name} figures={figures} /> : <NoFigures status={status} />}</Panel>;
}
