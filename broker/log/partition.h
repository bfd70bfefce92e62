/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of one partition: a folder of segments, with offsets that only grow. What is here is the whole of
 * its storage: append, read, time index, leader epochs, the state of idempotent producers, recovery,
 * retention, deletion of records, compaction.
 *
 *     <20 digits>.log        batches as they came, the first of them with that offset
 *     <20 digits>.index      sparse: offset -> position
 *     <20 digits>.timeindex  sparse: largest timestamp so far -> offset
 *     <20 digits>.snapshot   the producers' state as of that offset
 *     epochs                 which leader epoch begins at which offset
 *
 * The log alone is the truth; the rest is rebuilt from it where it is missing or does not fit.
 *
 * Offsets: start <= flushed <= end; high watermark <= end. The start moves by retention, the end by append.
 * A single replica's high watermark is the end, or, where a write waits for the disk (flush_always), what
 * was flushed: so no consumer sees what a power cut could take back.
 *
 * Pure over broker/log/files.h: times come in, and who waits for what is decided elsewhere. One thread, but
 * for what is said at flush and clean.
 */
#ifndef BROKER_LOG_PARTITION_H
#define BROKER_LOG_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "broker/log/batch.h"
#include "broker/log/files.h"

struct partition;

enum {
    PARTITION_FLUSH_FILES_MAX = 6,
};

/* From the topic's settings; may change while the log is open. */
struct partition_options {
    uint64_t segment_bytes;        /* segment.bytes; a batch is never split */
    uint64_t segment_ms;           /* segment.ms, by the time between records */
    uint32_t index_interval_bytes; /* index.interval.bytes */
    uint32_t batch_bytes_max;      /* max.message.bytes */
    int64_t retention_ms;          /* retention.ms; -1: for ever */
    int64_t retention_bytes;       /* retention.bytes; -1: any size */
    bool deletes;                  /* cleanup.policy has delete */
    bool compacts;                 /* cleanup.policy has compact */
    uint64_t delete_retention_ms;  /* delete.retention.ms: of tombstones */
    uint64_t clean_bytes_max; /* memory that a compaction takes for the keys; 0: CLEAN_MAP_BYTES */
    uint64_t compaction_lag_ms;  /* min.compaction.lag.ms */
    uint32_t producers_max;      /* that are remembered, as of opening; 0: PRODUCERS_MAX */
    double dirty_ratio;          /* min.cleanable.dirty.ratio */
    bool stamps;                 /* message.timestamp.type is LogAppendTime */
    bool flush_always;           /* flush.messages is 1: the high watermark follows the disk */
    bool preallocates;           /* room for a segment is reserved, a piece ahead of its end */
    uint64_t producer_expiry_ms; /* state of a producer that is silent for so long is forgotten */
};

/* What a checkpoint of the data folder knew about the partition (broker/log/checkpoint.h). */
struct partition_checkpoint {
    bool is_known;          /* there was an entry */
    bool is_clean;          /* it was closed with partition_close() and nothing was written since */
    int64_t flushed_offset; /* all below is durable */
    int64_t start_offset;
};

/* What opening has found. */
struct partition_recovery {
    uint64_t bytes_checked; /* read again, with their CRC */
    uint64_t bytes_cut;     /* a torn or damaged tail that was cut off; 0: none */
    int64_t cut_at_offset;  /* -1: none */
    uint32_t indexes_rebuilt;
    char text[256]; /* "" or what was repaired, where, for the log line */
};

/* Opens the log in `folder` (of `files`, which outlives it), making the folder if it is missing. From the
 * checkpoint on, everything is read and checked; what is torn at the end is cut off. `leader_epoch` is that
 * of the broker's present life; it is never smaller than in earlier lives. Errors name folder and file. */
enum err partition_open(struct files *files, const char *folder,
                        const struct partition_options *options,
                        const struct partition_checkpoint *checkpoint, int32_t leader_epoch,
                        int64_t now_ms, struct partition **ret_partition,
                        struct partition_recovery *ret_recovery, struct error *error) MUST_USE;

/* Writes down what a start would else have to work out (seal and snapshot), and makes all durable: then
 * its checkpoint may say is_clean, until it is written to. */
enum err partition_settle(struct partition *partition, struct error *error) MUST_USE;

/* The same, but that it is for the caller to make all durable: by sync_all() of its files. */
enum err partition_settle_begin(struct partition *partition, struct error *error) MUST_USE;

/* There is something to settle. */
bool partition_is_unsettled(const struct partition *partition);

/* Settles it, and lets it go, even if that fails. */
enum err partition_close(struct partition **partition, struct error *error) MUST_USE;

/* Without any of that: as a crash would leave it. */
void partition_abandon(struct partition **partition);

void partition_set_options(struct partition *partition, const struct partition_options *options);

int64_t partition_start_offset(const struct partition *partition);
int64_t partition_end_offset(const struct partition *partition);
int64_t partition_flushed_offset(const struct partition *partition);
int64_t partition_high_watermark(const struct partition *partition);
int32_t partition_leader_epoch(const struct partition *partition);
uint64_t partition_size_bytes(const struct partition *partition);
uint32_t partition_segment_count(const struct partition *partition);

/* The log can no longer be trusted to take writes: an earlier write or flush failed. NULL, or why. */
const char *partition_failure(const struct partition *partition);

/* ---- append ---- */

