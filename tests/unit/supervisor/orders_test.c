/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/orders.h"

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(restarts_are_read_one_after_the_other)
{
    json_t *answer = json_loads("{\"restart\":[{\"topology\":\"a\",\"slot\":0,\"incarnation\":7},"
                                "{\"topology\":\"b\",\"slot\":3,\"incarnation\":8}]}",
                                0, NULL);
    struct order order;
    size_t position = 0;

    ck_assert(orders_next(answer, &position, 4, &order));
    ck_assert_str_eq(order.topology, "a");
    ck_assert_uint_eq(order.slot, 0);
    ck_assert_uint_eq(order.incarnation, 7);
    ck_assert(orders_next(answer, &position, 4, &order));
    ck_assert_str_eq(order.topology, "b");
    ck_assert_uint_eq(order.slot, 3);
    ck_assert(!orders_next(answer, &position, 4, &order));
    json_decref(answer);
}
END_TEST

START_TEST(what_is_no_order_is_passed_over)
{
    static const char *const answers[] = {
        "{}",
        "[]",
        "{\"restart\":null}",
        "{\"restart\":{\"topology\":\"a\"}}",
        "{\"restart\":[7,null,\"a\",{}]}",
        "{\"restart\":[{\"topology\":7,\"slot\":0,\"incarnation\":7}]}",
        "{\"restart\":[{\"topology\":\"a\",\"slot\":4,\"incarnation\":7}]}",
        "{\"restart\":[{\"topology\":\"a\",\"slot\":-1,\"incarnation\":7}]}",
        "{\"restart\":[{\"topology\":\"a\",\"slot\":0.5,\"incarnation\":7}]}",
        "{\"restart\":[{\"topology\":\"a\",\"slot\":0,\"incarnation\":-1}]}",
        "{\"restart\":[{\"topology\":\"a\",\"slot\":0}]}",
    };
    struct order order;

    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        json_t *answer = json_loads(answers[i], 0, NULL);
        size_t position = 0;
        ck_assert_ptr_nonnull(answer);
        ck_assert(!orders_next(answer, &position, 4, &order));
        json_decref(answer);
    }
}
END_TEST

START_TEST(a_good_one_behind_a_bad_one_is_found)
{
    json_t *answer =
        json_loads("{\"restart\":[{},{\"topology\":\"b\",\"slot\":3,\"incarnation\":8}]}", 0, NULL);
    struct order order;
    size_t position = 0;

    ck_assert(orders_next(answer, &position, 4, &order));
    ck_assert_str_eq(order.topology, "b");
    json_decref(answer);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        restarts_are_read_one_after_the_other,
        what_is_no_order_is_passed_over,
        a_good_one_behind_a_bad_one_is_found,
    };

    return suite_run("orders", tests, COUNT_OF(tests));
}
