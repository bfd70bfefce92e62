/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, what figures and marks mean, and where else the same can be had. */
import type { ComponentChildren } from "preact";
import { session } from "../api.ts";
import { Badge } from "../components/badge.tsx";
import { Bar } from "../components/bar.tsx";
import { Icon } from "../components/icon.tsx";
import { Panel } from "../components/panel.tsx";
import { KEYS } from "../keys.ts";
import type { PageProps } from "../routes.tsx";
import "./browse.css";

function Terms({ terms }: { terms: readonly (readonly [ComponentChildren, ComponentChildren])[] }) {
    return (
        <dl class="terms">
            {terms.map(([term, text], index) => (
                <div key={index}>
                    <dt>{term}</dt>
                    <dd>{text}</dd>
                </div>
            ))}
        </dl>
    );
}

const FIGURES: readonly (readonly [string, string])[] = [
    ["emitted, in", "tuples that spouts emit a second. “In” of a bolt: those that it executes. Rates are over the window that is chosen; 10 s unless another is."],
    ["completed", "tuple trees that were completed: everything that came of a tracked tuple was acked."],
    ["failed", "trees that were failed by a bolt, ran into the message timeout, were refused, or were lost with a worker."],
    ["p50, p99", "of 100 tuple trees, or calls of execute, 50 or 99 took at most this long. From exact histograms of all of them, not from samples."],
    ["complete", "from emit to the ack of the tree, at the spout."],
    ["execute", "the time in the bolt's execute. “process”: from its beginning to ack or fail, so with the time that it was held."],
    ["capacity", "the share of time that the busiest executor spends in user code. Near 100 % it is the limit."],
    ["held back", "the share of time that it had work, but no room for what would come of it: who comes after it is too slow."],
    ["queue", "how full the queue in front of it is."],
    ["lag", "records of the log that were written and not yet read by the group."],
    ["restarts", "worker processes that were started again, for whatever reason; “last end” says which."],
    ["self, total", "of a function: the share of the samples of a profile that were in itself, and with what it calls. Samples are of processor time: who waits has none."],
    ["open", "trees that are neither completed nor failed; of bolts: tuples they hold."],
];

const MARKS: readonly (readonly [ComponentChildren, string])[] = [
    [<Badge tone="well">well</Badge>, "nothing to do."],
    [<Badge tone="watch">watch</Badge>, "it works, but will not for long, or worse than it could."],
    [<Badge tone="trouble">trouble</Badge>, "it does not do what it should. The overview says since when, and links to the cause."],
    [<Badge tone="off">inactive</Badge>, "somebody has paused or ended it."],
    [<Bar value={0.97} />, "a share. Orange from 75 %, red from 95 %; the number says the same."],
    [<Icon name="pressure" />, "back-pressure: the sender is held back more than half of the time. Its edge is hatched."],
    [<Icon name="bottleneck" />, "bottleneck: the first component that is saturated while the one behind it is not."],
    [<Icon name="spout" />, "a spout: tuples come from here."],
    [<Icon name="bolt" />, "a bolt: it takes tuples, and may emit others."],
    ["–", "not known. It is never shown as 0; pointed at it says why."],
];

export function HelpPage(_: PageProps) {
    return (
        <>
            <div class="page-head">
                <h1>Help</h1>
                <span class="quiet">Gale {session.value?.version ?? ""}</span>
            </div>
            <div class="columns">
                <Panel title="Keys">
                    <Terms terms={KEYS.map(([keys, text]) => [keys.split(" ").map((key) => <kbd key={key}>{key}</kbd>), text] as const)} />
                </Panel>
                <Panel title="Marks">
                    <Terms terms={MARKS} />
                </Panel>
                <Panel title="Figures">
                    <Terms terms={FIGURES} />
                </Panel>
                <Panel title="How fresh it is">
                    <div class="prose">
                        <p>
                            Nimbus counts everything up once a second, in a <em>tick</em>. This page, the <code>gale</code> command, the REST API and
                            Prometheus all show the same tick, so their numbers agree.
                        </p>
                        <p>
                            The page is sent each tick; it asks for nothing while its tab is hidden. When nothing has come for three ticks a banner says
                            since when. Nimbus keeps 15 minutes by the second and 24 hours by half a minute, so charts are full when you come.
                        </p>
                        <p>What is chosen stands in the address: window, tab, filter, sorting. Copy the address, and somebody else sees the same.</p>
                    </div>
                </Panel>
                <Panel title="The same elsewhere">
                    <ul class="plain-list">
                        <li>
                            <a href="/api/v2/pulse">/api/v2/pulse</a> and the rest of the REST API: <code>docs/rest_v2.md</code>
                        </li>
                        <li>
                            <a href="/api/v1/cluster/summary">/api/v1/cluster/summary</a>: the paths and names of Storm's REST API, for monitors that know them
                        </li>
                        <li>
                            <a href="/metrics">/metrics</a>: for Prometheus; a Grafana dashboard comes with Gale
                        </li>
                        <li>
                            <code>gale list</code>, <code>gale status NAME</code>, <code>gale top</code>, <code>gale events</code>: on a terminal
                        </li>
                    </ul>
                </Panel>
                <Panel title="Who may change what">
                    <div class="prose">
                        <p>
                            On loopback everybody on this machine may. If gale-ui listens elsewhere it is read-only, unless a token is configured
                            (<code>ui.token.file</code>); then each change asks for it once. Every change stands in <a href="/events?actions=1">Events</a>, with who asked for it.
                        </p>
                    </div>
                </Panel>
            </div>
        </>
    );
}
