/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of nimbus/figures/tally.h: what each place has said last. For tally.c, tally_take.c and
 * tally_freeze.c.
 */
#ifndef NIMBUS_FIGURES_TALLY_PARTS_H
#define NIMBUS_FIGURES_TALLY_PARTS_H

#include "nimbus/figures/tally.h"

struct tally_value { /* of a metric */
    bool is_there;
    uint64_t count;
    double gauge;
    struct spread spread;
};

/* A task, as one incarnation has said of it. */
struct tally_entry {
    uint32_t component;
    uint32_t task;
    uint32_t width; /* counters that are known */
    uint64_t *known;
    struct spread latency;
    struct tally_now now;
    size_t value_count;
    struct tally_value *values; /* by metric of the component */
};

/* The histograms of one component in this worker: complete, or execute and process of each input. */
struct tally_known {
    uint32_t component;
    struct spread complete;
    struct spread execute[TALLY_INPUTS_MAX];
    struct spread process[TALLY_INPUTS_MAX];
};

struct tally_cell {
    char *supervisor;
    uint32_t slot;
    uint64_t incarnation;
    uint64_t tick; /* at which it was heard of last */
    bool has_spoken;
    bool has_ended;       /* its process is gone; its last words may still come */
    bool is_over;         /* ..., and have, or never will: nothing of it is kept */
    uint64_t counts_from; /* the tick, of one that is over and speaks all the same */
    size_t entry_count;
    size_t entry_capacity;
    struct tally_entry *entries; /* by component and task */
    size_t known_count;
    struct tally_known *known;
    struct tally_cell *before; /* the incarnation before it, whose last set may still come; NULL */
};

/* The place's cell for this incarnation; made, or emptied, if it is new. NULL: it is of long ago. */
struct tally_cell *tally_cell(struct tally *tally, const struct tally_source *source);

/* NULL: nothing is known of the place. */
struct tally_cell *tally_find_cell(const struct tally *tally, const char *supervisor,
                                   uint32_t slot);

/* Forgets what the incarnation has said; not that it was there. */
void tally_empty_cell(struct tally_cell *cell);

/* NULL: too many. */
struct tally_component *tally_component(struct tally *tally, const char *name, bool is_spout);

/* The index of what has that name, made at column `*width`, which grows, if it is new; the limit, and nothing has
 * changed, if there are too many. tally_widen() has to follow. */
uint32_t tally_output(struct tally_component *component, const char *stream, uint32_t *width);
uint32_t tally_edge(struct tally_component *component, uint32_t output, const char *to,
                    uint32_t *width);
uint32_t tally_input(struct tally_component *component, const char *from, const char *stream,
                     uint32_t *width);

/* The same of a metric, which has no column; the limit also if it is of another kind. */
uint32_t tally_metric(struct tally_component *component, const char *name,
                      enum figures_metric_kind kind, uint32_t guess);

/* Room for tasks below `count`, and for counters below `width`. */
void tally_widen(struct tally_component *component, uint32_t count, uint32_t width);

#endif
