/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/errors.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(codes_have_the_names_that_kafka_gives_them)
{
    ck_assert_str_eq(kafka_error_name(0), "NONE");
    ck_assert_str_eq(kafka_error_name(-1), "UNKNOWN_SERVER_ERROR");
    ck_assert_str_eq(kafka_error_name(3), "UNKNOWN_TOPIC_OR_PARTITION");
    ck_assert_str_eq(kafka_error_name(17), "INVALID_TOPIC_EXCEPTION");
    ck_assert_str_eq(kafka_error_name(35), "UNSUPPORTED_VERSION");
    ck_assert_str_eq(kafka_error_name(56), "KAFKA_STORAGE_ERROR");
    ck_assert_str_eq(kafka_error_name(79), "MEMBER_ID_REQUIRED");
    ck_assert_str_eq(kafka_error_name(87), "INVALID_RECORD");
}
END_TEST

START_TEST(codes_that_we_do_not_know_have_a_name_too)
{
    ck_assert_str_eq(kafka_error_name(999), "UNKNOWN");
    ck_assert_str_eq(kafka_error_name(INT16_MIN), "UNKNOWN");
    ck_assert_uint_gt(strlen(kafka_error_text(999)), 0);
    ck_assert(!kafka_error_is_retryable(999));
}
END_TEST

START_TEST(every_text_is_lower_case_and_without_a_full_stop)
{
    for (int16_t code = -1; code < 200; code++) {
        const char *text = kafka_error_text(code);
        ck_assert(text[0] >= 'a' && text[0] <= 'z');
        ck_assert_int_ne(text[strlen(text) - 1], '.');
    }
}
END_TEST

START_TEST(what_passes_by_itself_may_be_tried_again)
{
    ck_assert(kafka_error_is_retryable(KAFKA_NOT_LEADER_OR_FOLLOWER));
    ck_assert(kafka_error_is_retryable(KAFKA_COORDINATOR_LOAD_IN_PROGRESS));
    ck_assert(kafka_error_is_retryable(KAFKA_STORAGE_ERROR));
    ck_assert(!kafka_error_is_retryable(KAFKA_NONE));
    ck_assert(!kafka_error_is_retryable(KAFKA_MESSAGE_TOO_LARGE));
    ck_assert(!kafka_error_is_retryable(KAFKA_ILLEGAL_GENERATION));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        codes_have_the_names_that_kafka_gives_them,
        codes_that_we_do_not_know_have_a_name_too,
        every_text_is_lower_case_and_without_a_full_stop,
        what_passes_by_itself_may_be_tried_again,
    };

    return suite_run("protocol_errors", tests, COUNT_OF(tests));
}
