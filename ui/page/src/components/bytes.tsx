/* SPDX-License-Identifier: Apache-2.0 */
import { view, type ViewKind } from "../bytes_view.ts";

/* Bytes as text, JSON or hexadecimal. It can be reached by keyboard, so that it can be scrolled. */
export function Bytes(props: { text: string | null; base64: string | null; as: ViewKind; label: string }) {
    const { kind, shown } = view(props.text, props.base64, props.as);
    const note = kind === props.as ? "" : kind === "hex" ? "It is not text, so this is hexadecimal." : "It is not JSON, so this is text.";
    return (
        <>
            {note && <p class="quiet">{note}</p>}
            <pre class={`bytes ${kind}`} tabIndex={0} aria-label={props.label} role="region">
                {shown}
            </pre>
        </>
    );
}
