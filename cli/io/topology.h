/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the command line to a checked topology with its settings: the way that `gale check` and
 * `gale run` share. Complains on standard error.
 */
#ifndef CLI_IO_TOPOLOGY_H
#define CLI_IO_TOPOLOGY_H

#include "base/settings.h"
#include "cli/exit_code.h"
#include "cli/language/options.h"
#include "wire/config.h"
#include "wire/plan.h"

/* The settings of file and command line. To be called once: the file may be a pipe. On
 * EXIT_CODE_DONE, here and below, the caller owns what is returned. */
enum exit_code topology_settings(const struct options *options, struct settings **ret_settings);

/* Opens the topology of the operand in a child process and applies the settings. */
enum exit_code topology_check(const struct options *options, const struct settings *settings,
                              struct plan **ret_plan, struct config **ret_config);

/* Applies the settings to a checked plan. */
enum exit_code topology_configure(const struct options *options, const struct settings *settings,
                                  struct plan *plan, struct config **ret_config);

#endif
