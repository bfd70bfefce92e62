/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/threads_text.h"

#include "base/mem.h"
#include "tests/support/suite.h"

static void expect(void (*view)(const json_t *answer, struct text *text), const char *answer,
                   const char *lines)
{
    json_t *object = json_loads(answer, 0, NULL);
    struct text text;

    ck_assert_ptr_nonnull(object);
    text_init(&text);
    view(object, &text);
    ck_assert_str_eq(text_data(&text), lines);
    text_done(&text);
    json_decref(object);
}

START_TEST(each_thread_has_its_task_and_its_frames)
{
    expect(
        threads_text_stacks,
        "{\"threads\":[{\"thread\":\"loop 0\",\"component\":\"counter\",\"task\":2,\"doing\":"
        "\"execute\",\"cut\":false,\"frames\":[{\"function\":\"add\",\"file\":\"x.c\",\"line\":17,"
        "\"module\":\"x.so\",\"offset\":16},{\"function\":null,\"file\":null,\"line\":0,"
        "\"module\":\"libc.so.6\",\"offset\":4660}]},"
        "{\"thread\":\"loop 1\",\"component\":null,\"task\":null,\"doing\":null,\"cut\":true,"
        "\"frames\":[]},"
        "{\"thread\":\"member\",\"component\":null,\"task\":null,\"doing\":null,\"cut\":false,"
        "\"frames\":[]}]}",
        "loop 0: counter[2] in execute\n"
        "  at add (x.c:17)\n"
        "  at ?? (libc.so.6+0x1234)\n"
        "\n"
        "loop 1\n"
        "  (too much to show)\n"
        "\n"
        "member\n"
        "  (it did not answer in time)\n");
}
END_TEST

static const char profile[] = "{\"samples\":10,\"dropped\":3,\"ms\":2000,\"hz\":99,\"stacks\":["
                              "{\"thread\":\"loop 0\",\"component\":\"counter\",\"task\":2,"
                              "\"count\":7,\"frames\":[\"run\",\"add\",\"add\"]},"
                              "{\"thread\":\"loop 0\",\"component\":\"counter\",\"task\":2,"
                              "\"count\":2,\"frames\":[\"run\",\"add\",\"a;\\u001bb\"]},"
                              "{\"thread\":\"member\",\"component\":null,\"task\":null,"
                              "\"count\":1,\"frames\":[\"run\"]}]}";

START_TEST(folded_stacks_are_lines_whose_names_have_no_semicolon)
{
    expect(threads_text_folded, profile,
           "loop 0;counter[2];run;add;add 7\n"
           "loop 0;counter[2];run;add;a,?b 2\n"
           "member;run 1\n");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_thread_has_its_task_and_its_frames,
        folded_stacks_are_lines_whose_names_have_no_semicolon,
    };

    return suite_run("threads_text", tests, COUNT_OF(tests));
}
