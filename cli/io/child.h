/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks a child process what is in a topology's `.so`. Whatever the code in it does when it is
 * opened, here it becomes a plan or one error.
 */
#ifndef CLI_IO_CHILD_H
#define CLI_IO_CHILD_H

#include "base/err.h"
#include "wire/plan.h"

enum {
    CHILD_OUTPUT_MAX = 4 * 1024 * 1024, /* bytes of the plan's JSON */
    CHILD_TIMEOUT_MS = 10000,           /* unless GALE_CHECK_TIMEOUT_MS says otherwise */
};

/* Blocks for as long as the child may take. The plan is checked; the caller owns it. */
MUST_USE enum err child_describe(const char *path, struct plan **ret_plan, struct error *error);

#endif
