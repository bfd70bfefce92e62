/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nimbus' answers as samples. What is null there has no sample: so are totals of a nimbus that has just begun to lead
 * and has not heard of all workers. They would fall and rise again, and whoever draws rates would take that for work. Pure;
 * any thread.
 */
#ifndef UI_METRICS_VIEWS_H
#define UI_METRICS_VIEWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "ui/metrics/exposition.h"

enum {
    VIEWS_WINDOW_S = 10,    /* that quantiles and shares are of */
    VIEWS_TASK_METRICS = 9, /* samples of a task */
};

void views_add_pulse(struct exposition *to, const json_t *pulse);
void views_add_nodes(struct exposition *to, const json_t *nodes);

/* An answer to topology.figures with that window. */
void views_add_figures(struct exposition *to, const json_t *figures);

/* Of an answer to topology.tasks at most `room` tasks; how many were added. */
size_t views_add_tasks(struct exposition *to, const json_t *tasks, const char *topology,
                       size_t room);

#endif
