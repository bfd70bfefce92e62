/* SPDX-License-Identifier: Apache-2.0 */
import { useMemo } from "preact/hooks";
import { useResource } from "../../api.ts";
import { taskHref } from "../../causes.ts";
import { Choice, chosen, type Option } from "../../components/choice.tsx";
import { Empty, Failed, Loading } from "../../components/empty.tsx";
import { HeatMap } from "../../components/heat_map.tsx";
import { Panel } from "../../components/panel.tsx";
import { TaskTable } from "../../components/task_table.tsx";
import { rate, share } from "../../format.ts";
import { path, withQuery } from "../../router.ts";
import type { History } from "../../types.ts";
import { NoFigures } from "./components.tsx";
import { useTasks, windowChoice, type TabProps } from "./shared.tsx";

const REFRESH_MS = 5000;

interface HeatMetric extends Option {
    max: number | null;
    noise: number;
    format: (value: number | null) => string;
}

const metrics: readonly HeatMetric[] = [
    { value: "capacity", label: "capacity", max: 1, noise: 0.1, format: share },
    { value: "per_s", label: "rate", max: null, noise: 10, format: rate },
    { value: "queue_fill", label: "queue", max: 1, noise: 0.1, format: share },
    { value: "blocked", label: "held back", max: 1, noise: 0.1, format: share },
];

/* The component to begin with: the busiest, as the figures have it. */
function useComponent({ status, figures }: TabProps): { options: Option[]; component: string } {
    const busiest = figures?.bottleneck ?? status.graph.components.find((one) => one.role === "bolt")?.name;
    const names = status.graph.components.map((one) => one.name);
    const first = useMemo(() => busiest ?? names[0] ?? "", [names.join()]);
    const options = [first, ...names.filter((name) => name !== first)].map((name) => ({ value: name, label: name }));
    return { options, component: chosen("component", options) };
}

export function TaskHeat({ topology, component, metric }: { topology: string; component: string; metric: HeatMetric }) {
    const url = withQuery(path`/api/v2/topologies/${topology}/history`, { component, tasks: 1, metrics: metric.value, seconds: 900 });
    const history = useResource<History>(component === "" ? null : url, REFRESH_MS).value;
    const rows = useMemo(
        () =>
            history.data?.series
                .filter((one) => one.metric === metric.value)
                .map((one) => ({
                    key: String(one.task),
                    label: `${component} ${one.task}`,
                    href: taskHref(topology, component, one.task ?? 0),
                    values: one.values,
                })) ?? [],
        [history.data],
    );
    if (history.fault && !history.data) return <Failed fault={history.fault} reload={history.reload} />;
    if (!history.data) return <Loading what="the last 15 minutes" />;
    if (rows.length === 0) return <Empty>Nothing was counted in the last 15 minutes.</Empty>;
    const { from_ms, at_ms, step_ms } = history.data;
    return <HeatMap label={`${metric.label} of the tasks of ${component}`} rows={rows} from_ms={from_ms ?? at_ms} step_ms={step_ms} max={metric.max} noise={metric.noise} format={metric.format} />;
}

export function TasksTab(props: TabProps) {
    const { status } = props;
    const { options, component } = useComponent(props);
    const wanted = chosen("metric", metrics);
    const metric = metrics.find((one) => one.value === wanted)!;
    const size = status.graph.components.find((one) => one.name === component)?.tasks ?? null;
    const has_ended = status.ended_ms !== undefined;
    const tasks = useTasks(status.name, component, has_ended ? null : size, chosen("window", windowChoice.options));
    return (
        <>
            <Panel
                title="The last 15 minutes"
                more={
                    <>
                        <Choice name="component" label="component" options={options} />
                        <Choice name="metric" label="shows" options={metrics} />
                    </>
                }
            >
                <TaskHeat topology={status.name} component={component} metric={metric} />
            </Panel>
            <Panel title={`Tasks of ${component}`}>
                {has_ended ? (
                    <NoFigures status={status} />
                ) : tasks ? (
                    <TaskTable topology={status.name} tasks={tasks.tasks} empty="Nimbus has no figures of its tasks yet." />
                ) : (
                    <Loading what="the tasks" />
                )}
            </Panel>
        </>
    );
}
