/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handlers of /api/v1 that change something, but for a worker's restart (ui/storm/profiling.h). The server has let them through (ui/http/guard.h). Any thread.
 */
#ifndef UI_STORM_ACTIONS_H
#define UI_STORM_ACTIONS_H

#include "ui/handler.h"

void storm_activate(struct handling *handling);
void storm_deactivate(struct handling *handling);
void storm_kill(struct handling *handling);
void storm_rebalance(struct handling *handling);
void storm_debug_topology(struct handling *handling);
void storm_debug_component(struct handling *handling);
void storm_set_log_config(struct handling *handling);

#endif