enum partition_verdict {
    PARTITION_APPENDED,
    PARTITION_DUPLICATE,    /* an idempotent producer sent it before; offsets are those of then */
    PARTITION_OUT_OF_ORDER, /* its sequence leaves a gap */
    PARTITION_FENCED,       /* its producer has a newer epoch */
    PARTITION_TOO_LARGE,    /* larger than batch_bytes_max */
    PARTITION_NO_ROOM,      /* the disk is full: nothing was changed */
    PARTITION_FAILED,       /* see partition_failure() */
};

struct partition_appended {
    int64_t base_offset;
    int64_t last_offset;
    int64_t append_time_ms; /* -1 unless the topic stamps */
};

/* Appends one batch, for which batch_fault() was NULL; its offset and epoch are set on the way. The bytes are
 * with the operating system when this returns: a crash of the process takes nothing back. */
enum partition_verdict partition_append(struct partition *partition, const void *batch,
                                        const struct batch_head *head, int64_t now_ms,
                                        struct partition_appended *ret_appended,
                                        struct error *error) MUST_USE;

/* ---- read ---- */

/* Bytes of a segment, to be sent as they are: whole batches, but the last may be cut off, as clients know.
 * The first one holds the offset asked for. */
struct partition_slice {
    struct file *file; /* a reference of the caller's, who gives it back; NULL if size is 0 */
    uint64_t position;
    size_t size;
};

/* From `offset` (start .. high watermark) up to the high watermark, max_bytes at most, but the first batch whole
 * even if it is larger, if `at_least_one`. ERR_NOT_FOUND: the offset is out of range. ERR_CORRUPT, ERR_IO. */
enum err partition_read(struct partition *partition, int64_t offset, size_t max_bytes,
                        bool at_least_one, struct partition_slice *ret_slice,
                        struct error *error) MUST_USE;

/* Bytes from the offset up to the high watermark: what a fetch with min_bytes waits for. Cheap: estimated over
 * several segments. */
uint64_t partition_bytes_from(const struct partition *partition, int64_t offset);

struct partition_moment {
    int64_t offset; /* -1: there is none */
    int64_t timestamp_ms;
    int32_t leader_epoch;
};

/* The first record, by offset, whose timestamp is not before the one given. */
enum err partition_find_time(struct partition *partition, int64_t timestamp_ms,
                             struct partition_moment *ret_moment, struct error *error) MUST_USE;

/* The record with the largest timestamp. */
enum err partition_find_latest_time(struct partition *partition,
                                    struct partition_moment *ret_moment,
                                    struct error *error) MUST_USE;

/* Where the epoch ended: *ret_epoch is the largest epoch not above `epoch` and *ret_end the offset where the next
 * one began, or the end of the log; -1 both if it is before all that is known, or above the present. */
void partition_epoch_end(const struct partition *partition, int32_t epoch, int32_t *ret_epoch,
                         int64_t *ret_end);

/* ---- flush: in three steps, of which the middle one may run on another thread ---- */

struct partition_flush {
    struct file *files[PARTITION_FLUSH_FILES_MAX]; /* to be synced, in this order */
    size_t file_count;
    int64_t up_to; /* what will be durable: the end of the log when it began, or a little less */
    struct files *folder_files; /* NULL: the folder is durable as it is */
    char folder[FILES_PATH_MAX];
};

/* What is not durable yet; false if there is nothing, or a flush is under way. */
bool partition_flush_begin(struct partition *partition, struct partition_flush *ret_flush) MUST_USE;

/* Syncs the files, and the folder if it has new names. Any thread. */
enum err partition_flush_run(const struct partition_flush *flush, struct error *error) MUST_USE;

/* Moves the flushed offset (and with flush_always the high watermark), or with an error fails the partition for
 * good. Gives the files back. */
void partition_flush_end(struct partition *partition, struct partition_flush *flush,
                         enum err result, const struct error *error);

uint64_t partition_unflushed_bytes(const struct partition *partition);
uint64_t partition_unflushed_records(const struct partition *partition);

/* ---- housekeeping ---- */

/* Rolls a segment that is too old, deletes whole segments beyond the retention. Returns how many segments went. */
uint32_t partition_retain(struct partition *partition, int64_t now_ms);

/* Moves the start of the log forward; what is whole below goes. ERR_NOT_FOUND beyond the high watermark. */
enum err partition_delete_records(struct partition *partition, int64_t before_offset,
                                  struct error *error) MUST_USE;

/* Closes files that nobody needs now; they are opened again on demand. Who took a slice keeps its file. */
void partition_rest(struct partition *partition);

/* Files of its own that are open now. */
uint32_t partition_open_files(const struct partition *partition);

/* Forgets producers that were silent for too long. */
void partition_expire_producers(struct partition *partition, int64_t now_ms);

/* ---- compaction: keeps the last record of each key. Plan and finish on the partition's thread, run on any ---- */

struct clean_plan; /* broker/log/cleaner.h */

/* What is worth cleaning now; NULL if nothing is, or a cleaning is under way. */
struct clean_plan *partition_clean_plan(struct partition *partition, int64_t now_ms) MUST_USE;

/* Puts the result of clean_run() in the place of what it was made from; or drops it, if it failed. */
enum err partition_clean_finish(struct partition *partition, struct clean_plan **plan,
                                struct error *error) MUST_USE;

#endif
