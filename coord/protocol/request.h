/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client asks, decoded from its frame. Everything borrows from the frame; vectors and the
 * parts of a multi stay encoded and are walked. Decoding checks the form alone, of all of it: that
 * everything is there and nothing lies about its length. What the values must be is for those who
 * serve them: paths, flags and texts may be anything, also null. Bytes behind the record are
 * ignored, as ZooKeeper does. Pure; any thread.
 */
#ifndef COORD_PROTOCOL_REQUEST_H
#define COORD_PROTOCOL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/protocol/jute.h"
#include "coord/protocol/message.h"

/* The first frame of a connection. */
struct request_connect {
    int32_t protocol_version;
    int64_t last_zxid_seen;
    int32_t timeout_ms;
    int64_t session_id; /* 0: a new one */
    struct jute_bytes password;
    bool has_read_only; /* clients before 3.4 leave the byte out, and get none back */
    bool read_only;
};

/* A vector inside a frame: `count` items, still encoded. */
struct request_list {
    struct jute_in items;
    size_t count;
    bool is_null; /* the vector had length -1 */
};

struct request_acl {
    int32_t permissions;
    struct jute_bytes scheme;
    struct jute_bytes id;
};

/* The lists of setWatches and setWatches2. */
enum request_watch_list {
    REQUEST_WATCH_DATA,
    REQUEST_WATCH_EXIST,
    REQUEST_WATCH_CHILD,
    REQUEST_WATCH_PERSISTENT,
    REQUEST_WATCH_RECURSIVE,
    REQUEST_WATCH_LISTS,
};

/* One request; of the body only what its operation has is set, the rest is zero. */
struct request {
    int32_t xid;
    int32_t op;               /* enum message_op, or any number */
    struct jute_bytes path;   /* or the prefix of getEphemerals */
    struct jute_bytes data;   /* create, setData; the token of auth */
    struct jute_bytes scheme; /* auth */
    struct request_list acl;
    int32_t flags;   /* create */
    int64_t ttl_ms;  /* createTTL */
    int32_t version; /* delete, setData, setACL, check; -1 is any */
    int32_t kind;    /* checkWatches, removeWatches; the mode of addWatch */
    bool watch;
    int64_t relative_zxid; /* setWatches */
    struct request_list watches[REQUEST_WATCH_LISTS];
    struct jute_in parts; /* multi, multiRead: for request_next_part() */
};

/* False if the frame is too short for a connect request, or lies about the password's length. */
bool request_decode_connect(const void *frame, size_t size,
                            struct request_connect *ret_connect) MUST_USE;

enum request_outcome {
    REQUEST_DECODED,
    REQUEST_HEADERLESS, /* shorter than a header: there is no xid to answer to */
    REQUEST_MALFORMED,  /* header good (xid and op are set, the rest is zero), body not */
};

/* Decodes header and body. An operation that it does not know, and reconfig and sasl, which are not
 * served, have no body, whatever follows. All parts of a multi are writes and all of a multiRead
 * are reads; anything else is malformed. */
enum request_outcome request_decode(const void *frame, size_t size,
                                    struct request *ret_request) MUST_USE;

enum request_part {
    REQUEST_PART, /* *ret_part is the next one; its xid is 0 */
    REQUEST_PARTS_END,
    REQUEST_PART_MALFORMED, /* never of a decoded request: its parts were checked */
};

/* The next part of a multi or multiRead. Walk a copy of request.parts. Parts are writes (create,
 * create2, createContainer, createTTL, delete, setData, check) or reads (getData, getChildren). */
enum request_part request_next_part(struct jute_in *parts, struct request *ret_part) MUST_USE;

/* Take the next item from a list that has one (list->count > 0) and count it off. The items of a
 * decoded request were checked: this cannot fail. */
struct request_acl request_next_acl(struct request_list *list);
struct jute_bytes request_next_path(struct request_list *list);

#endif
