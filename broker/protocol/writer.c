/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/writer.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    CAPACITY_MIN = 512,
    PIECES_MIN = 8,
    UVARINT_BITS = 7,
    UVARINT_MORE = 0x80,
    UVARINT_SIZE_MAX = 5,
};

void kafka_writer_init(struct kafka_writer *writer)
{
    *writer = (struct kafka_writer){.bytes = NULL};
}

void kafka_writer_done(struct kafka_writer *writer)
{
    free(writer->bytes);
    free(writer->pieces);
    kafka_writer_init(writer);
}

void kafka_writer_clear(struct kafka_writer *writer)
{
    kafka_writer_cut(writer, 0, 0);
}

void kafka_writer_cut(struct kafka_writer *writer, size_t size, size_t piece_count)
{
    ASSERT(size <= writer->size && piece_count <= writer->piece_count);
    while (writer->piece_count > piece_count)
        writer->pieces_size -= writer->pieces[--writer->piece_count].size;
    writer->size = size;
}

uint64_t kafka_writer_total(const struct kafka_writer *writer)
{
    return writer->size + writer->pieces_size;
}

/* The bytes between the piece and the one before it; behind the last one there may be some, too. */
static struct kafka_part bytes_before(const struct kafka_writer *writer, size_t piece)
{
    size_t begin = piece == 0 ? 0 : writer->pieces[piece - 1].at;
    size_t end = piece == writer->piece_count ? writer->size : writer->pieces[piece].at;

    if (begin == end)
        return (struct kafka_part){.size = 0};
    return (struct kafka_part){.data = writer->bytes + begin, .size = end - begin};
}

size_t kafka_writer_part_count(const struct kafka_writer *writer)
{
    size_t count = writer->piece_count;

    for (size_t i = 0; i <= writer->piece_count; i++)
        count += bytes_before(writer, i).size > 0;
    return count;
}

void kafka_writer_parts(const struct kafka_writer *writer, struct kafka_part *ret_parts)
{
    for (size_t i = 0; i <= writer->piece_count; i++) {
        struct kafka_part bytes = bytes_before(writer, i);
        if (bytes.size > 0)
            *ret_parts++ = bytes;
        if (i == writer->piece_count)
            return;
        const struct kafka_piece *piece = &writer->pieces[i];
        *ret_parts++ = (struct kafka_part){
            .size = piece->size, .file = piece->file, .position = piece->position};
    }
}

unsigned char *kafka_writer_take(struct kafka_writer *writer)
{
    unsigned char *bytes = writer->bytes == NULL ? mem_alloc(0) : writer->bytes;

    writer->bytes = NULL;
    writer->capacity = 0;
    writer->size = 0;
    kafka_writer_cut(writer, 0, 0);
    return bytes;
}

void kafka_writer_grow(struct kafka_writer *writer, size_t size)
{
    size_t capacity = writer->capacity < CAPACITY_MIN ? CAPACITY_MIN : writer->capacity * 2;

    if (capacity < writer->size + size)
        capacity = writer->size + size;
    writer->bytes = mem_resize(writer->bytes, capacity, 1);
    writer->capacity = capacity;
}

void kafka_put_uuid(struct kafka_writer *writer, struct kafka_uuid uuid)
{
    memcpy(kafka_put(writer, KAFKA_UUID_SIZE), uuid.bytes, KAFKA_UUID_SIZE);
}

static size_t compose_uvarint(unsigned char *to, uint32_t value)
{
    size_t size = 0;

    for (; value >= UVARINT_MORE; value >>= UVARINT_BITS)
        to[size++] = (unsigned char)(value | UVARINT_MORE);
    to[size++] = (unsigned char)value;
    return size;
}

void kafka_put_uvarint(struct kafka_writer *writer, uint32_t value)
{
    size_t size = compose_uvarint(kafka_put(writer, UVARINT_SIZE_MAX), value);

    writer->size -= UVARINT_SIZE_MAX - size;
}

void kafka_put_count(struct kafka_writer *writer, enum kafka_form form, int32_t count)
{
    ASSERT(count >= KAFKA_NULL);
    if (form == KAFKA_FLEXIBLE)
        kafka_put_uvarint(writer, (uint32_t)count + 1);
    else
        kafka_put_i32(writer, count);
}

static void put_raw(struct kafka_writer *writer, const void *data, int32_t length)
{
    if (length > 0)
        memcpy(kafka_put(writer, (size_t)length), data, (size_t)length);
}

void kafka_put_string(struct kafka_writer *writer, enum kafka_form form, struct kafka_string text)
{
    ASSERT(text.length >= KAFKA_NULL && text.length <= INT16_MAX);
    if (form == KAFKA_FLEXIBLE)
        kafka_put_uvarint(writer, (uint32_t)text.length + 1);
    else
        kafka_put_i16(writer, (int16_t)text.length);
    put_raw(writer, text.data, text.length);
}

void kafka_put_bytes(struct kafka_writer *writer, enum kafka_form form, struct kafka_bytes bytes)
{
    kafka_put_count(writer, form, bytes.length);
    put_raw(writer, bytes.data, bytes.length);
}

static void add_piece(struct kafka_writer *writer, const struct kafka_records *records)
{
    if (writer->piece_count == writer->piece_capacity) {
        writer->piece_capacity = writer->piece_count == 0 ? PIECES_MIN : writer->piece_count * 2;
        writer->pieces = mem_resize(writer->pieces, writer->piece_capacity, sizeof *writer->pieces);
    }
    writer->pieces[writer->piece_count++] = (struct kafka_piece){
        .at = writer->size,
        .size = (size_t)records->length,
        .file = records->file,
        .position = records->position,
    };
    writer->pieces_size += (uint64_t)records->length;
}

void kafka_put_records(struct kafka_writer *writer, enum kafka_form form,
                       struct kafka_records records)
{
    ASSERT(records.file == NULL || records.length > 0);
    kafka_put_count(writer, form, records.length);
    if (records.file != NULL)
        add_piece(writer, &records);
    else
        put_raw(writer, records.data, records.length);
}

void kafka_insert_uvarint(struct kafka_writer *writer, size_t at, uint32_t value)
{
    unsigned char composed[UVARINT_SIZE_MAX];
    size_t size = compose_uvarint(composed, value);
    size_t behind = writer->size - at;

    (void)kafka_put(writer, size);
    memmove(writer->bytes + at + size, writer->bytes + at, behind);
    memcpy(writer->bytes + at, composed, size);
}
