/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of nimbus/tally.h: what each place has said last. For tally.c, tally_take.c and
 * tally_freeze.c.
 */
#ifndef NIMBUS_TALLY_PARTS_H
#define NIMBUS_TALLY_PARTS_H

#include "nimbus/tally.h"

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
    size_t entry_count;
    size_t entry_capacity;
    struct tally_entry *entries; /* by component and task */
    size_t known_count;
    struct tally_known *known;
    struct tally_cell *before; /* the incarnation before it, whose last set may still come; NULL */
};

/* The place's cell for this incarnation; made, or emptied, if it is new. NULL: the incarnation is
 * over. */
struct tally_cell *tally_cell(struct tally *tally, const struct tally_source *source);

/* NULL: too many. */
struct tally_component *tally_component(struct tally *tally, const char *name, bool is_spout);

/* Room for tasks below `count`, and for counters below `width`. */
void tally_widen(struct tally_component *component, uint32_t count, uint32_t width);

#endif
