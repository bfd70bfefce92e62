/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of a channel that are open: at the sender those that were transmitted and are not known
 * to be read, at the receiver those that came and were not read yet. They are opened in the order
 * of their sequences and closed in any order.
 *
 *     first                                     end        capacity
 *       |                                        |            |
 *     [ 17 ][ -- ][ 19 ][ -- ][ -- ][ 22 ][ 23 ] |            |
 *
 * Sequences ascend, so one that is looked for stands where its distance from the last one says, or
 * is found by bisection if it is older than the last tidying. Closed entries go when they reach the
 * front, and all of them when there is no room and at least half are closed: so a block that
 * somebody holds for long costs its own entry and no more. The size is twice the open ones at most,
 * which the owner bounds. Pure.
 */
#ifndef WORKER_PEER_WINDOW_H
#define WORKER_PEER_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct block;

struct peer_entry {
    uint64_t sequence;
    struct block *block; /* the sender's; NULL at the receiver */
    bool is_open;
};

/* Zero bytes are an empty one. */
struct peer_window {
    struct peer_entry *entries;
    size_t first;
    size_t end;
    size_t capacity;
    size_t open_count;
};

void peer_window_done(struct peer_window *window);

/* Forgets everything. */
void peer_window_clear(struct peer_window *window);

/* The sequence is larger than all before. */
void peer_window_open(struct peer_window *window, uint64_t sequence, struct block *block);

/* NULL if it is not open. */
struct peer_entry *peer_window_find(const struct peer_window *window, uint64_t sequence);

void peer_window_close(struct peer_window *window, struct peer_entry *entry);

/* The first open one whose sequence is not below; NULL if there is none. */
struct peer_entry *peer_window_from(const struct peer_window *window, uint64_t sequence);

/* The next open one; NULL at the end. */
struct peer_entry *peer_window_next(const struct peer_window *window,
                                    const struct peer_entry *entry);

#endif
