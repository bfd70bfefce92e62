/* SPDX-License-Identifier: Apache-2.0 */
/* A state in a word: colour, picture and text say the same. */
import type { ComponentChildren } from "preact";
import { words } from "../format.ts";
import { Icon, type IconName } from "./icon.tsx";

export type Tone = "well" | "watch" | "trouble" | "info" | "off";

export function Badge(props: { tone: Tone; icon?: IconName; title?: string; children: ComponentChildren }) {
    return (
        <span class={`badge ${props.tone}`} title={props.title}>
            <Icon name={props.icon ?? props.tone} size={13} />
            {props.children}
        </span>
    );
}

/* Of nimbus' and the topologies' health, and of events. */
export function HealthBadge({ health, text }: { health: "well" | "watch" | "trouble" | "info"; text?: string }) {
    return <Badge tone={health}>{text ?? health}</Badge>;
}

const STATUS_TONES: Readonly<Record<string, Tone>> = {
    active: "well",
    running: "well",
    inactive: "off",
    killed: "off",
    ended: "off",
    stopping: "off",
    failed: "trouble",
    backoff: "trouble",
};

/* Of a topology's status and of a worker's phase. */
export function StatusBadge({ status }: { status: string | null }) {
    if (status === null) return <Badge tone="trouble">no process</Badge>;
    return <Badge tone={STATUS_TONES[status] ?? "info"}>{words(status)}</Badge>;
}
