/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/protocol/jute.h"

#include <string.h>

#include "base/assert.h"

enum {
    LENGTH_SIZE = 4, /* of a frame, a text, a buffer, a vector */
};

struct jute_in jute_in_of(const void *bytes, size_t size)
{
    ASSERT(bytes != NULL || size == 0);

    /* Never NULL, so that an empty text in the frame is not null. */
    const unsigned char *at = bytes == NULL ? (const unsigned char *)"" : bytes;
    return (struct jute_in){.at = at, .end = at + size};
}

void jute_in_fail(struct jute_in *in)
{
    in->at = in->end;
    in->failed = true;
}

size_t jute_get_count(struct jute_in *in, size_t item_size_min)
{
    ASSERT(item_size_min > 0);

    int32_t count = jute_get_int(in);
    if (count == -1)
        return 0;
    if (count < 0 || (size_t)count > (size_t)(in->end - in->at) / item_size_min) {
        jute_in_fail(in);
        return 0;
    }
    return (size_t)count;
}

void jute_put_int(struct text *out, int32_t value)
{
    unsigned char bytes[sizeof value];

    jute_store_int(bytes, value);
    text_add_bytes(out, bytes, sizeof bytes);
}

void jute_put_long(struct text *out, int64_t value)
{
    unsigned char bytes[sizeof value];

    jute_store_long(bytes, value);
    text_add_bytes(out, bytes, sizeof bytes);
}

void jute_put_bool(struct text *out, bool value)
{
    unsigned char byte = value;

    text_add_bytes(out, &byte, sizeof byte);
}

void jute_put_bytes(struct text *out, struct jute_bytes bytes)
{
    ASSERT(bytes.size <= INT32_MAX);

    jute_put_int(out, bytes.data == NULL ? -1 : (int32_t)bytes.size);
    if (bytes.data != NULL)
        text_add_bytes(out, bytes.data, bytes.size);
}

void jute_put_text(struct text *out, const char *text)
{
    jute_put_bytes(out, (struct jute_bytes){text, text == NULL ? 0 : strlen(text)});
}

size_t jute_begin_frame(struct text *out)
{
    size_t begin = text_size(out);

    jute_put_int(out, 0);
    return begin;
}

void jute_end_frame(struct text *out, size_t begin)
{
    ASSERT(begin + LENGTH_SIZE <= out->size);

    size_t size = out->size - begin - LENGTH_SIZE;
    jute_store_int((unsigned char *)out->data + begin, (int32_t)size);
}
