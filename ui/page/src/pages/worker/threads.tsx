/* SPDX-License-Identifier: Apache-2.0 */
/* Where each thread of a worker is, at the moment somebody looks. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { get, type Fault } from "../../api.ts";
import { Command } from "../../actions/action_dialog.tsx";
import { stacksCommand } from "../../actions/commands.ts";
import { taskHref } from "../../causes.ts";
import { copyText } from "../../components/copy.ts";
import { Empty } from "../../components/empty.tsx";
import { Icon } from "../../components/icon.tsx";
import { Panel } from "../../components/panel.tsx";
import { Time } from "../../components/time.tsx";
import { endText, placeText, shortModule, stacksText } from "../../flame/stack_text.ts";
import { path } from "../../router.ts";
import type { ThreadStack, WorkerStacks } from "../../types.ts";
import { Refused, type Place } from "./panels.tsx";

const TIMEOUT_MS = 30_000; /* names are looked for in the debug information of all that is loaded */

function Owner({ topology, stack }: { topology: string; stack: ThreadStack }) {
    const { component, task, doing } = stack;
    if (component === null) return <span class="quiet">no user code</span>;
    return (
        <span>
            {task === null ? component : <a href={taskHref(topology, component, task)}>{`${component} ${task}`}</a>}
            {doing !== null && <span class="quiet"> in {doing}</span>}
        </span>
    );
}

function Thread({ topology, stack }: { topology: string; stack: ThreadStack }) {
    const end = endText(stack);
    return (
        <li class="thread">
            <h3>
                <span class="badge off">{stack.thread}</span> <Owner topology={topology} stack={stack} />
            </h3>
            <ol class="frames mono">
                {stack.frames.map((frame, index) => (
                    <li key={index}>
                        <span class={frame.function === null ? "quiet" : "frame-name"}>{frame.function ?? "no name"}</span>
                        <span class="quiet" title={frame.module ?? undefined}>
                            {shortModule(placeText(frame))}
                        </span>
                    </li>
                ))}
            </ol>
            {end !== null && <p class="quiet">{end === "too much to show" ? "There are more, too many to show." : "It did not answer within half a second."}</p>}
        </li>
    );
}

function Copy({ stacks }: { stacks: WorkerStacks }) {
    const [copied, setCopied] = useState("");
    const copy = async () => setCopied((await copyText(stacksText(stacks.threads))) ? "copied" : "the browser does not let it be copied");
    return (
        <>
            <span role="status">{copied}</span>
            <button type="button" onClick={() => void copy()}>
                <Icon name="copy" size={13} /> Copy as text
            </button>
        </>
    );
}

/* Asks once each time that look() is called; of a worker that is no more shown nothing is kept. */
function useLook(url: string) {
    const stacks = useSignal<WorkerStacks | null>(null);
    const fault = useSignal<Fault | null>(null);
    const is_asking = useSignal(false);
    const aborter = useRef<AbortController | null>(null);
    useEffect(() => () => aborter.current?.abort("left"), [url]);
    const look = async () => {
        const mine = new AbortController();
        aborter.current = mine;
        is_asking.value = true;
        const result = await get<WorkerStacks>(url, { signal: mine.signal, timeout_ms: TIMEOUT_MS });
        if (mine.signal.aborted && mine.signal.reason === "left") return;
        is_asking.value = false;
        fault.value = result.ok ? null : result.fault;
        if (result.ok) stacks.value = result.value;
    };
    return { stacks: stacks.value, fault: fault.value, is_asking: is_asking.value, look };
}

export function ThreadsPanel({ name, supervisor, slot }: Place) {
    const { stacks, fault, is_asking, look } = useLook(path`/api/v2/topologies/${name}/workers/${supervisor}/${slot}/stacks`);
    return (
        <Panel
            title="Threads"
            more={
                <>
                    {stacks && <Copy stacks={stacks} />}
                    <button type="button" class="primary" disabled={is_asking} aria-busy={is_asking} onClick={() => void look()}>
                        <Icon name="search" size={13} /> {is_asking ? "Looking …" : stacks ? "Look again" : "Look"}
                    </button>
                </>
            }
        >
            {fault && <Refused fault={fault} />}
            {stacks && (
                <>
                    <p class="quiet">
                        Where they were at <Time at_ms={stacks.at_ms} />, innermost function first:
                    </p>
                    <ul class="threads">
                        {stacks.threads.map((stack, index) => (
                            <Thread key={index} topology={name} stack={stack} />
                        ))}
                    </ul>
                </>
            )}
            {!stacks && !fault && <Empty>A look interrupts each thread for a moment and shows the functions it is in, with the task that it works for. The worker goes on.</Empty>}
            <Command text={stacksCommand(name, supervisor, slot)} />
        </Panel>
    );
}
