/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a partition, for its own files alone: partition.c (questions, segments, the end),
 * partition_open.c, recovery.c and recovery_state.c (opening), partition_append.c (append, roll),
 * partition_read.c, partition_time.c (looking for timestamps), partition_flush.c, partition_retain.c
 * (housekeeping), partition_swap.c and partition_clean.c (compaction).
 *
 * Segments are in the order of their bases. All but the last one are closed: their logs never change, but
 * by partition_swap(). The last one is being written, and there is always one once anything was appended: so
 * its name keeps the end of the log, however much is deleted.
 */
#ifndef BROKER_LOG_PARTITION_PARTS_H
#define BROKER_LOG_PARTITION_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "broker/log/epochs.h"
#include "broker/log/index.h"
#include "broker/log/partition.h"
#include "broker/log/producers.h"
#include "broker/log/segment.h"

enum {
    PARTITION_OPEN_SEGMENTS_MAX = 3, /* closed segments whose files are kept open */
    PARTITION_DAMAGES_MAX = 64,      /* more than these are found again when they are met */
    PARTITION_RECENT = 32,
    PARTITION_RESERVE_FROM = 1024 * 1024,        /* room is reserved once a segment is so large, */
    PARTITION_RESERVE_PIECE = 16 * 1024 * 1024,  /* in pieces of this size */
    PARTITION_UNSYNCED_MAX = 16,                 /* segments that wait for the disk */
    PARTITION_SNAPSHOT_BYTES = 16 * 1024 * 1024, /* appended between two snapshots */
};

/* A place in a segment, at the beginning of a batch or at the end. */
struct partition_mark {
    int64_t offset;
    int64_t base_offset; /* of the segment */
    uint64_t position;
};

/* A batch that was appended lately, to the segment that is being written. */
struct partition_recent {
    int64_t offset;
    uint64_t position;
};

struct partition {
    struct files *files;
    char *folder;
    struct partition_options options;
    int32_t leader_epoch;
    int64_t now_ms; /* as last told */
    char *failure;  /* NULL: it takes writes */

    struct segment *segments;
    size_t segment_count; /* 0: nothing was ever appended */
    size_t segment_capacity;
    struct index_writer writer; /* of the last segment, if there is one */
    uint64_t reserved;          /* of its file, in bytes */
    uint64_t size;              /* of all segments */
    uint64_t uses;              /* see segment.used_at */

    int64_t start_offset;
    int64_t end_offset;
    struct partition_mark high_watermark;
    struct partition_recent recent[PARTITION_RECENT]; /* the last ones, in a ring */
    uint64_t recent_count;                            /* put into it since the segment began */

    int64_t flushed_offset;
    struct partition_mark flushed; /* the same, as a place, in a segment that may be gone */
    uint64_t unflushed_bytes;
    uint64_t unflushed_records;
    uint64_t names_made;   /* changes of the folder, */
    uint64_t names_synced; /* and how many of them are durable */

    bool is_flushing;
    struct partition_mark flushing; /* what will be durable */
    uint64_t flushing_records;
    uint64_t flushing_names;
    int64_t flushing_snapshot; /* -1: none */
    bool is_flushing_seal;
    struct index_seal
        flushing_seal; /* of the last segment, to be written when the log is durable */
    bool is_flushing_epochs;

    struct producers *producers;
    int64_t snapshot_offset;   /* of the newest snapshot on the disk; -1: none */
    int64_t snapshot_synced;   /* of the newest one that is durable; -1: none */
    uint64_t unsnapshot_bytes; /* appended since the newest */
    struct epochs epochs;
    struct file *epochs_file; /* open while entries in it are not durable; else NULL */
    uint64_t epochs_size;     /* of the file */
    bool is_settled; /* seal and snapshot on the disk are those of the log's end, and durable */

    struct segment_damage *damages; /* NULL: none was met; else room for PARTITION_DAMAGES_MAX */
    size_t damage_count;

    /* compaction: partition_clean.c alone */
    struct clean_plan *cleaning; /* under way; borrowed; NULL: none */
    int64_t cleaned_offset;      /* all below was compacted already, in this life */
    uint64_t clean_generation;   /* free for its use */
};

/* The last one; NULL if there is none. */
static inline struct segment *partition_active(const struct partition *partition)
{
    return partition->segment_count == 0 ? NULL
                                         : &partition->segments[partition->segment_count - 1];
}

static inline struct segment_place partition_place(const struct partition *partition)
{
    return (struct segment_place){.files = partition->files,
                                  .folder = partition->folder,
                                  .interval_bytes = partition->options.index_interval_bytes,
                                  .now_ms = partition->now_ms};
}

/* Where the segment's offsets end: the base of the next one, or the end of the log. */
static inline int64_t partition_segment_limit(const struct partition *partition, size_t index)
{
    return index + 1 < partition->segment_count ? partition->segments[index + 1].base_offset
                                                : partition->end_offset;
}

/* ---- partition.c ---- */

/* It takes no more writes: error's text says why. Returns error's code. */
enum err partition_fail(struct partition *partition, const struct error *error);

/* The index of the segment that holds the offset: the last one whose base is not above it; 0 if all are. There is
 * one. */
size_t partition_segment_at(const struct partition *partition, int64_t offset);

/* The index of the segment with this base; false if there is none any more. */
bool partition_find_segment(const struct partition *partition, int64_t base_offset,
                            size_t *ret_index);

/* Opens the segment's log, closing one that was not used for longest where too many are open. */
enum err partition_use_segment(struct partition *partition, size_t index,
                               struct error *error) MUST_USE;

