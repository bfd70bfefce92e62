/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>

static SRunner *gather(const char *name, const TTest *const tests[], size_t count)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);

    for (size_t i = 0; i < count; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    return srunner_create(suite);
}

int suite_run(const char *name, const TTest *const tests[], size_t count)
{
    SRunner *runner = gather(name, tests, count);

    srunner_run_all(runner, CK_ENV);
    size_t ran = (size_t)srunner_ntests_run(runner);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);

    if (count == 0 || ran != count) {
        fprintf(stderr, "%s: %zu of %zu tests ran\n", name, ran, count);
        return EXIT_FAILURE;
    }
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
