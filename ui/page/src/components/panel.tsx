/* SPDX-License-Identifier: Apache-2.0 */
/* A part of a page with a heading. */
import type { ComponentChildren } from "preact";
import { NOT_KNOWN, UNKNOWN } from "../format.ts";

interface PanelProps {
    title: ComponentChildren;
    more?: ComponentChildren; /* at the right of the heading */
    label?: string; /* if the title is no text */
    class?: string;
    children: ComponentChildren;
}

export function Panel(props: PanelProps) {
    const label = props.label ?? (typeof props.title === "string" ? props.title : undefined);
    return (
        <section class={`panel ${props.class ?? ""}`} aria-label={label}>
            <header class="panel-head">
                <h2>{props.title}</h2>
                {props.more !== undefined && <div class="panel-more">{props.more}</div>}
            </header>
            {props.children}
        </section>
    );
}

/* Figures with their names, side by side. */
export function Figures({ children }: { children: ComponentChildren }) {
    return <dl class="figures">{children}</dl>;
}

export function Figure(props: { name: string; tone?: string | undefined; title?: string; children: ComponentChildren }) {
    return (
        <div class={`figure ${props.tone ?? ""}`} title={props.children === UNKNOWN ? NOT_KNOWN : props.title}>
            <dt>{props.name}</dt>
            <dd>{props.children}</dd>
        </div>
    );
}
