/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts that cli/language/completion.c puts together: a script for each shell, and the lists of words
 * that all of them hold, with a space between two. Pure.
 */
#ifndef CLI_LANGUAGE_COMPLETION_PARTS_H
#define CLI_LANGUAGE_COMPLETION_PARTS_H

#include "base/text.h"
#include "cli/language/command.h"

void completion_bash(struct text *text);
void completion_zsh(struct text *text);
void completion_fish(struct text *text);

void completion_commands(struct text *text); /* what may stand right behind "gale" */
void completion_group_commands(const struct group *group, struct text *text);
void completion_shell_names(struct text *text);

/* What `gale __complete` is asked for: VALUE_NAME, VALUE_TOPIC or VALUE_GROUP. */
const char *completion_names(enum value_kind kind);
void completion_setting_keys(struct text *text); /* "topology.acking=", ... */

#endif
