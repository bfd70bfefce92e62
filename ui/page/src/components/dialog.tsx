/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dialog over the page. The browser's own <dialog>: it holds the focus, Esc closes it. What closes it
 * is told by onClose, whatever the way.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";

export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }) {
    const element = useRef<HTMLDialogElement>(null);
    useEffect(() => {
        const before = document.activeElement;
        element.current?.showModal();
        return () => {
            if (before instanceof HTMLElement) before.focus();
        };
    }, []);
    return (
        <dialog ref={element} class="dialog" aria-label={props.title} onClose={props.onClose}>
            <header>
                <h2>{props.title}</h2>
                <button type="button" class="plain" aria-label="Close" onClick={() => element.current?.close()}>
                    <Icon name="close" />
                </button>
            </header>
            {props.children}
        </dialog>
    );
}
