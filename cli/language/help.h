/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Help for a terminal of 80 columns, made from the table of commands. Pure; any thread.
 */
#ifndef CLI_LANGUAGE_HELP_H
#define CLI_LANGUAGE_HELP_H

#include "base/text.h"
#include "cli/language/command.h"
#include "cli/views/style.h"

/* What gale is and which commands it has. */
void help_overview(struct text *text, enum style style);

/* What a group of commands is for and which it has. */
void help_group(const struct group *group, struct text *text, enum style style);

/* All about one command. */
void help_command(const struct command *command, struct text *text, enum style style);

/* One line without its end: "gale run TOPOLOGY.so [OPTION]... [-- ARG...]". */
void help_usage(const struct command *command, struct text *text);

#endif
