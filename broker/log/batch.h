/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a record batch (format v2 of Kafka: the same bytes on the wire and on the disk), and what is
 * checked before a batch is believed. Pure; any thread.
 */
#ifndef BROKER_LOG_BATCH_H
#define BROKER_LOG_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    BATCH_HEAD_SIZE = 61,
    BATCH_LENGTH_OVERHEAD =
        12,              /* base_offset and batch_length, which batch_length does not count */
    BATCH_CRC_FROM = 21, /* the CRC covers from here to the end */
    BATCH_MAGIC = 2,
};

enum batch_codec {
    BATCH_PLAIN = 0,
    BATCH_GZIP = 1,
    BATCH_SNAPPY = 2,
    BATCH_LZ4 = 3,
    BATCH_ZSTD = 4,
};

struct batch_head {
    int64_t base_offset;
    uint32_t size; /* of the whole batch: batch_length + BATCH_LENGTH_OVERHEAD */
    int32_t leader_epoch;
    int8_t magic;
    uint32_t crc;
    uint16_t attributes;
    int32_t last_offset_delta;
    int64_t base_timestamp_ms;
    int64_t max_timestamp_ms;
    int64_t producer_id; /* -1: none */
    int16_t producer_epoch;
    int32_t base_sequence;
    int32_t record_count;
};

/* Reads the head of what is at `bytes`; `size` is what is there. ERR_FULL: fewer than the head, or than the
 * batch, are there (ret_head is filled in if the head is). ERR_CORRUPT: a length below the head's or above
 * size_max, or not magic 2. Does not look at the CRC. */
enum err batch_read_head(const void *bytes, size_t size, uint32_t size_max,
                         struct batch_head *ret_head) MUST_USE;

/* Whether the CRC of a whole batch is right. */
bool batch_crc_is_right(const void *bytes, const struct batch_head *head) MUST_USE;

/* NULL if a client may append it, otherwise what is wrong with it, for people: CRC, counts, deltas,
 * sequence, control or transactional batches, an unknown codec. */
const char *batch_fault(const void *bytes, const struct batch_head *head) MUST_USE;

static inline int64_t batch_last_offset(const struct batch_head *head)
{
    return head->base_offset + head->last_offset_delta;
}

static inline enum batch_codec batch_codec_of(const struct batch_head *head)
{
    return (enum batch_codec)(head->attributes & 7);
}

/* Writes base_offset and leader_epoch, which lie outside the CRC, into the first BATCH_HEAD_SIZE bytes of
 * a batch. */
void batch_place(void *head_bytes, int64_t base_offset, int32_t leader_epoch);

/* Stamps it with the time of its append, for topics that want that: bit and max_timestamp in the head, and
 * the CRC that follows from them and from the rest of the batch. */
void batch_stamp(void *head_bytes, const void *rest, size_t rest_size, int64_t now_ms);

#endif