/* Makes its seal known, if it is not: its timestamps, its last offset. */
enum err partition_know_segment(struct partition *partition, size_t index,
                                struct error *error) MUST_USE;

/* Puts an empty segment behind the last; its file is not made here. */
struct segment *partition_push_segment(struct partition *partition, int64_t base_offset);

/* Takes segments out and discards their files. They are not the last. */
void partition_drop_segments(struct partition *partition, size_t first, size_t count);

/* Compaction: puts the segment that was made of `count` segments, of which `first_base` is the first one's base,
 * in their place. Its three files stand ready, synced, with that base and SEGMENT_NEW; the others are
 * discarded. ERR_NOT_FOUND: these segments are not there any more, in a row, or are not closed, below the flushed
 * offset and the high watermark, or a flush is under way; then nothing was changed, and the files are removed. Another error: the partition has failed or is as it was. */
enum err partition_swap(struct partition *partition, int64_t first_base, size_t count,
                        struct error *error) MUST_USE;

/* ---- partition_clean.c ---- */

/* After a crash: drops segments that were merged into the one before, which reaches beyond their bases, and are
 * there again. Before anything else looks at the log. */
enum err partition_drop_merged(struct partition *partition, struct error *error) MUST_USE;

/* ---- partition.c ---- */

/* Remembers it, if there is room. */
void partition_add_damage(struct partition *partition, const struct segment_damage *damage);

void partition_forget_damages(struct partition *partition, int64_t base_offset);

/* ---- partition_read.c ---- */

/* The first batch that ends with the offset or behind it, and the index of its segment, whose log is open then.
 * ERR_NOT_FOUND: the log ends before; ERR_CORRUPT: what held it is damaged. There is a segment. */
enum err partition_find_batch(struct partition *partition, int64_t offset, size_t *ret_index,
                              struct segment_search *ret_search, struct error *error) MUST_USE;

/* ---- partition_append.c ---- */

/* Closes the last segment, if it holds anything, and begins a new one at the end of the log. */
enum err partition_roll(struct partition *partition, struct error *error) MUST_USE;

/* Writes the entries of the last segment's indexes that wait in memory. */
enum err partition_spill(struct partition *partition, struct error *error) MUST_USE;

/* Cuts reserved room from the last segment's file, and writes its indexes with their seal. */
enum err partition_seal(struct partition *partition, struct error *error) MUST_USE;

/* Makes the file of a segment that begins at the end of the log, which seals the last one, if there is one. */
enum err partition_begin_segment(struct partition *partition, struct error *error) MUST_USE;

/* Writes a snapshot of the producers as of the end of the log. The file is given to be synced if ret_file
 * is not NULL; then partition_snapshot_is_synced() drops the older ones. Never fails the partition. */
enum err partition_snapshot(struct partition *partition, struct file **ret_file,
                            struct error *error) MUST_USE;
void partition_snapshot_is_synced(struct partition *partition, int64_t offset);

/* ---- partition_flush.c ---- */

/* The high watermark as the options want it; never backwards. */
void partition_move_high_watermark(struct partition *partition);

/* Syncs the folder, and the one that it is in, if there are names that are not durable yet. */
enum err partition_sync_folder(struct partition *partition, struct error *error) MUST_USE;

/* Flushes all that there is, here and now. No flush is under way. */
enum err partition_flush_now(struct partition *partition, struct error *error) MUST_USE;

/* ---- partition_open.c ---- */

enum {
    PARTITION_FOLDER_MAX = FILES_PATH_MAX - 64, /* with the final NUL */
};

void partition_epochs_path(const struct partition *partition, enum segment_age age,
                           char ret_path[FILES_PATH_MAX]);

/* Opens the file of the epochs, made if it is missing, as partition->epochs_file. */
enum err partition_open_epochs(struct partition *partition, struct error *error) MUST_USE;

/* Puts the epochs that are known into a new file, in the place of what there is. */
enum err partition_write_epochs(struct partition *partition, struct error *error) MUST_USE;

/* ---- recovery.c, recovery_state.c: called by partition_open.c alone ---- */

/* What opening has learnt, and is allowed to believe. */
struct recovery {
    struct partition *partition;
    int64_t flushed_offset; /* all below was durable: damage there is never cut */
    struct partition_recovery *report;
    int64_t checked_from; /* all batches from here on were read */
    int64_t lost_from;    /* from here on something is missing that may have been there once */
    uint32_t splits;
};

enum {
    RECOVERY_SPLITS_MAX =
        16, /* damaged places that are cut out; more of them stay, and are refused */
};

/* Reads all from the flushed offset on, cuts what is damaged, and finds the end of the log. The index writer
 * of the last segment is ready then. */
enum err recovery_check_log(struct recovery *recovery, struct error *error) MUST_USE;

/* Adds to the report's text. */
void recovery_say(struct recovery *recovery, const char *format, ...) PRINTF_LIKE(2, 3);

/* The state of the producers as of the end of the log: from the newest snapshot of those given (ascending) that is
 * whole, and knows of no batch that was lost, and the batches behind it. */
enum err recovery_load_producers(struct recovery *recovery, const int64_t *snapshots,
                                 size_t snapshot_count, struct error *error) MUST_USE;

/* The epochs from their file; where it is damaged, from the batches. `from` and later are always read in the
 * batches. */
enum err recovery_load_epochs(struct recovery *recovery, int64_t from,
                              struct error *error) MUST_USE;

#endif
