/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/protocol/message.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(operations_have_the_names_of_the_protocol)
{
    ck_assert_str_eq(message_op_name(MESSAGE_CREATE), "create");
    ck_assert_str_eq(message_op_name(MESSAGE_GET_CHILDREN2), "getChildren2");
    ck_assert_str_eq(message_op_name(MESSAGE_CREATE_TTL), "createTTL");
    ck_assert_str_eq(message_op_name(MESSAGE_CLOSE_SESSION), "closeSession");
}
END_TEST

START_TEST(what_clients_may_not_ask_has_no_name)
{
    const int32_t ops[] = {-10, 10, 20, 99, 108, INT32_MIN, INT32_MAX};

    for (size_t i = 0; i < COUNT_OF(ops); i++)
        ck_assert_str_eq(message_op_name(ops[i]), "unknown");
}
END_TEST

START_TEST(no_two_operations_share_a_name)
{
    for (int32_t op = -11; op < 110; op++) {
        for (int32_t other = -11; other < op; other++) {
            const char *name = message_op_name(op);
            if (strcmp(name, "unknown") != 0)
                ck_assert_str_ne(name, message_op_name(other));
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        operations_have_the_names_of_the_protocol,
        what_clients_may_not_ask_has_no_name,
        no_two_operations_share_a_name,
    };

    return suite_run("message", tests, COUNT_OF(tests));
}
