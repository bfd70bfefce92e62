/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens the `.so` of a topology. Opening runs the constructors in it, so `gale check` does it in a
 * child process; a `.so` that passed there is opened here to be run.
 */
#ifndef WORKER_IO_LOADER_H
#define WORKER_IO_LOADER_H

#include <gale/types.h>

#include "base/err.h"

struct loader;

/* Errors: no such file, not a shared object, no symbol `gale_topology`, another ABI. */
MUST_USE enum err loader_open(const char *path, struct loader **ret_loader, struct error *error);

/* The code stays mapped, so that a stack seen later still has names. */
void loader_close(struct loader **loader);

/* Borrowed until loader_close(). */
const struct gale_topology *loader_topology(const struct loader *loader);

#endif
