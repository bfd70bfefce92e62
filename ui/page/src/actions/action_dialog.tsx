/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all actions have in common: a dialog that says what will happen, shows the command that does the
 * same, asks for a name to be typed where nothing brings back what is lost, and stays open after it was
 * accepted until the effect is seen.
 *
 *     asking --ask()--> sending --ok--> accepted (Outcome)
 *        ^                 |
 *        +---- fault ------+
 */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Fault, Result } from "../api.ts";
import { copyText } from "../components/copy.ts";
import { Dialog } from "../components/dialog.tsx";
import { Icon } from "../components/icon.tsx";
import { permission, TokenForm } from "./permission.tsx";
import "./actions.css";

export interface ActionProps<Answer> {
    title: string;
    verb: string; /* on the button */
    danger?: boolean;
    effects: ComponentChildren; /* <li>s, each a sentence made of facts */
    command: string;
    typed?: string; /* what has to be typed */
    not_yet?: string | null; /* what is missing in the form */
    ask: () => Promise<Result<Answer>>;
    outcome: (answer: Answer) => ComponentChildren;
    onClose: () => void;
    children?: ComponentChildren; /* fields */
}

export function Command({ text }: { text: string }) {
    const [copied, setCopied] = useState("");
    const copy = async () => setCopied((await copyText(text)) ? "copied" : "the browser does not let it be copied");
    return (
        <div class="command">
            <span class="command-head">The same as</span>
            <code tabIndex={0}>{text}</code>
            <button type="button" class="plain" onClick={() => void copy()} aria-label="Copy the command">
                <Icon name="copy" size={13} /> Copy
            </button>
            <span role="status" class="quiet">
                {copied}
            </span>
        </div>
    );
}

function TypedName(props: { wanted: string; value: string; onInput: (value: string) => void }) {
    return (
        <label class="field">
            <span>
                Type <code>{props.wanted}</code> to go on
            </span>
            <input
                type="text"
                autoComplete="off"
                spellcheck={false}
                value={props.value}
                onInput={(event) => props.onInput(event.currentTarget.value)}
            />
        </label>
    );
}

function Form<Answer>(props: ActionProps<Answer> & { accept: (answer: Answer) => void }) {
    const [typed, setTyped] = useState("");
    const [sending, setSending] = useState(false);
    const [fault, setFault] = useState<Fault | null>(null);
    const is_named = props.typed === undefined || typed === props.typed;
    const why_off = props.not_yet ?? (is_named ? null : "The name is not typed yet.");
    const submit = async (event: Event) => {
        event.preventDefault();
        if (why_off !== null || sending) return;
        setSending(true);
        const result = await props.ask();
        setSending(false);
        if (result.ok) props.accept(result.value);
        else setFault(result.fault);
    };
    return (
        <form class="form" onSubmit={(event) => void submit(event)}>
            <ul class="effects">{props.effects}</ul>
            {props.children}
            {props.typed !== undefined && <TypedName wanted={props.typed} value={typed} onInput={setTyped} />}
            <Command text={props.command} />
            {fault !== null && (
                <p class="form-error" role="alert">
                    Not done: {fault.text}
                </p>
            )}
            <div class="form-buttons">
                <span class="quiet">{why_off}</span>
                <button type="button" onClick={props.onClose}>
                    Leave it
                </button>
                <button
                    type="submit"
                    class={props.danger ? "danger" : "primary"}
                    disabled={why_off !== null || sending}
                    aria-busy={sending}
                >
                    {props.verb}
                </button>
            </div>
        </form>
    );
}

export function ActionDialog<Answer>(props: ActionProps<Answer>) {
    const [answer, accept] = useState<{ value: Answer } | null>(null);
    const may = permission();
    return (
        <Dialog title={props.title} onClose={props.onClose}>
            {answer !== null ? (
                <div class="form">
                    {props.outcome(answer.value)}
                    <div class="form-buttons">
                        <button type="button" class="primary" autoFocus onClick={props.onClose}>
                            Close
                        </button>
                    </div>
                </div>
            ) : may.kind === "token" ? (
                <TokenForm />
            ) : may.kind === "refused" ? (
                <p class="form-error">{may.text}</p>
            ) : (
                <Form {...props} accept={(value) => accept({ value })} />
            )}
        </Dialog>
    );
}
