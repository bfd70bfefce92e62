/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client of the ZooKeeper protocol asks, as a value; and what it is answered, as a line of
 * text, so that answers can be compared and read. Fields that an operation does not have are zero.
 *
 *     reply to 5 at 17: path /a stat 17 17 1000 1000 0 0 0 0 3 0 17
 *     reply to 6 at 17: error -101
 *     event 3 /a
 */
#ifndef TESTS_ASK_H
#define TESTS_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "coord/protocol/jute.h"
#include "coord/protocol/message.h"

enum {
    ASK_LISTS = 5, /* of setWatches2: data, exist, child, persistent, recursive */
};

struct ask_acl {
    int32_t permissions;
    const char *scheme;
    const char *id;
};

struct ask {
    int32_t op;
    const char *path;          /* NULL for null; so are all texts */
    const char *data;          /* also the token of auth */
    const struct ask_acl *acl; /* NULL: world:anyone with all permissions */
    int32_t acl_count;         /* -1 with an ACL that is not NULL: a null list */
    int32_t flags;
    int64_t ttl_ms;
    int32_t version;
    int32_t kind;
    bool watch;
    const char *scheme;
    int64_t since;
    const char *const *lists[ASK_LISTS]; /* each ends in NULL; NULL: an empty list */
    const struct ask *parts;
    size_t part_count;
};

/* Appends the frame without its length. */
void ask_put(const struct ask *ask, int32_t xid, struct text *out);

/* Appends the line of a reply to `op`, or of an event, of which the whole frame is at `in`. Names
 * of children and paths of ephemerals are sorted, for their order means nothing. */
void ask_describe(int32_t op, struct jute_in in, struct text *out);

/* The parts of a line that are written in one way only. */
void ask_describe_stat(const struct message_stat *stat, struct text *out);
void ask_describe_data(struct jute_bytes data, struct text *out);
void ask_describe_names(char **names, size_t count, struct text *out); /* sorts them */

#endif
