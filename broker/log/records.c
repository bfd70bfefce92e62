/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/records.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "broker/log/varint.h"

enum {
    CODEC_BITS = 7, /* of the attributes */
};

static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b); /* a client's numbers may overflow */
}

/* ---- Reading ------------------------------------------------------------------------------- */

void records_reader_done(struct records_reader *reader)
{
    codec_buffer_done(&reader->plain);
    *reader = (struct records_reader){.left = 0};
}

enum err records_open(struct records_reader *reader, const void *batch,
                      const struct batch_head *head, struct error *error)
{
    const unsigned char *stored = (const unsigned char *)batch + BATCH_HEAD_SIZE;
    size_t size = head->size - BATCH_HEAD_SIZE;

    ASSERT(head->size >= BATCH_HEAD_SIZE);
    if (head->record_count < 0)
        return error_set(error, ERR_CORRUPT, "a negative count of records");
    reader->head = *head;
    reader->left = head->record_count;
    reader->next_delta = 0;
    reader->bytes = stored;
    reader->size = size;
    if (batch_codec_of(head) == BATCH_PLAIN || (head->record_count == 0 && size == 0))
        return ERR_OK;

    reader->plain.size = 0;
    enum err err = codec_decompress(batch_codec_of(head), stored, size, codec_limit(size),
                                    &reader->plain, error);
    reader->bytes = reader->plain.bytes;
    reader->size = reader->plain.size;
    return err;
}

struct source {
    const unsigned char *bytes;
    size_t size; /* what is left */
};

static bool get_number(struct source *source, int64_t *ret_value)
{
    return varint_get(&source->bytes, &source->size, ret_value);
}

/* A number of what follows, each part of which has at least one byte. */
static bool get_count(struct source *source, int32_t *ret_count)
{
    int64_t count;

    if (!get_number(source, &count) || count < 0 || (uint64_t)count > source->size ||
        count > INT32_MAX)
        return false;
    *ret_count = (int32_t)count;
    return true;
}

/* Bytes with their size before, or nothing at all. */
static bool get_bytes(struct source *source, const unsigned char **ret_bytes, int32_t *ret_size)
{
    int64_t size;

    if (!get_number(source, &size) || size < RECORDS_ABSENT || size > INT32_MAX ||
        (size > 0 && (uint64_t)size > source->size))
        return false;
    *ret_bytes = source->bytes;
    *ret_size = (int32_t)size;
    if (size > 0) {
        source->bytes += size;
        source->size -= (size_t)size;
    }
    return true;
}

static bool skip_headers(struct source *source, int32_t count)
{
    const unsigned char *bytes;
    int32_t size;

    for (int32_t i = 0; i < count; i++) {
        if (!get_bytes(source, &bytes, &size) || size == RECORDS_ABSENT ||
            !get_bytes(source, &bytes, &size))
            return false;
    }
    return true;
}

/* All of `source` is the record. */
static bool get_record(struct source *source, const struct batch_head *head,
                       struct record *ret_record, int64_t *ret_delta)
{
    int64_t time_delta;

    if (source->size == 0)
        return false;
    source->bytes++; /* attributes: none is in use */
    source->size--;
    if (!get_number(source, &time_delta) || !get_number(source, ret_delta) ||
        !get_bytes(source, &ret_record->key, &ret_record->key_size) ||
        !get_bytes(source, &ret_record->value, &ret_record->value_size) ||
        !get_count(source, &ret_record->header_count))
        return false;
    ret_record->headers = source->bytes;
    ret_record->headers_size = source->size;
    ret_record->timestamp_ms = (head->attributes & RECORDS_IS_STAMPED) != 0
                                   ? head->max_timestamp_ms
                                   : plus(head->base_timestamp_ms, time_delta);
    return skip_headers(source, ret_record->header_count) && source->size == 0;
}

static enum err next(struct records_reader *reader, struct record *ret_record, struct error *error)
{
    struct source batch = {reader->bytes, reader->size};
    int64_t delta;
    int32_t size;

    if (!get_count(&batch, &size))
        return error_set(error, ERR_CORRUPT, "a record that does not fit its batch");
    struct source source = {batch.bytes, (size_t)size};
    if (!get_record(&source, &reader->head, ret_record, &delta))
        return error_set(error, ERR_CORRUPT, "a record that does not fit its size");
    if (delta < reader->next_delta || delta > reader->head.last_offset_delta)
        return error_set(error, ERR_CORRUPT, "a record whose offset does not fit its batch");
    ret_record->offset = plus(reader->head.base_offset, delta);
    reader->bytes = batch.bytes + size;
    reader->size = batch.size - (size_t)size;
    reader->next_delta = delta < INT32_MAX ? (int32_t)delta + 1 : INT32_MAX;
    reader->left--;
    return ERR_OK;
}

enum err records_next(struct records_reader *reader, struct record *ret_record, struct error *error)
{
    if (reader->left > 0)
        return next(reader, ret_record, error);
    if (reader->size > 0)
        return error_set(error, ERR_CORRUPT, "bytes behind the last record");
    return ERR_NOT_FOUND;
}

/* ---- Making -------------------------------------------------------------------------------- */

void records_builder_done(struct records_builder *builder)
{
    codec_buffer_done(&builder->plain);
    codec_buffer_done(&builder->batch);
    *builder = (struct records_builder){.max_timestamp_ms = 0};
}

