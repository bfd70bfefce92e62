/* SPDX-License-Identifier: Apache-2.0 */
#include "net/census.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define ADDRESSES 50
#define LIMIT     3

static struct peer_address address_of(unsigned number)
{
    return (struct peer_address){{[15] = (uint8_t)number}};
}

START_TEST(an_address_has_so_many_connections_and_no_more)
{
    AUTO(census_destroy) struct census *census = census_new(100, 2);
    struct peer_address a = address_of(1);
    struct peer_address b = address_of(2);

    ck_assert(census_enter(census, &a));
    ck_assert(census_enter(census, &a));
    ck_assert(!census_enter(census, &a));
    ck_assert(census_enter(census, &b));
    census_leave(census, &a);
    ck_assert(census_enter(census, &a));
    ck_assert(!census_enter(census, &a));
}
END_TEST

START_TEST(a_limit_of_zero_is_none)
{
    AUTO(census_destroy) struct census *census = census_new(1, 0);
    struct peer_address a = address_of(1);

    for (int i = 0; i < 1000; i++)
        ck_assert(census_enter(census, &a));
    census_leave(census, &a);
}
END_TEST

/* With few buckets, so that addresses share them. */
START_TEST(any_order_of_coming_and_going_is_counted_right)
{
    AUTO(census_destroy) struct census *census = census_new(8, LIMIT);
    unsigned counts[ADDRESSES] = {0};
    struct rng rng;

    rng_init(&rng, 7);
    for (int i = 0; i < 20000; i++) {
        unsigned number = (unsigned)rng_below(&rng, ADDRESSES);
        struct peer_address address = address_of(number);
        if (rng_below(&rng, 2) == 0) {
            bool entered = census_enter(census, &address);
            ck_assert_int_eq(entered, counts[number] < LIMIT);
            counts[number] += entered ? 1 : 0;
        } else if (counts[number] > 0) {
            census_leave(census, &address);
            counts[number]--;
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_address_has_so_many_connections_and_no_more,
        a_limit_of_zero_is_none,
        any_order_of_coming_and_going_is_counted_right,
    };
    return suite_run("census", tests, COUNT_OF(tests));
}
