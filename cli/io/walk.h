/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a node and all below it, one after the other.
 */
#ifndef CLI_IO_WALK_H
#define CLI_IO_WALK_H

#include <stddef.h>

#include "cli/io/link.h"
#include "cli/views/coord_view.h"

enum {
    WALK_DEPTH_MAX = 512, /* a path of 1023 bytes has no more parts */
};

/* Nodes that go meanwhile are left out; only the first one must be there. Paths are the server's.
 * Nodes that were read stay in *nodes whatever the result is: walk_done() frees them. */
enum exit_code walk(struct link *link, const char *path, size_t depth_max, size_t nodes_max,
                    struct coord_nodes *nodes);
void walk_done(struct coord_nodes *nodes);

#endif
