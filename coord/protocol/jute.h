/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jute, the encoding of the ZooKeeper protocol: big-endian numbers; texts and buffers as a length
 * and bytes, where length -1 is null; a record is its fields one after the other. A frame is a
 * length and that many bytes.
 *
 * Reading never fails in the middle: a read past the end, or a length that lies, makes the cursor
 * fail. From then on it yields zeros and nulls, and `failed` is asked for once, at the end. Nothing
 * is copied: bytes borrow from the frame. Writing appends to a text. Pure; any thread.
 */
#ifndef COORD_PROTOCOL_JUTE_H
#define COORD_PROTOCOL_JUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/bytes.h"
#include "base/text.h"

/* A text or buffer inside a frame; not ended by NUL. */
struct jute_bytes {
    const char *data; /* NULL for null; not NULL if empty */
    size_t size;
};

struct jute_in {
    const unsigned char *at;
    const unsigned char *end;
    bool failed;
};

struct jute_in jute_in_of(const void *bytes, size_t size);

/* What a read does that cannot be done. */
COLD void jute_in_fail(struct jute_in *in);

/* Takes `size` bytes and says where they are; NULL, and the cursor has failed, if there are not as
 * many. */
static inline const unsigned char *jute_take(struct jute_in *in, size_t size)
{
    const unsigned char *at = in->at;

    if ((size_t)(in->end - at) < size) {
        jute_in_fail(in);
        return NULL;
    }
    in->at = at + size;
    return at;
}

static inline int32_t jute_get_int(struct jute_in *in)
{
    const unsigned char *at = jute_take(in, sizeof(int32_t));
    return at == NULL ? 0 : (int32_t)__builtin_bswap32(bytes_get_u32(at));
}

static inline int64_t jute_get_long(struct jute_in *in)
{
    const unsigned char *at = jute_take(in, sizeof(int64_t));
    return at == NULL ? 0 : (int64_t)__builtin_bswap64(bytes_get_u64(at));
}

/* Any byte but 0 is true. */
static inline bool jute_get_bool(struct jute_in *in)
{
    const unsigned char *at = jute_take(in, 1);
    return at != NULL && *at != 0;
}

/* A length below -1 fails. */
static inline struct jute_bytes jute_get_bytes(struct jute_in *in)
{
    int32_t size = jute_get_int(in);
    if (size < 0) {
        if (size != -1)
            jute_in_fail(in);
        return (struct jute_bytes){NULL, 0};
    }
    if (in->failed)
        return (struct jute_bytes){NULL, 0};

    const unsigned char *at = jute_take(in, (size_t)size);
    return (struct jute_bytes){(const char *)at, at == NULL ? 0 : (size_t)size};
}

/* The length of a vector of items of at least `item_size_min` bytes each: 0 for null. Fails if the
 * length is below -1 or the rest of the frame cannot hold as many. */
size_t jute_get_count(struct jute_in *in, size_t item_size_min);

/* Write at `to` and return where the next one goes: a record of fixed size is composed in an array
 * and appended once. */
static inline unsigned char *jute_store_int(unsigned char *to, int32_t value)
{
    bytes_put_u32(to, __builtin_bswap32((uint32_t)value));
    return to + sizeof value;
}

static inline unsigned char *jute_store_long(unsigned char *to, int64_t value)
{
    bytes_put_u64(to, __builtin_bswap64((uint64_t)value));
    return to + sizeof value;
}

void jute_put_int(struct text *out, int32_t value);
void jute_put_long(struct text *out, int64_t value);
void jute_put_bool(struct text *out, bool value);

/* Bytes with data NULL are null. At most INT32_MAX of them. */
void jute_put_bytes(struct text *out, struct jute_bytes bytes);

/* The NUL at the end of `text` is not written; NULL is null. */
void jute_put_text(struct text *out, const char *text);

/* A frame begins with room for its length, which is filled in at its end. */
size_t jute_begin_frame(struct text *out) MUST_USE;
void jute_end_frame(struct text *out, size_t begin);

#endif
