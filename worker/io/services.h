/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tasks may ask their host for besides "task/1", for worker_options.find_service.
 */
#ifndef WORKER_IO_SERVICES_H
#define WORKER_IO_SERVICES_H

#include "base/err.h"

/* "log/1" is in gale-log.so, which is loaded by the first call. Any thread. */
const void *services_find(const char *name, struct error *error);

#endif
