/* SPDX-License-Identifier: Apache-2.0 */
/* A few values to choose from; which one stands in the address. */
import { changeQuery, query } from "../router.ts";

export interface Option {
    value: string;
    label: string;
}

/* `standard`: what holds unless something is chosen; the first. */
export function chosen(name: string, options: readonly Option[], standard = options[0]?.value ?? ""): string {
    const wanted = query(name);
    return options.find((option) => option.value === wanted)?.value ?? standard;
}

export function Choice({ name, label, options, standard = options[0]?.value ?? "" }: { name: string; label: string; options: readonly Option[]; standard?: string }) {
    const current = chosen(name, options, standard);
    const choose = (value: string) => changeQuery({ [name]: value === standard ? null : value });
    return (
        <label class="choice">
            <span>{label}</span>
            <select value={current} onChange={(event) => choose(event.currentTarget.value)}>
                {options.map((option) => (
                    <option key={option.value} value={option.value} selected={option.value === current}>
                        {option.label}
                    </option>
                ))}
            </select>
        </label>
    );
}
