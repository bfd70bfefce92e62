/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting, filtering, paging and writing out of a table's rows. Pure. */

export type CellValue = string | number | boolean | null | undefined;

export interface Valued<Row> {
    key: string;
    label: string;
    value: (row: Row) => CellValue; /* sorted, filtered and copied by it */
}

export interface Sorting {
    key: string;
    down: boolean;
}

/* "-rate": by rate, largest first. */
export function parseSorting(text: string | null): Sorting | null {
    if (text === null || text === "") return null;
    return text.startsWith("-") ? { key: text.slice(1), down: true } : { key: text, down: false };
}

export function sortingText(sorting: Sorting): string {
    return (sorting.down ? "-" : "") + sorting.key;
}

const byName = new Intl.Collator("en", { numeric: true });

/* What is not known stands last, whichever way. */
function compare(a: CellValue, b: CellValue, down: boolean): number {
    const none_a = a === null || a === undefined;
    const none_b = b === null || b === undefined;
    if (none_a || none_b) return Number(none_a) - Number(none_b);
    const order = typeof a === "number" && typeof b === "number" ? a - b : byName.compare(String(a), String(b));
    return down ? -order : order;
}

export function sortRows<Row>(rows: readonly Row[], columns: readonly Valued<Row>[], sorting: Sorting | null): Row[] {
    const column = columns.find((one) => one.key === sorting?.key);
    const sorted = [...rows];
    if (column !== undefined && sorting !== null)
        sorted.sort((a, b) => compare(column.value(a), column.value(b), sorting.down));
    return sorted;
}

/* Rows that have each word of `text` somewhere. */
export function filterRows<Row>(rows: readonly Row[], columns: readonly Valued<Row>[], text: string): readonly Row[] {
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (wanted.length === 0) return rows;
    return rows.filter((row) => {
        const all = columns.map((column) => String(column.value(row) ?? "")).join("\n").toLowerCase();
        return wanted.every((word) => all.includes(word));
    });
}

function quoted(value: CellValue): string {
    const text = value === null || value === undefined ? "" : String(value);
    /* A spreadsheet would take a text that begins so for a formula. */
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCsv<Row>(rows: readonly Row[], columns: readonly Valued<Row>[]): string {
    const lines = [columns.map((column) => quoted(column.key))];
    for (const row of rows) lines.push(columns.map((column) => quoted(column.value(row))));
    return lines.map((line) => line.join(",")).join("\n") + "\n";
}

export function toJson<Row>(rows: readonly Row[], columns: readonly Valued<Row>[]): string {
    const objects = rows.map((row) => Object.fromEntries(columns.map((column) => [column.key, column.value(row) ?? null])));
    return JSON.stringify(objects, null, 2);
}
