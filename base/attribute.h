/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiler attributes the project uses, in one place: C11 with extensions off everywhere
 * else. gcc and clang know all of them.
 */
#ifndef BASE_ATTRIBUTE_H
#define BASE_ATTRIBUTE_H

/* The result must not be ignored. */
#define MUST_USE __attribute__((warn_unused_result))

/* The arguments are checked against the format; both positions count from 1. */
#define PRINTF_LIKE(format_index, first_argument_index) \
    __attribute__((format(printf, format_index, first_argument_index)))

/* Hardly ever called: kept out of the way of the hot code, and its branch is the unlikely one. */
#define COLD __attribute__((cold, noinline))

#endif
