/* SPDX-License-Identifier: Apache-2.0 */
#include "base/logfmt.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define WHEN_MS UINT64_C(1795293001123)

struct rendered {
    char text[LOGFMT_LINE_MAX + 1];
};

static struct rendered render(struct logfmt logfmt)
{
    struct rendered rendered;
    size_t size = logfmt_render(&logfmt, rendered.text);

    ck_assert_uint_le(size, LOGFMT_LINE_MAX);
    ck_assert_int_eq(rendered.text[size - 1], '\n');
    rendered.text[size] = '\0';
    return rendered;
}

static struct rendered render_message(const char *message)
{
    return render(
        (struct logfmt){.wall_ms = WHEN_MS, .level = LOG_WARN, .event = "e", .message = message});
}

START_TEST(a_line_is_time_level_event_and_message)
{
    struct rendered rendered = render((struct logfmt){
        .wall_ms = WHEN_MS,
        .level = LOG_INFO,
        .event = "slot.started",
        .message = "slot=a pid=3",
    });
    ck_assert_str_eq(rendered.text, "2026-11-21T20:30:01.123Z info slot.started slot=a pid=3\n");
}
END_TEST

START_TEST(an_empty_message_leaves_no_space)
{
    ck_assert_str_eq(render_message("").text, "2026-11-21T20:30:01.123Z warn e\n");
}
END_TEST

START_TEST(each_level_has_its_name_and_its_colour)
{
    static const char *const plain[] = {"debug", "info", "warn", "error"};
    static const char *const coloured[] = {"\x1b[2mdebug\x1b[0m", "\x1b[32minfo\x1b[0m",
                                           "\x1b[33mwarn\x1b[0m", "\x1b[31merror\x1b[0m"};

    for (enum log_level level = LOG_DEBUG; level <= LOG_ERROR; level++) {
        struct logfmt logfmt = {.level = level, .event = "e", .message = "m"};
        char expected[100];
        (void)snprintf(expected, sizeof expected, "1970-01-01T00:00:00.000Z %s e m\n",
                       plain[level]);
        ck_assert_str_eq(render(logfmt).text, expected);
        logfmt.is_coloured = true;
        (void)snprintf(expected, sizeof expected, "1970-01-01T00:00:00.000Z %s e m\n",
                       coloured[level]);
        ck_assert_str_eq(render(logfmt).text, expected);
    }
}
END_TEST

START_TEST(control_characters_cannot_leave_the_line)
{
    ck_assert_str_eq(render_message("a\nb\tc\rd\x1b[31me\x7f\x01 \xC3\xA9").text,
                     "2026-11-21T20:30:01.123Z warn e "
                     "a\\nb\\tc\\rd\\x1b[31me\\x7f\\x01 \xC3\xA9\n");
    ck_assert_str_eq(render((struct logfmt){.event = "a\nb", .message = ""}).text,
                     "1970-01-01T00:00:00.000Z debug a\\nb\n");
}
END_TEST

/* "2026-11-21T20:30:01.123Z warn e " */
enum {
    PREFIX = 32,
    ROOM = LOGFMT_LINE_MAX - PREFIX - 4
};

START_TEST(the_longest_message_fits_and_a_longer_one_ends_in_dots)
{
    char message[LOGFMT_LINE_MAX + 1] = "";

    memset(message, 'a', ROOM);
    struct rendered rendered = render_message(message);
    ck_assert_uint_eq(strlen(rendered.text), PREFIX + ROOM + 1);
    ck_assert_ptr_null(strstr(rendered.text, "..."));

    memset(message, 'a', LOGFMT_LINE_MAX);
    rendered = render_message(message);
    ck_assert_uint_eq(strlen(rendered.text), LOGFMT_LINE_MAX);
    ck_assert_str_eq(rendered.text + LOGFMT_LINE_MAX - 6, "aa...\n");
}
END_TEST

/* A message of `filling` letters and then `end`. */
static struct rendered render_filled(size_t filling, const char *end)
{
    char message[LOGFMT_LINE_MAX + 16];

    memset(message, 'a', filling);
    memcpy(message + filling, end, strlen(end) + 1);
    return render_message(message);
}

START_TEST(an_escape_is_not_cut_in_two)
{
    struct rendered rendered = render_filled(ROOM - 3, "\033bbb");
    ck_assert_str_eq(rendered.text + PREFIX + ROOM - 4, "a...\n");
}
END_TEST

START_TEST(a_character_is_not_cut_in_two)
{
    static const char *const characters[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8C\x80"};

    for (size_t i = 0; i < COUNT_OF(characters); i++) {
        size_t size = strlen(characters[i]);
        for (size_t missing = 1; missing < size; missing++) {
            size_t filling = ROOM - size + missing;
            struct rendered rendered = render_filled(filling, characters[i]);
            ck_assert_str_eq(rendered.text + PREFIX + filling - 1, "a...\n");
        }
    }
}
END_TEST

START_TEST(a_message_that_lost_its_end_before_is_marked_too)
{
    struct rendered rendered =
        render((struct logfmt){.event = "e", .message = "abc\xE2\x82", .is_cut = true});
    ck_assert_str_eq(rendered.text, "1970-01-01T00:00:00.000Z debug e abc...\n");

    rendered = render((struct logfmt){.event = "e", .message = "\xC3\xA9", .is_cut = true});
    ck_assert_str_eq(rendered.text, "1970-01-01T00:00:00.000Z debug e \xC3\xA9...\n");
}
END_TEST

START_TEST(bytes_that_are_not_text_do_no_harm)
{
    char message[LOGFMT_LINE_MAX] = "";

    memset(message, '\x80', sizeof message - 1);
    struct rendered rendered = render_message(message);
    ck_assert_str_eq(strstr(rendered.text, "..."), "...\n");
}
END_TEST

START_TEST(a_time_beyond_the_calendar_is_still_a_line)
{
    struct rendered rendered =
        render((struct logfmt){.wall_ms = UINT64_MAX, .event = "e", .message = "m"});
    ck_assert_ptr_nonnull(strstr(rendered.text, "Z debug e m\n"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_line_is_time_level_event_and_message,
        an_empty_message_leaves_no_space,
        each_level_has_its_name_and_its_colour,
        control_characters_cannot_leave_the_line,
        the_longest_message_fits_and_a_longer_one_ends_in_dots,
        an_escape_is_not_cut_in_two,
        a_character_is_not_cut_in_two,
        a_message_that_lost_its_end_before_is_marked_too,
        bytes_that_are_not_text_do_no_harm,
        a_time_beyond_the_calendar_is_still_a_line,
    };
    return suite_run("logfmt", tests, sizeof tests / sizeof *tests);
}
