/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/report.h"

#include <stdio.h>

#include "coord/state/fields.h"

void report_beat_take(struct report_beat *beat, const struct local_message *message)
{
    *beat = (struct report_beat){
        .version = message->version,
        .rss_bytes = message->rss_bytes,
        .cpu_ns = message->cpu_ns,
        .links = message->links,
        .links_up = message->links_up,
        .is_drained = message->drained,
    };
}

json_t *report_new(const struct report *report)
{
    json_t *args = json_object();

    fields_put_text(args, "supervisor", report->supervisor);
    fields_put_text(args, "address", report->address);
    fields_put(args, "healthy", json_boolean(report->is_healthy));
    fields_put_text(args, "health_text", report->health_text);
    fields_put(args, "workers", json_array());
    return args;
}

/* A person who reads "backoff" wants to know why. */
static json_t *encode_last_exit(const struct slot *slot, uint64_t now_ms)
{
    char text[SLOT_TEXT_MAX + 64];

    if (slot->state == SLOT_FAILED)
        return fields_json_text(slot->fault);
    if (slot->last_exit[0] == '\0')
        return json_null();
    if (!slot_is_looping(slot, now_ms))
        return fields_json_text(slot->last_exit);
    (void)snprintf(text, sizeof text, "crash loop (%d exits within %d min): %s", SLOT_LOOP_EXITS,
                   SLOT_LOOP_MS / 60000, slot->last_exit);
    return fields_json_text(text);
}

static json_t *encode_links(const struct report_beat *beat)
{
    json_t *links = json_object();

    fields_put_number(links, "all", beat->links);
    fields_put_number(links, "up", beat->links_up);
    return links;
}

void report_add(json_t *args, const struct report *report, uint32_t number,
                const struct report_slot *of, uint64_t now_ms)
{
    const struct slot *slot = of->slot;
    const struct report_beat *beat = of->beat;
    json_t *worker = json_object();
    bool is_alive = slot_has_process(slot);

    fields_put_text(worker, "topology", slot->topology);
    fields_put_number(worker, "slot", number);
    fields_put_number(worker, "incarnation", slot->incarnation);
    fields_put_number(worker, "pid", (uint64_t)slot->pid);
    fields_put_text(worker, "phase", slot_phase(slot));
    fields_put_number(worker, "restarts", slot->starts > 0 ? slot->starts - 1 : 0);
    fields_put(worker, "last_exit", encode_last_exit(slot, now_ms));
    fields_put_number(worker, "uptime_ms", is_alive ? now_ms - slot->started_ms : 0);
    fields_put_number(worker, "version", beat->version);
    fields_put(worker, "drained", json_boolean(beat->is_drained));
    fields_put(worker, "ended", json_boolean(slot->has_ended));
    fields_put_number(worker, "rss_bytes", beat->rss_bytes);
    fields_put_number(worker, "cpu_ns", beat->cpu_ns);
    fields_put(worker, "links", encode_links(beat));
    fields_put(worker, "errors", complaints_encode(report->complaints, slot->topology, number));
    fields_append(json_object_get(args, "workers"), worker);
}
