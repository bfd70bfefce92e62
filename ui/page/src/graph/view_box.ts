/* SPDX-License-Identifier: Apache-2.0 */
/* Which part of a drawing is seen: panning and zooming. Pure. */
import type { Point } from "./structure.ts";

export interface View {
    x: number; /* of the drawing's left upper corner in the window, in its pixels */
    y: number;
    scale: number;
}

export interface Size {
    width: number;
    height: number;
}

export const SCALE_MIN = 0.03;
export const SCALE_MAX = 2.5;
const SCALE_READABLE = 0.62; /* a large graph begins at its spouts, and not as small as to fit */

export function fitView(drawing: Size, frame: Size, all: boolean): View {
    const fitting = Math.min(frame.width / drawing.width, frame.height / drawing.height, 1.15);
    const scale = Math.max(all ? SCALE_MIN : SCALE_READABLE, fitting);
    return {
        scale,
        x: Math.max(0, (frame.width - drawing.width * scale) / 2),
        y: Math.max(0, (frame.height - drawing.height * scale) / 2),
    };
}

export interface Box {
    left: number;
    top: number;
    right: number;
    bottom: number;
}

const SEEN_STEP = 240;

/* What is in sight of the drawing, and some more, in steps: who pans a little sees the same. */
export function seenBox(view: View, frame: Size): Box {
    const low = (place: number) => (Math.floor(-place / view.scale / SEEN_STEP) - 1) * SEEN_STEP;
    const high = (place: number, size: number) => (Math.ceil((size - place) / view.scale / SEEN_STEP) + 1) * SEEN_STEP;
    return { left: low(view.x), top: low(view.y), right: high(view.x, frame.width), bottom: high(view.y, frame.height) };
}

/* Whether something around these points can be in it; `reach`: how far it goes beyond them. */
export function isSeen(box: Box, points: readonly Point[], reach: Size): boolean {
    const xs = points.map((point) => point.x);
    const ys = points.map((point) => point.y);
    return (
        Math.max(...xs) + reach.width >= box.left &&
        Math.min(...xs) - reach.width <= box.right &&
        Math.max(...ys) + reach.height >= box.top &&
        Math.min(...ys) - reach.height <= box.bottom
    );
}

/* How far to pan so that a part of the window from `low` to `high` is inside of 0..size. */
export function panInto(low: number, high: number, size: number): number {
    if (low < 0) return -low;
    return high > size ? Math.max(size - high, -low) : 0;
}

/* What is at `at` stays there. */
export function zoomView(view: View, factor: number, at: Point): View {
    const scale = Math.min(SCALE_MAX, Math.max(SCALE_MIN, view.scale * factor));
    const real = scale / view.scale;
    return { scale, x: at.x - (at.x - view.x) * real, y: at.y - (at.y - view.y) * real };
}

/* A part of the drawing stays in sight. */
export function panView(view: View, by: Point, drawing: Size, frame: Size): View {
    const margin = 60;
    const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
    return {
        scale: view.scale,
        x: clamp(view.x + by.x, margin - drawing.width * view.scale, frame.width - margin),
        y: clamp(view.y + by.y, margin - drawing.height * view.scale, frame.height - margin),
    };
}
