/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts about this machine, for `gale doctor`.
 */
#ifndef CLI_IO_MACHINE_H
#define CLI_IO_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/text.h"

/* The first line of a small file; NULL if it cannot be read. The caller frees it. */
char *machine_line(const char *path) MUST_USE;

/* MemAvailable; 0 if it is not told. */
uint64_t machine_memory_available(void);

/* The first line that a program writes for "--version"; NULL if it cannot be run. */
char *machine_version_of(const char *program) MUST_USE;

/* False if something listens there already. */
bool machine_port_is_free(uint16_t port);

/* Whether the kernel says that something sets its clock. */
bool machine_clock_is_set(void);

/* The nearest folder above that exists; the caller frees it. */
char *machine_existing(const char *folder) MUST_USE;

/* The median time of a few writes with fsync() in the folder, without a trace of it. False with
 * errno if that is not possible. */
bool machine_sync_time(const char *folder, uint64_t *ret_ns) MUST_USE;

bool machine_room(const char *folder, uint64_t *ret_bytes) MUST_USE;

#endif
