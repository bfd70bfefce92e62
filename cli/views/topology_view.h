/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topologies on a cluster for people, from what nimbus answers. Pure; any thread.
 */
#ifndef CLI_VIEWS_TOPOLOGY_VIEW_H
#define CLI_VIEWS_TOPOLOGY_VIEW_H

#include <jansson.h>
#include <stdint.h>

#include "base/text.h"
#include "cli/views/columns.h"
#include "cli/views/style.h"

/* Of topology.list. `now_ms` is since 1970, here and below. */
void topology_view_list(const json_t *answer, uint64_t now_ms, struct text *text);

/* Of topology.status. */
void topology_view_status(const json_t *answer, uint64_t now_ms, struct text *text,
                          enum style style);

/* Of topology.errors. */
void topology_view_errors(const json_t *answer, uint64_t now_ms, struct text *text);

/* "wc: 2 executors are not placed: ..." with a newline, or nothing if all is placed. */
void topology_view_unplaced(const char *name, const json_t *answer, struct text *text);

/* "wc: active, 2 of 3 workers run, trees: 5 done, 0 failed": one line without its end. */
void topology_view_progress(const json_t *answer, struct text *text);

/* A cell of a table: a count with commas, a duration, an age, somebody's words. */
void topology_view_count(struct columns *columns, uint64_t count);
void topology_view_known(struct columns *columns, const json_t *object,
                         const char *member); /* a count; "-": null, for it is not known yet */
void topology_view_duration(struct columns *columns, uint64_t ns);
void topology_view_age(struct columns *columns, uint64_t since_ms, uint64_t now_ms);
void topology_view_words(struct columns *columns, const char *words);
void topology_view_bytes(struct columns *columns, uint64_t bytes);

#endif
