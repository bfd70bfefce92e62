/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records within a batch: reading them, of any codec, and making a batch of some.
 *
 * Nothing in a batch is believed: sizes, counts and offsets are checked before they are used, and what
 * it decompresses to is limited (codec_limit()). Pure; any thread, each reader and builder on one.
 */
#ifndef BROKER_LOG_RECORDS_H
#define BROKER_LOG_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "broker/log/batch.h"
#include "broker/log/codec.h"

enum {
    RECORDS_ABSENT = -1, /* the size of a key or value that is null */
    /* Attribute: the base timestamp is the time from which tombstones in the batch may go. */
    RECORDS_HAS_HORIZON = 1 << 6,
    RECORDS_IS_STAMPED = 1 << 3, /* the max timestamp is that of all its records */
};

struct record {
    int64_t offset;
    int64_t timestamp_ms;
    const unsigned char *key;
    const unsigned char *value;
    const unsigned char *headers; /* as they are stored, without their count */
    int32_t key_size;             /* or RECORDS_ABSENT */
    int32_t value_size;           /* or RECORDS_ABSENT */
    int32_t header_count;
    size_t headers_size;
};

/* ---- reading ---- */

/* Used again for one batch after the other. All zero: new. */
struct records_reader {
    struct batch_head head;
    struct codec_buffer plain;  /* what was compressed */
    const unsigned char *bytes; /* the next record; of the batch, or of `plain` */
    size_t size;                /* what is left there */
    int32_t left;               /* records */
    int32_t next_delta;         /* offsets below are not expected any more */
};

void records_reader_done(struct records_reader *reader);

/* Begins with a whole batch, which stays while it is read. ERR_CORRUPT, ERR_LIMIT, ERR_UNSUPPORTED. */
enum err records_open(struct records_reader *reader, const void *batch,
                      const struct batch_head *head, struct error *error) MUST_USE;

/* The next record, which points into the batch or the reader. ERR_NOT_FOUND (without a text) behind
 * the last one; ERR_CORRUPT. */
enum err records_next(struct records_reader *reader, struct record *ret_record,
                      struct error *error) MUST_USE;

/* ---- making ---- */

/* Used again for one batch after the other. All zero: new. */
struct records_builder {
    struct batch_head head;
    int64_t max_timestamp_ms;
    struct codec_buffer plain; /* records */
    struct codec_buffer batch;
};

void records_builder_done(struct records_builder *builder);

/* A head for records of no producer, at offset 0; `base_timestamp_ms` is usually that of the first. */
struct batch_head records_plain_head(enum batch_codec codec, int64_t base_timestamp_ms);

/* Begins a batch like `head`: its offset, epoch, attributes, base timestamp and producer, and its last offset,
 * if that is not below those that are added. The rest follows from the records. */
void records_builder_begin(struct records_builder *builder, const struct batch_head *head);

/* Copies a record into the batch; offsets grow, and none is below the base. */
void records_builder_add(struct records_builder *builder, const struct record *record);

size_t records_builder_plain_size(const struct records_builder *builder);

/* Compresses, and computes the CRC. The bytes are borrowed until the next batch is begun. A batch of no
 * records is its head alone, without codec and timestamps. ERR_LIMIT: larger than a batch can be. */
enum err records_builder_finish(struct records_builder *builder, const unsigned char **ret_batch,
                                struct batch_head *ret_head, struct error *error) MUST_USE;

#endif
