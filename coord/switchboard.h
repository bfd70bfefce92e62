/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several recipes and caches of one owner on one session: who gets which event. Each of them, a
 * subscriber, has a number, which is the upper half of its tags (coord/recipes/line.h). Answers and
 * changes go to the subscriber with that number, events of the session to all of them.
 *
 *     coord_take() --event--> switchboard_step() --event--> election_step(), directory_step(), ...
 *                                                                  |
 *     coord_call_all() <------------------- calls -----------------'
 *
 * A subscriber that is added while there is a connection is given the last CONNECTED event at once,
 * as recipes want it. Numbers are given out here and never twice: an answer that is still under way
 * for a recipe that is gone cannot be taken for that of a later one. Calls of the owner itself have
 * tags below 2^32, which are nobody's.
 *
 * Pure; belongs to its owner's thread.
 */
#ifndef COORD_SWITCHBOARD_H
#define COORD_SWITCHBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "coord/call.h"
#include "coord/event.h"

enum {
    SWITCHBOARD_SUBSCRIBERS_MAX = 1024,
};

struct switchboard;

/* What a subscriber does with an event: it steps its recipe, and looks at the verdict. It may add
 * and remove subscribers, itself too. */
typedef void switchboard_step_fn(void *subscriber, const struct coord_event *event,
                                 struct coord_calls *calls);

struct switchboard *switchboard_new(void) MUST_USE;
void switchboard_destroy(struct switchboard **board);

/* A number for a recipe that is about to be made. */
uint32_t switchboard_number(struct switchboard *board);

/* Whoever has the number gets its events from now on; it must not move in memory. False if there
 * are SWITCHBOARD_SUBSCRIBERS_MAX. */
bool switchboard_add(struct switchboard *board, uint32_t number, switchboard_step_fn *step,
                     void *subscriber, struct coord_calls *calls) MUST_USE;

/* It gets nothing any more; its memory may be freed. */
void switchboard_remove(struct switchboard *board, uint32_t number);

/* Hands the event to whom it concerns. False if that is nobody: then it is the owner's own, or that
 * of a subscriber which was removed. */
bool switchboard_step(struct switchboard *board, const struct coord_event *event,
                      struct coord_calls *calls);

#endif
