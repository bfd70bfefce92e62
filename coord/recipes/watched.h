/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node whose data is followed: a setting, an order, who leads. What is known is the latest that
 * could be read; of several changes in quick succession some are skipped. A node that is missing, or
 * deleted, is a state like any other. In a new session it is read again, and reported only if it
 * differs. Pure. A recipe made while there is a connection is given the last CONNECTED event first.
 */
#ifndef COORD_RECIPES_WATCHED_H
#define COORD_RECIPES_WATCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/call.h"
#include "coord/event.h"

struct watched;

enum watched_verdict {
    WATCHED_NO_NEWS,
    WATCHED_CHANGED, /* also when first read; or the node is missing now */
    WATCHED_FAILED,  /* watched_error(); nothing happens until watched_retry() */
};

struct watched *watched_new(uint32_t number, const char *path) MUST_USE;
void watched_destroy(struct watched **watched);

enum watched_verdict watched_step(struct watched *watched, const struct coord_event *event,
                                  struct coord_calls *calls);

void watched_retry(struct watched *watched, struct coord_calls *calls);

/* False until it was read for the first time. */
bool watched_is_known(const struct watched *watched);

/* Borrowed until the next step. NULL if the node is missing or its data is null; a NUL follows that
 * size does not count. */
const char *watched_data(const struct watched *watched, size_t *ret_size);

/* NULL if the node is missing. Borrowed until the next step. */
const struct message_stat *watched_stat(const struct watched *watched);

enum coord_error watched_error(const struct watched *watched);

#endif
