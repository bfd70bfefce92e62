/* SPDX-License-Identifier: Apache-2.0 */
/* A share of 0..1 as a bar with its number: capacity, fill, blocked. One element of one width, with the
 * bar as its background: there are hundreds of them, and each second they change. */
import { NOT_KNOWN, share, UNKNOWN } from "../format.ts";

export function shareTone(value: number | null): string {
    if (value === null) return "";
    return value >= 0.95 ? "trouble" : value >= 0.75 ? "watch" : "";
}

/* `calm`: that it is full is no matter. */
export function Bar({ value, calm = false }: { value: number | null; calm?: boolean }) {
    if (value === null)
        return (
            <span class="quiet" title={NOT_KNOWN}>
                {UNKNOWN}
            </span>
        );
    return (
        <span class={`bar ${calm ? "" : shareTone(value)}`} style={{ "--part": Math.min(1, value).toFixed(2) }}>
            {share(value)}
        </span>
    );
}
