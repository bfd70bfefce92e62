/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/utf8.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(characters_of_every_size_are_valid)
{
    static const char *const texts[] = {"",
                                        "a",
                                        "\xC2\x80",
                                        "\xDF\xBF",
                                        "\xE0\xA0\x80",
                                        "\xED\x9F\xBF",
                                        "\xEE\x80\x80",
                                        "\xEF\xBF\xBF",
                                        "\xF0\x90\x80\x80",
                                        "\xF4\x8F\xBF\xBF"};

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ck_assert(utf8_is_valid(texts[i], strlen(texts[i])));
        ck_assert_uint_eq(utf8_size(texts[i], strlen(texts[i])), strlen(texts[i]));
    }
    ck_assert(utf8_is_valid("a\0b", 3));
}
END_TEST

START_TEST(what_is_cut_overlong_or_too_large_is_not)
{
    static const char *const texts[] = {
        "\x80",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2",
        "\xE0\x9F\xBF",
        "\xED\xA0\x80",
        "\xE1\x80",
        "\xE1\x80g",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xF0\x90\x80",
        "\xFF",
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        ck_assert(!utf8_is_valid(texts[i], strlen(texts[i])));
        ck_assert_uint_eq(utf8_size(texts[i], strlen(texts[i])), 0);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {characters_of_every_size_are_valid,
                                  what_is_cut_overlong_or_too_large_is_not};

    return suite_run("utf8", tests, COUNT_OF(tests));
}
