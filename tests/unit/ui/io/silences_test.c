/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/silences.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/suite.h"

#define LONG_NS UINT64_C(3600000000000) /* nobody waits for its end */

START_TEST(a_question_that_is_missed_early_makes_room_for_the_next)
{
    AUTO(silences_destroy) struct silences *silences = silences_new(0);
    struct control_fault fault;
    uint64_t began_ns = 0;

    for (int i = 0; i < 3; i++) {
        ck_assert(silences_may_ask(silences, "coord", LONG_NS, &began_ns, &fault));
        (void)control_refuse(&fault, CONTROL_UNAVAILABLE, "the connection is lost");
        silences_missed(silences, "coord", began_ns, &fault);
    }
}
END_TEST

START_TEST(one_of_before_that_is_missed_makes_no_room)
{
    AUTO(silences_destroy) struct silences *silences = silences_new(0);
    struct control_fault fault;
    uint64_t before_ns = 0;
    uint64_t began_ns = 0;

    ck_assert(silences_may_ask(silences, "coord", LONG_NS, &before_ns, &fault));
    (void)control_refuse(&fault, CONTROL_UNAVAILABLE, "the connection is lost");
    silences_missed(silences, "coord", before_ns, &fault);
    while (clock_now_ns() == before_ns)
        ;
    ck_assert(silences_may_ask(silences, "coord", LONG_NS, &began_ns, &fault));
    silences_missed(silences, "coord", before_ns, &fault);
    ck_assert(!silences_may_ask(silences, "coord", LONG_NS, &began_ns, &fault));
    ck_assert_ptr_nonnull(strstr(fault.text, "the connection is lost (since "));
}
END_TEST

START_TEST(what_is_heard_ends_it)
{
    AUTO(silences_destroy) struct silences *silences = silences_new(LONG_NS);
    struct control_fault fault;
    uint64_t began_ns = 0;

    ck_assert(silences_may_ask(silences, "coord", LONG_NS, &began_ns, &fault));
    (void)control_refuse(&fault, CONTROL_UNAVAILABLE, "the connection is lost");
    silences_missed(silences, "coord", began_ns, &fault);
    ck_assert(!silences_may_ask(silences, "coord", LONG_NS, &began_ns, &fault));
    silences_heard(silences, "coord");
    ck_assert(silences_may_ask(silences, "coord", LONG_NS, &began_ns, &fault));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_question_that_is_missed_early_makes_room_for_the_next,
        one_of_before_that_is_missed_makes_no_room,
        what_is_heard_ends_it,
    };
    return suite_run("silences", tests, sizeof tests / sizeof *tests);
}
