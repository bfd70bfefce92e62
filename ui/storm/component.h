/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A component's page and the visualization in Storm's shape, both of which show executors: nimbus tells of tasks, and
 * those of an executor are added up here. Results are the caller's. Pure; any thread.
 */
#ifndef UI_STORM_COMPONENT_H
#define UI_STORM_COMPONENT_H

#include <jansson.h>
#include <stdint.h>

#include "ui/storm/topology.h"

/* Answers of nimbus. Borrowed. */
struct storm_component {
    const char *name;
    const json_t *status;         /* topology.status */
    struct storm_figures figures; /* topology.figures */
    const json_t *tasks;          /* topology.tasks, in the window of the figures */
    const json_t *errors;         /* topology.errors */
};

/* /topology/{id}/component/{c}; NULL if the topology has no such component. */
json_t *storm_component_page(const struct storm_component *asked, uint64_t now_ms);

/* The executors of `tasks`, in order: {"component", "id", "supervisor", "slot", "host", "uptime_ms", "emitted", "sent",
 * "executed", "acked", "failed", "capacity", "latency_ns", "process_ns": means, or 0, "outputs": {stream: sent}}. */
json_t *storm_executors(const json_t *tasks);

/* /topology/{id}/visualization: of the window that the figures and tasks are of. */
json_t *storm_visualization(const json_t *status, const struct storm_figures *figures,
                            const json_t *tasks);

/* /topology/{id}/visualization-init */
json_t *storm_visualization_init(const json_t *status);

#endif
