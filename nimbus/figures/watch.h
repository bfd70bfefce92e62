/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be remembered of a topology for longer than a tick, so that nimbus/figures/verdict.h can judge it:
 * restarts by the minute for an hour, the lag each 10 s for five minutes, since when workers have no
 * process, the last error of each component. Pure; belongs to its owner's thread. Zero is empty.
 */
#ifndef NIMBUS_FIGURES_WATCH_H
#define NIMBUS_FIGURES_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nimbus/figures/verdict.h"

enum {
    WATCH_MINUTES = 60,
    WATCH_LAG_STEP = 10, /* seconds */
    WATCH_LAGS = (VERDICT_LAGS - 1) * VERDICT_LAG_S / WATCH_LAG_STEP + 1,
    WATCH_ERRORS_MAX = 64, /* components */
    WATCH_TEXT_MAX = 1024, /* bytes of an error */
};

struct watch_lag {
    uint64_t tick; /* 0: none */
    bool is_known;
    uint64_t lag;
};

struct watch_down {
    char *supervisor; /* borrowed by watch_put_downs() */
    uint32_t slot;
    uint64_t since_ns;
};

struct watch_error {
    char *component;
    char *text;
    char *supervisor;
    uint32_t slot;
    uint32_t task;
    uint64_t count;   /* since this nimbus leads */
    uint64_t last_ms; /* wall clock */
    uint64_t last_ns; /* the same, of a clock that nobody sets */
};

struct watch {
    uint64_t restarts; /* that were seen */
    uint64_t minute;   /* of the last that was noted */
    uint64_t by_minute[WATCH_MINUTES];
    struct watch_lag lags[WATCH_LAGS];
    size_t down_count;
    struct watch_down *downs;
    size_t error_count;
    struct watch_error *errors;
};

void watch_done(struct watch *watch);

/* `restarts` in all, as of now. */
void watch_note_restarts(struct watch *watch, uint64_t restarts, uint64_t now_ns);
uint64_t watch_restarts_hour(const struct watch *watch, uint64_t now_ns);

/* Each tick; false for `is_known`: nothing says it. */
void watch_note_lag(struct watch *watch, uint64_t tick, bool is_known, uint64_t lag);

/* The samples of now and before, VERDICT_LAG_S apart, oldest first; false if one is not known. */
bool watch_lags(const struct watch *watch, uint64_t tick, uint64_t ret_lags[VERDICT_LAGS]);

/* The workers that have no process now, instead of those that had none before: each with `since_ns`, which
 * becomes earlier if it was one of them. */
void watch_put_downs(struct watch *watch, struct watch_down *downs, size_t count);

void watch_put_error(struct watch *watch, const struct watch_error *error);

/* NULL: there was none. */
const struct watch_error *watch_find_error(const struct watch *watch, const char *component);

#endif
