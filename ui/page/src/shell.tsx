/* SPDX-License-Identifier: Apache-2.0 */
/* What stands around each page: navigation, the cluster's verdict, how fresh the figures are. */
import { computed } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { loadSession, session } from "./api.ts";
import { Icon } from "./components/icon.tsx";
import { HealthBadge } from "./components/badge.tsx";
import { time } from "./format.ts";
import { liveState, pulse } from "./live.ts";
import { nextTheme, nextZone, shownTheme, zone } from "./preferences.ts";
import { place } from "./router.ts";
import { findRoute, sections } from "./routes.tsx";

function Navigation({ section }: { section: string }) {
    const [open, setOpen] = useState(false);
    useEffect(() => setOpen(false), [place.value.path]);
    return (
        <nav class={`sections ${open ? "open" : ""}`} aria-label="Sections">
            <button type="button" class="plain menu" aria-label="Menu" aria-expanded={open} onClick={() => setOpen(!open)}>
                <Icon name="menu" /> <span class="menu-word">Menu</span>
            </button>
            <ul>
                {sections.map(({ href, label }) => (
                    <li key={href}>
                        <a href={href} aria-current={href === section ? "page" : undefined}>
                            {label}
                        </a>
                    </li>
                ))}
            </ul>
        </nav>
    );
}

function Switches() {
    const dark = shownTheme.value === "dark";
    return (
        <div class="switches">
            <button type="button" class="plain" onClick={nextZone} title="Times in UTC or of this place">
                <Icon name="clock" /> {zone.value === "utc" ? "UTC" : "local"}
            </button>
            <button type="button" class="plain" onClick={nextTheme} aria-label={dark ? "Light theme" : "Dark theme"}>
                <Icon name={dark ? "sun" : "moon"} />
            </button>
        </div>
    );
}

function Verdict() {
    const now = pulse.value;
    if (now === null) return null;
    return (
        <a class="verdict-chip" href="/" title={now.text}>
            <HealthBadge health={now.verdict} />
        </a>
    );
}

/* Says that what is seen is not of now. */
function Freshness() {
    const { stale_since_ms, trouble, phase } = liveState.value;
    if (trouble !== null)
        return (
            <p class="banner trouble" role="alert">
                <Icon name="trouble" /> {trouble}. {pulse.value === null ? "There are no figures yet." : `The figures are those of ${time(liveState.value.last_ms, zone.value)}.`}
            </p>
        );
    if (stale_since_ms === null) return null;
    return (
        <p class="banner watch" role="alert">
            <Icon name="watch" /> Stale since {time(stale_since_ms, zone.value)}: gale-ui sends nothing
            {phase === "broken" || phase === "connecting" ? "; it is tried again. Has it ended? Can it be reached from here?" : "."}
        </p>
    );
}

function ReadOnly() {
    const why = session.value?.actions === false ? session.value.why_not : null;
    return why ? (
        <span class="badge off" title={why}>
            <Icon name="off" size={13} /> read-only
        </span>
    ) : null;
}

function NotFound() {
    return (
        <>
            <h1>There is no such page</h1>
            <p>
                Nothing has the address <code>{place.value.path}</code>. <a href="/">To the overview</a>
            </p>
        </>
    );
}

/* Who goes to another page by keyboard, or listens to it, begins at its beginning. */
let is_first = true;

function focusPage(): void {
    const main = document.getElementById("main");
    if (!is_first && !main?.contains(document.activeElement)) main?.focus({ preventScroll: true });
    is_first = false;
}

const isLive = computed(() => liveState.value.phase === "live");

export function Shell() {
    /* Anew each time that gale-ui is found again: it may be another one by then. */
    const is_live = isLive.value;
    useEffect(() => void loadSession(), [is_live]);
    const { path: here } = place.value;
    useEffect(() => focusPage(), [here]);
    const found = findRoute(place.value.path);
    const title = found ? found.route.title(found.params) : "No such page";
    useEffect(() => {
        document.title = `${title} · Gale`;
    }, [title]);
    const Page = found?.route.page;
    return (
        <>
            <a class="skip" href="#main">
                To the content
            </a>
            <header class="top">
                <a class="brand" href="/">
                    <Icon name="spout" size={18} /> Gale
                </a>
                <Navigation section={found?.route.section ?? ""} />
                <div class="top-end">
                    <ReadOnly />
                    <Verdict />
                    <Switches />
                </div>
            </header>
            <Freshness />
            <main id="main" tabIndex={-1}>
                {Page && found ? <Page key={place.value.path} params={found.params} /> : <NotFound />}
            </main>
        </>
    );
}
