/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the server. An error is a value: nothing here throws. Each question ends after its
 * time, or with the component that asked (useResource).
 */
import { signal, useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Session } from "./types.ts";

export interface Fault {
    code: string;
    text: string;
    status: number; /* 0: there was no answer */
}

export type Result<T> = { ok: true; value: T } | { ok: false; fault: Fault };

export interface Asking {
    signal?: AbortSignal | undefined;
    timeout_ms?: number;
}

const TIMEOUT_MS = 8000;
const TOKEN_KEY = "gale.token";

let given_token: string | null = null; /* where the browser keeps nothing */

export function token(): string | null {
    try {
        return sessionStorage.getItem(TOKEN_KEY);
    } catch {
        return given_token;
    }
}

/* Kept until the tab is closed, and nowhere else. */
export function keepToken(value: string | null): void {
    given_token = value || null;
    try {
        if (given_token === null) sessionStorage.removeItem(TOKEN_KEY);
        else sessionStorage.setItem(TOKEN_KEY, given_token);
    } catch {
        /* A browser that is told to keep nothing: it is known until the page is loaded anew. */
    }
}

export const session = signal<Session | null>(null);

export async function loadSession(): Promise<Result<Session>> {
    const result = await get<Session>("/api/v2/session");
    if (result.ok) session.value = result.value;
    return result;
}

export function get<T>(url: string, asking: Asking = {}): Promise<Result<T>> {
    return ask<T>(url, { method: "GET" }, asking);
}

export async function post<T>(url: string, body: object = {}, asking: Asking = {}): Promise<Result<T>> {
    const headers: Record<string, string> = {
        "Content-Type": "application/json",
        "X-Gale-Action": "1",
    };
    const result = await ask<T>(url, { method: "POST", headers, body: JSON.stringify(body) }, asking);
    /* The token of before holds no more: the server has another one. Who asks is asked for it again. */
    if (!result.ok && result.fault.status === 401) {
        keepToken(null);
        await loadSession();
    }
    return result;
}

async function ask<T>(url: string, request: RequestInit, asking: Asking): Promise<Result<T>> {
    const aborter = new AbortController();
    const timeout_ms = asking.timeout_ms ?? TIMEOUT_MS;
    const timer = setTimeout(() => aborter.abort("timeout"), timeout_ms);
    const stop = () => aborter.abort("left");
    asking.signal?.addEventListener("abort", stop);
    try {
        const response = await fetch(url, {
            ...request,
            headers: withToken(request.headers as Record<string, string> | undefined),
            signal: aborter.signal,
            cache: "no-store",
            credentials: "omit",
        });
        return await read<T>(response);
    } catch {
        return { ok: false, fault: explain(aborter.signal, timeout_ms) };
    } finally {
        clearTimeout(timer);
        asking.signal?.removeEventListener("abort", stop);
    }
}

function withToken(headers: Record<string, string> = {}): Record<string, string> {
    const given = token();
    return given === null ? headers : { ...headers, Authorization: `Bearer ${given}` };
}

function explain(aborted: AbortSignal, timeout_ms: number): Fault {
    if (!aborted.aborted)
        return { code: "unreachable", text: "gale-ui does not answer: it has ended, or the way to it is cut", status: 0 };
    const text = aborted.reason === "timeout" ? `no answer within ${timeout_ms / 1000} s: gale-ui or the cluster is very busy` : "left";
    return { code: aborted.reason === "timeout" ? "timeout" : "left", text, status: 0 };
}

async function read<T>(response: Response): Promise<Result<T>> {
    let body: unknown = null;
    try {
        body = await response.json();
    } catch {
        if (response.ok)
            return { ok: false, fault: { code: "corrupt", text: "the answer is not JSON", status: response.status } };
    }
    if (response.ok) return { ok: true, value: body as T };
    const error = (body as { error?: { code?: string; text?: string } } | null)?.error;
    return {
        ok: false,
        fault: {
            code: error?.code ?? "http",
            text: error?.text ?? `${response.status} ${response.statusText}`,
            status: response.status,
        },
    };
}

/* What a component shows of a resource. `data` stays there while it is asked for again, and when that
 * fails; but not when there is no such thing any more (404). */
export interface Resource<T> {
    data: T | null;
    fault: Fault | null;
    loading: boolean;
    reload: () => void;
}

/* Asks for `url` (null: not now) when it is mounted, when the url changes, each `refresh_ms` while the
 * tab is seen, when it is seen again, and on reload(). One question at a time, lest they pile up before a
 * slow server; reload() does not wait for the one before, whose answer is then dropped. */
export function useResource<T>(url: string | null, refresh_ms = 0): ReadonlySignal<Resource<T>> {
    const again = useRef<() => void>(() => undefined);
    const reload = useRef(() => again.current()).current;
    const state = useSignal<Resource<T>>({ data: null, fault: null, loading: url !== null, reload });
    const asked = useRef<string | null>(null);
    useEffect(() => {
        if (url === null) {
            state.value = { data: null, fault: null, loading: false, reload };
            return;
        }
        const aborter = new AbortController();
        if (asked.current !== url) state.value = { data: null, fault: null, loading: true, reload };
        asked.current = url;
        let asking = 0; /* the number of the question without an answer; 0: none */
        let asked_times = 0;
        const load = async () => {
            const mine = ++asked_times;
            asking = mine;
            const result = await get<T>(url, { signal: aborter.signal });
            if (aborter.signal.aborted || asking !== mine) return;
            asking = 0;
            state.value = result.ok
                ? { data: result.value, fault: null, loading: false, reload }
                : { data: result.fault.status === 404 ? null : state.value.data, fault: result.fault, loading: false, reload };
        };
        const refresh = () => {
            if (!document.hidden && asking === 0) void load();
        };
        again.current = () => void load();
        void load();
        const timer = refresh_ms > 0 ? setInterval(refresh, refresh_ms) : 0;
        if (refresh_ms > 0) document.addEventListener("visibilitychange", refresh);
        return () => {
            aborter.abort("left");
            clearInterval(timer);
            document.removeEventListener("visibilitychange", refresh);
        };
    }, [url, refresh_ms]);
    return state;
}
