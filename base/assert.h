/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions that stay in every build. They are for programmers' errors only, never for what
 * comes from a file, a socket or a user, and the condition must have no side effects.
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

#include "base/attribute.h"

/* Prints "file:line: assertion 'condition' failed" to stderr and aborts. */
_Noreturn COLD void assert_fail(const char *condition, const char *file, int line);

#define ASSERT(condition) \
    (__builtin_expect(!!(condition), 1) ? (void)0 : assert_fail(#condition, __FILE__, __LINE__))

/* For the place after a switch over all constants of an enum. */
#define UNREACHABLE() assert_fail("not reachable", __FILE__, __LINE__)

#endif
