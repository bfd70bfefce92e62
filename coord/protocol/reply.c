/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/protocol/reply.h"

#include <string.h>

#include "base/assert.h"

enum {
    LENGTH_SIZE = 4,                                                /* of a frame or a buffer */
    CONNECT_SIZE = 4 + 4 + 8 + LENGTH_SIZE + MESSAGE_PASSWORD_SIZE, /* without the last byte */
    EVENT_SIZE = MESSAGE_HEADER_SIZE + 4 + 4 + LENGTH_SIZE,         /* without the path */
    PART_SIZE = 4 + 1 + 4,
    STATE_CONNECTED = 3, /* of the session, in every event */
};

static unsigned char *store_header(unsigned char *to, const struct reply_header *header)
{
    to = jute_store_int(to, header->xid);
    to = jute_store_long(to, header->zxid);
    return jute_store_int(to, header->error);
}

void reply_put_connect(struct text *out, const struct reply_connect *connect)
{
    unsigned char bytes[LENGTH_SIZE + CONNECT_SIZE + 1];
    size_t size = CONNECT_SIZE + (connect->has_read_only ? 1 : 0);

    unsigned char *to = jute_store_int(bytes, (int32_t)size);
    to = jute_store_int(to, 0); /* the version of the protocol */
    to = jute_store_int(to, connect->timeout_ms);
    to = jute_store_long(to, connect->session_id);
    to = jute_store_int(to, MESSAGE_PASSWORD_SIZE);
    memcpy(to, connect->password, MESSAGE_PASSWORD_SIZE);
    to[MESSAGE_PASSWORD_SIZE] = false; /* not read-only */
    text_add_bytes(out, bytes, LENGTH_SIZE + size);
}

/* The frame's length and its header. */
static void put_header(struct text *out, int32_t size, const struct reply_header *header)
{
    unsigned char bytes[LENGTH_SIZE + MESSAGE_HEADER_SIZE];

    store_header(jute_store_int(bytes, size), header);
    text_add_bytes(out, bytes, sizeof bytes);
}

void reply_put_header(struct text *out, const struct reply_header *header)
{
    put_header(out, MESSAGE_HEADER_SIZE, header);
}

size_t reply_begin(struct text *out, const struct reply_header *header)
{
    size_t begin = text_size(out);

    put_header(out, 0, header);
    return begin;
}

void reply_end(struct text *out, size_t begin)
{
    jute_end_frame(out, begin);
}

void reply_put_stat(struct text *out, const struct message_stat *stat)
{
    unsigned char bytes[MESSAGE_STAT_SIZE];

    unsigned char *to = jute_store_long(bytes, stat->czxid);
    to = jute_store_long(to, stat->mzxid);
    to = jute_store_long(to, stat->ctime_ms);
    to = jute_store_long(to, stat->mtime_ms);
    to = jute_store_int(to, stat->version);
    to = jute_store_int(to, stat->cversion);
    to = jute_store_int(to, stat->aversion);
    to = jute_store_long(to, stat->ephemeral_owner);
    to = jute_store_int(to, stat->data_length);
    to = jute_store_int(to, stat->children);
    jute_store_long(to, stat->pzxid);
    text_add_bytes(out, bytes, sizeof bytes);
}

void reply_put_event(struct text *out, enum message_event event, const char *path, size_t path_size)
{
    static const struct reply_header header = {.xid = MESSAGE_XID_NOTIFICATION, .zxid = -1};
    unsigned char bytes[LENGTH_SIZE + EVENT_SIZE];

    ASSERT(path_size <= MESSAGE_PATH_MAX);
    unsigned char *to = jute_store_int(bytes, (int32_t)(EVENT_SIZE + path_size));
    to = store_header(to, &header);
    to = jute_store_int(to, (int32_t)event);
    to = jute_store_int(to, STATE_CONNECTED);
    jute_store_int(to, (int32_t)path_size);
    text_add_bytes(out, bytes, sizeof bytes);
    text_add_bytes(out, path, path_size);
}

static unsigned char *store_part(unsigned char *to, int32_t op, bool done, int32_t error)
{
    to = jute_store_int(to, op);
    *to++ = done;
    return jute_store_int(to, error);
}

void reply_put_part(struct text *out, int32_t op, enum coord_error error)
{
    unsigned char bytes[PART_SIZE + 4];

    unsigned char *to = store_part(bytes, op, false, error);
    if (op == MESSAGE_ERROR)
        to = jute_store_int(to, error);
    text_add_bytes(out, bytes, (size_t)(to - bytes));
}

void reply_put_parts_end(struct text *out)
{
    unsigned char bytes[PART_SIZE];

    store_part(bytes, MESSAGE_ERROR, true, -1);
    text_add_bytes(out, bytes, sizeof bytes);
}
