/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a partition has been processed: records are opened in the order in which they are read,
 * closed in any order, and what may be committed is the offset after the last of those that are closed
 * without a gap from the front.
 *
 *     opened   10   11   14   15   16        12 and 13 are not in the log (any more)
 *     closed    x    x         x
 *     commit: 12, as 14 is open; once that is closed, 16
 *
 * Offsets may have gaps, and may go back if the log was cut: what was opened first is committed first.
 * Memory grows with what is between the front and the last one opened, at most PROGRESS_MAX records;
 * who opens looks at progress_is_full() first.
 *
 * Pure.
 */
#ifndef BROKER_CLIENT_PROGRESS_H
#define BROKER_CLIENT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_MAX  (1u << 20) /* records between the front and the last one */
#define PROGRESS_NONE INT64_MIN  /* nothing to commit as yet */

struct progress_entry {
    int64_t offset;
    bool is_closed;
};

/* All zeros but for `offset` is empty; use progress_init(). */
struct progress {
    struct progress_entry *ring;
    uint32_t capacity; /* 0 or a power of two */
    uint64_t first;    /* sequence number of the front */
    uint64_t next;     /* of the next record */
    int64_t offset;    /* to commit */
};

/* `offset` is where reading begins: nothing needs to be committed before it. */
void progress_init(struct progress *progress, int64_t offset);
void progress_done(struct progress *progress);

/* Returns the number by which it is closed. There is room. */
uint64_t progress_open(struct progress *progress, int64_t offset);

/* Once for each. */
void progress_close(struct progress *progress, uint64_t number);

/* What may be committed: every record before it that was read is closed. */
static inline int64_t progress_offset(const struct progress *progress)
{
    return progress->offset;
}

static inline uint64_t progress_span(const struct progress *progress)
{
    return progress->next - progress->first;
}

static inline bool progress_is_full(const struct progress *progress)
{
    return progress_span(progress) >= PROGRESS_MAX;
}

#endif
