/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/log_merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define AT(second) "2026-11-22T10:00:0" second ".000Z "

static void feed(struct log_merge *merge, size_t index, const char *text)
{
    log_merge_feed(merge, index, text, strlen(text));
}

static void expect(struct log_merge *merge, bool is_over, const char *wanted)
{
    struct text text;

    text_init(&text);
    log_merge_drain(merge, is_over, &text);
    ck_assert_str_eq(text_data(&text), wanted);
    text_done(&text);
}

START_TEST(lines_come_in_the_order_of_their_times)
{
    AUTO(log_merge_destroy) struct log_merge *merge = log_merge_new(false);
    size_t a = log_merge_add(merge, "a:0");
    size_t b = log_merge_add(merge, "b:1");

    feed(merge, a, AT("1") "one\n" AT("4") "four\n");
    feed(merge, b, AT("2") "two\n" AT("3") "three\n");
    expect(merge, false,
           "a:0  " AT("1") "one\n"
                           "b:1  " AT("2") "two\n"
                                           "b:1  " AT("3") "three\n"
                                                           "a:0  " AT("4") "four\n");
    expect(merge, true, "");
}
END_TEST

START_TEST(a_line_without_a_time_stays_with_the_one_before_it)
{
    AUTO(log_merge_destroy) struct log_merge *merge = log_merge_new(true);
    size_t a = log_merge_add(merge, "a");
    size_t b = log_merge_add(merge, "b");

    feed(merge, a, "printed first\n" AT("1") "a crash:\n  at x.c:1\n" AT("5") "on\n");
    feed(merge, b, AT("2") "two\n");
    expect(merge, false,
           "printed first\n" AT("1") "a crash:\n  at x.c:1\n" AT("2") "two\n" AT("5") "on\n");
}
END_TEST

START_TEST(a_line_waits_for_its_end_unless_it_is_over)
{
    AUTO(log_merge_destroy) struct log_merge *merge = log_merge_new(true);
    size_t a = log_merge_add(merge, "a");

    feed(merge, a, "one\ntw");
    expect(merge, false, "one\n");
    feed(merge, a, "o");
    expect(merge, false, "");
    feed(merge, a, "\nthree");
    expect(merge, true, "two\nthree\n");
}
END_TEST

START_TEST(a_line_that_is_too_long_is_broken)
{
    AUTO(log_merge_destroy) struct log_merge *merge = log_merge_new(true);
    size_t a = log_merge_add(merge, "a");
    char *bytes = mem_alloc(LOG_MERGE_LINE_MAX + 4);
    struct text text;

    memset(bytes, 'x', LOG_MERGE_LINE_MAX + 3);
    feed(merge, a, bytes);
    text_init(&text);
    log_merge_drain(merge, false, &text);
    ck_assert_uint_eq(text_size(&text), LOG_MERGE_LINE_MAX + 1);
    text_clear(&text);
    log_merge_drain(merge, true, &text);
    ck_assert_str_eq(text_data(&text), "xxx\n");
    text_done(&text);
    free(bytes);
}
END_TEST

/* However the bytes are cut: each log's lines come in their order, none is lost. */
START_TEST(no_line_is_lost_however_the_bytes_are_cut)
{
    enum {
        LOGS = 3,
        LINES = 40
    };

    for (uint64_t seed = 1; seed <= 200; seed++) {
        AUTO(log_merge_destroy) struct log_merge *merge = log_merge_new(true);
        struct rng rng;
        struct text sources[LOGS];
        size_t at[LOGS] = {0};
        struct text text;
        size_t done = 0;

        rng_init(&rng, seed);
        text_init(&text);
        for (size_t i = 0; i < LOGS; i++) {
            (void)log_merge_add(merge, "x");
            text_init(&sources[i]);
            for (int j = 0; j < LINES; j++)
                text_add(&sources[i], AT("%d") "%zu %d\n", (int)rng_below(&rng, 10), i, j);
        }
        while (done < LOGS) {
            size_t i = (size_t)rng_below(&rng, LOGS);
            size_t left = text_size(&sources[i]) - at[i];
            size_t size = (size_t)rng_below(&rng, 60);

            size = size < left ? size : left;
            log_merge_feed(merge, i, text_data(&sources[i]) + at[i], size);
            at[i] += size;
            done += left > 0 && left == size ? 1 : 0;
            if (rng_below(&rng, 4) == 0)
                log_merge_drain(merge, false, &text);
        }
        log_merge_drain(merge, true, &text);
        int next[LOGS] = {0};
        for (const char *line = text_data(&text); *line != '\0'; line = strchr(line, '\n') + 1) {
            size_t log = (size_t)strtol(line + 25, NULL, 10);

            ck_assert_uint_lt(log, LOGS);
            ck_assert_int_eq((int)strtol(line + 27, NULL, 10), next[log]++);
        }
        for (size_t i = 0; i < LOGS; i++) {
            ck_assert_int_eq(next[i], LINES);
            text_done(&sources[i]);
        }
        text_done(&text);
    }
}
END_TEST

START_TEST(the_last_lines_are_found)
{
    static const struct {
        const char *bytes;
        size_t lines;
        size_t begin;
    } rows[] = {{"", 3, 0},        {"a\nb\nc\n", 1, 4}, {"a\nb\nc\n", 3, 0}, {"a\nb\nc\n", 9, 0},
                {"a\nb\nc", 1, 4}, {"a\nb\nc", 2, 2},   {"a\n\n\n", 2, 2},   {"a\nb\n", 0, 4}};

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ck_assert_uint_eq(log_merge_tail(rows[i].bytes, strlen(rows[i].bytes), rows[i].lines),
                          rows[i].begin);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        lines_come_in_the_order_of_their_times,
        a_line_without_a_time_stays_with_the_one_before_it,
        a_line_waits_for_its_end_unless_it_is_over,
        a_line_that_is_too_long_is_broken,
        no_line_is_lost_however_the_bytes_are_cut,
        the_last_lines_are_found,
    };
    return suite_run("log_merge", tests, sizeof tests / sizeof *tests);
}
