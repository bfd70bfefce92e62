/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handlers of /api/v1 that change something. The server has let them through (ui/http/guard.h). Any thread.
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
void storm_restart_worker(struct handling *handling);

/* Storm restarts by GET, which the server does not guard: answered with how to do it. */
void storm_restart_by_get(struct handling *handling);

/* What has no meaning for a program in C: answered with what to do instead. */
void storm_profile(struct handling *handling);
void storm_dump_stacks(struct handling *handling);
void storm_dump_heap(struct handling *handling);

#endif
