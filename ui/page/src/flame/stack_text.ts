/* SPDX-License-Identifier: Apache-2.0 */
/* Where threads are, as text: what `gale debug stacks` writes. Pure. */
import type { StackFrame, ThreadStack } from "../api_types.ts";

/* words.c:63, or the place in a module: libc.so.6+0x891c4. */
export function placeText(frame: StackFrame): string {
    if (frame.file === null) return `${frame.module ?? ""}+0x${frame.offset.toString(16)}`;
    return frame.line > 0 ? `${frame.file}:${frame.line}` : frame.file;
}

export function ownerText({ thread, component, task, doing }: ThreadStack): string {
    const owner = component === null ? "" : `: ${component}[${task ?? "?"}]`;
    return `${thread}${owner}${doing === null ? "" : ` in ${doing}`}`;
}

/* Why there are no frames, or no more. */
export function endText(stack: ThreadStack): string | null {
    if (stack.cut) return "too much to show";
    return stack.frames.length === 0 ? "it did not answer in time" : null;
}

function stackText(stack: ThreadStack): string {
    const end = endText(stack);
    const frames = stack.frames.map((frame) => `  at ${frame.function ?? "??"} (${placeText(frame)})`);
    return [ownerText(stack), ...frames, ...(end === null ? [] : [`  (${end})`])].map((line) => `${line}\n`).join("");
}

export function stacksText(stacks: readonly ThreadStack[]): string {
    return stacks.map(stackText).join("\n");
}

const HASH = /^[0-9a-f]{64}$/;

/* The code of a topology is named by its hash, of which the beginning is enough. */
export function shortModule(text: string): string {
    const [module = "", ...rest] = text.split("+");
    return HASH.test(module) ? [`${module.slice(0, 12)}…`, ...rest].join("+") : text;
}
