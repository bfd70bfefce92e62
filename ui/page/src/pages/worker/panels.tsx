/* SPDX-License-Identifier: Apache-2.0 */
/* What looks into a worker's process; loaded when the first worker is shown. */
import { Empty } from "../../components/empty.tsx";
import type { Fault } from "../../api.ts";
import { ProfilePanel } from "./profile.tsx";
import "../flow_pages.ts";
import { ThreadsPanel } from "./threads.tsx";

export interface Place {
    name: string; /* of the topology */
    supervisor: string;
    slot: number;
}

/* What helps, by what went wrong; gale-ui says only the latter. */
const REMEDIES: Readonly<Record<number, string>> = {
    0: "Look whether gale-ui runs, and then again.",
    404: "The worker has perhaps moved: the topology's workers say where it is.",
    409: "Another one looks into this worker: again when that is over.",
    503: "The worker may be starting, or somebody else looks into it: again in a while. Its log says whether it runs.",
};

export function Refused({ fault }: { fault: Fault }) {
    return (
        <div role="alert">
            <Empty>
                <strong class="text-trouble">{fault.text}</strong>
                <br />
                {REMEDIES[fault.status]}
            </Empty>
        </div>
    );
}

export function Panels(place: Place) {
    return (
        <>
            <ThreadsPanel {...place} />
            <ProfilePanel {...place} />
        </>
    );
}
