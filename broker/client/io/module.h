/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale-log.so: all of Gale that needs librdkafka. It is loaded when something asks for the log, so that
 * a machine without librdkafka runs everything else. It exports one symbol, LOG_MODULE_SYMBOL, which is
 * a struct log_module of the same version as who loads it.
 */
#ifndef BROKER_CLIENT_IO_MODULE_H
#define BROKER_CLIENT_IO_MODULE_H

#include <stdint.h>

#include "base/err.h"

#define LOG_MODULE_SYMBOL "gale_log_module"
#define LOG_MODULE_ABI    0x47414C454C4F4701ull /* "GALELOG" and the number of this struct */

struct log_console;

struct log_module {
    uint64_t abi;                      /* LOG_MODULE_ABI */
    const char *version;               /* of Gale */
    const void *tasks;                 /* struct gale_log_service of <gale/ready_log.h> */
    const struct log_console *console; /* for the command line */
};

/* The module, loaded by the first call and kept for the life of the process; any thread. Looked for
 * beside the program, then where it is installed. The error says where, and what to install. */
enum err module_get(const struct log_module **ret_module, struct error *error) MUST_USE;

/* The same from one file, each time anew; the code stays mapped. */
enum err module_load(const char *path, const struct log_module **ret_module,
                     struct error *error) MUST_USE;

#endif
