/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of gale and their options: the one place where they are written down. Pure.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>

#include "cli/command.h"

/* COMMAND_COUNT of them, each at the index of its id. */
const struct command *table_commands(void);

/* NULL if there is none of that name. */
const struct command *table_find(const char *name);

/* The name that was meant; NULL if none is near. */
const char *table_nearest(const char *name);

const struct option *table_option(enum option_id id);

/* The command's option at `index`, OPTION_HELP being the last; NULL beyond. */
const struct option *table_option_at(const struct command *command, size_t index);

const struct variable *table_variables(size_t *ret_count);

#endif
