/* SPDX-License-Identifier: Apache-2.0 */
/* Another place for a consumer group in a topic. The brokers say first, for each partition, where that is. */
import { useEffect, useState } from "preact/hooks";
import { post, type Result } from "../api.ts";
import type { Group, Reset } from "../api_types.ts";
import { Icon } from "../components/icon.tsx";
import { exact, plural } from "../format.ts";
import { zone } from "../preferences.ts";
import { path } from "../router.ts";
import { ActionDialog } from "./action_dialog.tsx";
import { resetCommand } from "./commands.ts";
import { NumberField, SelectField } from "./fields.tsx";
import { refusal } from "./permission.tsx";
import { OFFSET_MAX, readPlace, resetEffect } from "./reset_place.ts";

const PLACES = [
    ["earliest", "its first record"],
    ["latest", "its end"],
    ["offset", "an offset"],
    ["time", "a time"],
] as const;

const PREVIEW_DELAY_MS = 300;

function usePreview(group: string, topic: string, to: string | null): Result<Reset> | null {
    const [preview, setPreview] = useState<{ of: string; result: Result<Reset> } | null>(null);
    const of = `${topic} ${to}`;
    useEffect(() => {
        if (to === null) return;
        const aborter = new AbortController();
        const timer = setTimeout(async () => {
            const result = await post<Reset>(path`/api/v2/log/groups/${group}/reset`, { topic, to, dry_run: true }, { signal: aborter.signal });
            if (!aborter.signal.aborted) setPreview({ of, result });
        }, PREVIEW_DELAY_MS);
        return () => {
            clearTimeout(timer);
            aborter.abort("left");
        };
    }, [group, topic, to, of]);
    return preview !== null && preview.of === of ? preview.result : null;
}

function PartitionTable({ reset, label }: { reset: Reset; label: string }) {
    return (
        <div class="table-scroll preview" tabIndex={0} role="region" aria-label={label}>
            <table>
                <thead>
                    <tr>
                        {["partition", "committed", "then", "first", "end"].map((head) => (
                            <th key={head} scope="col" class="number">
                                {head}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {reset.partitions.map((one) => (
                        <tr key={one.partition}>
                            <td class="number" data-label="partition">{one.partition}</td>
                            <td class="number" data-label="committed">{exact(one.committed)}</td>
                            <td class="number" data-label="then">
                                <strong>{exact(one.offset)}</strong>
                            </td>
                            <td class="number" data-label="first">{exact(one.first)}</td>
                            <td class="number" data-label="end">{exact(one.end)}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

function ResetDialog(props: { group: string; topics: readonly string[]; onClose: () => void; onDone: () => void }) {
    const { group, topics } = props;
    const [topic, setTopic] = useState(topics[0] ?? "");
    const [kind, setKind] = useState("earliest");
    const [offset, setOffset] = useState("0");
    const [time, setTime] = useState("");
    const to = readPlace(kind, offset, time, zone.value);
    const preview = usePreview(group, topic, to);
    const close = () => {
        props.onDone();
        props.onClose();
    };
    return (
        <ActionDialog<Reset>
            title={`Reset offsets of ${group}`}
            verb="Reset"
            danger
            effects={
                <>
                    <li>When the group starts again, it reads {topic} from there.</li>
                    <li>A topology is no member of its group: one that reads as {group} must be killed first, or it commits over this.</li>
                    {to === null ? null : preview === null ? (
                        <li aria-busy="true">Asking the brokers where that is …</li>
                    ) : preview.ok ? (
                        <li>
                            <strong>{resetEffect(preview.value)}.</strong>
                        </li>
                    ) : (
                        <li>It would be refused: {preview.fault.text}</li>
                    )}
                </>
            }
            command={resetCommand(group, topic, to ?? "earliest")}
            typed={group}
            not_yet={to === null ? "The place is not complete." : preview === null ? "The brokers have not answered yet." : null}
            ask={() => post(path`/api/v2/log/groups/${group}/reset`, { topic, to: to ?? "", dry_run: false })}
            outcome={(reset) => (
                <div class="outcome" role="status">
                    <p>Committed. {resetEffect(reset)}.{!reset.noted && " Nimbus could not be told, so it does not stand in the list of events."}</p>
                    <PartitionTable reset={reset} label="Where the group goes on" />
                </div>
            )}
            onClose={close}
        >
            {topics.length > 1 && (
                <SelectField label="Topic" value={topic} options={topics.map((one) => [one, one] as const)} onInput={setTopic} />
            )}
            <SelectField label="To" value={kind} options={PLACES} onInput={setKind} />
            {kind === "offset" && <NumberField label="Offset, of each partition" value={offset} min={0} max={OFFSET_MAX} onInput={setOffset} />}
            {kind === "time" && (
                <label class="field">
                    <span>Time ({zone.value === "utc" ? "UTC" : "of this place"}): the first records of then or later</span>
                    <input type="datetime-local" step="1" value={time} onInput={(event) => setTime(event.currentTarget.value)} />
                </label>
            )}
            {preview?.ok && <PartitionTable reset={preview.value} label="What it would be" />}
        </ActionDialog>
    );
}

/* For a group; `onDone` when it may have changed. */
export function ResetOffsetsButton({ group, onDone }: { group: Group; onDone: () => void }) {
    const [open, setOpen] = useState(false);
    const topics = [...new Set(group.offsets.map((place) => place.topic))].sort();
    const members = group.members.length;
    const why_not =
        refusal() ??
        (members > 0 ? `it has ${plural(members, "member")}; they must stop first` : topics.length === 0 ? "it has no offsets" : null);
    return (
        <span class="actions">
            <button
                type="button"
                class="danger-quiet"
                aria-disabled={why_not !== null}
                title={why_not === null ? undefined : `Reset offsets: ${why_not}`}
                aria-label={why_not === null ? undefined : `Reset offsets (not now: ${why_not})`}
                onClick={() => why_not === null && setOpen(true)}
            >
                <Icon name="clock" size={13} /> Reset offsets
            </button>
            {open && <ResetDialog group={group.name} topics={topics} onClose={() => setOpen(false)} onDone={onDone} />}
        </span>
    );
}
