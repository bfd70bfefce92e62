/* SPDX-License-Identifier: Apache-2.0 */
/* Components whose code is loaded when they are first shown. */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";

function LoadFailed() {
    return (
        <p class="empty" role="alert">
            This part of the page cannot be loaded: gale-ui is away, or it was upgraded.{" "}
            <button type="button" onClick={() => location.reload()}>
                Load the page anew
            </button>
        </p>
    );
}

export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
    const loaded = signal<ComponentType<Props> | null>(null);
    const failed = signal(false);
    let is_asked = false;
    const ask = async () => {
        is_asked = true;
        try {
            loaded.value = await load();
        } catch {
            is_asked = false; /* the next time it is shown it is tried again */
            failed.value = true;
        }
    };
    return function Lazy(props: Props) {
        if (!is_asked) void ask();
        const Loaded = loaded.value;
        if (Loaded !== null) return <Loaded {...props} />;
        return failed.value ? <LoadFailed /> : <p class="empty" aria-busy="true" />;
    };
}
