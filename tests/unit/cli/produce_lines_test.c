/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/produce_lines.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"
#include "cli/views/produce_view.h"
#include "tests/support/suite.h"

static void add(struct produce_lines *lines, const char *bytes, size_t size)
{
    memcpy(produce_lines_room(lines, size), bytes, size);
    produce_lines_added(lines, size);
}

static void expect(struct produce_lines *lines, bool is_end, const char *wanted)
{
    const char *line;
    size_t size;

    ck_assert(produce_lines_take(lines, is_end, &line, &size));
    ck_assert_uint_eq(size, strlen(wanted));
    ck_assert_int_eq(memcmp(line, wanted, size), 0);
}

static void expect_none(struct produce_lines *lines, bool is_end)
{
    const char *line;
    size_t size;

    ck_assert(!produce_lines_take(lines, is_end, &line, &size));
}

START_TEST(a_line_ends_with_its_newline_or_with_the_input)
{
    struct produce_lines lines = {.bytes = NULL};

    expect_none(&lines, false);
    add(&lines, "one\n\ntw", 7);
    expect(&lines, false, "one");
    expect(&lines, false, "");
    expect_none(&lines, false);
    ck_assert_uint_eq(produce_lines_pending(&lines), 2);
    add(&lines, "o\nthree", 7);
    expect(&lines, false, "two");
    expect_none(&lines, false);
    expect(&lines, true, "three");
    expect_none(&lines, true);
    ck_assert_uint_eq(produce_lines_pending(&lines), 0);
    produce_lines_done(&lines);
}
END_TEST

/* However the bytes come, the lines are the same. */
START_TEST(pieces_of_any_size_give_the_same_lines)
{
    struct rng rng;

    rng_init(&rng, 20261122);
    for (int round = 0; round < 200; round++) {
        struct produce_lines lines = {.bytes = NULL};
        struct text all;
        struct text again;
        const char *line;
        size_t size;

        text_init(&all);
        text_init(&again);
        for (uint64_t i = rng_below(&rng, 300); i > 0; i--)
            text_add(&all, "%c", rng_below(&rng, 5) == 0 ? '\n' : 'a' + (int)rng_below(&rng, 26));
        for (size_t at = 0; at < text_size(&all);) {
            size_t piece = 1 + rng_below(&rng, 40);

            if (piece > text_size(&all) - at)
                piece = text_size(&all) - at;
            add(&lines, text_data(&all) + at, piece);
            at += piece;
            while (produce_lines_take(&lines, false, &line, &size)) {
                text_add_bytes(&again, line, size);
                text_add(&again, "\n");
            }
        }
        while (produce_lines_take(&lines, true, &line, &size))
            text_add_bytes(&again, line, size);
        ck_assert_str_eq(text_data(&again), text_data(&all));
        produce_lines_done(&lines);
        text_done(&all);
        text_done(&again);
    }
}
END_TEST

START_TEST(the_first_separator_parts_key_and_value)
{
    struct console_record record = {.key = NULL};

    ck_assert(produce_lines_split("a:b:c", 5, ":", &record));
    ck_assert_uint_eq(record.key_size, 1);
    ck_assert_uint_eq(record.value_size, 3);
    ck_assert_int_eq(memcmp(record.value, "b:c", 3), 0);
    ck_assert(produce_lines_split("::", 2, "::", &record));
    ck_assert_uint_eq(record.key_size, 0);
    ck_assert_ptr_nonnull(record.key);
    ck_assert_uint_eq(record.value_size, 0);
    ck_assert(!produce_lines_split("a:b", 3, "::", &record));
    ck_assert(!produce_lines_split("", 0, ":", &record));
}
END_TEST

START_TEST(the_tally_says_how_many_went_where)
{
    static const struct console_delivery deliveries[] = {
        {.is_acknowledged = true, .partition = 1, .offset = 8, .text = ""},
        {.is_acknowledged = true, .partition = 0, .offset = 3, .text = ""},
        {.is_acknowledged = true, .partition = 1, .offset = 7, .text = ""},
        {.is_acknowledged = true, .partition = 4, .offset = -1, .text = ""},
        {.is_acknowledged = false, .partition = 1, .offset = -1, .text = "no"},
    };
    struct produce_tally tally = {.parts = NULL};
    struct text text;

    for (size_t i = 0; i < COUNT_OF(deliveries); i++)
        produce_tally_add(&tally, &deliveries[i]);
    text_init(&text);
    produce_view_render(&tally, "lines", &text);
    ck_assert_str_eq(text_data(&text), "4 records to 'lines', 1 not acknowledged\n"
                                       "  partition 0: 1, offset 3\n"
                                       "  partition 1: 2, offsets 7 to 8\n"
                                       "  partition 4: 1\n");
    text_clear(&text);
    produce_view_json(&tally, "lines", &text);
    ck_assert_str_eq(text_data(&text),
                     "{\"v\":1,\"topic\":\"lines\",\"acknowledged\":4,\"failed\":1,\"partitions\":["
                     "{\"partition\":0,\"records\":1,\"first\":3,\"last\":3},"
                     "{\"partition\":1,\"records\":2,\"first\":7,\"last\":8},"
                     "{\"partition\":4,\"records\":1,\"first\":null,\"last\":null}]}\n");
    text_done(&text);
    produce_tally_done(&tally);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_line_ends_with_its_newline_or_with_the_input,
        pieces_of_any_size_give_the_same_lines,
        the_first_separator_parts_key_and_value,
        the_tally_says_how_many_went_where,
    };
    return suite_run("produce_lines", tests, sizeof tests / sizeof *tests);
}
