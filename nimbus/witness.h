/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has become of the workers of one topology, by what their supervisors report each second: who was
 * started, failed, was started again, came to its end, or is not there any more. Reports say how it is; here
 * it is compared with how it was.
 *
 * Failures are told one by one as long as the supervisor does not speak of a crash loop (five within five
 * minutes); from then on a worker is told of once in WITNESS_QUIET_MS at most, with the number of its
 * failures, and its starts not at all.
 *
 * Pure; belongs to its owner's thread. Zero is empty.
 */
#ifndef NIMBUS_WITNESS_H
#define NIMBUS_WITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "nimbus/events.h"

enum {
    WITNESS_PLACES_MAX = 4096, /* of a topology; those beyond it are not watched */
    WITNESS_NEWS_MAX = 3,      /* of one worker in one report */
    WITNESS_TEXT_MAX = 320,
    WITNESS_QUIET_MS = 60 * 1000,
};

#define WITNESS_ON_REQUEST "restarted on request" /* as a supervisor says it, as the last exit */

struct witness_place {
    char *supervisor;
    uint32_t slot;
    uint64_t incarnation;
    int64_t pid;
    bool is_seen;     /* in the report that is being read */
    bool has_process; /* as it said last */
    bool has_started; /* this incarnation has; told */
    bool has_failed;  /* ... */
    bool has_ended;   /* ... */
    uint64_t told_ms; /* when a failure in a loop was told last; 0: not in one */
    uint64_t untold;  /* failures since then */
    char last_exit[WITNESS_TEXT_MAX];
};

struct witness {
    size_t count;
    size_t capacity;
    uint64_t untold;              /* failures of all places: mostly there is nothing to look for */
    struct witness_place *places; /* by supervisor and slot */
};

struct witness_news {
    enum events_kind kind;
    enum events_severity severity;
    uint64_t incarnation;
    int64_t pid;    /* 0: there is none */
    uint64_t count; /* WORKER_FAILED: so many times */
    uint64_t restarts;
    char why[WITNESS_TEXT_MAX]; /* the last exit; "" if there is nothing to say */
};

void witness_done(struct witness *witness);

enum witness_mode {
    WITNESS_TELLS,
    WITNESS_LEARNS, /* the first report to this leader: how it is, but not since when */
};

/* A report of the supervisor begins; then one call for each of its workers (a member of `workers` that
 * figures_check() has passed); then witness_next_missing() until it says no. */
void witness_begin(struct witness *witness, const char *supervisor);
size_t witness_take(struct witness *witness, const char *supervisor, const json_t *said,
                    uint64_t now_ms, enum witness_mode mode,
                    struct witness_news ret_news[WITNESS_NEWS_MAX]);

/* Forgets a worker that was there before and is not in the report. *ret_had_process: it lived then. */
bool witness_next_missing(struct witness *witness, const char *supervisor, uint32_t *ret_slot,
                          bool *ret_had_process);

/* Failures of a loop whose time has come. The place is borrowed until the next change. */
bool witness_next_due(struct witness *witness, uint64_t now_ms,
                      const struct witness_place **ret_place, struct witness_news *ret_news);

/* NULL if it is not known. Borrowed until the next change. */
const struct witness_place *witness_find(const struct witness *witness, const char *supervisor,
                                         uint32_t slot);

#endif