struct batch_head records_plain_head(enum batch_codec codec, int64_t base_timestamp_ms)
{
    return (struct batch_head){
        .magic = BATCH_MAGIC,
        .leader_epoch = -1,
        .attributes = (uint16_t)codec,
        .base_timestamp_ms = base_timestamp_ms,
        .producer_id = -1,
        .producer_epoch = -1,
        .base_sequence = -1,
    };
}

void records_builder_begin(struct records_builder *builder, const struct batch_head *head)
{
    builder->head = *head;
    builder->head.record_count = 0;
    builder->max_timestamp_ms = -1;
    builder->plain.size = 0;
    builder->batch.size = 0;
}

static void add_number(struct codec_buffer *buffer, int64_t value)
{
    unsigned char bytes[VARINT_SIZE_MAX];

    codec_buffer_add(buffer, bytes, varint_put(value, bytes));
}

static void add_bytes(struct codec_buffer *buffer, const unsigned char *bytes, int32_t size)
{
    add_number(buffer, size);
    if (size > 0)
        codec_buffer_add(buffer, bytes, (size_t)size);
}

static size_t size_of_bytes(int32_t size)
{
    return varint_size(size) + (size > 0 ? (size_t)size : 0);
}

void records_builder_add(struct records_builder *builder, const struct record *record)
{
    struct batch_head *head = &builder->head;
    int64_t delta = record->offset - head->base_offset;
    int64_t time_delta =
        (int64_t)((uint64_t)record->timestamp_ms - (uint64_t)head->base_timestamp_ms);

    ASSERT(delta >= 0 && delta <= INT32_MAX);
    size_t size = 1 + varint_size(time_delta) + varint_size(delta) +
                  size_of_bytes(record->key_size) + size_of_bytes(record->value_size) +
                  varint_size(record->header_count) + record->headers_size;
    add_number(&builder->plain, (int64_t)size);
    codec_buffer_add(&builder->plain, "", 1); /* attributes */
    add_number(&builder->plain, time_delta);
    add_number(&builder->plain, delta);
    add_bytes(&builder->plain, record->key, record->key_size);
    add_bytes(&builder->plain, record->value, record->value_size);
    add_number(&builder->plain, record->header_count);
    codec_buffer_add(&builder->plain, record->headers, record->headers_size);

    head->record_count++;
    if (delta > head->last_offset_delta)
        head->last_offset_delta = (int32_t)delta;
    if (record->timestamp_ms > builder->max_timestamp_ms)
        builder->max_timestamp_ms = record->timestamp_ms;
}

size_t records_builder_plain_size(const struct records_builder *builder)
{
    return builder->plain.size;
}

static unsigned char *put(unsigned char *to, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (unsigned char)(value >> (8 * (size - 1 - i)));
    return to + size;
}

/* All but the CRC, which is 0. */
static void put_head(unsigned char to[BATCH_HEAD_SIZE], const struct batch_head *head)
{
    unsigned char *at = put(to, (uint64_t)head->base_offset, 8);

    at = put(at, head->size - BATCH_LENGTH_OVERHEAD, 4);
    at = put(at, (uint32_t)head->leader_epoch, 4);
    at = put(at, (uint8_t)head->magic, 1);
    at = put(at, 0, 4);
    at = put(at, head->attributes, 2);
    at = put(at, (uint32_t)head->last_offset_delta, 4);
    at = put(at, (uint64_t)head->base_timestamp_ms, 8);
    at = put(at, (uint64_t)head->max_timestamp_ms, 8);
    at = put(at, (uint64_t)head->producer_id, 8);
    at = put(at, (uint16_t)head->producer_epoch, 2);
    at = put(at, (uint32_t)head->base_sequence, 4);
    at = put(at, (uint32_t)head->record_count, 4);
    ASSERT(at == to + BATCH_HEAD_SIZE);
}

/* What a head says of no records. */
static void empty_head(struct batch_head *head)
{
    head->attributes &= (uint16_t) ~(CODEC_BITS | RECORDS_HAS_HORIZON);
    head->base_timestamp_ms = -1;
    head->max_timestamp_ms = -1;
}

enum err records_builder_finish(struct records_builder *builder, const unsigned char **ret_batch,
                                struct batch_head *ret_head, struct error *error)
{
    struct batch_head *head = &builder->head;
    struct codec_buffer *batch = &builder->batch;

    if (head->record_count == 0)
        empty_head(head);
    else if ((head->attributes & RECORDS_IS_STAMPED) == 0)
        head->max_timestamp_ms = builder->max_timestamp_ms;

    codec_buffer_reserve(batch, BATCH_HEAD_SIZE);
    batch->size = BATCH_HEAD_SIZE;
    enum err err = ERR_OK;
    if (head->record_count > 0)
        err = codec_compress(batch_codec_of(head), builder->plain.bytes, builder->plain.size, batch,
                             error);
    if (err == ERR_OK && batch->size > INT32_MAX)
        err = error_set(error, ERR_LIMIT, "a batch of %zu bytes is too large", batch->size);
    if (err != ERR_OK)
        return err;

    head->size = (uint32_t)batch->size;
    put_head(batch->bytes, head);
    head->crc = crc32c_of(batch->bytes + BATCH_CRC_FROM, batch->size - BATCH_CRC_FROM);
    (void)put(batch->bytes + BATCH_CRC_FROM - 4, head->crc, 4);
    *ret_batch = batch->bytes;
    *ret_head = *head;
    return ERR_OK;
}
