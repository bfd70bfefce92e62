/* SPDX-License-Identifier: Apache-2.0 */
/* What changes how a topology is looked at, and not what it does: log level and debug. And a worker's restart. */
import { useRef, useState } from "preact/hooks";
import { post } from "../api.ts";
import type { DebugAnswer, LogLevelAnswer, RestartWorkerAnswer } from "../api_types.ts";
import { duration, plural } from "../format.ts";
import { path } from "../router.ts";
import { ActionDialog } from "./action_dialog.tsx";
import { debugCommand, logLevelCommand, restartWorkerCommand } from "./commands.ts";
import { NumberField, SelectField } from "./fields.tsx";
import { wholeNumber } from "./numbers.ts";
import { lastEventId, Outcome } from "./outcome.tsx";
import type { TopologyDialogProps } from "./topology_dialogs.tsx";

const LEVELS = [
    ["debug", "debug"],
    ["info", "info"],
    ["warn", "warn"],
    ["error", "error"],
    ["", "as it was submitted"],
] as const;

const TIMES = [
    ["600000", "10 minutes"],
    ["3600000", "1 hour"],
    ["0", "until it is changed"],
] as const;

export function LogLevelDialog({ status, onClose }: TopologyDialogProps) {
    const after = useRef(lastEventId()).current;
    const [chosen, setChosen] = useState("debug");
    const [time, setTime] = useState("600000");
    const level = chosen === "" ? null : chosen;
    const for_ms = level === null ? 0 : Number(time);
    return (
        <ActionDialog<LogLevelAnswer>
            title={`Log level of ${status.name}`}
            verb="Set it"
            effects={
                <li>
                    Its {plural(status.workers.length, "worker")} log {level === null ? "as they did when it was submitted" : `at ${level}`} from
                    now on, without a restart{for_ms > 0 ? `; after ${duration(for_ms)} nimbus takes it back` : ""}. Now:{" "}
                    {status.log_level === null ? "as it was submitted" : status.log_level.level}.
                </li>
            }
            command={logLevelCommand(status.name, level, for_ms)}
            ask={() => post(path`/api/v2/topologies/${status.name}/log-level`, { level, for_ms })}
            outcome={() => (
                <Outcome
                    name={status.name}
                    accepted="Nimbus has written it down; workers follow within a second."
                    wanted="it is in the list of events"
                    is_done={(_, events) => events.some((event) => event.kind === "log_level")}
                    after={after}
                />
            )}
            onClose={onClose}
        >
            <SelectField label="Level" value={chosen} options={LEVELS} onInput={setChosen} />
            {level !== null && <SelectField label="For" value={time} options={TIMES} onInput={setTime} />}
        </ActionDialog>
    );
}

export function DebugDialog({ status, onClose }: TopologyDialogProps) {
    const after = useRef(lastEventId()).current;
    const [component, setComponent] = useState("");
    const [percent, setPercent] = useState("1");
    const whole = wholeNumber(percent, 0, 100);
    const is_share = whole !== null;
    const share = whole ?? 0;
    const what = component === "" ? "all components" : component;
    const components = [["", "all"], ...status.components.map(({ name }) => [name, name])] as [string, string][];
    return (
        <ActionDialog<DebugAnswer>
            title={`Debug ${status.name}`}
            verb="Set it"
            effects={
                <>
                    <li>
                        {is_share && share === 0
                            ? `No tuples of ${what} are written to the log any more.`
                            : `${is_share ? share : "?"} % of the tuples that ${what} emit${component === "" ? "" : "s"} are written to the workers' logs, at level info, at most 10 a second and worker.`}
                    </li>
                    <li>What is in them stands in the log then, for everybody who reads it.</li>
                </>
            }
            command={debugCommand(status.name, component === "" ? null : component, is_share ? share : 0)}
            not_yet={is_share ? null : "The share is not a whole number from 0 to 100."}
            ask={() => post(path`/api/v2/topologies/${status.name}/debug`, { component: component === "" ? null : component, percent: share })}
            outcome={() => (
                <Outcome
                    name={status.name}
                    accepted="Nimbus has written it down; workers follow within a second."
                    wanted="it is in the list of events"
                    is_done={(_, events) => events.some((event) => event.kind === "debug")}
                    after={after}
                />
            )}
            onClose={onClose}
        >
            <SelectField label="Component" value={component} options={components} onInput={setComponent} />
            <NumberField label="Share of its tuples, in percent" value={percent} min={0} max={100} hint="0: none" onInput={setPercent} />
        </ActionDialog>
    );
}

export function RestartWorkerDialog(props: { name: string; supervisor: string; slot: number; tasks: number | null; onClose: () => void }) {
    const { name, supervisor, slot, tasks } = props;
    const after = useRef(lastEventId()).current;
    return (
        <ActionDialog<RestartWorkerAnswer>
            title={`Restart ${supervisor}:${slot} of ${name}`}
            verb="Restart it"
            danger
            effects={
                <>
                    <li>
                        The process ends and is started again in the same slot{tasks === null ? "" : `, with its ${plural(tasks, "task")}`}. What
                        bolts keep in memory there is lost.
                    </li>
                    <li>Tuples that were in it fail, and their spouts may emit them again.</li>
                    <li>It counts as a restart, with “restarted on request” as its reason.</li>
                </>
            }
            command={restartWorkerCommand(name, supervisor, slot)}
            ask={() => post(path`/api/v2/topologies/${name}/restart-worker`, { supervisor, slot })}
            outcome={() => (
                <Outcome
                    name={name}
                    accepted="Nimbus has told the supervisor with its next report."
                    wanted="the worker runs again"
                    is_done={(_, events) => events.some((event) =>
                        event.slot === slot && event.supervisor === supervisor && (event.kind === "worker_started" || event.kind === "worker_restarted"))}
                    after={after}
                />
            )}
            onClose={props.onClose}
        />
    );
}
