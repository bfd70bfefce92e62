/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/line.h"

#include "base/mem.h"
#include "coord/recipes/parents.h"
#include "tests/support/suite.h"

static struct line connected(struct coord_calls *calls)
{
    struct line line;
    struct coord_event event = {.kind = COORD_CONNECTED, .session_id = 11, .is_new_session = true};

    *calls = (struct coord_calls){.items = NULL};
    line_init(&line, 5, 2);
    ck_assert(!line_is_free(&line));
    ck_assert_int_eq(line_step(&line, &event), LINE_BACK);
    return line;
}

static uint64_t send(struct line *line, enum coord_call_kind kind, struct coord_calls *calls)
{
    struct coord_call call = {.kind = kind, .path = "/a", .watch = kind != COORD_DELETE};

    line_send(line, &call, calls);
    ck_assert(coord_calls_pop(calls, &call));
    uint64_t tag = call.tag;
    coord_call_done(&call);
    return tag;
}

static enum line_news answer(struct line *line, uint64_t tag, enum coord_call_kind kind,
                             enum coord_error error)
{
    struct coord_event event = {.kind = COORD_ANSWERED, .tag = tag, .call = kind, .error = error};

    return line_step(line, &event);
}

static enum line_news tell(struct line *line, enum coord_event_kind kind, uint64_t tag)
{
    struct coord_event event = {.kind = kind, .tag = tag, .session_id = 11};

    return line_step(line, &event);
}

START_TEST(an_answer_is_ours_once_and_of_the_last_call)
{
    struct coord_calls calls;
    struct line line = connected(&calls);
    uint64_t first = send(&line, COORD_DELETE, &calls);

    ck_assert_uint_eq(first >> 32, 5);
    ck_assert_uint_eq(first >> 24 & 0xFF, 2);
    ck_assert(!line_is_free(&line));
    ck_assert_int_eq(answer(&line, first + 1, COORD_DELETE, COORD_OK), LINE_QUIET);
    ck_assert_int_eq(answer(&line, first, COORD_DELETE, COORD_OK), LINE_ANSWERED);
    ck_assert_int_eq(answer(&line, first, COORD_DELETE, COORD_OK), LINE_QUIET);
    uint64_t second = send(&line, COORD_DELETE, &calls);
    ck_assert_int_eq(answer(&line, first, COORD_DELETE, COORD_OK), LINE_QUIET);
    line_drop_call(&line);
    ck_assert_int_eq(answer(&line, second, COORD_DELETE, COORD_OK), LINE_QUIET);
    coord_calls_done(&calls);
}
END_TEST

START_TEST(errors_after_which_nothing_is_known_are_losses)
{
    static const enum coord_error losses[] = {COORD_CONNECTION_LOSS, COORD_OPERATION_TIMEOUT,
                                              COORD_SESSION_MOVED, COORD_REQUEST_TIMEOUT};
    struct coord_calls calls;
    struct line line = connected(&calls);

    for (size_t i = 0; i < COUNT_OF(losses); i++) {
        uint64_t tag = send(&line, COORD_GET, &calls);
        ck_assert_int_eq(answer(&line, tag, COORD_GET, losses[i]), LINE_LOST);
        ck_assert(line_is_free(&line));
    }
    uint64_t tag = send(&line, COORD_GET, &calls);
    ck_assert_int_eq(answer(&line, tag, COORD_GET, COORD_SESSION_EXPIRED), LINE_LOST);
    ck_assert(!line_is_free(&line)); /* until there is a connection again */
    ck_assert_int_eq(tell(&line, COORD_CONNECTED, 0), LINE_BACK);
    ck_assert(line_is_free(&line));
    coord_calls_done(&calls);
}
END_TEST

START_TEST(a_watch_is_set_by_a_good_answer_and_fires_once)
{
    struct coord_calls calls;
    struct line line = connected(&calls);
    uint64_t tag = send(&line, COORD_GET, &calls);

    ck_assert(!line_has_watch(&line));
    (void)answer(&line, tag, COORD_GET, COORD_OK);
    ck_assert(line_has_watch(&line));
    ck_assert_int_eq(tell(&line, COORD_CHANGED, tag + 1), LINE_QUIET);
    ck_assert_int_eq(tell(&line, COORD_CHANGED, tag), LINE_CHANGED);
    ck_assert_int_eq(tell(&line, COORD_CHANGED, tag), LINE_QUIET);

    tag = send(&line, COORD_GET, &calls);
    (void)answer(&line, tag, COORD_GET, COORD_NO_NODE);
    ck_assert(!line_has_watch(&line));
    tag = send(&line, COORD_EXISTS, &calls);
    (void)answer(&line, tag, COORD_EXISTS, COORD_NO_NODE);
    ck_assert(line_has_watch(&line));
    line_drop_watch(&line);
    ck_assert_int_eq(tell(&line, COORD_CHANGED, tag), LINE_QUIET);
    coord_calls_done(&calls);
}
END_TEST

