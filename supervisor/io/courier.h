/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the reports to the nimbus that leads: one each second, and at once when something has
 * changed, but one at a time. When there is no leader, or it does not answer, nothing else is
 * affected. Belongs to the reactor's thread.
 */
#ifndef SUPERVISOR_IO_COURIER_H
#define SUPERVISOR_IO_COURIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "net/keys.h"
#include "net/reactor.h"

struct courier;

enum {
    COURIER_PERIOD_MS = 1000,
    COURIER_ANSWER_MS = 3000, /* then the next report is sent all the same */
    COURIER_MISSES_MAX = 3,   /* then the connection is made anew */
};

struct courier_options {
    struct reactor *reactor;
    const struct keys *keys;          /* borrowed; NULL: none */
    void (*figures)(void *context);   /* send by courier_send() what goes before a report */
    json_t *(*write)(void *context);  /* the arguments of a report, to be owned */
    void (*delivered)(void *context); /* the last one that was written */
    void (*ordered)(void *context, const json_t *answer); /* to it: supervisor/orders.h */
    void *context;
};

struct courier *courier_new(const struct courier_options *options) MUST_USE;
void courier_destroy(struct courier **courier);

/* Copied; NULL: there is no leader. */
void courier_set_leader(struct courier *courier, const char *address);

/* Sends a request whose answer does not matter. False if it cannot at the moment. */
bool courier_send(struct courier *courier, const char *op, const json_t *args, const void *body,
                  size_t size);

/* Something has changed: do not wait for the second to be over. */
void courier_hurry(struct courier *courier);

/* To be called in each turn. Returns when it wants to be called again. */
uint64_t courier_tick(struct courier *courier, uint64_t now_ns);

#endif
