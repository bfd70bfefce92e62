/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the web worker for layouts, one for each structure, and keeps the last ones. */
import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { NODE_HEIGHT, NODE_WIDTH, type GraphStructure, type LayoutAnswer } from "./structure.ts";

const LAYOUTS_KEPT = 20;
const LETTER_WIDTH = 6.4;

const layouts = new Map<string, LayoutAnswer>();
const waiting = new Map<number, (answer: LayoutAnswer | null) => void>();
let worker: Worker | null = null;
let last_id = 0;

function begin(): Worker {
    const made = new Worker(LAYOUT_URL, { type: "module" });
    made.addEventListener("message", (event: MessageEvent<LayoutAnswer>) => {
        waiting.get(event.data.id)?.(event.data);
        waiting.delete(event.data.id);
    });
    made.addEventListener("error", () => {
        made.terminate();
        worker = null;
        for (const take of waiting.values()) take(null);
        waiting.clear();
    });
    return made;
}

function keep(key: string, layout: LayoutAnswer): void {
    layouts.set(key, layout);
    for (const old of layouts.keys()) {
        if (layouts.size <= LAYOUTS_KEPT) break;
        layouts.delete(old);
    }
}

function ask(structure: GraphStructure, take: (answer: LayoutAnswer | null) => void): void {
    worker ??= begin();
    const id = ++last_id;
    waiting.set(id, (answer) => {
        if (answer !== null) keep(structure.key, answer);
        take(answer);
    });
    worker.postMessage({
        id,
        nodes: structure.nodes.map(({ key }) => ({ key, width: NODE_WIDTH, height: NODE_HEIGHT })),
        edges: structure.edges.map(({ key, from, to, label }) => ({ key, from, to, label_width: label.length * LETTER_WIDTH + 8 })),
    });
}

/* Null until it is there; "failed": it cannot be had. */
export function useLayout(structure: GraphStructure): ReadonlySignal<LayoutAnswer | null | "failed"> {
    const layout = useSignal<LayoutAnswer | null | "failed">(layouts.get(structure.key) ?? null);
    useEffect(() => {
        const known = layouts.get(structure.key);
        if (known !== undefined) {
            layout.value = known;
            return;
        }
        let is_wanted = true;
        ask(structure, (answer) => {
            if (is_wanted) layout.value = answer ?? "failed";
        });
        return () => {
            is_wanted = false;
        };
    }, [structure.key]);
    return layout;
}
