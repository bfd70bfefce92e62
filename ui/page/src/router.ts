/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address says all that is shown: path and query. Links are plain <a href>; a click on one is
 * taken here (`takeLinks`), so that the page is not loaded anew.
 *
 * The first half is pure (tests/router.test.ts), the second holds the browser's history.
 */
import { signal } from "@preact/signals";

export type Params = Readonly<Record<string, string>>;
export type Query = Record<string, string | number | boolean | null | undefined>;

/* "/topologies/{name}" against a path; "{rest...}" takes all that is left. Null: no match. */
export function match(pattern: string, path: string): Params | null {
    const wanted = pattern.split("/").filter(Boolean);
    const given = path.split("/").filter(Boolean);
    const params: Record<string, string> = {};
    for (const [index, part] of wanted.entries()) {
        const value = given[index];
        if (part.endsWith("...}")) {
            params[part.slice(1, -4)] = given.slice(index).map(decode).join("/");
            return params;
        }
        if (value === undefined) return null;
        if (part.startsWith("{")) params[part.slice(1, -1)] = decode(value);
        else if (part !== value) return null;
    }
    return given.length === wanted.length ? params : null;
}

function decode(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

/* path`/topologies/${name}`: each value is one segment. */
export function path(texts: TemplateStringsArray, ...values: (string | number)[]): string {
    return texts.reduce((all, text, index) => {
        const value = values[index];
        return all + text + (value === undefined ? "" : encodeURIComponent(String(value)));
    }, "");
}

/* Members that are null, undefined, false or empty are left out. */
export function withQuery(where: string, query: Query): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
        if (value !== null && value !== undefined && value !== false && value !== "")
            search.set(name, value === true ? "1" : String(value));
    const text = search.toString();
    return text === "" ? where : `${where}?${text}`;
}

/* The query `search` with some members changed; null takes one away. */
export function changedQuery(search: string, changes: Query): string {
    const old = Object.fromEntries(new URLSearchParams(search));
    return withQuery("", { ...old, ...changes });
}

export interface Place {
    path: string;
    search: string;
}

function currentPlace(): Place {
    if (typeof location === "undefined") return { path: "/", search: "" };
    return { path: location.pathname, search: location.search };
}

export const place = signal<Place>(currentPlace());

/* Reads the place: who renders it is rendered again when it changes. */
export function query(name: string): string | null {
    return new URLSearchParams(place.value.search).get(name);
}

export function go(href: string, how: "push" | "replace" = "push"): void {
    const is_here = href === location.pathname + location.search;
    if (how === "push" && !is_here) history.pushState(null, "", href);
    else history.replaceState(null, "", href);
    const moved = place.value.path !== location.pathname;
    place.value = currentPlace();
    if (moved) scrollTo(0, 0);
}

/* What is only a view of the same thing (filter, sorting) replaces; what is another view pushes. */
export function changeQuery(changes: Query, how: "push" | "replace" = "replace"): void {
    const { path: here, search } = place.value;
    const changed = changedQuery(search, changes);
    if (changed !== search) go(here + changed, how);
}

function isOurs(event: MouseEvent, link: HTMLAnchorElement): boolean {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const inside = link.origin === location.origin && !link.hasAttribute("download") && link.target === "";
    return plain && inside && !event.defaultPrevented && !/^\/(api|metrics)(\/|$)/.test(link.pathname);
}

export function takeLinks(): void {
    addEventListener("popstate", () => {
        place.value = currentPlace();
    });
    document.addEventListener("click", (event) => {
        const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
        const anchor = link as HTMLAnchorElement | SVGAElement | null;
        if (anchor === null) return;
        if (anchor instanceof SVGAElement) takeSvgLink(event, anchor);
        else if (isOurs(event, anchor) && !anchor.getAttribute("href")!.startsWith("#")) {
            event.preventDefault();
            go(anchor.pathname + anchor.search);
        }
    });
}

function takeSvgLink(event: MouseEvent, link: SVGAElement): void {
    const href = link.getAttribute("href") ?? "";
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    if (event.defaultPrevented || !href.startsWith("/")) return;
    event.preventDefault();
    go(href);
}
