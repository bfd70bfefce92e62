/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What supervisors report of the workers of one topology: the latest of each place (supervisor, slot).
 * It is about processes; what the workers have counted is in nimbus/figures/tally.h. Nothing of it is stored: a
 * new leader waits for the next reports.
 *
 * A worker that is not in its supervisor's report any more stays, with what was said of it last, until
 * room is needed.
 *
 * Pure; belongs to its owner's thread. Zero is empty.
 */
#ifndef NIMBUS_PLACES_H
#define NIMBUS_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attribute.h"

enum {
    PLACES_MAX = 4096,   /* beyond it those that are gone make room */
    PLACES_RESTARTS = 3, /* of a place: when the last ones were told */
};

struct place {
    char *supervisor;
    uint32_t slot;
    uint64_t incarnation;
    bool is_live; /* in its supervisor's latest report */
    bool has_process;
    bool is_drained;
    bool is_ended;
    uint64_t reported_ns;
    json_t *said;                           /* as in the report */
    uint64_t restarted_ns[PLACES_RESTARTS]; /* oldest first; 0: none; not those on request */
};

struct places {
    size_t count;
    struct place *items; /* by supervisor and slot */
    uint64_t restarts;   /* that were told since it was begun */
};

void places_done(struct places *places);

/* A report of the supervisor begins: its workers are gone unless they are in it. */
void places_begin(struct places *places, const char *supervisor);

/* One worker of a report: an object that places_check() has passed. */
void places_put(struct places *places, const char *supervisor, json_t *said, uint64_t now_ns);

/* How many of the last restarts came after that moment; of those that nobody has asked for. */
uint32_t place_restarts(const struct place *place, uint64_t after_ns);

/* Whether it has the members that are needed, each of its kind. */
bool places_check(const json_t *worker) MUST_USE;

/* NULL if nothing was reported of that place. Borrowed until the next report. */
const struct place *places_find(const struct places *places, const char *supervisor, uint32_t slot);

#endif
