/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a supervisor tells nimbus each second: the arguments of supervisor.report
 * (docs/protocol/control.md). Pure; any thread.
 */
#ifndef SUPERVISOR_REPORT_H
#define SUPERVISOR_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "supervisor/complaints.h"
#include "supervisor/local.h"
#include "supervisor/slot.h"

/* What a worker said of itself last. Zero is nothing. */
struct report_beat {
    uint64_t version;
    uint64_t rss_bytes;
    uint64_t cpu_ns;
    uint32_t links;
    uint32_t links_up;
    bool is_drained;
};

void report_beat_take(struct report_beat *beat, const struct local_message *message);

struct report {
    const char *supervisor;
    const char *address;
    bool is_healthy;
    const char *health_text;
    const struct complaints *complaints;
};

struct report_slot {
    const struct slot *slot;
    const struct report_beat *beat;
};

/* The arguments, with no worker yet; owned by the caller. */
json_t *report_new(const struct report *report) MUST_USE;

/* Adds a slot that is not empty. */
void report_add(json_t *args, const struct report *report, uint32_t number,
                const struct report_slot *of, uint64_t now_ms);

#endif
