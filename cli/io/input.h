/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard input of the command.
 */
#ifndef CLI_IO_INPUT_H
#define CLI_IO_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* All of it, `size_max` bytes at most: ERR_LIMIT beyond, or ERR_IO. The caller frees it. */
MUST_USE enum err input_read(size_t size_max, char **ret_bytes, size_t *ret_size,
                             struct error *error);

/* Reads a line; whether it begins with 'y'. */
bool input_is_yes(void);

#endif
