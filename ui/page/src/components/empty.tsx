/* SPDX-License-Identifier: Apache-2.0 */
/* A panel without content says why, and what brings some. */
import type { ComponentChildren } from "preact";
import type { Fault } from "../api.ts";

export function Empty({ children }: { children: ComponentChildren }) {
    return <p class="empty">{children}</p>;
}

export function Loading({ what }: { what: string }) {
    return (
        <p class="empty" aria-busy="true">
            Asking for {what} …
        </p>
    );
}

export function Failed({ fault, reload }: { fault: Fault; reload?: (() => void) | undefined }) {
    return (
        <p class="empty" role="alert">
            {fault.text}{" "}
            {reload && (
                <button type="button" onClick={reload}>
                    Ask again
                </button>
            )}
        </p>
    );
}
