/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the settings of a command come from: the file of --config or else of GALE_CONFIG, then -c,
 * --loops, --server and --brokers in the order of the command line. Reads the file.
 */
#ifndef CLI_IO_SOURCES_H
#define CLI_IO_SOURCES_H

#include "base/err.h"
#include "base/settings.h"
#include "cli/language/options.h"

/* The caller owns *ret_settings, which are not checked yet. */
MUST_USE enum err sources_read(const struct options *options, struct settings **ret_settings,
                               struct error *error);

/* Those that may be a topology's: one file may hold the settings of a whole cluster, and those of its
 * daemons are nobody else's business. The caller owns the result. */
MUST_USE struct settings *sources_of_topology(const struct settings *settings);

#endif
