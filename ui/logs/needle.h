/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text that is looked for in bytes. Capitals count or do not; those of ASCII, that is: other letters are always
 * compared as they are. Pure; any thread.
 */
#ifndef UI_LOGS_NEEDLE_H
#define UI_LOGS_NEEDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attribute.h"

enum {
    NEEDLE_MAX = 1024, /* bytes */
};

struct needle {
    size_t size; /* 1 .. NEEDLE_MAX */
    bool has_case;
    char bytes[NEEDLE_MAX]; /* small letters, unless they count */
};

/* False if there is nothing to look for, or too much of it. */
bool needle_init(struct needle *needle, const char *text, bool has_case) MUST_USE;

/* Where it begins, at or after `from`; `size` if it is not there. */
size_t needle_find(const struct needle *needle, const char *bytes, size_t size, size_t from);

#endif
