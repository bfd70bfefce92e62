/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who watches what. Watches are kept by path, since one may watch a node that does not exist, and
 * by watcher, since they die with the connection. As in ZooKeeper there are two tables, for data
 * and for children; an entry is one-shot, persistent or recursive, and adding one again for the
 * same watcher, table and path replaces its mode. One-shot entries go when they fire.
 *
 * A watcher is a connection, by a number that is not used again. The table decides who is told; it
 * does not tell them. Pure; belongs to one thread.
 */
#ifndef COORD_SERVER_WATCH_H
#define COORD_SERVER_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/protocol/message.h"

struct watches;

/* Which of the two tables; a persistent or recursive watch is in both. */
enum watch_table {
    WATCH_DATA = 1,
    WATCH_CHILDREN = 2,
};

enum watch_mode {
    WATCH_ONE_SHOT,
    WATCH_PERSISTENT,
    WATCH_RECURSIVE,
};

struct watch_key {
    uint64_t watcher;
    const char *path;
    size_t path_size;
};

/* Where watch_fire() puts the watchers that must be told, each once, in an order that does not
 * depend on addresses. Zero is empty; reused from call to call. */
struct watch_hits {
    uint64_t *watchers;
    size_t count;
    size_t capacity;
};

void watch_hits_done(struct watch_hits *hits);

/* watches_max counts those of both tables; at most 2^31 - 1. */
struct watches *watches_new(size_t watches_max);
void watches_destroy(struct watches **watches);

/* One-shot: in the given table. False, and nothing is changed, if it is a new one and there is no
 * room for it. */
bool watches_add_one_shot(struct watches *watches, const struct watch_key *key,
                          enum watch_table table) MUST_USE;

/* Persistent or recursive: in both tables, or in neither if there is no room for what is new. */
bool watches_add_lasting(struct watches *watches, const struct watch_key *key,
                         enum watch_mode mode) MUST_USE;

/* Whether the watcher itself watches this very path in a table of the kind, as checkWatches asks.
 * (ZooKeeper 3.8 says yes for anybody's watch.) */
bool watches_has(const struct watches *watches, const struct watch_key *key,
                 enum message_watcher_kind kind);

/* Takes its watches of the kind away; false if there was none. */
bool watches_remove(struct watches *watches, const struct watch_key *key,
                    enum message_watcher_kind kind);

/* Takes away all of a watcher's, in time proportional to their number. */
void watches_drop(struct watches *watches, uint64_t watcher);

/*
 * Collects who is told of the event at `path`, each once, and takes away the one-shot watches that
 * did their work. The caller fires MESSAGE_NODE_CHILDREN_CHANGED for the parent's path after a
 * creation or deletion. ZooKeeper's rules: creations and new data are the data table's matter,
 * child lists the child table's, a deletion is both's; recursive watches on the node or any ancestor
 * hear of nodes, never of child lists. *hits is cleared first.
 */
void watches_fire(struct watches *watches, enum message_event event, const char *path,
                  size_t path_size, struct watch_hits *hits);

/* For the four-letter words. */
struct watch_counts {
    size_t watchers;
    size_t paths;
    size_t watches; /* the data table's and the child table's */
};
struct watch_counts watches_counts(const struct watches *watches);

/* Walks every (watcher, path) pair, once whichever tables it is in, grouped by path; start with a
 * zeroed cursor. False at the end. Not while the table changes. */
struct watch_cursor {
    const void *entry;
};
bool watches_next(const struct watches *watches, struct watch_cursor *cursor,
                  struct watch_key *ret_key);

/* The same for the pairs of one watcher. */
bool watches_next_of(const struct watches *watches, uint64_t watcher, struct watch_cursor *cursor,
                     struct watch_key *ret_key);

#endif
