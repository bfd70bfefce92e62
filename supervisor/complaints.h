/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The errors of workers, on their way to the cluster state (coord/state/errors_state.h) and to
 * nimbus. In the cluster state each component of a topology has a node, which is written at most once
 * each COMPLAINTS_PERIOD_MS; what comes in between is gathered, and equal texts are counted. If a
 * write may have been done, or not, it is done again: a count may be too high then, never too low.
 * Pure; belongs to its owner's thread. Made while there is a connection, it is given the last
 * CONNECTED event first.
 */
#ifndef SUPERVISOR_COMPLAINTS_H
#define SUPERVISOR_COMPLAINTS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "coord/call.h"
#include "coord/event.h"

struct complaints;

enum {
    COMPLAINTS_COMPONENTS_MAX = 256, /* with errors that are not written; others are dropped and
                                        counted */
    COMPLAINTS_NEWS_MAX = 64, /* different errors that were not reported; the oldest make room */
    COMPLAINTS_PERIOD_MS = 1000,
};

/* What a worker as a whole has done, its death above all, is an error of this component. */
#define COMPLAINTS_WORKER "__worker"

/* All borrowed. */
struct complaint {
    const char *topology;
    const char *component;
    uint32_t slot;
    uint32_t task;
    const char *text;
};

/* The number is that of its tags. */
struct complaints *complaints_new(uint32_t number, const char *supervisor) MUST_USE;
void complaints_destroy(struct complaints **complaints);

/* wall_ms is for people. */
void complaints_add(struct complaints *complaints, const struct complaint *complaint,
                    uint64_t wall_ms);

void complaints_step(struct complaints *complaints, const struct coord_event *event,
                     struct coord_calls *calls);

/* Writes what is due; to be called each second or so. */
void complaints_tick(struct complaints *complaints, uint64_t now_ms, struct coord_calls *calls);

/* The topology is gone: nothing of it is written any more. */
void complaints_forget(struct complaints *complaints, const char *topology);

/* For the report: [{component, task, text, count}, ...] of a slot, since what was answered. The
 * caller owns it. */
json_t *complaints_encode(const struct complaints *complaints, const char *topology,
                          uint32_t slot) MUST_USE;

/* All that was encoded up to a mark is forgotten when the report that had it is answered. */
uint64_t complaints_mark(const struct complaints *complaints);
void complaints_confirm(struct complaints *complaints, uint64_t mark);

uint64_t complaints_count_dropped(const struct complaints *complaints);

#endif
