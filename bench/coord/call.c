/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/coord/call.h"

static const char value[CALL_VALUE_BYTES] = "a value of a hundred bytes";

enum {
    ANY_VERSION = -1,
    NO_ERROR = -1, /* where results of a multi have an error, its request has this */
};

static void put_value(struct text *out)
{
    jute_put_bytes(out, (struct jute_bytes){.data = value, .size = sizeof value});
}

static void put_open_acl(struct text *out)
{
    jute_put_int(out, 1); /* entry */
    jute_put_int(out, MESSAGE_ALL_PERMISSIONS);
    jute_put_text(out, "world");
    jute_put_text(out, "anyone");
}

void call_put_connect(struct text *out, int32_t timeout_ms)
{
    static const char password[MESSAGE_PASSWORD_SIZE];
    size_t begin = jute_begin_frame(out);

    jute_put_int(out, 0);  /* version of the protocol */
    jute_put_long(out, 0); /* last zxid seen */
    jute_put_int(out, timeout_ms);
    jute_put_long(out, 0); /* session */
    jute_put_bytes(out, (struct jute_bytes){.data = password, .size = sizeof password});
    jute_put_bool(out, false); /* read-only is not enough */
    jute_end_frame(out, begin);
}

size_t call_begin(struct text *out, int32_t xid, enum message_op op)
{
    size_t begin = jute_begin_frame(out);

    jute_put_int(out, xid);
    jute_put_int(out, (int32_t)op);
    return begin;
}

void call_put_create(struct text *out, const char *path, enum message_create_mode mode)
{
    jute_put_text(out, path);
    put_value(out);
    put_open_acl(out);
    jute_put_int(out, (int32_t)mode);
}

void call_put_set(struct text *out, const char *path)
{
    jute_put_text(out, path);
    put_value(out);
    jute_put_int(out, ANY_VERSION);
}

void call_put_delete(struct text *out, const char *path)
{
    jute_put_text(out, path);
    jute_put_int(out, ANY_VERSION);
}

void call_put_read(struct text *out, const char *path, enum call_watch watch)
{
    jute_put_text(out, path);
    jute_put_bool(out, watch == CALL_WATCHED);
}

void call_put_part(struct text *out, enum message_op op)
{
    jute_put_int(out, (int32_t)op);
    jute_put_bool(out, false); /* not the end */
    jute_put_int(out, NO_ERROR);
}

void call_put_parts_end(struct text *out)
{
    jute_put_int(out, -1);
    jute_put_bool(out, true);
    jute_put_int(out, NO_ERROR);
}
