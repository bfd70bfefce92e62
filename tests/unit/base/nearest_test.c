/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

struct guess {
    const char *word;
    const char *expected; /* NULL: none is near */
};

START_TEST(it_finds_what_was_meant)
{
    static const char *const keys[] = {
        "topology.message.timeout.secs", "topology.workers", "run", "kill", "list", "submit"};
    static const struct guess guesses[] = {
        {"topology.mesage.timeout.secs", "topology.message.timeout.secs"},
        {"topology.message.timeout.sec", "topology.message.timeout.secs"},
        {"topology.massege.timeout.secs", "topology.message.timeout.secs"},
        {"topology.mssg.timeout.secs", NULL},
        {"topology.wokrers", "topology.workers"},
        {"topology.workers", "topology.workers"},
        {"sumbit", "submit"},
        {"sbmt", NULL}, /* two mistakes in a short word */
        {"rnu", "run"},
        {"rn", "run"},
        {"rums", NULL},
        {"lists", "list"},
        {"lsits", "list"},
        {"", NULL},
        {"x", NULL},
    };

    for (size_t i = 0; i < COUNT_OF(guesses); i++) {
        const char *found = nearest(guesses[i].word, keys, COUNT_OF(keys));
        const char *expected = guesses[i].expected;
        ck_assert_msg((found == NULL) == (expected == NULL), "%s", guesses[i].word);
        if (expected != NULL)
            ck_assert_str_eq(found, expected);
    }
}
END_TEST

START_TEST(the_fewest_mistakes_win_and_then_the_first)
{
    static const char *const words[] = {"workXXs", "workeXs", "worXers"};

    ck_assert_str_eq(nearest("workers", words, COUNT_OF(words)), "workeXs");
    ck_assert_ptr_null(nearest("workers", words, 0));
}
END_TEST

START_TEST(the_longest_word_is_compared_and_a_longer_one_is_not)
{
    char longest[NEAREST_WORD_MAX + 1];
    char similar[NEAREST_WORD_MAX + 1];
    char longer[NEAREST_WORD_MAX + 2];
    const char *const candidates[] = {similar};

    memset(longest, 'a', NEAREST_WORD_MAX);
    longest[NEAREST_WORD_MAX] = '\0';
    memcpy(similar, longest, sizeof similar);
    similar[100] = 'b';
    similar[NEAREST_WORD_MAX - 1] = 'b';
    ck_assert_ptr_eq(nearest(longest, candidates, 1), similar);
    similar[7] = 'b';
    ck_assert_ptr_null(nearest(longest, candidates, 1));

    memset(longer, 'a', NEAREST_WORD_MAX + 1);
    longer[NEAREST_WORD_MAX + 1] = '\0';
    memcpy(similar, longest, sizeof similar);
    ck_assert_ptr_null(nearest(longer, candidates, 1));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        it_finds_what_was_meant,
        the_fewest_mistakes_win_and_then_the_first,
        the_longest_word_is_compared_and_a_longer_one_is_not,
    };
    return suite_run("nearest", tests, sizeof tests / sizeof *tests);
}
