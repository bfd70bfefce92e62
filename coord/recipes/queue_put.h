/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The producer's end of a queue in the cluster state: for orders and the like, not for tuples. Each
 * item is put exactly once, whatever answers are lost (coord/recipes/receipt.h); items are taken in
 * the order in which they were put (coord/recipes/queue_take.h).
 *
 *     <path>/items/<number>     an item
 *     <path>/producers/<name>   the receipt of a producer
 *     <path>/consumers/<name>   that of a consumer; somebody may be both under one name
 *
 * The queue is bounded: nothing is put while it has items_max items. Several producers that look at
 * the same moment may each put one, so it has at most items_max + producers - 1. Pure. A recipe made
 * while there is a connection is given the last CONNECTED event first.
 */
#ifndef COORD_RECIPES_QUEUE_PUT_H
#define COORD_RECIPES_QUEUE_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "coord/call.h"
#include "coord/event.h"

struct queue_put;

enum {
    QUEUE_ITEMS_MAX = 10000,    /* names of that many fit into an answer with ease */
    QUEUE_ITEM_MAX = 64 * 1024, /* bytes */
};

enum queue_put_verdict {
    QUEUE_PUT_NO_NEWS,
    QUEUE_PUT_DONE,
    QUEUE_PUT_FAILED, /* queue_put_error(); nothing happens until queue_put_retry() */
};

/* `name` is the participant's own; items_max is 1 .. QUEUE_ITEMS_MAX. */
struct queue_put *queue_put_new(uint32_t number, const char *path, const char *name,
                                size_t items_max, struct rng *rng) MUST_USE;
void queue_put_destroy(struct queue_put **put);

/* Puts a copy of an item as soon as there is room. True unless one is still under way: one at a
 * time. */
bool queue_put_item(struct queue_put *put, const void *data, size_t size,
                    struct coord_calls *calls) MUST_USE;

void queue_put_retry(struct queue_put *put, struct coord_calls *calls);

enum queue_put_verdict queue_put_step(struct queue_put *put, const struct coord_event *event,
                                      struct coord_calls *calls);

enum coord_error queue_put_error(const struct queue_put *put);

#endif
