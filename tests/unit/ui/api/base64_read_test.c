/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/api/base64_read.h"

#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(what_was_written_is_read_again)
{
    struct text base64 = {.data = NULL};
    struct text again = {.data = NULL};
    unsigned char bytes[256];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 167);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        text_clear(&base64);
        text_clear(&again);
        base64_add(&base64, bytes, size);
        ck_assert(base64_read(text_data(&base64), &again));
        ck_assert_uint_eq(text_size(&again), size);
        ck_assert(memcmp(text_data(&again), bytes, size) == 0);
    }
    text_done(&base64);
    text_done(&again);
}
END_TEST

START_TEST(what_is_no_base64_is_refused)
{
    static const char *const wrong[] = {
        "a", "ab", "abc", "ab=", "a===", "====", "ab=c", "a bc", "abc-", "ab==abcd", "\xC3\xA4zz"};
    struct text bytes = {.data = NULL};

    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        ck_assert_msg(!base64_read(wrong[i], &bytes), "'%s'", wrong[i]);
    text_done(&bytes);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_was_written_is_read_again,
        what_is_no_base64_is_refused,
    };

    return suite_run("base64_read", tests, COUNT_OF(tests));
}
