/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each command of cli/table.c does. They print their errors themselves.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/exit_code.h"
#include "cli/options.h"

enum exit_code command_run(const struct options *options);
enum exit_code command_check(const struct options *options);
enum exit_code command_new(const struct options *options);
enum exit_code command_config(const struct options *options);
enum exit_code command_completion(const struct options *options);
enum exit_code command_version(const struct options *options);
enum exit_code command_help(const struct options *options);

#endif
