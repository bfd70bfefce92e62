/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the test cases of one file with check.
 *
 * A test program lists its cases once, in its main:
 *
 *     int main(void)
 *     {
 *         const TTest *const tests[] = {a_new_ring_is_empty, a_full_ring_refuses_the_next_item};
 *         return suite_run("ring", tests, sizeof tests / sizeof *tests);
 *     }
 */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>
#include <stddef.h>

/*
 * Returns the exit status of the program: 0 if every one of the tests ran and passed. An empty
 * list fails. What failed is printed.
 */
int suite_run(const char *name, const TTest *const tests[], size_t count);

#endif
