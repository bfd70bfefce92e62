/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens when user code crashes: SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT on a loop's
 * thread ends the process, as it would without us, but first prints a report that names the
 * component, the task, what it was doing, and the stack with source lines.
 *
 * The handler runs on a stack of its own, allocates nothing, and does the least: it writes the
 * addresses to a fresh process (`gale-symbolize`), which reads the debug information and prints.
 * A crash inside the handler ends the process at once.
 *
 * exit() on a loop's thread, which would end the run in silence, is reported too.
 */
#ifndef WORKER_IO_CRASH_H
#define WORKER_IO_CRASH_H

#include <stdbool.h>

#include "worker/crash_context.h"

/* Installs the handlers, once in a process. `program` is how gale-symbolize is found: it stands
 * beside the running program or in ../libexec/gale; without it the report has addresses only. */
void crash_install(void);

/* Whether a thread writes a report; for signal handlers. */
bool crash_is_reporting(void);

/* Where gale-symbolize is; NULL if it is nowhere. Known once installed. */
const char *crash_symbolizer(void);

/* Attaches the context to the calling thread, with a stack for the handler, until crash_leave().
 * The context must outlive that. */
void crash_enter(const struct crash_context *context);
void crash_leave(void);

#endif
