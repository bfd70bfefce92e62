/* SPDX-License-Identifier: Apache-2.0 */
import { useResource } from "../../api.ts";
import { Failed, Loading } from "../../components/empty.tsx";
import { Panel } from "../../components/panel.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { Time } from "../../components/time.tsx";
import { bytes } from "../../format.ts";
import { path } from "../../router.ts";
import type { LogFiles } from "../../api_types.ts";
import type { TabProps } from "./shared.tsx";

const REFRESH_MS = 5000;

type Row = LogFiles["files"][number] & { id: string };

const columns: readonly Column<Row>[] = [
    {
        key: "file",
        label: "file",
        value: (row) => `${row.supervisor}:${row.slot} ${row.file}`,
        show: (row) => <a href={path`/logs/${row.id}/${row.supervisor}/${row.slot}/${row.file}`}>{`${row.supervisor}:${row.slot} ${row.file}`}</a>,
    },
    { key: "host", label: "host", value: (row) => row.host },
    { key: "size", label: "size", numeric: true, value: (row) => row.size, show: (row) => bytes(row.size) },
    { key: "modified", label: "written", value: (row) => row.modified_ms, show: (row) => <Time at_ms={row.modified_ms} how="ago" /> },
];

export function LogsTab({ status }: TabProps) {
    const files = useResource<LogFiles>(path`/api/v2/logs/${status.id}`, REFRESH_MS).value;
    return (
        <Panel title="Logs of its workers" more={<a href={path`/logs/${status.id}`}>search in all of them</a>}>
            {files.fault && !files.data ? (
                <Failed fault={files.fault} reload={files.reload} />
            ) : files.data === null ? (
                <Loading what="the files" />
            ) : (
                <Table
                    name="files"
                    label="Log files"
                    columns={columns}
                    rows={files.data.files.map((file) => ({ ...file, id: status.id }))}
                    rowKey={(row) => `${row.supervisor} ${row.slot} ${row.file}`}
                    empty="No supervisor has a log of it."
                />
            )}
        </Panel>
    );
}
