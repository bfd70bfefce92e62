/* SPDX-License-Identifier: Apache-2.0 */
/* Which page an address shows. A page is one file in pages/; it reads params from its address, and the
 * query with query(). The overview comes with the shell, the others when they are first shown. */
import type { ComponentType } from "preact";
import { OverviewPage } from "./pages/overview.tsx";
import { lazy } from "./lazy.tsx";
import { match, type Params } from "./router.ts";

export interface PageProps {
    params: Params;
}

const flow = () => import("./pages/flow_pages.ts");
const ground = () => import("./pages/ground_pages.ts");

const ComponentPage = lazy<PageProps>(async () => (await flow()).ComponentPage);
const CoordPage = lazy<PageProps>(async () => (await ground()).CoordPage);
const EventsPage = lazy<PageProps>(async () => (await ground()).EventsPage);
const HelpPage = lazy<PageProps>(async () => (await ground()).HelpPage);
const LogGroupPage = lazy<PageProps>(async () => (await ground()).LogGroupPage);
const LogTopicPage = lazy<PageProps>(async () => (await ground()).LogTopicPage);
const LogTopicsPage = lazy<PageProps>(async () => (await ground()).LogTopicsPage);
const LogsPage = lazy<PageProps>(async () => (await ground()).LogsPage);
const NodesPage = lazy<PageProps>(async () => (await ground()).NodesPage);
const PlanPage = lazy<PageProps>(async () => (await flow()).PlanPage);
const SettingsPage = lazy<PageProps>(async () => (await ground()).SettingsPage);
const TaskPage = lazy<PageProps>(async () => (await flow()).TaskPage);
const TopologyPage = lazy<PageProps>(async () => (await flow()).TopologyPage);
const WorkerPage = lazy<PageProps>(async () => (await flow()).WorkerPage);

export interface Route {
    pattern: string;
    page: ComponentType<PageProps>;
    title: (params: Params) => string;
    section: string; /* which entry of the navigation it belongs to: its href */
}

export const routes: readonly Route[] = [
    { pattern: "/", page: OverviewPage, title: () => "Overview", section: "/" },
    { pattern: "/topologies/{name}", page: TopologyPage, title: ({ name }) => name ?? "", section: "/" },
    { pattern: "/topologies/{name}/components/{component}", page: ComponentPage, title: ({ name, component }) => `${component} of ${name}`, section: "/" },
    { pattern: "/topologies/{name}/components/{component}/tasks/{task}", page: TaskPage, title: ({ component, task }) => `${component} task ${task}`, section: "/" },
    { pattern: "/workers/{supervisor}/{slot}", page: WorkerPage, title: ({ supervisor, slot }) => `Worker ${supervisor}:${slot}`, section: "/nodes" },
    { pattern: "/plan", page: PlanPage, title: () => "Physical plan", section: "/plan" },
    { pattern: "/nodes", page: NodesPage, title: () => "Nodes", section: "/nodes" },
    { pattern: "/log/topics", page: LogTopicsPage, title: () => "Log topics", section: "/log/topics" },
    { pattern: "/log/topics/{topic}", page: LogTopicPage, title: ({ topic }) => `Topic ${topic}`, section: "/log/topics" },
    { pattern: "/log/groups/{group}", page: LogGroupPage, title: ({ group }) => `Group ${group}`, section: "/log/topics" },
    { pattern: "/logs/{rest...}", page: LogsPage, title: () => "Logs", section: "/logs" },
    { pattern: "/logs", page: LogsPage, title: () => "Logs", section: "/logs" },
    { pattern: "/coord", page: CoordPage, title: () => "Coord", section: "/coord" },
    { pattern: "/events", page: EventsPage, title: () => "Events", section: "/events" },
    { pattern: "/settings", page: SettingsPage, title: () => "Settings", section: "/settings" },
    { pattern: "/help", page: HelpPage, title: () => "Help", section: "/help" },
];

export const sections: readonly { href: string; label: string }[] = [
    { href: "/", label: "Overview" },
    { href: "/plan", label: "Plan" },
    { href: "/nodes", label: "Nodes" },
    { href: "/logs", label: "Logs" },
    { href: "/log/topics", label: "Log topics" },
    { href: "/coord", label: "Coord" },
    { href: "/events", label: "Events" },
    { href: "/settings", label: "Settings" },
    { href: "/help", label: "Help" },
];

export function findRoute(path: string): { route: Route; params: Params } | null {
    for (const route of routes) {
        const params = match(route.pattern, path);
        if (params !== null) return { route, params };
    }
    return null;
}
