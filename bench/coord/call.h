/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client of ZooKeeper sends, appended to a text: the few requests that the load is made of.
 * A call is begun, its body put, and ended with jute_end_frame(). Pure.
 */
#ifndef BENCH_COORD_CALL_H
#define BENCH_COORD_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "coord/protocol/jute.h"
#include "coord/protocol/message.h"

enum {
    CALL_VALUE_BYTES = 100, /* of every node */
    CALL_PATH_MAX = 128,    /* with the final NUL */
};

enum call_watch {
    CALL_UNWATCHED,
    CALL_WATCHED,
};

/* The whole first frame: a new session is asked for. */
void call_put_connect(struct text *out, int32_t timeout_ms);

/* The header; the body follows. Returns what jute_end_frame() wants. */
size_t call_begin(struct text *out, int32_t xid, enum message_op op) MUST_USE;

/* Bodies. Anybody may do anything with the node; versions do not matter. */
void call_put_create(struct text *out, const char *path, enum message_create_mode mode);
void call_put_set(struct text *out, const char *path);
void call_put_delete(struct text *out, const char *path);

/* exists, getData, getChildren. */
void call_put_read(struct text *out, const char *path, enum call_watch watch);

/* Before each part of a multi, and after the last one. */
void call_put_part(struct text *out, enum message_op op);
void call_put_parts_end(struct text *out);

#endif
