/* SPDX-License-Identifier: Apache-2.0 */
/* Who is there: supervisors with what runs in each slot, nimbuses, brokers, the cluster state. */
import { useResource } from "../api.ts";
import type { Broker, Nimbus, Nodes, Supervisor, SupervisorWorker } from "../api_types.ts";
import { Badge, StatusBadge } from "../components/badge.tsx";
import { Empty, Failed, Loading } from "../components/empty.tsx";
import { Panel } from "../components/panel.tsx";
import { Table, type Column } from "../components/table.tsx";
import { Time } from "../components/time.tsx";
import { bytes, plural } from "../format.ts";
import { path } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import "./browse.css";

const REFRESH_MS = 2000;
const FREE_SLOTS_MAX = 8; /* more are counted, not drawn */

function Slot({ supervisor, worker }: { supervisor: string; worker: SupervisorWorker }) {
    const is_well = worker.phase === "running";
    return (
        <a class={`slot ${is_well ? "used" : "bad"}`} href={path`/workers/${supervisor}/${worker.slot}`}>
            <span class="slot-number">{worker.slot}</span>
            <span class="slot-name">{worker.name}</span>
            {!is_well && <StatusBadge status={worker.phase} />}
        </a>
    );
}

function FreeSlots({ supervisor }: { supervisor: Supervisor }) {
    const taken = new Set(supervisor.workers.map((worker) => worker.slot));
    const free = Array.from({ length: supervisor.slots }, (_, slot) => slot).filter((slot) => !taken.has(slot));
    return (
        <>
            {free.slice(0, FREE_SLOTS_MAX).map((slot) => (
                <span key={slot} class="slot free">
                    <span class="slot-number">{slot}</span> free
                </span>
            ))}
            {free.length > FREE_SLOTS_MAX && <span class="slot free">and {free.length - FREE_SLOTS_MAX} free</span>}
        </>
    );
}

function resources({ cpu_percent, memory_mb }: Readonly<Record<string, number>>): string {
    const memory = memory_mb === undefined ? [] : [bytes(memory_mb * 1024 * 1024)];
    return [...(cpu_percent === undefined ? [] : [`${cpu_percent} % CPU`]), ...memory].join(", ");
}

function SupervisorPanel({ supervisor }: { supervisor: Supervisor }) {
    const { id, host, address, cores, slots, used, healthy, health_text, labels, since_ms, version } = supervisor;
    return (
        <Panel
            title={id}
            class={healthy ? "" : "ill"}
            more={<Badge tone={healthy ? "well" : "trouble"}>{healthy ? "healthy" : "unhealthy"}</Badge>}
        >
            {health_text !== "" && <p class={healthy ? "quiet" : "text-trouble"}>{health_text}</p>}
            <dl class="facts">
                <dt>address</dt>
                <dd>{address}{address.startsWith(host) ? "" : ` (${host})`}</dd>
                <dt>slots</dt>
                <dd>
                    {used} of {slots} used
                </dd>
                <dt>cores</dt>
                <dd>{cores}</dd>
                <dt>resources</dt>
                <dd>{resources(supervisor.resources) || "none are set"}</dd>
                <dt>labels</dt>
                <dd>{labels.length === 0 ? "none" : labels.join(", ")}</dd>
                <dt>there since</dt>
                <dd>
                    <Time at_ms={since_ms} />
                </dd>
                <dt>version</dt>
                <dd>{version}</dd>
            </dl>
            <div class="slots">
                {[...supervisor.workers].sort((a, b) => a.slot - b.slot).map((worker) => (
                    <Slot key={`${worker.slot}/${worker.topology}`} supervisor={id} worker={worker} />
                ))}
                <FreeSlots supervisor={supervisor} />
            </div>
        </Panel>
    );
}

const NIMBUS_COLUMNS: readonly Column<Nimbus>[] = [
    { key: "id", label: "nimbus", value: (one) => one.id, show: (one) => <span class="name">{one.id}</span> },
    { key: "role", label: "role", value: (one) => (one.leader ? "leads" : "stands by"), show: (one) => <Badge tone={one.leader ? "well" : "off"}>{one.leader ? "leads" : "stands by"}</Badge> },
    { key: "address", label: "address", value: (one) => one.address },
    { key: "since_ms", label: "since", value: (one) => one.since_ms, show: (one) => <Time at_ms={one.since_ms} /> },
];

const BROKER_COLUMNS: readonly Column<Broker>[] = [
    { key: "id", label: "broker", value: (one) => one.id, show: (one) => <span class="name">{one.id}</span> },
    { key: "address", label: "address", value: (one) => `${one.host}:${one.port}` },
    { key: "since_ms", label: "there since", value: (one) => one.since_ms, show: (one) => <Time at_ms={one.since_ms} /> },
];

function Others({ nodes }: { nodes: Nodes }) {
    const { servers, connected } = nodes.coord;
    return (
        <div class="columns">
            <Panel title="Nimbuses">
                <Table name="nimbuses" label="Nimbuses" columns={NIMBUS_COLUMNS} rows={nodes.nimbuses} rowKey={(one) => one.id} empty="No nimbus is there: nothing is placed or changed until one is." />
            </Panel>
            <Panel title="Brokers of the log" more={<a href="/log/topics">Log topics</a>}>
                <Table name="brokers" label="Brokers" columns={BROKER_COLUMNS} rows={nodes.brokers} rowKey={(one) => one.id} empty="No broker has registered itself in the cluster state. One with broker.register=false, or a Kafka elsewhere, is not listed here." />
            </Panel>
            <Panel title="Cluster state" more={<a href="/coord">Look into it</a>}>
                <ul class="plain-list">
                    {servers.map((server) => (
                        <li key={server}>
                            <code>{server}</code> {server === connected && <Badge tone="well">gale-ui is connected to it</Badge>}
                        </li>
                    ))}
                </ul>
                {nodes.coord.why_not !== null && <Empty>It cannot be asked: {nodes.coord.why_not}</Empty>}
            </Panel>
        </div>
    );
}

export function NodesPage(_: PageProps) {
    const { data, fault, reload } = useResource<Nodes>("/api/v2/nodes", REFRESH_MS).value;
    const slots = data?.supervisors.reduce((sum, one) => sum + one.slots, 0) ?? 0;
    const used = data?.supervisors.reduce((sum, one) => sum + one.used, 0) ?? 0;
    return (
        <>
            <div class="page-head">
                <h1>Nodes</h1>
                {data && <span class="quiet">{plural(data.supervisors.length, "supervisor")}, {used} of {slots} slots used</span>}
            </div>
            {data === null && (fault ? <Failed fault={fault} reload={reload} /> : <Loading what="the nodes" />)}
            {data !== null && fault !== null && <Failed fault={fault} reload={reload} />}
            {data?.supervisors.length === 0 && (
                <Empty>No supervisor is there, so no worker can run. On each machine start: <code>gale-supervisor</code></Empty>
            )}
            {data && (
                <>
                    <div class="columns machines">
                        {data.supervisors.map((one) => (
                            <SupervisorPanel key={one.id} supervisor={one} />
                        ))}
                    </div>
                    <Others nodes={data} />
                </>
            )}
        </>
    );
}
