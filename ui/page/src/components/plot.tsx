/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chart's drawing (uPlot): as wide as there is room, in the theme's colours, each line with a dash of its
 * own beside its colour.
 */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { time } from "../format.ts";
import { shownTheme, token, zone } from "../preferences.ts";
import "../shell.tsx";
import type { ChartProps } from "./chart.tsx";

const DASHES: readonly number[][] = [[], [8, 3], [3, 3], [12, 3, 3, 3], [2, 2], [16, 5]];

function seriesOf(props: ChartProps): uPlot.Series[] {
    const lines = props.lines.map((line, index): uPlot.Series => ({
        label: line.name,
        stroke: token(`line-${(index % 6) + 1}`),
        width: 1.5,
        dash: DASHES[index % DASHES.length] ?? [],
        points: { show: false },
        value: (_plot, value) => props.format(value),
    }));
    return [{ label: "at", value: (_plot, at) => (at === null ? "–" : time(at * 1000, zone.value)) }, ...lines];
}

/* Places on the time axis: the clock, with seconds only where they make a difference. */
function clocks(splits: number[], step_s: number): string[] {
    return splits.map((at_s) => time(at_s * 1000, zone.value).slice(11, step_s < 60 ? 19 : 16));
}

function axesOf(props: ChartProps): uPlot.Axis[] {
    const look = { stroke: token("quiet"), font: "11px system-ui, sans-serif", ticks: { show: false } };
    const grid = { stroke: token("grid"), width: 1 };
    return [
        { ...look, grid: { show: false }, size: 26, space: 70, values: (_plot, splits, _axis, _space, step_s) => clocks(splits, step_s) },
        { ...look, grid, size: 66, gap: 4, space: 36, values: (_plot, values) => values.map((value) => props.format(value)) },
    ];
}

function showLast(plot: uPlot): void {
    const { idx } = plot.cursor;
    if (idx === null || idx === undefined) plot.setLegend({ idx: plot.data[0].length - 1 }, false);
}

function optionsOf(props: ChartProps, width: number): uPlot.Options {
    return {
        width,
        height: props.height ?? 150,
        series: seriesOf(props),
        axes: axesOf(props),
        scales: { y: { range: (_plot, min, max) => (props.zero === false ? [min, max] : [0, max > 0 ? max * 1.08 : 1]) } },
        cursor: { sync: { key: "time" }, drag: { x: false, y: false }, points: { size: 5 } },
        legend: { live: true },
        /* Without a pointer the legend has the last values. */
        hooks: { ready: [showLast], setCursor: [showLast], setData: [showLast] },
        tzDate: (at) => (zone.value === "utc" ? uPlot.tzDate(new Date(at * 1e3), "Etc/UTC") : new Date(at * 1e3)),
    };
}

function dataOf({ lines, from_ms, step_ms }: ChartProps): uPlot.AlignedData {
    const length = lines.reduce((most, line) => Math.max(most, line.values.length), 0);
    const times = Array.from({ length }, (_, index) => (from_ms + index * step_ms) / 1000);
    return [times, ...lines.map((line) => [...line.values])] as uPlot.AlignedData;
}

/* Made anew when what it looks like changes, and only given new data when that is all. */
function usePlot(props: ChartProps) {
    const box = useRef<HTMLDivElement>(null);
    const plot = useRef<uPlot | null>(null);
    const look = `${shownTheme.value} ${zone.value} ${props.height} ${props.lines.map((line) => line.name).join()}`;
    const now = useRef(props);
    now.current = props;
    useEffect(() => {
        const element = box.current;
        if (element === null) return;
        const made = new uPlot(optionsOf(now.current, element.clientWidth || 300), dataOf(now.current), element);
        plot.current = made;
        const observer = new ResizeObserver(() => {
            const width = element.clientWidth;
            if (width > 0 && width !== made.width) made.setSize({ width, height: made.height });
        });
        observer.observe(element);
        return () => {
            observer.disconnect();
            made.destroy();
            plot.current = null;
        };
    }, [look]);
    useEffect(() => plot.current?.setData(dataOf(props)), [props.lines, props.from_ms]);
    return box;
}

export function Plot(props: ChartProps) {
    const box = usePlot(props);
    return <div ref={box} class="plot" aria-hidden="true" />;
}
