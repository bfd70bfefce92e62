/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of all nodes of one directory with their data, kept up to date by watches: what nimbus knows
 * of hundreds of supervisors, and each supervisor of topologies and assignments.
 *
 * Only what changed is read again: the list when a child came or went, one child when its data
 * changed. A short loss of the connection reads nothing again but what was under way. After the end
 * of a session everything has to be read once more, and whoever shares the servers does so at the
 * same time: directory_step() says DIRECTORY_WANTS_RESYNC and reads nothing until the caller, after a
 * random pause, calls directory_resync(). What is known stays, and only differences are news then.
 *
 * At most `calls_max` reads are under way. A directory or a child that is missing is none. Pure. A
 * directory made while there is a connection is given the last CONNECTED event first.
 *
 * A tag is the number (upper 32 bits), a slot of the table (16 bits, 0 for the list) and a serial
 * number (16 bits).
 */
#ifndef COORD_STATE_DIRECTORY_H
#define COORD_STATE_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/call.h"
#include "coord/event.h"

struct directory;

enum {
    DIRECTORY_ENTRIES_MAX = 16384, /* children beyond it are not read: DIRECTORY_FAILED */
};

struct directory_options {
    uint32_t number; /* of the tags, like a recipe's */
    const char *path;
    size_t calls_max; /* at least 1 */
};

enum directory_verdict {
    DIRECTORY_NO_NEWS,
    DIRECTORY_WANTS_RESYNC, /* a new session: call directory_resync() after a pause */
    DIRECTORY_NEWS,         /* directory_take() has some */
    DIRECTORY_COMPLETE,     /* in this session everything was read once; there may be news, too */
    DIRECTORY_FAILED,       /* directory_error(); that read is not repeated until a resync */
};

enum directory_change {
    DIRECTORY_ADDED,
    DIRECTORY_CHANGED,
    DIRECTORY_REMOVED,
};

/* Borrowed until the next step. */
struct directory_entry {
    const char *name;
    const char *data; /* ends in a NUL that size does not count; "" for null data */
    size_t size;
    int32_t version;
    int64_t czxid; /* of a node deleted and made again it differs */
    int64_t mzxid;
};

struct directory *directory_new(const struct directory_options *options) MUST_USE;
void directory_destroy(struct directory **directory);

enum directory_verdict directory_step(struct directory *directory, const struct coord_event *event,
                                      struct coord_calls *calls);

/* Reads everything that is not watched. */
void directory_resync(struct directory *directory, struct coord_calls *calls);

/* Takes the oldest news; false if there is none. Several changes of one entry may be told as one.
 * The entry is the latest known; of a REMOVED one what was known last. */
bool directory_take(struct directory *directory, enum directory_change *ret_change,
                    struct directory_entry *ret_entry) MUST_USE;

/* In this session everything was read at least once, and no read is under way or waits. */
bool directory_is_complete(const struct directory *directory);

/* Walks the entries that were read, by name: returns the one at *position or after it and moves
 * *position, which is 0 at the start, past it; false at the end. No step in between. */
bool directory_next(const struct directory *directory, size_t *position,
                    struct directory_entry *ret_entry) MUST_USE;

/* False if there is none of that name that was read. */
bool directory_find(const struct directory *directory, const char *name,
                    struct directory_entry *ret_entry) MUST_USE;

enum coord_error directory_error(const struct directory *directory);

#endif
