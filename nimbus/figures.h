/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the workers of one topology say of themselves, through their supervisors' reports: the latest
 * of each place (supervisor, slot), and sums over all of them that never go back. When a worker is
 * started anew its counters begin at zero, so those of the incarnation before are kept in a base that
 * is added. Nothing of it is stored: a new leader sums up what live workers say.
 *
 * A worker that is not in its supervisor's report any more stays in the sums with what it said last.
 * Percentiles of latencies cannot be merged: of several workers the largest is shown.
 *
 * Pure; belongs to its owner's thread. Zero is empty.
 */
#ifndef NIMBUS_FIGURES_H
#define NIMBUS_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attribute.h"

enum {
    FIGURES_WORKERS_MAX = 4096,  /* places; beyond it those that are gone join the base */
    FIGURES_COMPONENTS_MAX = 64, /* in the summary of a worker */
};

struct figures_counts {
    uint64_t emitted, sent, executed, acked, failed, timed_out, refused;
};

struct figures_component {
    char *name;
    struct figures_counts counts;
    uint64_t open; /* now */
    uint64_t latency_p50_ns, latency_p99_ns, latency_p999_ns, latency_max_ns;
};

struct figures_worker {
    char *supervisor;
    uint32_t slot;
    uint64_t incarnation;
    bool is_live; /* in its supervisor's latest report */
    bool has_process;
    bool is_drained;
    bool is_ended;
    uint64_t reported_ns;
    json_t *said; /* as in the report, without the summary */
    size_t component_count;
    struct figures_component *components; /* of its summary */
};

struct figures {
    size_t worker_count;
    struct figures_worker *workers; /* by supervisor and slot */
    size_t base_count;
    struct figures_component *base; /* of incarnations that are gone */
};

void figures_done(struct figures *figures);

/* A report of the supervisor begins: its workers are gone unless they are in it. */
void figures_begin(struct figures *figures, const char *supervisor);

/* One worker of a report: an object that figures_check() has passed. */
void figures_put(struct figures *figures, const char *supervisor, json_t *said, uint64_t now_ns);

/* Whether it has the members that are needed, each of its kind. */
bool figures_check(const json_t *worker) MUST_USE;

/* NULL if nothing was reported of that place. Borrowed until the next report. */
const struct figures_worker *figures_find(const struct figures *figures, const char *supervisor,
                                          uint32_t slot);

/* The sum of a component over all workers and the base; its name is NULL. */
struct figures_component figures_sum(const struct figures *figures, const char *component);

#endif
