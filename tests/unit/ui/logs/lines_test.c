/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/logs/lines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

/* "offset:line " of every match in a file that comes in pieces of `piece` bytes. */
static char *search(const char *file, size_t size, const char *text, size_t piece)
{
    struct needle needle;
    struct lines lines;
    struct lines_match match;
    struct text found = {.data = NULL};

    ck_assert(needle_init(&needle, text, true));
    lines_init(&lines, &needle, 100);
    for (size_t at = 0; at < size || at == 0; at += piece) {
        size_t now = size - at < piece ? size - at : piece;
        lines_feed(&lines, file + at, now, at + now == size);
        while (lines_take(&lines, &match))
            text_add(&found, "%" PRIu64 ":%.*s ", match.offset, (int)match.size, match.line);
    }
    ck_assert_uint_eq(lines_next(&lines), 100 + size);
    lines_done(&lines);
    return text_take(&found);
}

START_TEST(lines_are_found_wherever_the_pieces_end)
{
    static const char file[] = "one\ntwo fish\n\nred fish blue fish\nfis\nh\nfish";

    for (size_t piece = 1; piece <= sizeof file; piece++) {
        char *found = search(file, sizeof file - 1, "fish", piece);
        ck_assert_str_eq(found, "104:two fish 114:red fish blue fish 139:fish ");
        free(found);
    }
}
END_TEST

START_TEST(an_empty_file_has_no_lines)
{
    char *found = search("", 0, "x", 1);

    ck_assert_str_eq(found, "");
    free(found);
}
END_TEST

START_TEST(nothing_is_missed_in_a_line_that_does_not_end)
{
    size_t size = (size_t)3 * LINES_LINE_MAX;
    char *file = mem_alloc(size);

    for (size_t at = LINES_LINE_MAX - 8; at < LINES_LINE_MAX + 8; at++) {
        memset(file, 'x', size);
        memcpy(file + at, "fish", 4);
        char *found = search(file, size, "fish", 1000);
        ck_assert_ptr_nonnull(strstr(found, "fish"));
        free(found);
    }
    free(file);
}
END_TEST

START_TEST(a_search_can_go_on_where_it_was)
{
    static const char file[] = "a1\nb\na2\na3\n";
    struct needle needle;
    struct lines lines;
    struct lines_match match;

    ck_assert(needle_init(&needle, "a", true));
    lines_init(&lines, &needle, 0);
    lines_feed(&lines, file, sizeof file - 1, true);
    ck_assert(lines_take(&lines, &match));
    uint64_t next = lines_next(&lines);
    ck_assert_uint_eq(next, 3);
    lines_done(&lines);
    lines_init(&lines, &needle, next);
    lines_feed(&lines, file + next, sizeof file - 1 - next, true);
    ck_assert(lines_take(&lines, &match));
    ck_assert_uint_eq(match.offset, 5);
    ck_assert_uint_eq(match.column, 0);
    lines_done(&lines);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        lines_are_found_wherever_the_pieces_end,
        an_empty_file_has_no_lines,
        nothing_is_missed_in_a_line_that_does_not_end,
        a_search_can_go_on_where_it_was,
    };

    return suite_run("lines", tests, COUNT_OF(tests));
}
