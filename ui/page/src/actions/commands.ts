/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of `gale` that do what the dialogs do. Pure. */

/* A word as a shell takes it. */
export function word(text: string): string {
    return /^[A-Za-z0-9_.,:=@%+/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function line(...words: (string | number | null)[]): string {
    return ["gale", ...words.filter((one) => one !== null).map((one) => word(String(one)))].join(" ");
}

function seconds(ms: number): string {
    return String(ms / 1000);
}

function drain(wait_ms: number | null): (string | null)[] {
    return wait_ms === null ? [] : ["--drain", seconds(wait_ms)];
}

export function activateCommand(name: string): string {
    return line("activate", name);
}

export function deactivateCommand(name: string): string {
    return line("deactivate", name);
}

export function killCommand(name: string, wait_ms: number | null): string {
    return line("kill", name, ...drain(wait_ms), "--yes");
}

export interface Rebalance {
    workers: number | null;
    executors: Readonly<Record<string, number>>;
    wait_ms: number | null;
}

export function rebalanceCommand(name: string, wanted: Rebalance): string {
    const executors = Object.entries(wanted.executors).flatMap(([one, count]) => ["--executors", `${one}=${count}`]);
    const workers = wanted.workers === null ? [] : ["--workers", wanted.workers];
    return line("rebalance", name, ...workers, ...executors, ...drain(wanted.wait_ms));
}

export function logLevelCommand(name: string, level: string | null, for_ms: number): string {
    if (level === null) return line("log-level", name, "--reset");
    return line("log-level", name, level, ...(for_ms > 0 ? ["--for", seconds(for_ms)] : []));
}

export function debugCommand(name: string, component: string | null, percent: number): string {
    return line("debug", "log", name, component, ...(percent > 0 ? ["--percent", percent] : ["--off"]));
}

export function restartWorkerCommand(name: string, supervisor: string, slot: number): string {
    return line("restart-worker", name, `${supervisor}:${slot}`, "--yes");
}

export function stacksCommand(name: string, supervisor: string, slot: number): string {
    return line("debug", "stacks", name, `${supervisor}:${slot}`);
}

export function profileCommand(name: string, supervisor: string, slot: number, seconds: string): string {
    return line("debug", "profile", name, `${supervisor}:${slot}`, "--for", seconds);
}

/* `to` as the API takes it: earliest, latest, offset:N, last:N, time:MS. */
export function resetCommand(group: string, topic: string, to: string): string {
    return line("group", "reset", group, "--topic", topic, "--to", place(to), "--yes");
}

function place(to: string): string {
    const [kind = "", number = ""] = to.split(":");
    if (kind === "offset") return number;
    if (kind === "last") return `-${number}`;
    if (kind === "time") return isoSeconds(Number(number));
    return kind;
}

function isoSeconds(at_ms: number): string {
    return Number.isFinite(at_ms) ? new Date(at_ms).toISOString().replace(/\.000Z$/, "Z") : "";
}
