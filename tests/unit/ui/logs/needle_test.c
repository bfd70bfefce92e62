/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/logs/needle.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static size_t find(const char *text, bool has_case, const char *bytes, size_t from)
{
    struct needle needle;

    ck_assert(needle_init(&needle, text, has_case));
    return needle_find(&needle, bytes, strlen(bytes), from);
}

START_TEST(the_first_place_is_found_and_the_end_if_there_is_none)
{
    ck_assert_uint_eq(find("ab", true, "aab ab", 0), 1);
    ck_assert_uint_eq(find("ab", true, "aab ab", 2), 4);
    ck_assert_uint_eq(find("ab", true, "aab ab", 5), 6);
    ck_assert_uint_eq(find("aab", true, "aaab", 0), 1);
    ck_assert_uint_eq(find("abc", true, "ab", 0), 2);
    ck_assert_uint_eq(find("a", true, "", 0), 0);
}
END_TEST

START_TEST(capitals_count_only_where_they_shall)
{
    ck_assert_uint_eq(find("Warn", true, "a warn Warn", 0), 7);
    ck_assert_uint_eq(find("Warn", false, "a WARN Warn", 0), 2);
    ck_assert_uint_eq(find("wARN", false, "a warN", 0), 2);
    ck_assert_uint_eq(find("[x]", false, "{x} [X]", 0), 4);
    ck_assert_uint_eq(find("b", false, "aaaB", 0), 3);
}
END_TEST

START_TEST(it_agrees_with_looking_everywhere)
{
    struct needle needle;
    char bytes[13];
    uint32_t random = 1;

    for (int run = 0; run < 20000; run++) {
        char text[4] = {0};
        size_t expected = sizeof bytes - 1;
        for (size_t i = 0; i < sizeof bytes - 1; i++, random = random * 1664525 + 1013904223)
            bytes[i] = "aAbB"[random >> 30];
        for (size_t i = 0; i < 1 + (size_t)run % 3; i++, random = random * 1664525 + 1013904223)
            text[i] = "ab"[random >> 31];
        bytes[sizeof bytes - 1] = '\0';
        for (size_t at = sizeof bytes - 1; at-- > 0;) {
            bool is_here = at + strlen(text) <= sizeof bytes - 1;
            for (size_t i = 0; is_here && text[i] != '\0'; i++)
                is_here = (bytes[at + i] | 0x20) == text[i];
            if (is_here)
                expected = at;
        }
        ck_assert(needle_init(&needle, text, false));
        ck_assert_uint_eq(needle_find(&needle, bytes, sizeof bytes - 1, 0), expected);
    }
}
END_TEST

START_TEST(nothing_and_too_much_are_no_needles)
{
    struct needle needle;
    char large[NEEDLE_MAX + 2];

    memset(large, 'x', sizeof large);
    large[sizeof large - 1] = '\0';
    ck_assert(!needle_init(&needle, "", true));
    ck_assert(!needle_init(&needle, large, true));
    ck_assert(needle_init(&needle, large + 1, true));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_first_place_is_found_and_the_end_if_there_is_none,
        capitals_count_only_where_they_shall,
        it_agrees_with_looking_everywhere,
        nothing_and_too_much_are_no_needles,
    };

    return suite_run("needle", tests, COUNT_OF(tests));
}
