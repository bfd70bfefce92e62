/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines over time. The same values stand in a table below them, when somebody opens it. The drawing's code
 * (plot.tsx) is loaded with the first chart.
 */
import { useState } from "preact/hooks";
import { time } from "../format.ts";
import { lazy } from "../lazy.tsx";
import { zone } from "../preferences.ts";
import { Empty } from "./empty.tsx";

export interface Line {
    name: string;
    values: readonly (number | null)[];
}

export interface ChartProps {
    label: string;
    lines: readonly Line[];
    from_ms: number;
    step_ms: number;
    format: (value: number | null) => string;
    height?: number;
    zero?: boolean; /* begins at 0; true */
    empty?: string;
}

const Plot = lazy<ChartProps>(async () => (await import("./plot.tsx")).Plot);

const TABLE_ROWS = 30;

function ValuesTable(props: ChartProps) {
    const length = props.lines[0]?.values.length ?? 0;
    const every = Math.max(1, Math.ceil(length / TABLE_ROWS));
    const rows = Array.from({ length: Math.ceil(length / every) }, (_, index) => length - 1 - index * every);
    return (
        <div class="table-scroll" tabIndex={0}>
            <table aria-label={`${props.label}, values`}>
                <thead>
                    <tr>
                        <th scope="col">time</th>
                        {props.lines.map((line) => (
                            <th key={line.name} scope="col" class="number">
                                {line.name}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {rows.map((row) => (
                        <tr key={row}>
                            <td>{time(props.from_ms + row * props.step_ms, zone.value)}</td>
                            {props.lines.map((line) => (
                                <td key={line.name} class="number">
                                    {props.format(line.values[row] ?? null)}
                                </td>
                            ))}
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function Chart(props: ChartProps) {
    const [open, setOpen] = useState(false);
    const is_empty = props.lines.every((line) => line.values.every((value) => value === null));
    return (
        <figure class="chart" aria-label={props.label}>
            <figcaption>{props.label}</figcaption>
            {is_empty && <Empty>{props.empty ?? "There were no figures in this time."}</Empty>}
            {!is_empty && <Plot {...props} />}
            {!is_empty && (
                <details onToggle={(event) => setOpen(event.currentTarget.open)}>
                    <summary>as a table</summary>
                    {open && <ValuesTable {...props} />}
                </details>
            )}
        </figure>
    );
}
