/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completions for shells, made from the table of commands. Pure; any thread.
 */
#ifndef CLI_LANGUAGE_COMPLETION_H
#define CLI_LANGUAGE_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Appends the script for "bash", "zsh" or "fish"; false for any other shell. */
bool completion_render(const char *shell, struct text *text);

/* The names of the shells. */
const char *const *completion_shells(size_t *ret_count);

#endif
