/* SPDX-License-Identifier: Apache-2.0 */
/* A line without axes: the course of the last minutes beside a number. Gaps are times without figures. */
import { useMemo } from "preact/hooks";

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
        line += `${drawing ? "L" : "M"}${x} ${y}`;
        drawing = true;
    });
    return line;
}

export function Spark({ values, label }: { values: readonly (number | null)[] | undefined; label: string }) {
    const line = useMemo(() => (values ? sparkPath(values) : ""), [values]);
    if (line === "") return <span class="quiet">–</span>;
    return (
        <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
            <path d={line} />
        </svg>
    );
}
