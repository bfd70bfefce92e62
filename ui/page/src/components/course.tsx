/* SPDX-License-Identifier: Apache-2.0 */
/* Charts of what nimbus keeps: the last 15 minutes by the second, the last 24 hours by half minutes. */
import { useMemo } from "preact/hooks";
import { useResource } from "../api.ts";
import { count, nanos, rate, share } from "../format.ts";
import { path, withQuery } from "../router.ts";
import type { History } from "../types.ts";
import { Chart, type Line } from "./chart.tsx";
import { chosen, type Option } from "./choice.tsx";
import { Failed, Loading } from "./empty.tsx";

export const spans: readonly Option[] = [
    { value: "900", label: "15 min" },
    { value: "86400", label: "24 h" },
];

export interface CourseChart {
    label: string;
    metrics: readonly (readonly [metric: string, name: string])[];
    format: (value: number | null) => string;
}

export const topologyCharts: readonly CourseChart[] = [
    { label: "Trees a second", metrics: [["in_per_s", "emitted"], ["done_per_s", "completed"], ["failed_per_s", "failed"]], format: rate },
    { label: "Latency of trees", metrics: [["latency_p50_ns", "p50"], ["latency_p99_ns", "p99"]], format: nanos },
    { label: "Open trees", metrics: [["open", "open"]], format: count },
    { label: "Lag in records", metrics: [["lag", "lag"]], format: count },
];

export const componentCharts: readonly CourseChart[] = [
    { label: "Tuples a second", metrics: [["in_per_s", "in"], ["out_per_s", "out"], ["failed_per_s", "failed"]], format: rate },
    { label: "Latency", metrics: [["latency_p50_ns", "p50"], ["latency_p99_ns", "p99"]], format: nanos },
    { label: "Capacity, queue, held back", metrics: [["capacity", "capacity"], ["queue_fill", "queue"], ["blocked", "held back"]], format: share },
];

export const taskCharts: readonly CourseChart[] = [
    { label: "Tuples a second", metrics: [["per_s", "rate"]], format: rate },
    { label: "Capacity, queue, held back", metrics: [["capacity", "capacity"], ["queue_fill", "queue"], ["blocked", "held back"]], format: share },
];

function linesOf(history: History, chart: CourseChart): Line[] {
    return chart.metrics.map(([metric, name]) => ({
        name,
        values: history.series.find((one) => one.metric === metric)?.values ?? [],
    }));
}

function One({ history, chart }: { history: History; chart: CourseChart }) {
    const lines = useMemo(() => linesOf(history, chart), [history, chart]);
    return <Chart label={chart.label} lines={lines} from_ms={history.from_ms ?? history.at_ms} step_ms={history.step_ms} format={chart.format} />;
}

/* Which span: ?span=, see `spans`. */
export function Course(props: { topology: string; component?: string; task?: number; charts: readonly CourseChart[] }) {
    const seconds = Number(chosen("span", spans));
    const metrics = props.charts.flatMap((chart) => chart.metrics.map(([metric]) => metric)).join(",");
    const url = withQuery(path`/api/v2/topologies/${props.topology}/history`, { component: props.component, task: props.task, metrics, seconds });
    const { data, fault, reload } = useResource<History>(url, seconds > 900 ? 30_000 : 2000).value;
    if (fault && !data) return <Failed fault={fault} reload={reload} />;
    if (!data) return <Loading what="the course of the figures" />;
    return (
        <div class="columns charts">
            {props.charts.map((chart) => (
                <One key={chart.label} history={data} chart={chart} />
            ))}
        </div>
    );
}
