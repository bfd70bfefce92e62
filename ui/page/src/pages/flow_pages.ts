/* SPDX-License-Identifier: Apache-2.0 */
/* Pages about topologies and what they are made of: loaded together. */
export { ComponentPage } from "./component.tsx";
export { PlanPage } from "./plan.tsx";
export { TaskPage } from "./task.tsx";
export { TopologyPage } from "./topology.tsx";
export { WorkerPage } from "./worker.tsx";
