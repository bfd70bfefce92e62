/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record batches for tests, as a producer would send them.
 */
#ifndef TESTS_BATCHES_H
#define TESTS_BATCHES_H

#include <stddef.h>
#include <stdint.h>

#include "broker/log/batch.h"

struct batches_order {
    int32_t record_count; /* 0: one */
    size_t value_size;    /* of each record */
    int64_t timestamp_ms; /* of the first record */
    int64_t step_ms;      /* from one record to the next; may be negative */
    uint64_t content;     /* what the values are made of */
    int64_t producer_id;  /* 0: none; else it is this one */
    int16_t producer_epoch;
    int32_t base_sequence;
    enum batch_codec codec;
};

struct batches_item {
    unsigned char *bytes; /* free() */
    struct batch_head head;
};

struct batches_item batches_make(const struct batches_order *order);

#endif
