/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "cli/symbolize/input.h"
#include "tests/support/suite.h"

static const char report[] = "signal 11\n"
                             "code 1\n"
                             "address 7f00\n"
                             "stack 7ffe10\n"
                             "component parser\n"
                             "task 2\n"
                             "doing execute\n"
                             "arg gale\n"
                             "arg run\n"
                             "arg \n"
                             "maps\n"
                             "55d0-55d1 r-xp 0 00:00 1 /usr/bin/gale\n"
                             "frame 99 is part of a name\n"
                             "end\n"
                             "frame 7f3a5501\n"
                             "frame 10\n";

START_TEST(a_whole_report_is_read)
{
    AUTO(mem_free_text) char *bytes = mem_copy_text(report);
    struct input input;

    input_parse(bytes, &input);
    ck_assert_int_eq(input.signal, 11);
    ck_assert_int_eq(input.code, 1);
    ck_assert_uint_eq(input.address, 0x7f00);
    ck_assert_uint_eq(input.stack, 0x7ffe10);
    ck_assert_str_eq(input.component, "parser");
    ck_assert_uint_eq(input.task, 2);
    ck_assert_str_eq(input.doing, "execute");
    ck_assert_uint_eq(input.arg_count, 2);
    ck_assert_str_eq(input.args[1], "run");
    ck_assert_str_eq(input.maps, "55d0-55d1 r-xp 0 00:00 1 /usr/bin/gale\n"
                                 "frame 99 is part of a name");
    ck_assert_uint_eq(input.frame_count, 2);
    ck_assert_uint_eq(input.frames[0], 0x7f3a5501);
}
END_TEST

START_TEST(a_negative_code_survives)
{
    char bytes[] = "code 4294967290\n";
    struct input input;

    input_parse(bytes, &input);
    ck_assert_int_eq(input.code, -6);
}
END_TEST

START_TEST(a_report_may_end_anywhere)
{
    for (size_t length = 0; length < sizeof report; length++) {
        char bytes[sizeof report];
        struct input input;

        memcpy(bytes, report, length);
        bytes[length] = '\0';
        input_parse(bytes, &input);
        ck_assert_uint_le(input.frame_count, 2);
        ck_assert_ptr_nonnull(input.maps);
    }
}
END_TEST

START_TEST(damaged_reports_are_survived)
{
    struct rng rng;

    rng_init(&rng, 1);
    for (int i = 0; i < 2000; i++) {
        char bytes[sizeof report];
        struct input input;

        memcpy(bytes, report, sizeof report);
        for (int j = 0; j < 8; j++)
            bytes[rng_below(&rng, sizeof report - 1)] = (char)rng_below(&rng, 256);
        input_parse(bytes, &input);
        ck_assert_uint_le(input.arg_count, INPUT_ARGS_MAX);
        ck_assert_uint_le(input.frame_count, INPUT_FRAMES_MAX);
    }
}
END_TEST

START_TEST(frames_beyond_the_limit_are_left_out)
{
    char bytes[(INPUT_FRAMES_MAX + 5) * 8 + 1] = "";
    struct input input;

    for (size_t i = 0; i < INPUT_FRAMES_MAX + 5; i++)
        memcpy(bytes + i * 8, "frame 7\n", 9);
    input_parse(bytes, &input);
    ck_assert_uint_eq(input.frame_count, INPUT_FRAMES_MAX);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_whole_report_is_read,
        a_negative_code_survives,
        a_report_may_end_anywhere,
        damaged_reports_are_survived,
        frames_beyond_the_limit_are_left_out,
    };
    return suite_run("symbolize_input", tests, sizeof tests / sizeof *tests);
}
