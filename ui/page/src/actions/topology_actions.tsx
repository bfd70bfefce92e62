/* SPDX-License-Identifier: Apache-2.0 */
/* The buttons of what can be done to a topology, and to a worker. Off, with the reason, where it is not allowed. */
import type { ComponentType } from "preact";
import { useState } from "preact/hooks";
import { Icon, type IconName } from "../components/icon.tsx";
import { pulse } from "../live.ts";
import type { TopologyStatus } from "../types.ts";
import { refusal } from "./permission.tsx";
import { RebalanceDialog } from "./rebalance_dialog.tsx";
import { DebugDialog, LogLevelDialog, RestartWorkerDialog } from "./steering_dialogs.tsx";
import { ActivateDialog, DeactivateDialog, KillDialog, type TopologyDialogProps } from "./topology_dialogs.tsx";

interface Action {
    key: string;
    label: string;
    icon: IconName;
    dialog: ComponentType<TopologyDialogProps>;
    /* Why not now; null: it can be done. */
    why_not: (status: string) => string | null;
}

function unless(states: readonly string[], text: string): (status: string) => string | null {
    return (status) => (states.includes(status) ? text : null);
}

const ACTIONS: readonly Action[] = [
    { key: "activate", label: "Activate", icon: "play", dialog: ActivateDialog, why_not: (status) => (status === "inactive" ? null : "it is not inactive") },
    { key: "deactivate", label: "Deactivate", icon: "stop", dialog: DeactivateDialog, why_not: (status) => (status === "active" ? null : "it is not active") },
    { key: "rebalance", label: "Rebalance", icon: "fit", dialog: RebalanceDialog, why_not: unless(["killed", "rebalancing"], "it is being killed or rebalanced") },
    { key: "log_level", label: "Log level", icon: "menu", dialog: LogLevelDialog, why_not: unless(["killed"], "it is being killed") },
    { key: "debug", label: "Debug", icon: "search", dialog: DebugDialog, why_not: unless(["killed"], "it is being killed") },
    { key: "kill", label: "Kill", icon: "close", dialog: KillDialog, why_not: () => null },
];

function ActionButton(props: { label: string; icon: IconName; why_not: string | null; danger?: boolean; onClick: () => void }) {
    /* aria-disabled, and not disabled: so that the reason can be reached by keyboard. */
    const is_off = props.why_not !== null;
    return (
        <button
            type="button"
            class={props.danger ? "danger-quiet" : undefined}
            aria-disabled={is_off}
            title={is_off ? `${props.label}: ${props.why_not}` : undefined}
            aria-label={is_off ? `${props.label} (not now: ${props.why_not})` : undefined}
            onClick={() => is_off || props.onClick()}
        >
            <Icon name={props.icon} size={13} /> {props.label}
        </button>
    );
}

export function TopologyActions({ status, open_trees = null }: { status: TopologyStatus; open_trees?: number | null }) {
    const [open, setOpen] = useState<{ key: string; status: TopologyStatus; open_trees: number | null } | null>(null);
    if (status.status === "ended" || status.ended_ms !== undefined) return null;
    const refused = refusal();
    /* The pulse is of the last tick, where `status` was asked for some time ago. */
    const current = pulse.value?.topologies.find((one) => one.id === status.id)?.status ?? status.status;
    const Chosen = ACTIONS.find((action) => action.key === open?.key)?.dialog;
    return (
        <div class="actions" role="group" aria-label={`Actions on ${status.name}`}>
            {ACTIONS.map(({ key, label, icon, why_not }) => (
                <ActionButton
                    key={key}
                    label={label}
                    icon={icon}
                    danger={key === "kill"}
                    why_not={refused ?? why_not(current)}
                    onClick={() => setOpen({ key, status, open_trees })}
                />
            ))}
            {Chosen && open && <Chosen status={open.status} open_trees={open.open_trees} onClose={() => setOpen(null)} />}
        </div>
    );
}

export function RestartWorkerButton(props: { name: string; supervisor: string; slot: number; tasks?: number | null }) {
    const [open, setOpen] = useState(false);
    return (
        <>
            <ActionButton label="Restart" icon="play" why_not={refusal()} onClick={() => setOpen(true)} />
            {open && <RestartWorkerDialog {...props} tasks={props.tasks ?? null} onClose={() => setOpen(false)} />}
        </>
    );
}
