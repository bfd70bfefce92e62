/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the dialogs. */
import type { ComponentChildren } from "preact";

export function NumberField(props: {
    label: ComponentChildren;
    value: string;
    min: number;
    max: number;
    hint?: string;
    onInput: (value: string) => void;
}) {
    return (
        <label class="field">
            <span>{props.label}</span>
            <input
                type="number"
                inputMode="numeric"
                min={props.min}
                max={props.max}
                step="any"
                value={props.value}
                onInput={(event) => props.onInput(event.currentTarget.value)}
            />
            {props.hint && <small>{props.hint}</small>}
        </label>
    );
}

export function SelectField(props: {
    label: string;
    value: string;
    options: readonly (readonly [value: string, label: string])[];
    onInput: (value: string) => void;
}) {
    return (
        <label class="field">
            <span>{props.label}</span>
            <select value={props.value} onChange={(event) => props.onInput(event.currentTarget.value)}>
                {props.options.map(([value, label]) => (
                    <option key={value} value={value}>
                        {label}
                    </option>
                ))}
            </select>
        </label>
    );
}
