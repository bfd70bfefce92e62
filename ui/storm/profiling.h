/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storm's profiling of a worker. Storm's calls begin and end something at the worker, and leave files there that its
 * log viewer gives out; here nothing is begun and nothing is left: the files are two that are always there, and what
 * is in one is asked of the worker when it is read (docs/rest_v1.md). So a GET changes nothing. Any thread.
 */
#ifndef UI_STORM_PROFILING_H
#define UI_STORM_PROFILING_H

#include "ui/handler.h"

/* /topology/{id}/profiling/...: answered with where to read. */
void storm_profile_start(struct handling *handling);
void storm_profile_stop(struct handling *handling);
void storm_dump_profile(struct handling *handling);
void storm_dump_stacks(struct handling *handling);

/* What has no meaning for a program in C: answered with what to do instead. */
void storm_dump_heap(struct handling *handling);

/* Storm restarts by GET, which the server does not guard: answered with how to do it. */
void storm_restart_by_get(struct handling *handling);
void storm_restart_worker(struct handling *handling);

/* /dumps/{id}/{worker}: a page of links, and what they lead to. */
void storm_dumps(struct handling *handling);
void storm_dump(struct handling *handling);

#endif
