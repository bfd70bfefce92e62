/* SPDX-License-Identifier: Apache-2.0 */
/* Small pictures, drawn with the colour of the text. They say nothing that a text beside them does not. */

const PATHS = {
    well: "M3.5 8.5l3 3 6-7",
    watch: "M8 2.2L14.5 13.5h-13zM8 6.5v3.2M8 11.6v.3",
    trouble: "M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 008 1.8zM5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8",
    info: "M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 008 1.8zM8 7.2v4M8 4.7v.4",
    off: "M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 008 1.8zM4.8 8h6.4",
    spout: "M2 8h7M6 4.5L9.5 8 6 11.5M12.5 3v10",
    bolt: "M8 1.8l5.4 3.1v6.2L8 14.2l-5.4-3.1V4.9z",
    pressure: "M5 3v10M11 3v10",
    bottleneck: "M2 2.5h12L9.5 8v5.5h-3V8z",
    search: "M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.4 10.4l3.6 3.6",
    sun: "M8 5a3 3 0 100 6 3 3 0 000-6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8L13 13M13 3l-1.2 1.2M4.2 11.8L3 13",
    moon: "M13 9.6A5.6 5.6 0 016.4 3 5.6 5.6 0 1013 9.6z",
    clock: "M8 1.8a6.2 6.2 0 100 12.4A6.2 6.2 0 008 1.8zM8 4.6V8l2.4 1.6",
    copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
    up: "M8 13V3.5M4 7l4-4 4 4",
    down: "M8 3v9.5M4 9l4 4 4-4",
    close: "M4 4l8 8M12 4l-8 8",
    menu: "M2 4h12M2 8h12M2 12h12",
    node: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.3M5 11h.3",
    plus: "M8 3v10M3 8h10",
    minus: "M3 8h10",
    fit: "M2.5 6v-3.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
    play: "M4.5 3l8 5-8 5z",
    stop: "M4 4h8v8H4z",
    arrow: "M3 8h9.5M9 4.5L12.5 8 9 11.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
    return (
        <svg class="icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
            <path d={PATHS[name]} />
        </svg>
    );
}

/* The same inside of an <svg>, at x and y. */
export function IconAt({ name, x, y, size = 14 }: { name: IconName; x: number; y: number; size?: number }) {
    return <path class="icon" d={PATHS[name]} transform={`translate(${x} ${y}) scale(${size / 16})`} />;
}
