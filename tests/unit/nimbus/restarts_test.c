/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/restarts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static struct restart make(const char *supervisor, uint32_t slot, uint64_t incarnation,
                           uint64_t since_ns)
{
    struct restart restart = {.slot = slot, .incarnation = incarnation, .since_ns = since_ns};

    (void)snprintf(restart.topology, sizeof restart.topology, "wc-1");
    (void)snprintf(restart.supervisor, sizeof restart.supervisor, "%s", supervisor);
    return restart;
}

START_TEST(a_place_is_in_it_once)
{
    struct restarts *restarts = NEW(struct restarts);
    struct restart first = make("s1", 0, 41, 1);
    struct restart again = make("s1", 0, 42, 2);
    struct restart other = make("s2", 0, 41, 3);

    ck_assert(restarts_put(restarts, &first));
    ck_assert(restarts_put(restarts, &again));
    ck_assert(restarts_put(restarts, &other));
    ck_assert_uint_eq(restarts->count, 2);
    ck_assert_uint_eq(restarts->items[0].incarnation, 42);
    restarts_drop(restarts, 0);
    ck_assert_uint_eq(restarts->count, 1);
    ck_assert_str_eq(restarts->items[0].supervisor, "s2");
    free(restarts);
}
END_TEST

START_TEST(there_are_not_too_many)
{
    struct restarts *restarts = NEW(struct restarts);

    for (uint32_t i = 0; i < RESTARTS_MAX; i++) {
        struct restart restart = make("s1", i, 41, 1);
        ck_assert(restarts_put(restarts, &restart));
    }
    struct restart more = make("s1", RESTARTS_MAX, 41, 1);
    struct restart same = make("s1", 3, 42, 1);
    ck_assert(!restarts_put(restarts, &more));
    ck_assert(restarts_put(restarts, &same));
    free(restarts);
}
END_TEST

START_TEST(those_that_waited_too_long_are_forgotten)
{
    struct restarts *restarts = NEW(struct restarts);

    for (uint32_t i = 0; i < 4; i++) {
        struct restart restart = make("s1", i, 41, i % 2 == 0 ? 1 : 1000);
        ck_assert(restarts_put(restarts, &restart));
    }
    restarts_expire(restarts, RESTARTS_KEPT_NS);
    ck_assert_uint_eq(restarts->count, 4);
    restarts_expire(restarts, RESTARTS_KEPT_NS + 1);
    ck_assert_uint_eq(restarts->count, 2);
    ck_assert_uint_eq(restarts->items[0].slot % 2, 1);
    ck_assert_uint_eq(restarts->items[1].slot % 2, 1);
    restarts_expire(restarts, RESTARTS_KEPT_NS + 1000);
    ck_assert_uint_eq(restarts->count, 0);
    free(restarts);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_place_is_in_it_once,
        there_are_not_too_many,
        those_that_waited_too_long_are_forgotten,
    };

    return suite_run("restarts", tests, COUNT_OF(tests));
}
