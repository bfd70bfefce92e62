/* SPDX-License-Identifier: Apache-2.0 */
/* Pages about what topologies stand on: loaded together. */
import "../shell.tsx"; /* is there already: so what both use stands in one piece, and not in five */
export { CoordPage } from "./coord.tsx";
export { EventsPage } from "./events.tsx";
export { HelpPage } from "./help.tsx";
export { LogGroupPage } from "./log_group.tsx";
export { LogTopicPage } from "./log_topic.tsx";
export { LogTopicsPage } from "./log_topics.tsx";
export { LogsPage } from "./logs.tsx";
export { NodesPage } from "./nodes.tsx";
export { SettingsPage } from "./settings.tsx";
