/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads nodes of the cluster state for threads that want to wait for it: coord/client.h belongs to one thread, and
 * here it is. At most COORD_READER_MAX reads at a time. Any thread may read.
 */
#ifndef UI_IO_COORD_READER_H
#define UI_IO_COORD_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/client.h"

enum {
    COORD_READER_MAX = 256,
};

struct coord_reader;

/* What a node is: the answers to a GET and a CHILDREN. */
struct coord_node {
    struct coord_event data;
    struct coord_event children;
};

void coord_node_done(struct coord_node *node);

/* Connects in the background. */
enum err coord_reader_start(const struct coord_options *options, struct coord_reader **ret_reader,
                            struct error *error) MUST_USE;

/* Nobody waits any more: see coord_reader_cancel(). */
void coord_reader_stop(struct coord_reader **reader);

/* Whoever waits, or is going to, gets ERR_CANCELLED. */
void coord_reader_cancel(struct coord_reader *reader);

/* Of a path without fault (coord_call_fault()). ERR_OK, ERR_NOT_FOUND, ERR_TIMEOUT (or no session yet), ERR_LIMIT,
 * ERR_CANCELLED, or ERR_IO for whatever else the servers refuse. */
enum err coord_reader_read(struct coord_reader *reader, const char *path, uint64_t until_ns,
                           struct coord_node *ret_node, struct error *error) MUST_USE;

/* Where we are connected to; "" if nowhere. */
void coord_reader_server(struct coord_reader *reader, char ret_name[COORD_SERVER_NAME_MAX]);

#endif
