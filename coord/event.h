/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to somebody who uses the cluster state: answers to calls, changes of what was
 * watched, and the life of the session. They come through one inbox in one order, so that nobody
 * can forget that a connection may be lost and a session may end.
 *
 *   CONNECTED      with a new session (is_new_session) or again with the same one; watches of the
 *                  same session are still set
 *   DISCONNECTED   not known how long. The session may end without our knowing: whoever holds a
 *                  lock or leads must stop acting until CONNECTED. Calls under way are answered
 *                  with COORD_CONNECTION_LOSS: they may have been done or not
 *   EXPIRED        the session is over: its ephemeral nodes are gone, its watches will not fire. A
 *                  new session is being opened; CONNECTED with is_new_session follows
 *   REFUSED        the servers do not accept us (authentication); nothing follows
 *   ANSWERED       to the call with the tag
 *   CHANGED        a watch fired, once; set it again by reading again
 */
#ifndef COORD_EVENT_H
#define COORD_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/call.h"
#include "coord/protocol/error.h"
#include "coord/protocol/message.h"

enum coord_event_kind {
    COORD_CONNECTED,
    COORD_DISCONNECTED,
    COORD_EXPIRED,
    COORD_REFUSED,
    COORD_ANSWERED,
    COORD_CHANGED,
};

struct coord_event {
    enum coord_event_kind kind;
    uint64_t tag; /* ANSWERED, CHANGED: that of the call */

    /* CONNECTED */
    int64_t session_id;
    uint32_t timeout_ms; /* as negotiated */
    bool is_new_session;

    /* ANSWERED */
    enum coord_call_kind call;
    enum coord_error error;        /* of a MULTI: of the first part that failed */
    enum coord_error *part_errors; /* MULTI */
    char **part_paths;             /* MULTI: the paths created, NULL for other parts */
    size_t part_count;
    struct message_stat stat; /* SET, GET, EXISTS, CHILDREN, and CREATE if the server tells it */
    char *path;               /* CREATE: with its suffix. CHANGED: of the node */
    char *data;               /* GET; NULL is null data; a NUL follows that size does not count */
    size_t size;
    char **children; /* CHILDREN: names, sorted by their bytes */
    size_t child_count;

    /* CHANGED */
    enum message_event change;
};

/* Frees what the event holds and makes it zero. */
void coord_event_done(struct coord_event *event);

#endif
