/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard output and standard error of the command.
 */
#ifndef CLI_IO_TERMINAL_H
#define CLI_IO_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/text.h"
#include "cli/views/style.h"

/* Takes the places of standard streams that are closed, or what is opened next would be taken for
 * them. They stay unusable: reads and writes fail as before. */
void terminal_fill_gaps(void);

bool terminal_is_tty(FILE *stream);

/* Coloured if the stream is a terminal, TERM is not "dumb" and NO_COLOR is not set. */
enum style terminal_style(FILE *stream);

/* Writes it to standard output, at once, and complains on standard error if that fails. */
MUST_USE bool terminal_write(const struct text *text);

/* Writes it to standard error. If that fails there is nobody to tell. */
void terminal_say(const struct text *text);

/* "gale run: <text of the error>" on standard error. `command` is NULL if there is none yet. */
void terminal_complain(const char *command, const struct error *error);

#endif
