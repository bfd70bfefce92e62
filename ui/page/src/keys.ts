/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys: / searches, g and a letter goes to a page, j and k walk the rows of a table, Enter opens one,
 * ? helps, Esc closes. They rest while somebody writes, and while a dialog is open (but Esc).
 */
import { go } from "./router.ts";

const PLACES: Readonly<Record<string, string>> = {
    o: "/",
    t: "/?focus=topologies",
    l: "/log/topics",
    c: "/coord",
    n: "/nodes",
    p: "/plan",
    e: "/events",
    g: "/logs",
    s: "/settings",
};

export const KEYS: readonly [string, string][] = [
    ["/", "search, or filter the table"],
    ["g o", "overview"],
    ["g t", "topologies"],
    ["g p", "physical plan"],
    ["g l", "log topics"],
    ["g c", "coord"],
    ["g n", "nodes"],
    ["g g", "logs of workers"],
    ["g e", "events"],
    ["g s", "settings"],
    ["j k", "next and previous row"],
    ["Enter", "open the row; zoom in a flame graph"],
    ["← → ↑ ↓", "from bar to bar in a flame graph; move a graph"],
    ["?", "this help"],
    ["Esc", "close, leave a field; show all of a flame graph"],
];

const SECOND_KEY_MS = 1500;

let first_at_ms = 0;

function isWriting(target: EventTarget | null): boolean {
    return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/* The rows of the table that has the focus, or of the first one. */
function rows(): HTMLElement[] {
    const table = document.activeElement?.closest("[data-rows]") ?? document.querySelector("[data-rows]");
    return table === null ? [] : [...table.querySelectorAll<HTMLElement>("[data-row]")];
}

function moveRow(by: number): void {
    const all = rows();
    const current = all.findIndex((row) => row.contains(document.activeElement));
    const next = current < 0 ? (by > 0 ? 0 : all.length - 1) : current + by;
    const row = all[Math.max(0, Math.min(all.length - 1, next))];
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
}

function search(): boolean {
    const field = document.querySelector<HTMLInputElement>("[data-search]");
    field?.focus();
    field?.select();
    return field !== null;
}

function takeSecond(key: string): boolean {
    const is_second = performance.now() - first_at_ms < SECOND_KEY_MS;
    first_at_ms = 0;
    const to = is_second ? PLACES[key] : undefined;
    if (to !== undefined) go(to);
    return to !== undefined;
}

function takeKey(key: string): boolean {
    if (first_at_ms > 0 && takeSecond(key)) return true;
    switch (key) {
        case "g":
            first_at_ms = performance.now();
            return true;
        case "j":
            moveRow(1);
            return true;
        case "k":
            moveRow(-1);
            return true;
        case "/":
            return search();
        case "?":
            go("/help");
            return true;
        case "Enter": {
            const row = document.activeElement;
            if (!(row instanceof HTMLElement) || row.dataset.row === undefined) return false;
            row.querySelector<HTMLElement>("a[href], button")?.click();
            return true;
        }
        default:
            return false;
    }
}

export function takeKeys(): void {
    document.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
        if (event.key === "Escape" && isWriting(event.target)) (event.target as HTMLElement).blur();
        if (isWriting(event.target) || document.querySelector("dialog[open]") !== null) return;
        if (takeKey(event.key)) event.preventDefault();
    });
}
