/* SPDX-License-Identifier: Apache-2.0 */
import { useMemo } from "preact/hooks";
import { componentHref } from "../../causes.ts";
import { Badge } from "../../components/badge.tsx";
import { Bar } from "../../components/bar.tsx";
import { Loading } from "../../components/empty.tsx";
import { Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { Time } from "../../components/time.tsx";
import { count, exact, nanos, NO_LAG, rate } from "../../format.ts";
import { slowness } from "../../graph/picture.tsx";
import type { ComponentFigures, TopologyFigures } from "../../types.ts";
import { Role, type TabProps } from "./shared.tsx";

type Row = ComponentFigures & { is_bottleneck: boolean };

function columnsOf(topology: string): readonly Column<Row>[] {
    return [
        {
            key: "name",
            label: "component",
            value: (row) => row.name,
            mark: (row) => row.is_bottleneck,
            show: (row) => (
                <>
                    <a href={componentHref(topology, row.name)}>{row.name}</a>{" "}
                    {row.is_bottleneck && (
                        <Badge tone="trouble" icon="bottleneck">
                            bottleneck
                        </Badge>
                    )}
                </>
            ),
        },
        { key: "role", label: "kind", value: (row) => row.role, show: (row) => <Role role={row.role} /> },
        { key: "tasks", label: "tasks", numeric: true, value: (row) => row.tasks },
        { key: "executors", label: "executors", numeric: true, value: (row) => row.executors },
        { key: "in_per_s", label: "in", title: "bolts: executed, spouts: emitted", numeric: true, value: (row) => row.rates.in_per_s, show: (row) => rate(row.rates.in_per_s) },
        { key: "out_per_s", label: "out", title: "emitted", numeric: true, value: (row) => row.rates.out_per_s, show: (row) => rate(row.rates.out_per_s) },
        { key: "p50", label: "p50", numeric: true, value: (row) => (row.complete_ns ?? row.process_ns)?.p50 ?? null, show: (row) => nanos((row.complete_ns ?? row.process_ns)?.p50) },
        { key: "p99", label: "p99", title: "spouts: until the tree is complete; bolts: until the tuple is settled", numeric: true, value: slowness, show: (row) => nanos(slowness(row)) },
        { key: "capacity", label: "capacity", title: "of its busiest executor: share of time in user code", numeric: true, value: (row) => row.capacity, show: (row) => <Bar value={row.capacity} /> },
        { key: "queue", label: "queue", title: "how full it is", numeric: true, value: (row) => row.queue.fill, show: (row) => <Bar value={row.queue.fill} /> },
        { key: "blocked", label: "held back", title: "share of time it had work and no room for what would come of it", numeric: true, value: (row) => row.blocked, show: (row) => <Bar value={row.blocked} /> },
        { key: "failed", label: "failed", title: "in the window", numeric: true, value: (row) => row.window.failed, show: (row) => <span class={row.window.failed > 0 ? "text-watch" : "quiet"}>{exact(row.window.failed)}</span> },
        { key: "lag", label: "lag", unknown: NO_LAG, numeric: true, value: (row) => row.lag, show: (row) => count(row.lag) },
        { key: "error", label: "last error", value: (row) => row.last_error?.last_ms ?? null, show: (row) => (row.last_error ? <span class="text-trouble" title={row.last_error.text}><Time at_ms={row.last_error.last_ms} how="ago" /></span> : <span class="quiet">–</span>) },
    ];
}

export function ComponentsTable({ topology, figures }: { topology: string; figures: TopologyFigures }) {
    const columns = useMemo(() => columnsOf(topology), [topology]);
    const rows = figures.components.map((one) => ({ ...one, is_bottleneck: one.name === figures.bottleneck }));
    return <Table name="components" label="Components" columns={columns} rows={rows} rowKey={(row) => row.name} empty="It has no components." />;
}

export function ComponentsTab({ status, figures }: TabProps) {
    return (
        <Panel title="Components">
            {figures ? <ComponentsTable topology={status.name} figures={figures} /> : <NoFigures status={status} />}
        </Panel>
    );
}

export function NoFigures({ status }: { status: TabProps["status"] }) {
    if (status.ended_ms !== undefined) return <p class="empty">Figures of each tick are no more there: it has ended. The course is under History.</p>;
    return <Loading what="the figures of this tick" />;
}
