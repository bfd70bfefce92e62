/* SPDX-License-Identifier: Apache-2.0 */
/* What the server answers (api_types.ts, written from ui/api/schema.json), under the names pages use. */
export type {
    ClusterEvent,
    ComponentFigures,
    ComponentStatus,
    Counts,
    Curves as History,
    EdgeFigures,
    EffectiveSetting,
    Ended,
    Events as ClusterEvents,
    Figures as TopologyFigures,
    GraphComponent,
    GraphInput,
    GraphStream,
    InputFigures,
    LastError,
    Latency,
    Metric as UserMetric,
    Nodes,
    OutputFigures,
    Problem,
    ProfileStack,
    Pulse,
    Samples,
    SampleTuple as SampledTuple,
    Series as HistorySeries,
    Session,
    Supervisor as SupervisorNode,
    TaskFigures,
    ThreadStack,
    Tasks as TopologyTasks,
    Topologies as TopologyList,
    TopologyRow as TopologyLine,
    TopologyStatus,
    UserError as TopologyError,
    WorkerProfile,
    WorkerStacks,
    WorkerStatus,
} from "./api_types.ts";

export type Health = "well" | "watch" | "trouble";
export type Maybe<T> = T | null;

/* What all answers with figures have. */
export interface Ticked {
    tick: number;
    at_ms: number;
    interval_ms: number;
}