START_TEST(a_watch_that_fires_before_its_answer_is_seen_is_not_set)
{
    struct coord_calls calls;
    struct line line = connected(&calls);
    uint64_t tag = send(&line, COORD_GET, &calls);

    ck_assert_int_eq(tell(&line, COORD_CHANGED, tag), LINE_QUIET);
    ck_assert_int_eq(answer(&line, tag, COORD_GET, COORD_OK), LINE_ANSWERED);
    ck_assert(!line_has_watch(&line));
    coord_calls_done(&calls);
}
END_TEST

START_TEST(the_end_of_a_session_is_noticed_even_if_nobody_says_so)
{
    struct coord_calls calls;
    struct line line = connected(&calls);
    uint64_t tag = send(&line, COORD_GET, &calls);
    struct coord_event other = {.kind = COORD_CONNECTED, .session_id = 12, .is_new_session = true};

    ck_assert_int_eq(tell(&line, COORD_DISCONNECTED, 0), LINE_AWAY);
    ck_assert_int_eq(line_step(&line, &other), LINE_OVER);
    ck_assert(line_is_free(&line));
    ck_assert_int_eq(answer(&line, tag, COORD_GET, COORD_OK), LINE_QUIET);
    ck_assert_int_eq(tell(&line, COORD_EXPIRED, 0), LINE_OVER);
    ck_assert(!line_is_free(&line));
    ck_assert_int_eq(tell(&line, COORD_CONNECTED, 0), LINE_BACK); /* with a new one */
    ck_assert_int_eq(tell(&line, COORD_REFUSED, 0), LINE_AWAY);
    coord_calls_done(&calls);
}
END_TEST

static void expect_parent(const struct parents *parents, const char *path, struct line *line,
                          const char *expected)
{
    struct coord_calls calls = {.items = NULL};
    struct coord_call call;

    parents_send(parents, path, line, &calls);
    ck_assert(coord_calls_pop(&calls, &call));
    ck_assert_str_eq(call.path, expected);
    line_drop_call(line);
    coord_call_done(&call);
    coord_calls_done(&calls);
}

START_TEST(parents_are_made_from_the_top_and_made_again_a_few_times)
{
    static const char path[] = "/a/b/c";
    struct coord_calls calls;
    struct line line = connected(&calls);
    struct parents parents = {.end = 0};

    ck_assert(!parents_are_missing(&parents));
    ck_assert(parents_begin(&parents, path));
    expect_parent(&parents, path, &line, "/a");
    ck_assert(parents_answer(&parents, path, COORD_NODE_EXISTS));
    expect_parent(&parents, path, &line, "/a/b");
    ck_assert(parents_answer(&parents, path, COORD_NO_NODE)); /* somebody has deleted "/a" */
    expect_parent(&parents, path, &line, "/a");
    ck_assert(parents_answer(&parents, path, COORD_OK));
    ck_assert(parents_answer(&parents, path, COORD_OK));
    ck_assert(!parents_are_missing(&parents));
    for (size_t i = 2; i < PARENTS_ROUNDS_MAX; i++)
        ck_assert(parents_begin(&parents, path));
    ck_assert(!parents_begin(&parents, path));
    parents_rest(&parents);
    ck_assert(parents_begin(&parents, path));
    ck_assert(!parents_answer(&parents, path, COORD_NO_AUTH));
    ck_assert(!parents_begin(&parents, "/a"));
    coord_calls_done(&calls);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_answer_is_ours_once_and_of_the_last_call,
        errors_after_which_nothing_is_known_are_losses,
        a_watch_is_set_by_a_good_answer_and_fires_once,
        a_watch_that_fires_before_its_answer_is_seen_is_not_set,
        the_end_of_a_session_is_noticed_even_if_nobody_says_so,
        parents_are_made_from_the_top_and_made_again_a_few_times,
    };
    return suite_run("line", tests, sizeof tests / sizeof *tests);
}
