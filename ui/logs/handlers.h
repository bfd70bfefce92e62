/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handlers of logs; ui/logs/routes.c says which path is whose.
 */
#ifndef UI_LOGS_HANDLERS_H
#define UI_LOGS_HANDLERS_H

#include "ui/handler.h"

/* view.c: /api/v2 */
void logs_topologies(struct handling *handling);
void logs_files(struct handling *handling);
void logs_text(struct handling *handling);
void logs_download(struct handling *handling);

/* search.c: /api/v2 */
void logs_search(struct handling *handling);

/* storm_page.c: /api/v1, answered with pages */
void logs_storm_log(struct handling *handling);
void logs_storm_daemon_log(struct handling *handling);
void logs_storm_download(struct handling *handling);
void logs_storm_daemon_download(struct handling *handling);

/* storm_search.c: /api/v1, answered with JSON */
void logs_storm_list(struct handling *handling);
void logs_storm_search(struct handling *handling);
void logs_storm_deep_search(struct handling *handling);

#endif
