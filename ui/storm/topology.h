/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topologies in Storm's shape: their list, the page of one, and its metrics by stream. Results are the caller's. Pure;
 * any thread.
 */
#ifndef UI_STORM_TOPOLOGY_H
#define UI_STORM_TOPOLOGY_H

#include <jansson.h>
#include <stdint.h>

#include "ui/storm/shape.h"

/* Answers to topology.figures, one for each of shape_windows, and which of them was asked for. Borrowed. */
struct storm_figures {
    const json_t *of[SHAPE_WINDOWS];
    size_t window;
};

/* One of "topologies", of a line of topology.list. */
json_t *storm_topology_line(const json_t *topology, uint64_t now_ms);

/* /topology/summary */
json_t *storm_topology_summary(const json_t *list, uint64_t now_ms);

/* /topology/{id} */
json_t *storm_topology_page(const json_t *status, const struct storm_figures *figures,
                            uint64_t now_ms);

/* /topology/{id}/metrics: of one window. */
json_t *storm_topology_metrics(const json_t *figures, size_t window);

/* {"window", "windowPretty"} and the counters of a component in the window; also the latencies of a bolt, the
 * latency of a spout. NULL is a component that is not in the figures. */
json_t *storm_counts(const json_t *component);
json_t *storm_latencies(const json_t *component);
json_t *storm_window(size_t window);

/* The stream that a spout's trees are told of: its only one. Trees are not counted by stream, so with several it is "*". */
const char *storm_tree_stream(const json_t *component);

/* {"debug", "samplingPct"} of a component; NULL: of the topology. */
json_t *storm_debug(const json_t *status, const char *component);

/* errorHost and the other members of an error of topology.errors, or of `last_error`. */
json_t *storm_error_place(const json_t *status, const json_t *error, uint64_t now_ms);

#endif
