/* SPDX-License-Identifier: Apache-2.0 */
/* What a person likes, kept in the browser: theme and time zone. All else is in the address. */
import { effect, signal } from "@preact/signals";
import type { Zone } from "./format.ts";

export type Theme = "system" | "light" | "dark";

/* A browser may be told to keep nothing: then it throws. */
function remembered(name: string): string | null {
    try {
        return localStorage.getItem(`gale.${name}`);
    } catch {
        return null;
    }
}

function remember(name: string, value: string): void {
    try {
        localStorage.setItem(`gale.${name}`, value);
    } catch {
        /* It holds until the page is loaded anew. */
    }
}

function kept<T extends string>(name: string, values: readonly T[], otherwise: T) {
    const old = remembered(name) as T | null;
    const value = signal<T>(old !== null && values.includes(old) ? old : otherwise);
    effect(() => remember(name, value.value));
    return value;
}

export const theme = kept<Theme>("theme", ["system", "light", "dark"], "system");
export const zone = kept<Zone>("zone", ["local", "utc"], "local");

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(systemDark.matches);
systemDark.addEventListener("change", () => {
    systemIsDark.value = systemDark.matches;
});

/* "light" or "dark", whatever it comes from. Canvases are drawn anew when it changes. */
export const shownTheme = signal<"light" | "dark">("light");

effect(() => {
    const dark = theme.value === "dark" || (theme.value === "system" && systemIsDark.value);
    shownTheme.value = dark ? "dark" : "light";
    document.documentElement.dataset.theme = shownTheme.value;
});

export function nextTheme(): void {
    theme.value = shownTheme.value === "dark" ? "light" : "dark";
}

export function nextZone(): void {
    zone.value = zone.value === "utc" ? "local" : "utc";
}

/* A colour of theme.css, for canvases. */
export function token(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
