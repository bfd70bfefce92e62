/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/batch.h"

#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"

/* Where the fields are; numbers are big-endian. */
enum {
    AT_BASE_OFFSET = 0,
    AT_LENGTH = 8,
    AT_LEADER_EPOCH = 12,
    AT_MAGIC = 16,
    AT_CRC = 17,
    AT_ATTRIBUTES = 21,
    AT_LAST_OFFSET_DELTA = 23,
    AT_BASE_TIMESTAMP = 27,
    AT_MAX_TIMESTAMP = 35,
    AT_PRODUCER_ID = 43,
    AT_PRODUCER_EPOCH = 51,
    AT_BASE_SEQUENCE = 53,
    AT_RECORD_COUNT = 57,
};

enum {
    RECORD_MIN_BYTES = 7, /* length, attributes, two deltas, two sizes, number of headers */
};

enum {
    ATTRIBUTE_LOG_APPEND_TIME = 1 << 3,
    ATTRIBUTE_TRANSACTIONAL = 1 << 4,
    ATTRIBUTE_CONTROL = 1 << 5,
    ATTRIBUTE_DELETE_HORIZON = 1 << 6,
};

static uint16_t get_u16(const unsigned char *from)
{
    return __builtin_bswap16(bytes_get_u16(from));
}

static uint32_t get_u32(const unsigned char *from)
{
    return __builtin_bswap32(bytes_get_u32(from));
}

static uint64_t get_u64(const unsigned char *from)
{
    return __builtin_bswap64(bytes_get_u64(from));
}

static void read_fields(const unsigned char *at, struct batch_head *head)
{
    *head = (struct batch_head){
        .base_offset = (int64_t)get_u64(at + AT_BASE_OFFSET),
        .size = get_u32(at + AT_LENGTH) + BATCH_LENGTH_OVERHEAD,
        .leader_epoch = (int32_t)get_u32(at + AT_LEADER_EPOCH),
        .magic = (int8_t)at[AT_MAGIC],
        .crc = get_u32(at + AT_CRC),
        .attributes = get_u16(at + AT_ATTRIBUTES),
        .last_offset_delta = (int32_t)get_u32(at + AT_LAST_OFFSET_DELTA),
        .base_timestamp_ms = (int64_t)get_u64(at + AT_BASE_TIMESTAMP),
        .max_timestamp_ms = (int64_t)get_u64(at + AT_MAX_TIMESTAMP),
        .producer_id = (int64_t)get_u64(at + AT_PRODUCER_ID),
        .producer_epoch = (int16_t)get_u16(at + AT_PRODUCER_EPOCH),
        .base_sequence = (int32_t)get_u32(at + AT_BASE_SEQUENCE),
        .record_count = (int32_t)get_u32(at + AT_RECORD_COUNT),
    };
}

enum err batch_read_head(const void *bytes, size_t size, uint32_t size_max,
                         struct batch_head *ret_head)
{
    const unsigned char *at = bytes;

    /* What is wrong is said as soon as it can be seen: nobody needs to wait for the rest. */
    if (size >= AT_LENGTH + sizeof(uint32_t)) {
        uint32_t length = get_u32(at + AT_LENGTH);
        if (length < BATCH_HEAD_SIZE - BATCH_LENGTH_OVERHEAD || length > INT32_MAX ||
            (uint64_t)length + BATCH_LENGTH_OVERHEAD > size_max)
            return ERR_CORRUPT;
    }
    if (size > AT_MAGIC && at[AT_MAGIC] != BATCH_MAGIC)
        return ERR_CORRUPT;
    if (size < BATCH_HEAD_SIZE)
        return ERR_FULL;
    read_fields(at, ret_head);
    return size < ret_head->size ? ERR_FULL : ERR_OK;
}

bool batch_crc_is_right(const void *bytes, const struct batch_head *head)
{
    const unsigned char *at = bytes;

    return crc32c_of(at + BATCH_CRC_FROM, head->size - BATCH_CRC_FROM) == head->crc;
}

static const char *fault_of_attributes(uint16_t attributes)
{
    if ((attributes & 7) > BATCH_ZSTD)
        return "its compression codec is not known";
    if ((attributes & ATTRIBUTE_LOG_APPEND_TIME) != 0)
        return "a producer cannot say that its timestamps are those of the append";
    if ((attributes & ATTRIBUTE_TRANSACTIONAL) != 0)
        return "transactions are not supported";
    if ((attributes & (ATTRIBUTE_CONTROL | ATTRIBUTE_DELETE_HORIZON)) != 0)
        return "control batches, and those of a compaction, are not for producers";
    return NULL;
}

static const char *fault_of_producer(const struct batch_head *head)
{
    if (head->producer_id == -1)
        return NULL;
    if (head->producer_id < 0)
        return "its producer id is negative";
    if (head->producer_epoch < 0 || head->base_sequence < 0)
        return "it names a producer without epoch and sequence";
    return NULL;
}

const char *batch_fault(const void *bytes, const struct batch_head *head)
{
    const char *fault = fault_of_attributes(head->attributes);

    if (fault == NULL)
        fault = fault_of_producer(head);
    if (fault != NULL)
        return fault;
    if (head->record_count < 1)
        return "it has no records";
    if (batch_codec_of(head) == BATCH_PLAIN &&
        (uint32_t)head->record_count > (head->size - BATCH_HEAD_SIZE) / RECORD_MIN_BYTES)
        return "it has not so many records as it says";
    if (head->last_offset_delta != head->record_count - 1)
        return "its last offset does not fit the number of its records";
    if (head->max_timestamp_ms < -1 || head->max_timestamp_ms < head->base_timestamp_ms)
        return "its timestamps contradict each other";
    return batch_crc_is_right(bytes, head) ? NULL : "its checksum is wrong";
}

void batch_place(void *head_bytes, int64_t base_offset, int32_t leader_epoch)
{
    unsigned char *at = head_bytes;

    bytes_put_u64(at + AT_BASE_OFFSET, __builtin_bswap64((uint64_t)base_offset));
    bytes_put_u32(at + AT_LEADER_EPOCH, __builtin_bswap32((uint32_t)leader_epoch));
}

void batch_stamp(void *head_bytes, const void *rest, size_t rest_size, int64_t now_ms)
{
    unsigned char *at = head_bytes;
    uint16_t attributes = get_u16(at + AT_ATTRIBUTES) | ATTRIBUTE_LOG_APPEND_TIME;

    bytes_put_u16(at + AT_ATTRIBUTES, __builtin_bswap16(attributes));
    bytes_put_u64(at + AT_MAX_TIMESTAMP, __builtin_bswap64((uint64_t)now_ms));

    uint32_t crc = crc32c_of(at + BATCH_CRC_FROM, BATCH_HEAD_SIZE - BATCH_CRC_FROM);
    bytes_put_u32(at + AT_CRC, __builtin_bswap32(crc32c_extend(crc, rest, rest_size)));
}
