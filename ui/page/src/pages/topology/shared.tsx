/* SPDX-License-Identifier: Apache-2.0 */
/* What the topology's tabs have in common. */
import { useResource } from "../../api.ts";
import type { Option } from "../../components/choice.tsx";
import { Icon } from "../../components/icon.tsx";
import { Picture } from "../../graph/picture.tsx";
import { exact } from "../../format.ts";
import { panelName, usePanel } from "../../live.ts";
import { path, withQuery } from "../../router.ts";
import type { TopologyFigures, TopologyStatus, TopologyTasks } from "../../types.ts";

export interface TabProps {
    status: TopologyStatus;
    figures: TopologyFigures | null; /* null: none yet, or it has ended */
}

export type PictureParts = Pick<Parameters<typeof Picture>[0], "components" | "edges">;

export const windows: readonly Option[] = [
    { value: "10", label: "10 s" },
    { value: "60", label: "1 min" },
    { value: "600", label: "10 min" },
    { value: "10800", label: "3 h" },
    { value: "86400", label: "24 h" },
    { value: "0", label: "all time" },
];

export const windowChoice = { name: "window", label: "figures of the last", options: windows };

/* Above it tasks are asked for every few seconds, and not pushed each second: the answer is large. */
const TASKS_PUSHED = 300;
const TASKS_REFRESH_MS = 5000;

/* Tasks of a topology, or of one of its components; null: not there yet. */
export function useTasks(name: string, component: string | null, tasks: number | null, window_s = "10"): TopologyTasks | null {
    const is_pushed = tasks !== null && tasks <= TASKS_PUSHED && window_s === "10";
    const panel = component === null ? panelName("tasks", name) : panelName("tasks", name, component);
    const pushed = usePanel<TopologyTasks>(is_pushed ? panel : null).value.data;
    const url = withQuery(path`/api/v2/topologies/${name}/tasks`, { component, window: window_s });
    const asked = useResource<TopologyTasks>(is_pushed || tasks === null ? null : url, TASKS_REFRESH_MS).value.data;
    return is_pushed ? pushed : asked;
}

/* What is shown is not all: nimbus tells the first 5,000. */
export function TasksLeftOut({ tasks }: { tasks: TopologyTasks | null }) {
    if (tasks === null || tasks.tasks_total <= tasks.tasks.length) return null;
    return <p class="quiet">{`Of ${exact(tasks.tasks_total)} tasks only the first ${exact(tasks.tasks.length)} are looked at.`}</p>;
}

export function useFigures(name: string, window_s: string) {
    const panel = window_s === "10" ? panelName("topology", name) : panelName("topology", name, window_s);
    return usePanel<TopologyFigures>(panel).value;
}

export function Role({ role }: { role: "spout" | "bolt" }) {
    return (
        <span class={`kind-cell ${role}`}>
            <Icon name={role} size={14} /> {role}
        </span>
    );
}
