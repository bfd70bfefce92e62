/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

START_TEST(a_new_text_is_empty_and_not_null)
{
    AUTO(text_done) struct text text;

    text_init(&text);
    ck_assert_str_eq(text_data(&text), "");
    ck_assert_uint_eq(text_size(&text), 0);
}
END_TEST

START_TEST(what_is_added_follows_what_is_there)
{
    AUTO(text_done) struct text text;

    text_init(&text);
    text_add(&text, "%s=%d", "a", 1);
    text_add(&text, "%s", "");
    text_add_bytes(&text, " bytes", 6);
    text_add_bytes(&text, NULL, 0);
    ck_assert_str_eq(text_data(&text), "a=1 bytes");
    ck_assert_uint_eq(text_size(&text), 9);
}
END_TEST

START_TEST(it_may_hold_any_bytes)
{
    AUTO(text_done) struct text text;

    text_init(&text);
    text_add_bytes(&text, "a\0b", 3);
    text_add(&text, "c");
    ck_assert_uint_eq(text_size(&text), 4);
    ck_assert_mem_eq(text_data(&text), "a\0bc", 5);
}
END_TEST

START_TEST(every_size_around_the_first_growth_fits)
{
    for (int size = 0; size < 200; size++) {
        AUTO(text_done) struct text text;
        text_init(&text);
        text_add(&text, "%*s", size, "");
        ck_assert_uint_eq(text_size(&text), (size_t)size);
        ck_assert_uint_eq(strlen(text_data(&text)), (size_t)size);
        text_add(&text, "%*s", size, "");
        ck_assert_uint_eq(strlen(text_data(&text)), 2 * (size_t)size);
    }
}
END_TEST

START_TEST(it_grows_to_the_same_bytes_as_one_large_buffer)
{
    enum {
        SIZE = 100000
    };
    AUTO(mem_free_text) char *whole = mem_alloc(SIZE + 1);
    AUTO(text_done) struct text text;
    struct rng rng;
    size_t used = 0;

    text_init(&text);
    rng_init(&rng, 11);
    for (size_t i = 0; i < SIZE; i++)
        whole[i] = (char)('a' + rng_below(&rng, 26));
    while (used < SIZE) {
        size_t left = SIZE - used;
        size_t part = rng_below(&rng, 500);
        part = part < left ? part : left;
        if (rng_below(&rng, 2) == 0)
            text_add(&text, "%.*s", (int)part, whole + used);
        else
            text_add_bytes(&text, whole + used, part);
        used += part;
    }
    ck_assert_str_eq(text_data(&text), whole);
}
END_TEST

START_TEST(a_cleared_text_starts_again)
{
    AUTO(text_done) struct text text;

    text_init(&text);
    text_clear(&text);
    ck_assert_str_eq(text_data(&text), "");
    text_add(&text, "old");
    text_clear(&text);
    ck_assert_str_eq(text_data(&text), "");
    text_add(&text, "new");
    ck_assert_str_eq(text_data(&text), "new");
}
END_TEST

START_TEST(what_is_taken_belongs_to_the_taker)
{
    AUTO(text_done) struct text text;
    text_init(&text);
    text_add(&text, "mine");

    AUTO(mem_free_text) char *mine = text_take(&text);
    AUTO(mem_free_text) char *nothing = text_take(&text);
    text_add(&text, "other");
    ck_assert_str_eq(mine, "mine");
    ck_assert_str_eq(nothing, "");
    ck_assert_str_eq(text_data(&text), "other");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_new_text_is_empty_and_not_null,
        what_is_added_follows_what_is_there,
        it_may_hold_any_bytes,
        every_size_around_the_first_growth_fits,
        it_grows_to_the_same_bytes_as_one_large_buffer,
        a_cleared_text_starts_again,
        what_is_taken_belongs_to_the_taker,
    };
    return suite_run("text", tests, sizeof tests / sizeof *tests);
}
