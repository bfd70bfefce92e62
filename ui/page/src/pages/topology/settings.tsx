/* SPDX-License-Identifier: Apache-2.0 */
import { Badge } from "../../components/badge.tsx";
import { Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import type { EffectiveSetting } from "../../types.ts";
import type { TabProps } from "./shared.tsx";

const ORIGINS: Readonly<Record<string, string>> = {
    default: "default",
    nimbus: "nimbus' settings",
    topology: "the topology's code",
    submit: "given at the submission",
};

const columns: readonly Column<EffectiveSetting>[] = [
    { key: "key", label: "setting", value: (row) => row.key, show: (row) => <code>{row.key}</code> },
    { key: "value", label: "value", value: (row) => row.value, show: (row) => (row.value === null ? <span class="quiet">none</span> : <code>{row.value}</code>) },
    {
        key: "origin",
        wide: true,
        label: "origin",
        value: (row) => row.origin,
        show: (row) => (row.origin === "default" ? <span class="quiet">default</span> : <Badge tone="info">{ORIGINS[row.origin] ?? row.origin}</Badge>),
    },
];

export function SettingsTab({ status }: TabProps) {
    return (
        <Panel title="Settings">
            <Table name="settings" label="Settings" columns={columns} rows={status.settings_effective} rowKey={(row) => row.key} empty="Nimbus knows no settings of it." />
        </Panel>
    );
}
