/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files as Storm's log viewer names them: "wc-1-1795000000/0/worker.log", topology, port and name; what Storm calls a port is a
 * slot here. Storm has a log viewer on each machine; here one answers for all, so a file may need a supervisor beside it:
 * ?supervisor=ID or ?host=NAME. Without one it is found, if only one supervisor has such a file.
 */
#ifndef UI_LOGS_STORM_FILE_H
#define UI_LOGS_STORM_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "ui/handler.h"
#include "ui/logs/store.h"

/* What the query's `file`, `supervisor` and `host` name. */
enum control_code storm_file_find(const struct handling *handling, struct store_file *ret_file,
                                  struct control_fault *fault);

/* The files of a topology at all supervisors, or at the one that the query names. */
enum control_code storm_file_list(const struct handling *handling, const char *topology,
                                  struct store_list *ret_list, struct control_fault *fault);

/* "wc-1-1795000000/0/worker.log" */
void storm_file_name(const struct store_file *file, struct text *name);

/* "/api/v1/log?file=...&supervisor=..." of `page`, "log" or "download". */
void storm_file_link(const struct store_file *file, const char *page, struct text *link);

/* A number of the query; false if it is none, or outside. Without it `otherwise`. */
bool storm_file_number(const struct handling *handling, const char *name, int64_t max,
                       int64_t otherwise, int64_t *ret_number,
                       struct control_fault *fault) MUST_USE;

#endif
