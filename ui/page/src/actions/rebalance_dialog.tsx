/* SPDX-License-Identifier: Apache-2.0 */
/* Other numbers of workers and executors. Nimbus is asked first what would come of it, and says it here before anything is done. */
import { useEffect, useRef, useState } from "preact/hooks";
import { post, type Result } from "../api.ts";
import type { RebalanceAnswer, RebalanceBody } from "../api_types.ts";
import { duration, plural } from "../format.ts";
import { path } from "../router.ts";
import type { TopologyStatus } from "../types.ts";
import { ActionDialog } from "./action_dialog.tsx";
import { rebalanceCommand, type Rebalance } from "./commands.ts";
import { NumberField } from "./fields.tsx";
import { waitMs, wholeNumber } from "./numbers.ts";
import { lastEventId, Outcome } from "./outcome.tsx";
import { DrainField, drainText, type TopologyDialogProps } from "./topology_dialogs.tsx";

const WORKERS_MAX = 4096;
const PREVIEW_DELAY_MS = 300; /* somebody is still typing */

type Texts = Readonly<Record<string, string>>;

/* What is to be changed, or what is wrong with a field. */
export function readRebalance(status: TopologyStatus, workers: string, executors: Texts, wait: string): Rebalance | string {
    const wanted = wholeNumber(workers, 1, WORKERS_MAX);
    if (wanted === null) return `Workers must be a whole number from 1 to ${WORKERS_MAX}.`;
    const changed: Record<string, number> = {};
    for (const { name, tasks, executors: now } of status.components) {
        const count = wholeNumber(executors[name] ?? String(now), 1, tasks);
        if (count === null) return `${name} has ${plural(tasks, "task")}, so it can have 1 to ${tasks} executors.`;
        if (count !== now) changed[name] = count;
    }
    const wait_ms = waitMs(wait);
    if (wait_ms === undefined) return "The time is not a number of seconds up to a day.";
    return { workers: wanted === status.workers_wanted ? null : wanted, executors: changed, wait_ms };
}

function body(wanted: Rebalance, dry_run: boolean): RebalanceBody {
    return { workers: wanted.workers, executors: { ...wanted.executors }, wait_ms: wanted.wait_ms, dry_run };
}

/* The answer to a dry run of what the form says now; null: not there yet. */
function usePreview(status: TopologyStatus, wanted: Rebalance | string): Result<RebalanceAnswer> | null {
    const [preview, setPreview] = useState<{ of: string; result: Result<RebalanceAnswer> } | null>(null);
    const asked = typeof wanted === "string" ? "" : JSON.stringify(body(wanted, true));
    useEffect(() => {
        if (asked === "") return;
        const aborter = new AbortController();
        const timer = setTimeout(async () => {
            const address = path`/api/v2/topologies/${status.name}/rebalance`;
            const result = await post<RebalanceAnswer>(address, JSON.parse(asked) as object, { signal: aborter.signal });
            if (!aborter.signal.aborted) setPreview({ of: asked, result });
        }, PREVIEW_DELAY_MS);
        return () => {
            clearTimeout(timer);
            aborter.abort("left");
        };
    }, [asked, status.name]);
    return preview !== null && preview.of === asked ? preview.result : null;
}

function Preview({ result }: { result: Result<RebalanceAnswer> | null }) {
    if (result === null) return <li aria-busy="true">Asking nimbus what would move …</li>;
    if (!result.ok) return <li>It would be refused: {result.fault.text}</li>;
    const { moves, workers, workers_wanted, unplaced, why_not } = result.value;
    const missing = unplaced > 0 || why_not !== null;
    return (
        <>
            <li>
                <strong>{moves === 0 ? "Nothing moves" : `${plural(moves, "executor")} ${moves === 1 ? "moves" : "move"}`}</strong>, as the
                cluster is now. It then has {workers} of {plural(workers_wanted, "worker")}.
                {moves > 0 && " What bolts keep in memory there is lost."}
            </li>
            {missing && (
                <li>
                    {plural(unplaced, "executor")} would be without a place. {why_not}
                </li>
            )}
        </>
    );
}

function ExecutorFields(props: { status: TopologyStatus; texts: Texts; onInput: (texts: Texts) => void }) {
    return (
        <fieldset class="field-grid">
            <legend>Executors of each component</legend>
            {props.status.components.map(({ name, tasks, executors }) => (
                <NumberField
                    key={name}
                    label={name}
                    value={props.texts[name] ?? String(executors)}
                    min={1}
                    max={tasks}
                    hint={`1 to ${tasks}`}
                    onInput={(text) => props.onInput({ ...props.texts, [name]: text })}
                />
            ))}
        </fieldset>
    );
}

export function RebalanceDialog({ status, onClose }: TopologyDialogProps) {
    const after = useRef(lastEventId()).current;
    const [workers, setWorkers] = useState(String(status.workers_wanted));
    const [executors, setExecutors] = useState<Texts>({});
    const [wait, setWait] = useState("");
    const wanted = readRebalance(status, workers, executors, wait);
    const preview = usePreview(status, wanted);
    const asked = typeof wanted === "string" ? { workers: null, executors: {}, wait_ms: null } : wanted;
    return (
        <ActionDialog<RebalanceAnswer>
            title={`Rebalance ${status.name}`}
            verb="Rebalance"
            effects={
                <>
                    <li>
                        Its spouts pause until what is open is finished, for up to {drainText(status, asked.wait_ms)}. Then
                        its executors are placed anew, and it goes on.
                    </li>
                    {typeof wanted !== "string" && <Preview result={preview} />}
                </>
            }
            command={rebalanceCommand(status.name, asked)}
            not_yet={typeof wanted === "string" ? wanted : preview === null ? "Nimbus has not answered yet." : null}
            ask={() => post(path`/api/v2/topologies/${status.name}/rebalance`, body(asked, false))}
            outcome={(answer) => (
                <Outcome
                    name={status.name}
                    accepted={`Nimbus has taken it: ${plural(answer.moves, "executor")} to move, after at most ${duration(asked.wait_ms ?? status.message_timeout_ms)}.`}
                    wanted="it is rebalanced"
                    is_done={(line, events) => line?.status !== "rebalancing" && events.some((event) => event.kind === "rebalanced")}
                    after={after}
                />
            )}
            onClose={onClose}
        >
            <NumberField label="Workers" value={workers} min={1} max={WORKERS_MAX} onInput={setWorkers} />
            <ExecutorFields status={status} texts={executors} onInput={setExecutors} />
            <DrainField status={status} value={wait} onInput={setWait} />
        </ActionDialog>
    );
}
