/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seconds as they are typed. Pure; any thread.
 */
#ifndef CLI_DURATION_H
#define CLI_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attribute.h"

enum {
    DURATION_MAX_S = 31536000, /* a year */
};

/* "30", "0.25". False for anything else, and beyond the limit. */
MUST_USE bool duration_read(const char *text, uint64_t *ret_ms);

#endif
