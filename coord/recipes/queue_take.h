/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The consumer's end of a queue in the cluster state (coord/recipes/queue_put.h). Taking deletes:
 * each item goes to exactly one consumer, whatever answers are lost, and is gone when that consumer
 * dies before it has dealt with it. The oldest is taken first; consumers that collide on one go on
 * with the next. Pure. A recipe made while there is a connection is given the last CONNECTED event
 * first.
 */
#ifndef COORD_RECIPES_QUEUE_TAKE_H
#define COORD_RECIPES_QUEUE_TAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "coord/call.h"
#include "coord/event.h"

struct queue_take;

enum queue_take_verdict {
    QUEUE_TAKE_NO_NEWS,
    QUEUE_TAKE_GOT,    /* queue_take_item(); ask again for the next */
    QUEUE_TAKE_FAILED, /* queue_take_error(); nothing happens until queue_take_retry() */
};

/* `name` is the participant's own (see coord/recipes/receipt.h). */
struct queue_take *queue_take_new(uint32_t number, const char *path, const char *name,
                                  struct rng *rng) MUST_USE;
void queue_take_destroy(struct queue_take **take);

/* Wants one item, and waits for it if there is none. */
void queue_take_one(struct queue_take *take, struct coord_calls *calls);

/* Wants none. True if none is under way; otherwise one may still come. */
bool queue_take_stop(struct queue_take *take);

void queue_take_retry(struct queue_take *take, struct coord_calls *calls);

enum queue_take_verdict queue_take_step(struct queue_take *take, const struct coord_event *event,
                                        struct coord_calls *calls);

/* The item that was got last; borrowed until the next is asked for. */
const char *queue_take_item(const struct queue_take *take, size_t *ret_size);

enum coord_error queue_take_error(const struct queue_take *take);

#endif
