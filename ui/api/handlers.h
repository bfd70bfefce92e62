/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handlers of /api/v2 by their groups; ui/api/routes.c says which path is whose. What they answer
 * is described in ui/api/schema.json.
 */
#ifndef UI_API_HANDLERS_H
#define UI_API_HANDLERS_H

#include "ui/handler.h"

/* topologies.c */
void api_topologies(struct handling *handling);
void api_topology(struct handling *handling);
void api_figures(struct handling *handling);
void api_tasks(struct handling *handling);
void api_history(struct handling *handling);
void api_errors(struct handling *handling);
void api_ended(struct handling *handling);

/* samples.c */
void api_samples(struct handling *handling);

/* threads.c */
void api_stacks(struct handling *handling);
void api_profile(struct handling *handling);

/* actions.c */
void api_activate(struct handling *handling);
void api_deactivate(struct handling *handling);
void api_kill(struct handling *handling);
void api_rebalance(struct handling *handling);
void api_log_level(struct handling *handling);
void api_debug(struct handling *handling);
void api_restart_worker(struct handling *handling);

/* cluster.c */
void api_session(struct handling *handling);
void api_pulse(struct handling *handling);
void api_events(struct handling *handling);
void api_nodes(struct handling *handling);
void api_coord(struct handling *handling);

/* settings.c */
void api_settings(struct handling *handling);

#endif
