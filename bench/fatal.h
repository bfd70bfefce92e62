/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a run that cannot give a figure.
 */
#ifndef BENCH_FATAL_H
#define BENCH_FATAL_H

#include <stdbool.h>

#include "base/attribute.h"

/* Prints both and ends the program with status 1. */
COLD _Noreturn void fatal(const char *what, const char *why);

/* For what is known of the result. */
static inline void fatal_unless(bool is_right, const char *what)
{
    if (!is_right)
        fatal("the result is wrong", what);
}

#endif
