/* SPDX-License-Identifier: Apache-2.0 */
/* Tabs are links: each has an address. */
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

export function Tabs({ tabs, label, name = "tab" }: { tabs: readonly Tab[]; label: string; name?: string }) {
    const current = currentTab(tabs, name);
    const { path: here, search } = place.value;
    return (
        <nav class="tabs" aria-label={label}>
            {tabs.map((tab, index) => (
                <a
                    key={tab.key}
                    href={here + changedQuery(search, { [name]: index === 0 ? null : tab.key })}
                    aria-current={tab.key === current ? "page" : undefined}
                >
                    {tab.label}
                    {tab.count ? <span class="count">{tab.count}</span> : null}
                </a>
            ))}
        </nav>
    );
}
