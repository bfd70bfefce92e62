/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One segment of a partition's log: its names, its file, looking for a batch in it, making its indexes
 * anew. Pure over files.h; one thread, but for the scan, which a cleaner does on its own.
 */
#ifndef BROKER_LOG_SEGMENT_H
#define BROKER_LOG_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "broker/log/batch.h"
#include "broker/log/files.h"
#include "broker/log/index.h"

enum {
    SEGMENT_BYTES_MAX = INT32_MAX, /* positions in the index have 32 bits */
    SEGMENT_SCAN_BUFFER_MAX = 256 * 1024,
};

/* ---- names ---- */

enum segment_kind {
    SEGMENT_LOG,
    SEGMENT_INDEX,
    SEGMENT_TIME_INDEX,
    SEGMENT_SNAPSHOT,
};

enum segment_age {
    SEGMENT_IN_PLACE,
    SEGMENT_NEW, /* with ".new" behind it: being made, not part of the log yet; opening discards it */
};

/* "<folder>/<20 digits>.<kind>[.new]" */
void segment_path(const char *folder, int64_t base_offset, enum segment_kind kind,
                  enum segment_age age, char ret_path[FILES_PATH_MAX]);

/* False: not such a name (of a file without its folder). */
bool segment_parse_name(const char *name, int64_t *ret_base_offset, enum segment_kind *ret_kind,
                        enum segment_age *ret_age);

/* ---- a segment ---- */

struct segment {
    int64_t base_offset;
    uint64_t size;          /* bytes of its batches; the file may have room behind them */
    struct index_seal seal; /* if is_known */
    bool is_known;          /* the seal was read, or made from the log */
    bool is_synced;         /* the log is durable up to `size` */
    uint64_t used_at;   /* a count of uses, for closing the file that was not used for longest */
    uint32_t rebuilds;  /* because of lookups, since it was opened */
    struct file *log;   /* NULL: not open */
    struct file *index; /* NULL: not open */
};

/* Where segments are, and with what settings. Borrowed. */
struct segment_place {
    struct files *files;
    const char *folder;
    uint32_t interval_bytes; /* between entries of the index */
    int64_t now_ms;
};

/* Opens the log if it is not open; segment->log is then borrowed. */
enum err segment_open(struct segment *segment, const struct segment_place *place,
                      enum files_open how, struct error *error) MUST_USE;

/* Closes its files; who took a reference keeps it. */
void segment_rest(struct segment *segment);

/* Makes segment->seal known: from the time index, or, where that does not fit, anew from the log,
 * together with both indexes. *ret_is_rebuilt says so. Not for one that is being written. */
enum err segment_know(struct segment *segment, const struct segment_place *place,
                      bool *ret_is_rebuilt, struct error *error) MUST_USE;

/* Makes both indexes anew, from the log, stepping over what is damaged. `writer` is that of the
 * segment if it is being written; NULL: it is closed, and sealed anew. Files that cannot be
 * written are no error, only slow: then it is done again when it is needed again. */
enum err segment_rebuild(struct segment *segment, const struct segment_place *place,
                         struct index_writer *writer, struct error *error) MUST_USE;

/* Bytes of a segment that are no batch, and the offsets that were lost with them. */
struct segment_damage {
    int64_t base_offset; /* of the segment */
    uint64_t from;
    uint64_t to;
    int64_t from_offset;
    int64_t to_offset; /* one behind; INT64_MAX: nothing comes after them in the segment */
};

struct segment_search {
    int64_t offset;         /* in: what is looked for */
    int64_t offset_limit;   /* in: the segment ends before it; 0: not known */
    uint64_t position;      /* out: the first batch that ends with it or behind it */
    struct batch_head head; /* out */
    bool met_damage;        /* out, also after an error: on the way, the last one is in `damage` */
    struct segment_damage damage;
};

/* `writer` is that of the segment if it is being written, else NULL. ERR_NOT_FOUND: the segment ends
 * before the offset; ERR_CORRUPT: what held it is damaged. */
enum err segment_find(struct segment *segment, const struct segment_place *place,
                      struct index_writer *writer, struct segment_search *search,
                      struct error *error) MUST_USE;

/* Where to begin to look for the first batch with a timestamp not before this one, as an offset: in no batch
 * before it is there such a one. */
enum err segment_find_time(struct segment *segment, const struct segment_place *place,
                           struct index_writer *writer, int64_t timestamp_ms, int64_t *ret_offset,
                           struct error *error) MUST_USE;

/* ---- walking over batches ---- */

enum segment_check {
    SEGMENT_CHECK_HEADS, /* that each head fits its place */
    SEGMENT_CHECK_ALL,   /* the CRC, too */
};

/* The file and its limits: it does not change below `limit` while it is walked over. */
struct segment_scan {
    struct file *file;
    uint64_t position;   /* of the next batch */
    uint64_t limit;      /* nothing is looked at from here on */
    int64_t base_offset; /* of the segment */
    int64_t next_offset; /* offsets below are not expected any more */
    int64_t
        offset_limit; /* nor are those from here on: the base of the next segment, or INT64_MAX */
    enum segment_check check;
    bool is_dense; /* each batch begins with next_offset: nothing was compacted */
    struct batch_head
        before; /* the batch that was stepped over last, at position_before; size 0: none */
    uint64_t position_before;
    unsigned char *buffer; /* what stands at buffer_at; grows while it is read on and on */
    uint64_t buffer_at;
    size_t buffer_size;
    size_t buffer_capacity;
    uint64_t bytes_read;
};

/* At the beginning; the caller may then set position, next_offset and offset_limit. */
void segment_scan_init(struct segment_scan *scan, struct file *file, int64_t base_offset,
                       uint64_t limit, enum segment_check check);
void segment_scan_done(struct segment_scan *scan);

/* The next batch, and steps over it. ERR_NOT_FOUND: the limit is reached; ERR_CORRUPT: there is no
 * batch there that could be, and nothing was stepped over; or the one before was damaged, and its length
 * led astray: the scan stands before that one then. ERR_IO. */
enum err segment_scan_next(struct segment_scan *scan, struct batch_head *ret_head,
                           uint64_t *ret_position, struct error *error) MUST_USE;

/* After ERR_CORRUPT: moves to the next batch whose head fits and whose CRC is right, wherever it
 * begins; it begins with *ret_offset. ERR_NOT_FOUND: there is none up to the limit (position is as it
 * was). */
enum err segment_scan_resume(struct segment_scan *scan, int64_t *ret_offset,
                             struct error *error) MUST_USE;

#endif
