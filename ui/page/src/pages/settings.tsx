/* SPDX-License-Identifier: Apache-2.0 */
/* What this server goes by, and who has said so. */
import { useResource } from "../api.ts";
import type { Setting, Settings } from "../api_types.ts";
import { Badge } from "../components/badge.tsx";
import { Failed, Loading } from "../components/empty.tsx";
import { Panel } from "../components/panel.tsx";
import { Table, type Column } from "../components/table.tsx";
import { changeQuery, query } from "../router.ts";
import type { PageProps } from "../routes.tsx";
import "./browse.css";

function is_changed(setting: Setting): boolean {
    return setting.origin !== "default";
}

const COLUMNS: readonly Column<Setting>[] = [
    { key: "key", label: "setting", value: (one) => one.key, show: (one) => <code class="name">{one.key}</code> },
    { key: "value", label: "value", value: (one) => one.value, show: (one) => (one.value ? <code>{one.value}</code> : <span class="quiet">empty</span>), mark: (one) => one.value },
    { key: "default", label: "default", value: (one) => one.default, show: (one) => (one.default ? <code class="quiet">{one.default}</code> : <span class="quiet">empty</span>), mark: (one) => one.default },
    { key: "origin", label: "from", wide: true, value: (one) => one.origin, show: (one) => (is_changed(one) ? <Badge tone="info">{one.origin}</Badge> : <span class="quiet">default</span>) },
    { key: "doc", label: "what it is", wide: true, value: (one) => one.doc },
];

export function SettingsPage(_: PageProps) {
    const { data, fault, reload } = useResource<Settings>("/api/v2/settings").value;
    const only_changed = query("changed") === "1";
    const rows = data?.settings.filter((one) => !only_changed || is_changed(one)) ?? [];
    return (
        <>
            <div class="page-head">
                <h1>Settings</h1>
                <span class="quiet">of all of Gale's programs, as gale-ui reads them here: other machines may have other files</span>
            </div>
            <Panel
                title="Effective values"
                more={
                    <label class="check">
                        <input type="checkbox" checked={only_changed} onChange={(event) => changeQuery({ changed: event.currentTarget.checked })} /> only those that somebody has set
                    </label>
                }
            >
                {data === null ? (
                    fault ? <Failed fault={fault} reload={reload} /> : <Loading what="the settings" />
                ) : (
                    <Table name="settings" label="Settings" columns={COLUMNS} rows={rows} rowKey={(one) => one.key} filter empty="Everything is as it is by default." />
                )}
                <p class="quiet note">
                    <span>
                        The same for a file and a command line: <code>gale config show --origin</code>. What a topology goes by stands in its own
                        tab “Settings”.
                    </span>
                </p>
            </Panel>
        </>
    );
}
