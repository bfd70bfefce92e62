/* SPDX-License-Identifier: Apache-2.0 */
import { useMemo, useRef, useState } from "preact/hooks";
import { Empty } from "../../components/empty.tsx";
import { Panel } from "../../components/panel.tsx";
import { Picture } from "../../graph/picture.tsx";
import { NODES_MAX } from "../../graph/structure.ts";
import type { GraphComponent } from "../../types.ts";
import { ComponentsTable } from "./components.tsx";
import type { TabProps } from "./shared.tsx";
import { StreamsTable } from "./streams.tsx";

export function edgesOf(components: readonly GraphComponent[]) {
    return components.flatMap((to) =>
        to.inputs.map((input) => ({ from: input.component, to: to.name, stream: input.stream, grouping: input.grouping })),
    );
}

/* The same object as long as it says the same: the status comes anew every few seconds. */
function useStable<T>(value: T): T {
    const kept = useRef({ text: JSON.stringify(value), value });
    const text = JSON.stringify(value);
    if (text !== kept.current.text) kept.current = { text, value };
    return kept.current.value;
}

export function GraphTab({ status, figures }: TabProps) {
    const [open, setOpen] = useState(false);
    const components = useStable(status.graph.components);
    const edges = useMemo(() => edgesOf(components), [components]);
    if (components.length === 0) return <Empty>Nimbus does not know its plan: it has none of its code yet.</Empty>;
    return (
        <Panel
            title="Graph"
            more={components.length > NODES_MAX ? `${components.length} components, grouped by rank` : undefined}
        >
            <Picture topology={status.name} components={components} edges={edges} figures={figures} />
            <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
                <summary>as tables</summary>
                {open && figures && (
                    <>
                        <ComponentsTable topology={status.name} figures={figures} />
                        <StreamsTable topology={status.name} figures={figures} />
                    </>
                )}
            </details>
        </Panel>
    );
}
