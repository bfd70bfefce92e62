/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With what the command ends: one table for the code, the help and the man page. Pure; any thread.
 */
#ifndef CLI_EXIT_CODE_H
#define CLI_EXIT_CODE_H

#include <stddef.h>

enum exit_code {
    EXIT_CODE_DONE = 0,
    EXIT_CODE_FAILED = 1,
    EXIT_CODE_USAGE = 2,
    EXIT_CODE_UNREACHABLE = 3,
    EXIT_CODE_NOT_FOUND = 4,
    EXIT_CODE_CONFLICT = 5,
    EXIT_CODE_TIMEOUT = 6,
    EXIT_CODE_DENIED = 7,
    EXIT_CODE_TOPOLOGY = 8,
    EXIT_CODE_INTERRUPTED = 130,
};

struct exit_meaning {
    enum exit_code code;
    const char *meaning; /* lower case, no full stop */
};

/* Every code, ascending. */
const struct exit_meaning *exit_code_table(size_t *ret_count);

#endif
