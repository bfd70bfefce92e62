/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <regex.h>
#include <string.h>
#include <unistd.h>

#include "base/logfmt.h"
#include "tests/support/suite.h"

/* What an action writes to stderr; two lines at most, so that the pipe never fills. */
struct capture {
    char text[2 * LOGFMT_LINE_MAX + 1];
};

static struct capture capture(void (*action)(void))
{
    struct capture captured = {{0}};
    int pipe_ends[2];
    int stderr_before = dup(STDERR_FILENO);

    ck_assert_int_eq(pipe(pipe_ends), 0);
    ck_assert_int_eq(dup2(pipe_ends[1], STDERR_FILENO), STDERR_FILENO);
    action();
    ck_assert_int_eq(dup2(stderr_before, STDERR_FILENO), STDERR_FILENO);
    ck_assert_int_eq(close(stderr_before), 0);
    ck_assert_int_eq(close(pipe_ends[1]), 0);

    size_t size = 0;
    ssize_t got;
    while ((got = read(pipe_ends[0], captured.text + size, sizeof captured.text - 1 - size)) > 0)
        size += (size_t)got;
    ck_assert_int_eq(close(pipe_ends[0]), 0);
    return captured;
}

static void assert_matches(const char *text, const char *pattern)
{
    regex_t regex;

    ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    ck_assert_msg(regexec(&regex, text, 0, NULL, 0) == 0, "'%s' is not %s", text, pattern);
    regfree(&regex);
}

#define TIME "^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "

static void log_one(void)
{
    log_info("slot.started", "slot=%s pid=%d", "a", 3);
}

START_TEST(a_line_is_logfmt_without_colour_in_a_pipe)
{
    assert_matches(capture(log_one).text, TIME "info slot\\.started slot=a pid=3\n$");
}
END_TEST

static void log_high(void)
{
    log_warn("w", "a=1");
    log_error("e", "b=2");
}

static void log_low(void)
{
    log_debug("d", "c=%d", 3);
    log_line(LOG_INFO, "i", "d=%d", 4);
}

START_TEST(lines_below_the_level_are_dropped)
{
    log_set_level(LOG_WARN);
    ck_assert_str_eq(capture(log_low).text, "");
    ck_assert_ptr_nonnull(strstr(capture(log_high).text, " warn w a=1\n"));
    ck_assert_ptr_nonnull(strstr(capture(log_high).text, " error e b=2\n"));

    log_set_level(LOG_DEBUG);
    ck_assert_ptr_nonnull(strstr(capture(log_low).text, " debug d c=3\n"));
    ck_assert_ptr_nonnull(strstr(capture(log_low).text, " info i d=4\n"));
    log_set_level(LOG_INFO);
}
END_TEST

static void log_forged_line(void)
{
    log_info("e", "%s", "a\n2026-11-21T20:30:01.123Z error forged");
}

START_TEST(a_message_cannot_forge_a_line)
{
    struct capture captured = capture(log_forged_line);
    const char *end = strchr(captured.text, '\n');

    ck_assert_ptr_nonnull(end);
    ck_assert_str_eq(end, "\n");
}
END_TEST

static void log_long_line(void)
{
    log_info("e", "%*s", 3 * LOGFMT_LINE_MAX, "x");
}

START_TEST(a_line_beyond_the_limit_is_cut)
{
    struct capture captured = capture(log_long_line);

    ck_assert_uint_eq(strlen(captured.text), LOGFMT_LINE_MAX);
    ck_assert_str_eq(captured.text + LOGFMT_LINE_MAX - 5, " ...\n");
}
END_TEST

static void log_without_stderr(void)
{
    ck_assert_int_eq(close(STDERR_FILENO), 0);
    errno = ENOENT;
    log_error("e", "nobody reads this");
    ck_assert_int_eq(errno, ENOENT);
}

START_TEST(a_line_that_cannot_be_written_is_lost_and_errno_is_kept)
{
    ck_assert_str_eq(capture(log_without_stderr).text, "");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_line_is_logfmt_without_colour_in_a_pipe,
        lines_below_the_level_are_dropped,
        a_message_cannot_forge_a_line,
        a_line_beyond_the_limit_is_cut,
        a_line_that_cannot_be_written_is_lost_and_errno_is_kept,
    };
    return suite_run("log", tests, sizeof tests / sizeof *tests);
}
