/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects what goes to a peer: bytes, and between them pieces of files that are sent without being copied. The
 * result is a list of parts in the order of the wire. All zero bytes are an empty writer.
 *
 * Bytes are copied in. Files are held by reference: a piece that was put carries its reference, which is for the one
 * who sends the parts to give back; the writer itself never does. Pure; a writer belongs to one thread.
 */
#ifndef BROKER_PROTOCOL_WRITER_H
#define BROKER_PROTOCOL_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/bytes.h"
#include "broker/protocol/reader.h"
#include "broker/protocol/types.h"

/* Bytes (file is NULL), or a piece of a file (data is NULL). */
struct kafka_part {
    const unsigned char *data; /* borrowed from the writer until its next change */
    size_t size;
    struct file *file;
    uint64_t position;
};

struct kafka_piece {
    size_t at; /* the number of bytes of the writer that go before it */
    size_t size;
    struct file *file;
    uint64_t position;
};

struct kafka_writer {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
    struct kafka_piece *pieces;
    size_t piece_count;
    size_t piece_capacity;
    uint64_t pieces_size; /* of all pieces, in bytes */
};

void kafka_writer_init(struct kafka_writer *writer);
void kafka_writer_done(struct kafka_writer *writer);

/* Empties it, and keeps the memory. */
void kafka_writer_clear(struct kafka_writer *writer);

/* Forgets what was put since the writer had `size` bytes and `piece_count` pieces. */
void kafka_writer_cut(struct kafka_writer *writer, size_t size, size_t piece_count);

/* How many bytes go to the peer in all. */
uint64_t kafka_writer_total(const struct kafka_writer *writer);

/* The parts, none of them empty; at most two for each piece, and one. */
size_t kafka_writer_part_count(const struct kafka_writer *writer);

/* Fills in kafka_writer_part_count() parts. */
void kafka_writer_parts(const struct kafka_writer *writer, struct kafka_part *ret_parts);

/* Hands out the bytes, never NULL, to be freed by the caller, and empties the writer; for those who go on with the
 * parts while the writer serves others. Parts made before stay good. */
unsigned char *kafka_writer_take(struct kafka_writer *writer) MUST_USE;

COLD void kafka_writer_grow(struct kafka_writer *writer, size_t size);

/* Room for `size` more bytes, which the caller fills. */
static inline unsigned char *kafka_put(struct kafka_writer *writer, size_t size)
{
    if (writer->capacity - writer->size < size)
        kafka_writer_grow(writer, size);
    writer->size += size;
    return writer->bytes + writer->size - size;
}

static inline void kafka_put_i8(struct kafka_writer *writer, int8_t value)
{
    *kafka_put(writer, 1) = (unsigned char)value;
}

static inline void kafka_put_i16(struct kafka_writer *writer, int16_t value)
{
    bytes_put_u16(kafka_put(writer, sizeof value), __builtin_bswap16((uint16_t)value));
}

static inline void kafka_put_i32(struct kafka_writer *writer, int32_t value)
{
    bytes_put_u32(kafka_put(writer, sizeof value), __builtin_bswap32((uint32_t)value));
}

static inline void kafka_put_i64(struct kafka_writer *writer, int64_t value)
{
    bytes_put_u64(kafka_put(writer, sizeof value), __builtin_bswap64((uint64_t)value));
}

void kafka_put_uuid(struct kafka_writer *writer, struct kafka_uuid uuid);
void kafka_put_uvarint(struct kafka_writer *writer, uint32_t value);

/* A text is at most INT16_MAX bytes long. */
void kafka_put_string(struct kafka_writer *writer, enum kafka_form form, struct kafka_string text);
void kafka_put_bytes(struct kafka_writer *writer, enum kafka_form form, struct kafka_bytes bytes);

/* Its length, and bytes or a piece. With a file the length is above 0. */
void kafka_put_records(struct kafka_writer *writer, enum kafka_form form,
                       struct kafka_records records);

void kafka_put_count(struct kafka_writer *writer, enum kafka_form form, int32_t count);

/* Puts the number before the bytes that begin at `at`, behind which there are no pieces. */
void kafka_insert_uvarint(struct kafka_writer *writer, size_t at, uint32_t value);

#endif
