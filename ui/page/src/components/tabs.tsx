/* SPDX-License-Identifier: Apache-2.0 */
/* Tabs are links: each has an address. */
import { useEffect, useRef } from "preact/hooks";
import { changedQuery, place, query } from "../router.ts";

export interface Tab {
    key: string;
    label: string;
    count?: number | undefined;
}

/* The tab that is shown: ?tab=, or the first. */
export function currentTab(tabs: readonly Tab[], name = "tab"): string {
    const wanted = query(name);
    return tabs.find((tab) => tab.key === wanted)?.key ?? tabs[0]?.key ?? "";
}

/* `own`: members of the query that mean something to one tab only. */
export function Tabs({ tabs, label, name = "tab", own = [] }: { tabs: readonly Tab[]; label: string; name?: string; own?: readonly string[] }) {
    const without = Object.fromEntries(own.map((one) => [one, null]));
    const current = currentTab(tabs, name);
    const { path: here, search } = place.value;
    const bar = useRef<HTMLElement>(null);
    /* On a narrow screen they are longer than the bar. */
    useEffect(() => bar.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }), [current]);
    return (
        <nav class="tabs" aria-label={label} ref={bar}>
            {tabs.map((tab, index) => (
                <a
                    key={tab.key}
                    href={here + changedQuery(search, { ...without, [name]: index === 0 ? null : tab.key })}
                    aria-current={tab.key === current ? "page" : undefined}
                >
                    {tab.label}
                    {tab.count ? <span class="count">{tab.count}</span> : null}
                </a>
            ))}
        </nav>
    );
}
