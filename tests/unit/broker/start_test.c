/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/start.h"

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(words_and_times_are_places_to_start)
{
    struct start start;

    ck_assert(start_parse("committed", &start) && start.kind == START_COMMITTED);
    ck_assert(start_parse("earliest", &start) && start.kind == START_EARLIEST);
    ck_assert(start_parse("latest", &start) && start.kind == START_LATEST);
    ck_assert(start_parse("1700000000000", &start) && start.kind == START_TIME);
    ck_assert_int_eq(start.at, 1700000000000);
}
END_TEST

START_TEST(what_else_is_refused)
{
    static const char *const texts[] = {"", "soon", "-1", "1.5", "9999999999999999999", "12 "};
    struct start start;

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        ck_assert_msg(!start_parse(texts[i], &start), "'%s'", texts[i]);
}
END_TEST

/* C committed, E earliest, L latest, T time; an answer of digits is the offset. */
static struct start place(char letter)
{
    struct start start = {.kind = letter == 'C'   ? START_COMMITTED
                                  : letter == 'E' ? START_EARLIEST
                                  : letter == 'L' ? START_LATEST
                                                  : START_TIME};

    start.at = letter == 'T' ? 99 : 0;
    return start;
}

START_TEST(each_case_has_its_place)
{
    static const struct {
        char start;
        char fallback;
        struct start_facts facts;
        char answer; /* 'O': the committed offset */
    } cases[] = {
        {'C', 'L', {.committed = 7}, 'O'},
        {'C', 'L', {.committed = 0}, 'O'},
        {'C', 'L', {.committed = -1001}, 'L'},
        {'C', 'T', {.committed = -1001}, 'T'},
        {'E', 'L', {.committed = 7}, 'E'},
        {'L', 'E', {.committed = 7}, 'L'},
        {'T', 'E', {.committed = 7}, 'T'},
        /* what this run has committed counts before all */
        {'E', 'L', {.committed = 7, .is_of_run = true}, 'O'},
        {'L', 'E', {.committed = 7, .is_of_run = true}, 'O'},
        {'T', 'E', {.committed = 0, .is_of_run = true}, 'O'},
        /* a partition that is new */
        {'L', 'L', {.committed = -1001, .is_late_comer = true}, 'E'},
        {'C', 'L', {.committed = -1001, .is_late_comer = true}, 'E'},
        {'C', 'L', {.committed = 3, .is_late_comer = true}, 'O'},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct start answer =
            start_choose(place(cases[i].start), place(cases[i].fallback), &cases[i].facts);
        if (cases[i].answer == 'O') {
            ck_assert_msg(answer.kind == START_OFFSET, "case %zu", i);
            ck_assert_int_eq(answer.at, cases[i].facts.committed);
        } else {
            ck_assert_msg(answer.kind == place(cases[i].answer).kind, "case %zu", i);
            ck_assert_int_eq(answer.at, place(cases[i].answer).at);
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {words_and_times_are_places_to_start, what_else_is_refused,
                                  each_case_has_its_place};

    return suite_run("start", tests, sizeof tests / sizeof *tests);
}
