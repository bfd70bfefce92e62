/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/protocol/error.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

/* All numbers that the protocol has are in this range. */
#define LOWEST (-200)

static bool is_named(int number)
{
    return strcmp(coord_error_name((enum coord_error)number), "unknown") != 0;
}

START_TEST(names_texts_and_codes_belong_to_each_other)
{
    const struct {
        enum coord_error error;
        const char *name;
        enum err code;
    } errors[] = {
        {COORD_OK, "ok", ERR_OK},
        {COORD_CONNECTION_LOSS, "connection_loss", ERR_TIMEOUT},
        {COORD_UNIMPLEMENTED, "unimplemented", ERR_UNSUPPORTED},
        {COORD_BAD_ARGUMENTS, "bad_arguments", ERR_INVALID},
        {COORD_NO_NODE, "no_node", ERR_NOT_FOUND},
        {COORD_NO_AUTH, "no_auth", ERR_DENIED},
        {COORD_BAD_VERSION, "bad_version", ERR_CONFLICT},
        {COORD_NODE_EXISTS, "node_exists", ERR_EXISTS},
        {COORD_SESSION_EXPIRED, "session_expired", ERR_CLOSED},
        {COORD_QUOTA_EXCEEDED, "quota_exceeded", ERR_LIMIT},
    };

    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        ck_assert_str_eq(coord_error_name(errors[i].error), errors[i].name);
        ck_assert_int_eq(coord_error_code(errors[i].error), errors[i].code);
    }
    ck_assert_str_eq(coord_error_text(COORD_NO_NODE), "the node does not exist");
}
END_TEST

START_TEST(no_two_errors_share_a_name)
{
    int named = 0;

    for (int i = 0; i >= LOWEST; i--) {
        for (int j = 0; j > i; j--) {
            if (is_named(i))
                ck_assert_str_ne(coord_error_name((enum coord_error)i),
                                 coord_error_name((enum coord_error)j));
        }
        named += is_named(i);
    }
    ck_assert_int_eq(named, 33);
}
END_TEST

START_TEST(only_ok_is_ok)
{
    for (int i = -1; i >= LOWEST; i--)
        ck_assert_int_ne(coord_error_code((enum coord_error)i), ERR_OK);
}
END_TEST

START_TEST(a_number_of_no_error_has_a_text_too)
{
    const int numbers[] = {1, -10, -100, -126, INT32_MIN, INT32_MAX};

    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        enum coord_error error = (enum coord_error)numbers[i];
        ck_assert_str_eq(coord_error_name(error), "unknown");
        ck_assert_str_eq(coord_error_text(error), "unknown error");
        ck_assert_int_eq(coord_error_code(error), ERR_INTERNAL);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        names_texts_and_codes_belong_to_each_other,
        no_two_errors_share_a_name,
        only_ok_is_ok,
        a_number_of_no_error_has_a_text_too,
    };

    return suite_run("error", tests, COUNT_OF(tests));
}
