/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a multi as the library wants them: operations to send, and places for what the
 * server answers, which must stay where they are until it has.
 */
#ifndef COORD_IO_RESULTS_H
#define COORD_IO_RESULTS_H

#include <stddef.h>
#include <zookeeper/zookeeper.h>

#include "base/attribute.h"
#include "coord/call.h"
#include "coord/event.h"

struct errand_results {
    size_t count;
    zoo_op_t *operations;
    zoo_op_result_t *items;
    char **paths;   /* what the operations are about */
    char **created; /* room for the paths that creates answer; NULL for other parts */
};

/* Of a multi, below the root. The data of the parts are borrowed until it is sent. */
struct errand_results *results_new(const struct coord_call *call, const char *root) MUST_USE;
void results_destroy(struct errand_results **results);

/* Fills the event's part_errors and part_paths. */
void results_take(const struct errand_results *results, struct coord_event *event);

/* The path of a call for the server. A copy. */
char *results_path(const struct coord_call *call, const char *root) MUST_USE;

#endif
