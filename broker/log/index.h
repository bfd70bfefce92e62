/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two sparse indexes of a segment, and the seal that says what they, and the segment, hold.
 *
 *     .index      (u32 offset - base, u32 position of the batch that begins with it), little-endian:
 *                 of the first batch, and of each that begins `interval` bytes or more behind the
 *                 last one that has an entry, or behind bytes that are no batch
 *     .timeindex  two places for a seal, then
 *                 (i64 largest timestamp so far, u32 base offset of its batch - base), whenever the
 *                 offset index gets an entry and the timestamp has grown
 *
 * Nobody believes an index. An entry is held against the batch that it points to; a seal has a checksum and
 * says for how many bytes of the log it was made. What does not fit is made anew from the log (segment.h). So
 * an index needs no sync, and a torn one costs time, never a record.
 *
 * Of the segment that is being written, entries wait in memory and go to the files a block at a time.
 * A seal is written when the segment is rolled or closed, and now and then on the way, so that not all of
 * it is read after a crash: in turn into the two places, so one is whole. Pure over files.h; one thread.
 */
#ifndef BROKER_LOG_INDEX_H
#define BROKER_LOG_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "broker/log/batch.h"
#include "broker/log/files.h"

enum {
    INDEX_ENTRY_SIZE = 8,
    INDEX_TIME_ENTRY_SIZE = 12,
    INDEX_SEAL_SIZE = 76,
    INDEX_TIMES_AT = 2 * INDEX_SEAL_SIZE, /* where the entries begin in a time index */
    INDEX_BLOCK = 512,                    /* entries that wait in memory */
};

struct index_entry {
    uint32_t relative; /* offset - base of the segment */
    uint32_t position;
};

struct index_time_entry {
    int64_t timestamp_ms;
    uint32_t relative; /* base offset of the batch - base of the segment */
};

/* What is known of a segment, up to some size of it. */
struct index_seal {
    uint64_t size;                /* of the log, in bytes */
    int64_t end_offset;           /* one behind its last; the base if it is empty */
    int64_t first_timestamp_ms;   /* that its first batch begins with; -1: none */
    int64_t max_timestamp_ms;     /* -1: none has one */
    int64_t max_timestamp_offset; /* base offset of the first batch that has it; -1 */
    int64_t touched_ms;           /* when it was last appended to, by our clock */
    int64_t flushed_offset;       /* when it was written, all below was durable */
    uint32_t entry_count;
    uint32_t time_count;
};

/* Collects the entries of a segment that is being written, or made anew. */
struct index_writer {
    int64_t base_offset;
    uint32_t interval_bytes;
    struct index_seal seal; /* of what was noted so far, entries in memory included */

    uint32_t
        entry_written; /* how many of seal.entry_count are in the file; the rest is in `entries` */
    uint32_t time_written;
    struct index_entry *entries;
    struct index_time_entry *times;
    uint32_t entry_capacity;
    uint32_t time_capacity;
    struct index_entry last; /* if has_last */
    bool has_last;           /* else the next batch gets an entry whatever its distance */
    int64_t last_time_ms;    /* of the last time entry; -1: none, or not known */
    bool is_open_ended;      /* the files hold nothing behind what was written */
    unsigned seal_place;     /* 0 or 1: of the next seal */
};

/* Of an empty segment. */
void index_writer_init(struct index_writer *writer, int64_t base_offset, uint32_t interval_bytes);

/* Goes on behind a seal, which stands in that place, and whose entries are all in the files. */
void index_writer_resume(struct index_writer *writer, int64_t base_offset, uint32_t interval_bytes,
                         const struct index_seal *seal, unsigned seal_place);
void index_writer_done(struct index_writer *writer);

/* A batch was written at `position`, the end of the segment so far. Pure. */
void index_writer_note(struct index_writer *writer, const struct batch_head *head,
                       uint64_t position, int64_t now_ms);

/* The greatest entry not above the offset among those in memory; false: it may be in the file. */
bool index_writer_find(const struct index_writer *writer, uint32_t relative,
                       struct index_entry *ret_floor);

/* The same for the last entry whose timestamp is below the one given. */
bool index_writer_find_time(const struct index_writer *writer, int64_t timestamp_ms,
                            struct index_time_entry *ret_floor);

/* Whether so many entries wait that index_writer_spill() is due. */
static inline bool index_writer_is_full(const struct index_writer *writer)
{
    return writer->seal.entry_count - writer->entry_written >= INDEX_BLOCK;
}

/* Writes what waits in memory into the files of these paths, which are made if they are missing. */
enum err index_writer_spill(struct index_writer *writer, struct files *files,
                            const char *index_path, const char *time_path,
                            struct error *error) MUST_USE;

/* The same, and the seal of all that was noted. */
enum err index_writer_seal(struct index_writer *writer, struct files *files, const char *index_path,
                           const char *time_path, struct error *error) MUST_USE;

/* Writes a seal of earlier, whose entries were spilled. */
enum err index_writer_put_seal(struct index_writer *writer, struct files *files,
                               const char *time_path, const struct index_seal *seal,
                               struct error *error) MUST_USE;

/* Reads the seals of a time index that are whole: the one for more bytes first. Returns how many. */
struct index_seals {
    struct index_seal seals[2];
    unsigned places[2];
    unsigned count;
};
enum err index_read_seals(struct file *time_file, struct index_seals *ret_seals,
                          struct error *error) MUST_USE;

/* The seal for a log of exactly that size. ERR_CORRUPT: there is none. */
enum err index_read_seal(struct file *time_file, uint64_t log_size, struct index_seal *ret_seal,
                         struct error *error) MUST_USE;

/* The greatest entry not above `relative`, of the first `entry_count` in the file. ERR_NOT_FOUND: none;
 * ERR_CORRUPT: the file is shorter. */
enum err index_find(struct file *index_file, uint32_t entry_count, uint32_t relative,
                    struct index_entry *ret_floor, struct error *error) MUST_USE;

/* The last entry whose timestamp is below the one given; same errors. */
enum err index_find_time(struct file *time_file, uint32_t time_count, int64_t timestamp_ms,
                         struct index_time_entry *ret_floor, struct error *error) MUST_USE;

#endif
