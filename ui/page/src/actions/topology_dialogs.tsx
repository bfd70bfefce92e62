/* SPDX-License-Identifier: Apache-2.0 */
/* Pausing, going on and ending of a topology. What a dialog says is made of what is known of it now. */
import { useRef, useState } from "preact/hooks";
import { post } from "../api.ts";
import type { StatusAnswer } from "../api_types.ts";
import { duration, exact, plural } from "../format.ts";
import { path } from "../router.ts";
import type { TopologyStatus } from "../types.ts";
import { ActionDialog } from "./action_dialog.tsx";
import { activateCommand, deactivateCommand, killCommand } from "./commands.ts";
import { NumberField } from "./fields.tsx";
import { waitMs } from "./numbers.ts";
import { lastEventId, Outcome } from "./outcome.tsx";

export interface TopologyDialogProps {
    status: TopologyStatus;
    open_trees: number | null; /* as of the last tick; null: not known */
    onClose: () => void;
}

function trees(open: number | null): string {
    return open === null ? "Open tuple trees" : open === 1 ? "1 open tuple tree" : `${exact(open)} open tuple trees`;
}

function have(open: number | null): string {
    return open === 1 ? "has" : "have";
}

export function ActivateDialog({ status, onClose }: TopologyDialogProps) {
    const after = useRef(lastEventId()).current;
    return (
        <ActionDialog<StatusAnswer>
            title={`Activate ${status.name}`}
            verb="Activate"
            effects={<li>Its spouts go on where they paused. Nothing is restarted and nothing moves.</li>}
            command={activateCommand(status.name)}
            ask={() => post(path`/api/v2/topologies/${status.name}/activate`)}
            outcome={() => (
                <Outcome
                    name={status.name}
                    accepted="Nimbus has taken it."
                    wanted="it is active"
                    is_done={(line) => line?.status === "active"}
                    after={after}
                />
            )}
            onClose={onClose}
        />
    );
}

export function DeactivateDialog({ status, open_trees, onClose }: TopologyDialogProps) {
    const after = useRef(lastEventId()).current;
    return (
        <ActionDialog<StatusAnswer>
            title={`Deactivate ${status.name}`}
            verb="Deactivate"
            effects={
                <>
                    <li>Its spouts pause: nothing new is emitted until somebody activates it.</li>
                    <li>
                        {trees(open_trees)} {have(open_trees)} until the message timeout,{" "}
                        {duration(status.message_timeout_ms)}, to finish. Its {plural(status.workers.length, "worker")} and
                        what they keep in memory stay.
                    </li>
                </>
            }
            command={deactivateCommand(status.name)}
            ask={() => post(path`/api/v2/topologies/${status.name}/deactivate`)}
            outcome={() => (
                <Outcome
                    name={status.name}
                    accepted="Nimbus has taken it."
                    wanted="it is inactive"
                    is_done={(line) => line?.status === "inactive"}
                    after={after}
                />
            )}
            onClose={onClose}
        />
    );
}

/* How long open trees may take: the topology's own time, unless somebody says otherwise. */
export function DrainField(props: { status: TopologyStatus; value: string; onInput: (value: string) => void }) {
    const usual = props.status.message_timeout_ms / 1000;
    return (
        <NumberField
            label="Wait for open trees at most, in seconds"
            value={props.value}
            min={0}
            max={86_400}
            hint={`Empty: ${usual} s, the topology's message timeout`}
            onInput={props.onInput}
        />
    );
}

export function drainText(status: TopologyStatus, wait_ms: number | null): string {
    return wait_ms === null
        ? `${duration(status.message_timeout_ms)} (the topology's message timeout)`
        : duration(wait_ms);
}

export function KillDialog({ status, open_trees, onClose }: TopologyDialogProps) {
    const after = useRef(lastEventId()).current;
    const [wait, setWait] = useState("");
    const wait_ms = waitMs(wait);
    return (
        <ActionDialog<StatusAnswer>
            title={`Kill ${status.name}`}
            verb="Kill it"
            danger
            effects={
                <>
                    <li>
                        Its spouts stop. {trees(open_trees)} {have(open_trees)} up to{" "}
                        {drainText(status, wait_ms ?? null)} to finish; it ends as soon as they are.
                    </li>
                    <li>
                        Then its {plural(status.workers.length, "worker")} with {plural(status.tasks, "task")} end, and the
                        topology is forgotten. What bolts keep in memory is lost. Logs stay for some time.
                    </li>
                    <li>Nothing brings it back but to submit it again.</li>
                </>
            }
            command={killCommand(status.name, wait_ms ?? null)}
            typed={status.name}
            not_yet={wait_ms === undefined ? "The time is not a number of seconds up to a day." : null}
            ask={() => post(path`/api/v2/topologies/${status.name}/kill`, { wait_ms: wait_ms ?? null })}
            outcome={() => (
                <Outcome
                    name={status.name}
                    accepted="Nimbus has taken it: the topology drains."
                    wanted="it is gone"
                    is_done={(line) => line === null}
                    after={after}
                />
            )}
            onClose={onClose}
        >
            <DrainField status={status} value={wait} onInput={setWait} />
        </ActionDialog>
    );
}
