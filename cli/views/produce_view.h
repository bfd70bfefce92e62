/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `gale produce` has done: how many records went where. Pure.
 */
#ifndef CLI_VIEWS_PRODUCE_VIEW_H
#define CLI_VIEWS_PRODUCE_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "broker/client/console.h"

struct produce_part {
    int32_t partition;
    uint64_t records;
    int64_t first; /* offsets; -1: the broker did not say */
    int64_t last;
};

/* All zero is one that counted nothing. */
struct produce_tally {
    struct produce_part *parts; /* by partition */
    size_t count;
    uint64_t acknowledged;
    uint64_t failed;
};

void produce_tally_add(struct produce_tally *tally, const struct console_delivery *delivery);
void produce_tally_done(struct produce_tally *tally);

/* "3 records to 'lines'", then a line for each partition. */
void produce_view_render(const struct produce_tally *tally, const char *topic, struct text *text);
void produce_view_json(const struct produce_tally *tally, const char *topic, struct text *text);

#endif
