/* SPDX-License-Identifier: Apache-2.0 */
import { componentHref } from "../../causes.ts";
import { Panel } from "../../components/panel.tsx";
import { WorkerLink } from "../../components/task_table.tsx";
import { Time } from "../../components/time.tsx";
import { Empty } from "../../components/empty.tsx";
import { plural } from "../../format.ts";
import type { TopologyError } from "../../types.ts";
import type { TabProps } from "./shared.tsx";

/* The end of a worker is an error of none of its components. */
const OF_WORKER = "__worker";

function Source({ topology, error }: { topology: string; error: TopologyError }) {
    if (error.component === OF_WORKER) return <>worker</>;
    return (
        <>
            <a href={componentHref(topology, error.component)}>{error.component}</a> task {error.task} in
        </>
    );
}

export function ErrorList({ topology, errors }: { topology: string; errors: readonly TopologyError[] }) {
    const newest_first = [...errors].sort((a, b) => b.last_ms - a.last_ms);
    return (
        <ul class="errors" data-rows="errors">
            {newest_first.map((error) => (
                <li key={`${error.component} ${error.first_ms} ${error.text}`} data-row="" tabIndex={-1}>
                    <p>
                        <Source topology={topology} error={error} />{" "}
                        <WorkerLink supervisor={error.supervisor} slot={error.slot} />
                        <span class="quiet">
                            {" · "}
                            {plural(error.count, "time")}, last <Time at_ms={error.last_ms} how="ago" />, first{" "}
                            <Time at_ms={error.first_ms} />
                        </span>
                    </p>
                    <pre>{error.text}</pre>
                </li>
            ))}
        </ul>
    );
}

export function ErrorsTab({ status }: TabProps) {
    return (
        <Panel title="Errors" more={plural(status.errors.length, "error")}>
            {status.errors.length === 0 ? (
                <Empty>
                    No component has reported an error, and no worker has crashed.
                </Empty>
            ) : (
                <ErrorList topology={status.name} errors={status.errors} />
            )}
        </Panel>
    );
}
