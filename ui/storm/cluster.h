/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster as a whole, in Storm's shape: made of nimbus' answers to topology.list and cluster.nodes. Results are the
 * caller's. Pure; any thread.
 */
#ifndef UI_STORM_CLUSTER_H
#define UI_STORM_CLUSTER_H

#include <jansson.h>
#include <stdint.h>

#include "ui/handler.h"

/* /cluster/configuration: every setting that the file may have, with what it is. */
json_t *storm_cluster_configuration(const struct ui_facts *facts);

/* /cluster/summary */
json_t *storm_cluster_summary(const json_t *list, const json_t *nodes, const char *version);

/* /nimbus/summary */
json_t *storm_nimbus_summary(const json_t *nodes, uint64_t now_ms);

/* /owner-resources */
json_t *storm_owners(const json_t *list);

/* /owner-resources/{id}; of who has no topology all is 0. */
json_t *storm_owner(const json_t *list, const char *owner, uint64_t now_ms);

/* /history/summary: ids of what runs, and of what ran (topology.ended_list). */
json_t *storm_history(const json_t *list, const json_t *ended);

#endif
