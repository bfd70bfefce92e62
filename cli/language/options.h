/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the command line of one command by its table: long options, their letters, `--name=value`,
 * `-cVALUE`, options and operands in any order, `--`. Pure; any thread.
 */
#ifndef CLI_LANGUAGE_OPTIONS_H
#define CLI_LANGUAGE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/language/command.h"

enum {
    OPTIONS_GIVEN_MAX = 256,
};

struct option_given {
    enum option_id id;
    const char *value; /* NULL if the option takes none */
};

/* All texts are borrowed from the command line. */
struct options {
    const struct command *command;
    size_t given_count;
    struct option_given given[OPTIONS_GIVEN_MAX]; /* in the order of the command line */
    const char *operand;                          /* the first; NULL if it was not given */
    const char *operands[COMMAND_OPERANDS_MAX];
    size_t operand_count;
    const char *const *rest; /* what is not for gale: see enum rest */
    size_t rest_count;
};

/* `words` is what follows the command's name. ERR_INVALID with a text that says what to write
 * instead. A command line with --help is not looked at any further. */
MUST_USE enum err options_parse(const struct command *command, const char *const *words,
                                size_t count, struct options *ret_options, struct error *error);

bool options_has(const struct options *options, enum option_id id);

/* The value of an option that is given at most once; NULL if it was not. */
const char *options_value(const struct options *options, enum option_id id);

#endif
