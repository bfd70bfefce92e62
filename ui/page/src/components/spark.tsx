/* SPDX-License-Identifier: Apache-2.0 */
/* A line without axes: the course of the last minutes beside a number. Gaps are times without figures. */
import { useMemo } from "preact/hooks";
import { NOT_KNOWN, UNKNOWN } from "../format.ts";

const WIDTH = 96;
const HEIGHT = 22;

export function sparkPath(values: readonly (number | null)[], width = WIDTH, height = HEIGHT): string {
    const largest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0) || 1;
    const step = width / Math.max(1, values.length - 1);
    let line = "";
    let drawing = false;
    values.forEach((value, index) => {
        if (value === null) {
            drawing = false;
            return;
        }
        const x = (index * step).toFixed(1);
        const y = (height - 1.5 - (value / largest) * (height - 3)).toFixed(1);
        const is_alone = !drawing && (values[index + 1] ?? null) === null;
        line += `${drawing ? "L" : "M"}${x} ${y}${is_alone ? "h1" : ""}`;
        drawing = true;
    });
    return line;
}

export function Spark({ values, label }: { values: readonly (number | null)[] | undefined; label: string }) {
    const line = useMemo(() => (values ? sparkPath(values) : ""), [values]);
    if (line === "")
        return (
            <span class="quiet" title={NOT_KNOWN}>
                {UNKNOWN}
            </span>
        );
    return (
        <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
            <path d={line} />
        </svg>
    );
}
