/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/topology_view.h"

#include <string.h>

#include "base/mem.h"
#include "cli/views/node_view.h"
#include "tests/support/suite.h"

#define NOW_MS 1000000000

static json_t *read(const char *json)
{
    json_t *object = json_loads(json, 0, NULL);

    ck_assert_ptr_nonnull(object);
    return object;
}

static void expect_list(const char *json, const char *wanted)
{
    json_t *answer = read(json);
    struct text text;

    text_init(&text);
    topology_view_list(answer, NOW_MS, &text);
    ck_assert_str_eq(text_data(&text), wanted);
    text_done(&text);
    json_decref(answer);
}

START_TEST(a_list_has_a_row_for_each_and_says_what_is_not_placed)
{
    expect_list("{\"topologies\":[]}", "no topology; 'gale submit TOPOLOGY.so' starts one\n");
    expect_list(
        "{\"topologies\":[{\"name\":\"wc\",\"status\":\"active\",\"workers\":2,\"workers_wanted\":"
        "3,"
        "\"executors\":9,\"tasks\":12,\"unplaced\":2,\"why_not\":\"no slot is free\","
        "\"completed\":1234567,\"failed\":0,\"submitted_ms\":999935000,\"owner\":\"ada\"}]}",
        "name  status  workers  executors  tasks  completed  failed        age  owner\n"
        "wc    active      2/3          9     12  1,234,567       0  1 min 5 s  ada\n"
        "wc: 2 executors are not placed: no slot is free\n");
}
END_TEST

START_TEST(what_is_not_known_is_no_zero)
{
    json_t *answer = read("{\"name\":\"wc\",\"components\":[{\"name\":\"a\",\"spout\":true,"
                          "\"acked\":null,\"failed\":null,\"open\":null,"
                          "\"latency_p50_ns\":null}]}");
    struct text text;

    text_init(&text);
    topology_view_progress(answer, &text);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "workers run, trees: not known yet"));
    text_done(&text);
    json_decref(answer);
    expect_list("{\"topologies\":[{\"name\":\"wc\",\"status\":\"active\",\"workers\":2,"
                "\"workers_wanted\":2,\"executors\":9,\"tasks\":12,\"completed\":null,"
                "\"failed\":null,\"submitted_ms\":999935000,\"owner\":\"ada\"}]}",
                "name  status  workers  executors  tasks  completed  failed        age  owner\n"
                "wc    active      2/2          9     12          -       -  1 min 5 s  ada\n");
}
END_TEST

START_TEST(an_answer_of_another_version_is_shown_as_far_as_it_goes)
{
    json_t *answer = read("{\"name\":\"wc\",\"components\":[{}],\"workers\":[{}],\"errors\":[{}]}");
    struct text text;

    text_init(&text);
    topology_view_status(answer, NOW_MS, &text, STYLE_PLAIN);
    ck_assert_ptr_eq(strstr(text_data(&text), "wc: , 0 of 0 workers run"), text_data(&text));
    text_clear(&text);
    node_view_render(answer, NOW_MS, &text);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "no supervisor: nothing can run\n"));
    text_done(&text);
    json_decref(answer);
}
END_TEST

START_TEST(one_that_has_ended_says_when_and_not_who_runs)
{
    json_t *answer = read("{\"name\":\"wc\",\"id\":\"wc-1-2\",\"status\":\"ended\","
                          "\"ended_ms\":999995000,\"submitted_ms\":999935000,\"workers\":[{}]}");
    struct text text;

    text_init(&text);
    topology_view_status(answer, NOW_MS, &text, STYLE_PLAIN);
    ck_assert_ptr_eq(
        strstr(text_data(&text), "wc: ended 5 s ago, id wc-1-2, submitted 1 min 5 s ago\n"),
        text_data(&text));
    text_done(&text);
    json_decref(answer);
}
END_TEST

START_TEST(ranges_of_tasks_are_short)
{
    json_t *answer = read("{\"components\":[{\"name\":\"c\",\"placement\":["
                          "{\"supervisor\":\"a\",\"slot\":0,\"tasks\":[[1,3],[7,7]]},"
                          "{\"supervisor\":\"b\",\"slot\":2,\"tasks\":[[8,9]]}]},{\"name\":\"d\","
                          "\"placement\":[]}]}");
    struct text text;

    text_init(&text);
    topology_view_status(answer, NOW_MS, &text, STYLE_PLAIN);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "  a:0 1-3,7  b:2 8-9\n"));
    ck_assert_ptr_nonnull(strstr(text_data(&text), "  nowhere\n"));
    text_done(&text);
    json_decref(answer);
}
END_TEST

START_TEST(a_deadline_is_shown_while_it_is_to_come)
{
    json_t *answer = read("{\"name\":\"wc\",\"status\":\"killed\",\"deadline_ms\":1000002500}");
    struct text text;

    text_init(&text);
    topology_view_status(answer, NOW_MS, &text, STYLE_PLAIN);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "wc: killed (for at most 2.5 s more), "));
    text_clear(&text);
    topology_view_status(answer, 1000002500, &text, STYLE_COLOURED);
    ck_assert_ptr_nonnull(strstr(text_data(&text), "\x1b[1mwc\x1b[0m: killed, "));
    text_done(&text);
    json_decref(answer);
}
END_TEST

START_TEST(ages_grow_from_seconds_to_days)
{
    static const struct {
        uint64_t since_ms;
        const char *age;
    } rows[] = {{NOW_MS + 5, "0 s\n"},
                {NOW_MS - 1999, "1 s\n"},
                {NOW_MS - 7500000, "2 h 5 min\n"},
                {NOW_MS - 266400000, "3 d 2 h\n"},
                {0, "\n"}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct columns columns;
        struct text text;

        text_init(&text);
        columns_init(&columns, "l");
        topology_view_age(&columns, rows[i].since_ms, NOW_MS);
        columns_render(&columns, &text);
        ck_assert_str_eq(text_data(&text), rows[i].age);
        columns_done(&columns);
        text_done(&text);
    }
}
END_TEST

START_TEST(nodes_are_told_in_one_line)
{
    json_t *answer =
        read("{\"nimbuses\":[{\"address\":\"h:1\"},{\"address\":\"h:2\",\"leader\":true}],"
             "\"supervisors\":[{\"slots\":4,\"used\":1},{\"slots\":2,\"used\":2}]}");
    struct text text;

    text_init(&text);
    node_view_line(answer, &text);
    ck_assert_str_eq(text_data(&text), "2 supervisors, 3 of 6 slots used, nimbus at h:2 leads");
    text_done(&text);
    json_decref(answer);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_list_has_a_row_for_each_and_says_what_is_not_placed,
        what_is_not_known_is_no_zero,
        an_answer_of_another_version_is_shown_as_far_as_it_goes,
        one_that_has_ended_says_when_and_not_who_runs,
        ranges_of_tasks_are_short,
        a_deadline_is_shown_while_it_is_to_come,
        ages_grow_from_seconds_to_days,
        nodes_are_told_in_one_line,
    };
    return suite_run("topology_view", tests, sizeof tests / sizeof *tests);
}
