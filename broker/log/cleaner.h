/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compaction of closed segments: of the records with one key the last one is kept.
 *
 * A run reads the part of the log that was not compacted yet (the dirty part), notes the last offset
 * of each key in a map of bounded size, and then writes all segments from the start of the log up to the end
 * of what the map knows anew, without the records that have a later one of the same key. If the
 * map is full before the dirty part ends, the rest waits for the next run.
 *
 *   - Offsets never change; clients see gaps. A batch keeps its base and last offset, its producer and its
 *     codec; one of which nothing is left goes, but for
 *         the last batch of each producer that is known, so that its state can be made from the log, and
 *         the last batch of what is written into one file, so that this file says how far it reaches;
 *     these stay without records.
 *   - A tombstone (no value) is kept, with what it says about older records, until `delete_retention_ms`
 *     after the first compaction that met it. From when it may go, the batch itself says (attribute bit 6, and
 *     the base timestamp), as with Kafka.
 *   - A record without a key goes. A batch whose records cannot be read stays as it is.
 *   - A segment with damaged bytes is left alone, and tombstones behind it are kept.
 *
 * Small neighbours become one segment. What is made of segments a, b, c stands in three files with the base of
 * the first and SEGMENT_NEW, complete and synced, when the run is over; partition_clean_finish() puts
 * each in place, in the order of offsets, and only then are tombstones gone for good.
 *
 * What a crash leaves, and opening a partition puts right: files with SEGMENT_NEW go; a segment
 * whose base is below the end of the segment before it is one that was merged into that, and goes, too.
 *
 * A plan is made on the partition's thread; the run may be on any, and touches nothing but files.
 */
#ifndef BROKER_LOG_CLEANER_H
#define BROKER_LOG_CLEANER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "broker/log/files.h"

struct clean_plan;

enum {
    CLEAN_MAP_BYTES = 64 * 1024 * 1024, /* some two million keys */
};

struct clean_options {
    uint64_t segment_bytes; /* of what is put together */
    uint64_t delete_retention_ms;
    size_t map_bytes_max;
    uint32_t index_interval_bytes;
    int64_t dirty_offset; /* all below was compacted by earlier runs */
    int64_t now_ms;
};

/* A closed segment. */
struct clean_input {
    int64_t base_offset;
    int64_t limit_offset; /* the base of the next one */
    uint64_t size;        /* bytes of its batches */
    int64_t touched_ms;   /* when it was last appended to */
};

/* What the run has made, or is to make, of some inputs in a row. */
struct clean_group {
    int64_t base_offset; /* of the first input */
    size_t count;        /* of inputs */
};

struct clean_figures {
    uint64_t bytes_read; /* of batches */
    uint64_t bytes_kept;
    uint64_t records_read;
    uint64_t records_kept;
    uint32_t segments_damaged;
};

/* ---- the plan ---- */

/* `files` and what is behind it outlive the plan. */
struct clean_plan *clean_plan_new(struct files *files, const char *folder,
                                  const struct clean_options *options) MUST_USE;

/* Removes the files that are not in place. NULL is fine. Not while it runs. */
void clean_plan_destroy(struct clean_plan **plan);

/* All closed segments from the start of the log on that may be compacted, in their order. */
void clean_plan_add_input(struct clean_plan *plan, const struct clean_input *input);

/* The last batch of a producer that is known. */
void clean_plan_add_producer(struct clean_plan *plan, int64_t producer_id, int64_t last_offset);

/* ---- the run ---- */

/* Once. Any thread. ERR_CANCELLED; ERR_NOT_FOUND: a segment went meanwhile; ERR_FULL, ERR_IO. After an error
 * nothing is left of it. */
enum err clean_run(struct clean_plan *plan, struct error *error) MUST_USE;

/* The run ends soon with ERR_CANCELLED. Any thread. */
void clean_cancel(struct clean_plan *plan);

/* ---- the result ---- */

/* Whether a run was successful. */
bool clean_has_run(const struct clean_plan *plan);

/* Groups whose files stand ready. */
size_t clean_group_count(const struct clean_plan *plan);
struct clean_group clean_group_at(const struct clean_plan *plan, size_t index);

/* The files of the group are somebody else's from now on. */
void clean_group_is_placed(struct clean_plan *plan, size_t index);

/* All below is compacted once all groups are in place. */
int64_t clean_end_offset(const struct clean_plan *plan);

struct clean_figures clean_figures(const struct clean_plan *plan);

#endif
