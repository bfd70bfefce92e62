/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include "base/mem.h"
#include "tests/support/suite.h"

static void expect(const void *bytes, size_t size, const char *wanted)
{
    struct text text;

    text_init(&text);
    base64_add(&text, bytes, size);
    ck_assert_str_eq(text_data(&text), wanted);
    text_done(&text);
}

/* The examples of RFC 4648. */
START_TEST(what_is_left_over_is_filled_up)
{
    static const char *const wanted[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                         "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};

    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        expect("foobar", i, wanted[i]);
}
END_TEST

START_TEST(any_byte_goes)
{
    static const unsigned char bytes[] = {0x00, 0xFF, 0xFB, 0xEF, 0xBE, 0x00};

    expect(bytes, sizeof bytes, "AP/7774A");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_left_over_is_filled_up,
        any_byte_goes,
    };
    return suite_run("base64", tests, sizeof tests / sizeof *tests);
}
