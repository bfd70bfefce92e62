/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that somebody types. Pure. */

/* A whole number within bounds; null if it is none. */
export function wholeNumber(text: string, min: number, max: number): number | null {
    const value = Number(text);
    return text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max ? value : null;
}

/* Seconds as ms; null: the field is empty, so the default; undefined: wrong. */
export function waitMs(text: string): number | null | undefined {
    if (text.trim() === "") return null;
    const value = Number(text);
    return Number.isFinite(value) && value >= 0 && value <= 86_400 ? Math.round(value * 1000) : undefined;
}
