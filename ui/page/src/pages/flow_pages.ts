/* SPDX-License-Identifier: Apache-2.0 */
/* Pages about topologies and what they are made of: loaded together. */
import "../shell.tsx"; /* is there already: so what both use stands in one piece, and not in five */
export { ComponentPage } from "./component.tsx";
export { PlanPage } from "./plan.tsx";
export { TaskPage } from "./task.tsx";
export { TopologyPage } from "./topology.tsx";
export { WorkerPage } from "./worker.tsx";
