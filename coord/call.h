/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one wants of the cluster state, as a value: calls go to a client (coord/client.h) or, in
 * tests, to a simulated server, and each is answered by exactly one event (coord/event.h) with its
 * tag. So recipes and everything that decides over cluster state are pure: events come in, calls go
 * out. Pure; any thread.
 */
#ifndef COORD_CALL_H
#define COORD_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"

enum coord_call_kind {
    COORD_CREATE,
    COORD_DELETE,
    COORD_SET,
    COORD_CHECK, /* the node has the version; only as a part of a multi */
    COORD_GET,
    COORD_EXISTS,
    COORD_CHILDREN,
    COORD_SYNC,  /* what was written elsewhere before is seen by the reads after it */
    COORD_MULTI, /* parts: all of them are done, or none */
};

enum coord_create_mode {
    COORD_PERSISTENT,
    COORD_EPHEMERAL,
    COORD_PERSISTENT_SEQUENTIAL,
    COORD_EPHEMERAL_SEQUENTIAL,
    COORD_CONTAINER, /* goes when it has had children and has none; not in a multi: ZooKeeper cannot
                        encode the answer */
};

enum {
    COORD_ANY_VERSION = -1,
    COORD_PARTS_MAX = 64,               /* of one multi */
    COORD_DATA_MAX_BYTES = 1000 * 1000, /* of a call, a multi included: a little below what a
                                           ZooKeeper takes in one frame */
    COORD_PATH_MAX = 1024,              /* bytes with the final NUL */
};

struct coord_call {
    enum coord_call_kind kind;
    enum coord_create_mode mode; /* CREATE */
    uint64_t tag;                /* given back in the answer, and in the event of a watch it sets */
    const char *path;            /* NULL for MULTI */
    const void *data;            /* CREATE, SET; NULL with size 0 is null data */
    size_t size;
    int32_t version;                /* DELETE, SET, CHECK; COORD_ANY_VERSION */
    bool watch;                     /* GET, EXISTS, CHILDREN: tell the next change, once */
    const struct coord_call *parts; /* MULTI: CREATE, DELETE, SET, CHECK */
    size_t part_count;
};

/* A queue of calls that owns all their bytes: what a pure decider fills and a shell empties. Zero
 * is empty. */
struct coord_calls {
    struct coord_call *items;
    size_t begin;
    size_t end;
    size_t capacity;
};

/* Copies the call with everything it points to. */
void coord_calls_push(struct coord_calls *calls, const struct coord_call *call);

/* Takes the oldest; false if there is none. Free it with coord_call_done(). */
bool coord_calls_pop(struct coord_calls *calls, struct coord_call *ret_call) MUST_USE;

void coord_calls_done(struct coord_calls *calls);

/* With everything it points to. */
struct coord_call coord_call_copy(const struct coord_call *call) MUST_USE;
void coord_call_done(struct coord_call *call);

/* NULL if the call can be sent, otherwise what is wrong with it or its path, for people:
 * "ends in '/'". */
const char *coord_call_fault(const struct coord_call *call);

#endif
