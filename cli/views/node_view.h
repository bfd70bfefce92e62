/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machines of a cluster for people, from what nimbus answers to cluster.nodes. Pure; any thread.
 */
#ifndef CLI_VIEWS_NODE_VIEW_H
#define CLI_VIEWS_NODE_VIEW_H

#include <jansson.h>
#include <stdint.h>

#include "base/text.h"

void node_view_render(const json_t *answer, uint64_t now_ms, struct text *text);

/* "2 supervisors, 3 of 8 slots used, nimbus NAME leads": one line without its end. */
void node_view_line(const json_t *answer, struct text *text);

#endif
