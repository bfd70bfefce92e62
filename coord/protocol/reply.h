/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server sends, as bytes: whole frames, appended to a text. A reply with a body is begun,
 * written with jute_put_*() and reply_put_*(), and ended. Pure; any thread.
 */
#ifndef COORD_PROTOCOL_REPLY_H
#define COORD_PROTOCOL_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/protocol/error.h"
#include "coord/protocol/jute.h"
#include "coord/protocol/message.h"

struct reply_header {
    int32_t xid;
    int64_t zxid;
    enum coord_error error;
};

/* Answers a connect request; all zeros (but for has_read_only) refuse it. */
struct reply_connect {
    int32_t timeout_ms;
    int64_t session_id;
    unsigned char password[MESSAGE_PASSWORD_SIZE];
    bool has_read_only; /* whether the client knows the last byte; it is always false */
};

void reply_put_connect(struct text *out, const struct reply_connect *connect);

/* A frame of its own, without a body: errors, pings, deletes. */
void reply_put_header(struct text *out, const struct reply_header *header);

/* The frame's header; the body follows. Returns what reply_end() wants: where in `out` the frame
 * begins, so that a reply can also be dropped half written. */
size_t reply_begin(struct text *out, const struct reply_header *header) MUST_USE;
void reply_end(struct text *out, size_t begin);

void reply_put_stat(struct text *out, const struct message_stat *stat);

/* A frame of its own: something that was watched has happened to the node at `path`. */
void reply_put_event(struct text *out, enum message_event event, const char *path,
                     size_t path_size);

/* The header before each result of a multi or multiRead. For a result `error` is COORD_OK and what
 * the operation answers follows. For an error, also for COORD_OK as the error of a part that was
 * undone, `op` is MESSAGE_ERROR: its body, the number again, is written too and nothing follows.
 * After the last one comes the end. */
void reply_put_part(struct text *out, int32_t op, enum coord_error error);
void reply_put_parts_end(struct text *out);

#endif
