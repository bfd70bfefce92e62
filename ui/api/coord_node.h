/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node of the cluster state as the backend gives it (ui/backend.h), for people: its data as text, the session that it
 * ends with as it is written everywhere else. Pure; any thread.
 */
#ifndef UI_API_COORD_NODE_H
#define UI_API_COORD_NODE_H

#include <jansson.h>

#include "base/attribute.h"

/* CoordNode of ui/api/schema.json; the caller owns it. */
json_t *coord_node_show(const json_t *node) MUST_USE;

/* The node's data as JSON; NULL if it is none. The caller owns it. */
json_t *coord_node_record(const json_t *node) MUST_USE;

#endif
