/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A place in a queue of participants: what an election and a lock have in common. A seat is an
 * ephemeral node "<guid>-<kind>-<number>" below a directory; the server gives the number, and the
 * lowest number is at the front. The guid finds the node again when the answer to its create was
 * lost: after a sync, because the create may still be on its way when we are back already.
 *
 * Who waits watches nobody but the one seat that blocks it, so that one leaver wakes one waiter.
 * Who is at the front watches its own seat, so that it learns if somebody deletes it. Watches are
 * set with GET: unlike EXISTS it leaves none behind on a node that is gone.
 *
 *     CREATE -> LIST -> WATCH -> REST      lost answer of CREATE: SYNC -> LIST
 *                ^                |        anything else that is lost is asked again
 *                +--- it fired ---+
 *
 * A session that ends takes the seat with it; the seat is then taken anew, at the end of the queue
 * and under a new guid. Pure; a part of its recipe.
 */
#ifndef COORD_RECIPES_SEAT_H
#define COORD_RECIPES_SEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "coord/recipes/line.h"
#include "coord/recipes/parents.h"

enum {
    SEAT_NAME_MAX = 32, /* bytes with the final NUL */
    SEAT_NOTE_MAX = 256,
};

enum seat_kind {
    SEAT_EXCLUSIVE, /* is blocked by every seat before it */
    SEAT_SHARED,    /* is blocked by exclusive seats before it */
};

enum seat_verdict {
    SEAT_NO_NEWS,
    SEAT_FRONT,  /* nobody blocks us */
    SEAT_LOST,   /* we were at the front and are not; a new seat is being taken */
    SEAT_LEFT,   /* the seat was given up, as asked */
    SEAT_FAILED, /* see seat.error; nothing happens until seat_retry() */
};

enum seat_task {
    SEAT_TASK_NONE,
    SEAT_TASK_CREATE,
    SEAT_TASK_SYNC,
    SEAT_TASK_LIST,
    SEAT_TASK_WATCH,
    SEAT_TASK_REST, /* as long as the watch is set */
    SEAT_TASK_DELETE,
};

struct seat {
    struct line line;
    struct parents parents;
    struct rng rng;
    enum seat_kind kind;
    enum seat_task task;
    bool is_wanted;
    bool is_leaving; /* SEAT_LEFT is due */
    bool may_exist;  /* a create was sent and we know no name */
    bool is_front;
    bool is_stuck;          /* failed */
    enum coord_error error; /* of the failure */
    int64_t czxid;          /* of the node, at the front: grows from holder to holder */
    char guid[17];
    char name[SEAT_NAME_MAX];    /* of our node; "" while not known */
    char blocker[SEAT_NAME_MAX]; /* whom we watch; our own name at the front */
    char directory[COORD_PATH_MAX];
    char note[SEAT_NOTE_MAX]; /* in the node, for people */
};

/* `rng` is used for a seed only. The path of the directory leaves room for a name; the note may be
 * cut. Channel 0 of the number is the seat's. */
void seat_init(struct seat *seat, uint32_t number, const char *directory, enum seat_kind kind,
               const char *note, struct rng *rng);

/* Wants the seat; nothing happens if it is wanted already. */
void seat_take(struct seat *seat, struct coord_calls *calls);

/* Does not want it any more; at once not at the front. True if there was nothing to give up: then
 * no verdict follows, otherwise SEAT_LEFT. */
bool seat_leave(struct seat *seat, struct coord_calls *calls);

/* Goes on after SEAT_FAILED. */
void seat_retry(struct seat *seat, struct coord_calls *calls);

enum seat_verdict seat_step(struct seat *seat, const struct coord_event *event,
                            struct coord_calls *calls);

/* The path of our node; there is a name. */
void seat_path(const struct seat *seat, char ret_path[COORD_PATH_MAX]);

#endif
