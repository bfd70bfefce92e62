/* SPDX-License-Identifier: Apache-2.0 */
import assert from "node:assert/strict";
import test from "node:test";
import { filterRows, parseSorting, sortingText, sortRows, toCsv, toJson, type Valued } from "../src/table_rows.ts";

interface Row {
    name: string;
    rate: number | null;
}

const columns: Valued<Row>[] = [
    { key: "name", label: "name", value: (row) => row.name },
    { key: "rate", label: "rate", value: (row) => row.rate },
];
const rows: Row[] = [
    { name: "job-10", rate: 5 },
    { name: "job-9", rate: null },
    { name: "Job, \"two\"", rate: 7 },
];

function names(list: readonly Row[]): string[] {
    return list.map((row) => row.name);
}

test("numbers in names are sorted as numbers", () => {
    assert.deepEqual(names(sortRows(rows, columns, { key: "name", down: false })).filter((name) => name.startsWith("job-")), ["job-9", "job-10"]);
});

test("what is not known stands last, up and down", () => {
    assert.deepEqual(names(sortRows(rows, columns, { key: "rate", down: true })), ["Job, \"two\"", "job-10", "job-9"]);
    assert.deepEqual(names(sortRows(rows, columns, { key: "rate", down: false })), ["job-10", "Job, \"two\"", "job-9"]);
});

test("a sorting by a column that is not there leaves the rows as they are", () => {
    assert.deepEqual(names(sortRows(rows, columns, { key: "nothing", down: true })), names(rows));
    assert.deepEqual(names(sortRows(rows, columns, null)), names(rows));
});

test("a sorting comes back from its text", () => {
    for (const text of ["rate", "-rate"]) assert.equal(sortingText(parseSorting(text)!), text);
    assert.equal(parseSorting(null), null);
    assert.equal(parseSorting(""), null);
});

test("each word of a filter has to be somewhere in the row", () => {
    assert.deepEqual(names(filterRows(rows, columns, "JOB 7")), ["Job, \"two\""]);
    assert.equal(filterRows(rows, columns, "  ").length, 3);
    assert.equal(filterRows(rows, columns, "job nothing").length, 0);
});

test("CSV has quotes where they are needed", () => {
    assert.equal(toCsv(rows, columns), 'name,rate\njob-10,5\njob-9,\n"Job, ""two""",7\n');
});

test("a text that a spreadsheet would calculate is a text in CSV", () => {
    assert.equal(toCsv([{ name: "=1+1", rate: -2 }], columns), "name,rate\n'=1+1,-2\n");
});

test("JSON has the values, and null for what is not known", () => {
    assert.deepEqual(JSON.parse(toJson(rows.slice(0, 2), columns)), [{ name: "job-10", rate: 5 }, { name: "job-9", rate: null }]);
});
