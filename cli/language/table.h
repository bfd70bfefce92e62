/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of gale and their options: the one place where they are written down. Pure.
 */
#ifndef CLI_LANGUAGE_TABLE_H
#define CLI_LANGUAGE_TABLE_H

#include <stddef.h>

#include "cli/language/command.h"

/* COMMAND_COUNT of them, each at the index of its id. */
const struct command *table_commands(void);

/* What the first words of a command line name; at most one of them is not NULL. */
struct table_match {
    const struct command *command;
    const struct group *group; /* there is no second word, or it names none of its commands */
    size_t words;              /* how many were needed */
};

struct table_match table_match(const char *const *words, size_t count);

/* By its whole name, "run" or "coord ls". NULL if there is none of that name. */
const struct command *table_find(const char *name);

/* The name without that of the group: "ls". */
const char *table_short_name(const struct command *command);

/* The name that was meant behind the group's, or behind "gale" if it is NULL; NULL if none is
 * near. */
const char *table_nearest(const struct group *group, const char *name);

/* The group of commands that begins with this one in the overview; NULL for any other command. */
const struct group *table_begins_group(const struct command *command);

/* GROUP_COUNT of them, each at the index of its id; that of GROUP_NONE is empty. */
const struct group *table_groups(void);

const struct option *table_option(enum option_id id);

/* The command's option at `index`, OPTION_HELP being the last; NULL beyond. */
const struct option *table_option_at(const struct command *command, size_t index);

const struct variable *table_variables(size_t *ret_count);

#endif
