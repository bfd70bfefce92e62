/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a compaction: cleaner.c has the plan and the run, cleaner_source.c walks over the batches of
 * an input, cleaner_group.c writes what is kept of some inputs into one segment. One thread but for
 * `is_cancelled`.
 */
#ifndef BROKER_LOG_CLEANER_PARTS_H
#define BROKER_LOG_CLEANER_PARTS_H

#include <stdatomic.h>

#include "broker/log/cleaner.h"
#include "broker/log/cleaner_map.h"
#include "broker/log/codec.h"
#include "broker/log/records.h"
#include "broker/log/segment.h"

struct clean_producer {
    int64_t producer_id;
    int64_t last_offset;
};

struct clean_source {
    struct clean_input input;
    bool is_damaged; /* left alone */
};

/* What was made of inputs. */
struct clean_output {
    size_t first; /* of the inputs */
    size_t count;
    bool is_ours; /* its files are not in place yet */
};

struct clean_plan {
    struct files *files;
    char *folder;
    struct clean_options options;
    struct clean_source *sources;
    size_t source_count;
    struct clean_producer *producers; /* sorted by id when it runs */
    size_t producer_count;

    _Atomic bool is_cancelled;
    bool has_run;
    struct cleaner_map map;
    int64_t end_offset;        /* the map knows all below */
    int64_t tombstones_before; /* tombstones from this offset on are kept: there is damage before */
    struct records_reader reader;
    struct clean_output *outputs;
    size_t output_count;
    struct clean_figures figures;
};

/* ---- cleaner.c ---- */

/* Whether the batch is the last one of a producer that is known. */
bool clean_is_last_of_producer(const struct clean_plan *plan, const struct batch_head *head);

/* ---- cleaner_source.c: the batches of one input, one after the other ---- */

struct clean_walk {
    struct clean_plan *plan;
    struct file *file;
    struct segment_scan scan;
    struct codec_buffer batch; /* the whole of it */
};

/* ERR_NOT_FOUND: the segment is gone. */
enum err clean_walk_open(struct clean_walk *walk, struct clean_plan *plan,
                         const struct clean_input *input, struct error *error) MUST_USE;
void clean_walk_close(struct clean_walk *walk);

/* The next batch, whole, in walk->batch. ERR_CLOSED (without a text) at the end; ERR_CORRUPT; ERR_CANCELLED. */
enum err clean_walk_next(struct clean_walk *walk, struct batch_head *ret_head,
                         struct error *error) MUST_USE;

/* ---- cleaner_group.c ---- */

/* Writes what is kept of as many inputs, from output->first on, as fit into one segment, into files with
 * SEGMENT_NEW, and sets output->count. *ret_is_needed: they differ from the one input, or there are several;
 * else nothing is left of them. ERR_CORRUPT: the input *ret_damaged is. After an error nothing is left
 * either. */
enum err clean_group_write(struct clean_plan *plan, struct clean_output *output,
                           bool *ret_is_needed, size_t *ret_damaged, struct error *error) MUST_USE;

/* Removes the files of an output that is not in place. */
void clean_group_drop(struct clean_plan *plan, const struct clean_output *output);

#endif
