/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Being there: one ephemeral node with a name of our own and data that may change. Who else is there
 * is told by coord/state/directory.h over the nodes' parent.
 *
 * A process that starts again quickly finds the node of its former session, which the server has not
 * missed yet. It is deleted by the version that was read and made anew: our name is ours, whoever
 * starts us has seen to that. But a node that disappears while its session lives was taken away by
 * somebody who has the same name, or by a person: it is not made again, MEMBERSHIP_DISPLACED is
 * reported instead, so that two of one name do not fight for ever.
 *
 * It always knows, or finds out, what stands at the path (nothing, ours, a stranger's), and does
 * what leads from there to what is wanted. Pure. A recipe made while there is a connection is given
 * the last CONNECTED event first.
 */
#ifndef COORD_RECIPES_MEMBERSHIP_H
#define COORD_RECIPES_MEMBERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/call.h"
#include "coord/event.h"

struct membership;

enum membership_verdict {
    MEMBERSHIP_NO_NEWS,
    MEMBERSHIP_JOINED,    /* our node is there, with the data as of membership_set() */
    MEMBERSHIP_LOST,      /* the session is over, and the node with it; it joins again */
    MEMBERSHIP_DISPLACED, /* somebody took the node away; nothing until membership_join() */
    MEMBERSHIP_LEFT,      /* as asked */
    MEMBERSHIP_FAILED,    /* membership_error(); nothing happens until membership_retry() */
};

/* The path of the node is copied. */
struct membership *membership_new(uint32_t number, const char *path) MUST_USE;
void membership_destroy(struct membership **membership);

/* The data of the node, at most COORD_DATA_MAX_BYTES, copied. May be called at any time; a change
 * is written when it can be. */
void membership_set(struct membership *membership, const void *data, size_t size,
                    struct coord_calls *calls);

void membership_join(struct membership *membership, struct coord_calls *calls);

/* Deletes the node if it is ours. True if there is nothing to do: then no verdict follows. */
bool membership_leave(struct membership *membership, struct coord_calls *calls);

void membership_retry(struct membership *membership, struct coord_calls *calls);

enum membership_verdict membership_step(struct membership *membership,
                                        const struct coord_event *event, struct coord_calls *calls);

/* The node was there when we last heard of it, and we are connected. */
bool membership_is_joined(const struct membership *membership);

enum coord_error membership_error(const struct membership *membership);

#endif
