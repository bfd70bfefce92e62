/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/health.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(a_line_that_begins_with_the_mark_is_trouble)
{
    static const struct {
        const char *output;
        enum health_end end;
        const char *text; /* NULL: well */
    } cases[] = {
        {"", HEALTH_ENDED, NULL},
        {"fine\n", HEALTH_ENDED, NULL},
        {"no ERROR at all\n", HEALTH_ENDED, NULL},
        {" ERROR\n", HEALTH_ENDED, NULL},
        {"ERRO", HEALTH_ENDED, NULL},
        {"ERROR", HEALTH_ENDED, "disk: ERROR"},
        {"ERRORS are many\nmore", HEALTH_ENDED, "disk: ERRORS are many"},
        {"fine\n\nERROR no room\nfine\n", HEALTH_ENDED, "disk: ERROR no room"},
        {"ERROR \x1b[31m\xff\n", HEALTH_ENDED, "disk: ERROR ?[31m?"},
        {"", HEALTH_TIMED_OUT, "disk: did not end in time"},
        {"ERROR slow\n", HEALTH_TIMED_OUT, "disk: ERROR slow"},
        {"", HEALTH_NOT_STARTED, NULL},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[HEALTH_TEXT_MAX] = "";
        bool is_well =
            health_judge("disk", cases[i].end, cases[i].output, strlen(cases[i].output), text);

        ck_assert_msg(is_well == (cases[i].text == NULL), "%s", cases[i].output);
        if (!is_well)
            ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(a_long_line_is_cut)
{
    char output[HEALTH_OUTPUT_MAX];
    char text[HEALTH_TEXT_MAX];

    memset(output, 'x', sizeof output);
    memcpy(output, "ERROR", 5);
    ck_assert(!health_judge("disk", HEALTH_ENDED, output, sizeof output, text));
    ck_assert_uint_eq(strlen(text), sizeof text - 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_line_that_begins_with_the_mark_is_trouble,
        a_long_line_is_cut,
    };

    return suite_run("health", tests, COUNT_OF(tests));
}
