/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a thread gets what others have for it, one thing after the other: a queue from any threads
 * to one, with a file descriptor that is readable while the queue holds something. For threads
 * that exchange hundreds of things a second and wait in poll(), or not at all; between loops that
 * exchange millions there is base/ring.h with base/parker.h.
 *
 * The things have their link in themselves (base/list.h), so that a thread that answers need not
 * allocate, and the memory of what waits is bounded by who makes the things. `capacity` holds back
 * those who may wait. Whoever must not wait, because the thread that takes would wait for it, uses
 * mailbox_put_now().
 *
 *     put ---.        mutex         .---> take
 *     put ----+--> | x | x | x | --+
 *     put ---'                      '---> fd: 1 while something is there
 *
 * Any thread puts and shuts; one thread takes. What a thread did before a put, the taker sees.
 */
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/err.h"
#include "base/list.h"

struct mailbox;

/* ERR_IO if the process has no file descriptor left. */
enum err mailbox_open(size_t capacity, struct mailbox **ret_mailbox, struct error *error) MUST_USE;

/* Nobody uses it any more. What was not taken is the caller's business. */
void mailbox_close(struct mailbox **mailbox);

/* Waits while the mailbox is full. False if it is shut: the item remains the caller's. */
bool mailbox_put(struct mailbox *mailbox, struct list_node *item) MUST_USE;

/* The same, but beyond the capacity if need be: never waits. */
bool mailbox_put_now(struct mailbox *mailbox, struct list_node *item) MUST_USE;

/* The oldest, waiting for it up to timeout_ms (-1: for ever; 0: not at all). NULL when there was
 * none in that time. */
struct list_node *mailbox_take(struct mailbox *mailbox, int64_t timeout_ms) MUST_USE;

/* From now on nothing can be put, and who waits to put gives up. What is there can be taken. */
void mailbox_shut(struct mailbox *mailbox);

size_t mailbox_count(struct mailbox *mailbox);

/* Readable while something is there. Only for poll() and its like: do not read it. */
int mailbox_fd(const struct mailbox *mailbox);

#endif
