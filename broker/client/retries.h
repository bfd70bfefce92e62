/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that failed and are to be tried again: how often, and when. The n-th failure waits
 * base * 2^(n-1), at most `pause_max_ms`. Of those that are due at the same time, as when they failed
 * together, the one of the lowest offset comes first, partition by partition: so order is kept as far
 * as it can be.
 *
 * As many entries as there are open records, which is who puts them's to bound.
 *
 * Pure.
 */
#ifndef BROKER_CLIENT_RETRIES_H
#define BROKER_CLIENT_RETRIES_H

#include <stdbool.h>
#include <stdint.h>

struct retries_limits {
    uint32_t failures_max; /* a record that has failed so often is given up; 0: never */
    uint64_t pause_ms;     /* after the first failure */
    uint64_t pause_max_ms;
};

enum retries_verdict {
    RETRIES_AGAIN,
    RETRIES_GIVE_UP,
};

struct retries_entry {
    uint64_t due_ms;
    int64_t offset;
    uint32_t part; /* the partition, as its reader numbers them */
    uint32_t slot; /* which record */
};

/* A heap; all zeros is empty and owns nothing. */
struct retries {
    struct retries_entry *entries;
    uint32_t count;
    uint32_t capacity;
};

/* After its failures-th failure, from 1. What `never` can be sent is not tried again. */
enum retries_verdict retries_judge(const struct retries_limits *limits, uint32_t failures,
                                   bool never);
uint64_t retries_pause_ms(const struct retries_limits *limits, uint32_t failures);

void retries_done(struct retries *retries);
void retries_put(struct retries *retries, struct retries_entry entry);

/* False if none is due. */
bool retries_take(struct retries *retries, uint64_t now_ms, struct retries_entry *ret_entry);

#endif
