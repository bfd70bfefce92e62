/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether changes are allowed from here. The server decides; what stands here only says it before somebody
 * fills in a form for nothing.
 */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { keepToken, loadSession, session } from "../api.ts";

export type Permission =
    | { kind: "allowed" }
    | { kind: "token" } /* there is one, and it was not given yet */
    | { kind: "refused"; text: string };

export function permission(): Permission {
    const current = session.value;
    if (current === null) return { kind: "refused", text: "gale-ui has not said yet whether changes are allowed" };
    if (current.actions) return { kind: "allowed" };
    if (current.token === "required") return { kind: "token" };
    return { kind: "refused", text: current.why_not ?? "changes are not allowed here" };
}

/* Why a button that changes something is off; null: it is on. */
export function refusal(): string | null {
    const current = permission();
    return current.kind === "refused" ? current.text : null;
}

const wrong = signal(false);

async function give(value: string): Promise<void> {
    keepToken(value.trim());
    await loadSession();
    wrong.value = permission().kind === "token";
    if (wrong.value) keepToken(null);
}

/* Asks for the token. When it was right the session says so, and who shows this shows something else. */
export function TokenForm() {
    const [value, setValue] = useState("");
    const submit = (event: Event) => {
        event.preventDefault();
        void give(value);
    };
    return (
        <form class="form" onSubmit={submit}>
            <p>
                Changes need the token of this server: what stands in the file that the setting <code>ui.token.file</code>{" "}
                names. It is kept in this tab until you close it.
            </p>
            <label class="field">
                <span>Token</span>
                <input
                    type="password"
                    autoComplete="off"
                    autoFocus
                    value={value}
                    aria-invalid={wrong.value}
                    onInput={(event) => setValue(event.currentTarget.value)}
                />
            </label>
            {wrong.value && (
                <p class="form-error" role="alert">
                    That is not the token.
                </p>
            )}
            <div class="form-buttons">
                <button type="submit" class="primary" disabled={value.trim() === ""}>
                    Go on
                </button>
            </div>
        </form>
    );
}
