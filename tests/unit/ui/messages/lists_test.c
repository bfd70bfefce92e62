/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/api/check.h"
#include "tests/unit/ui/messages/fake_log.h"

static struct canned_backend *make(void)
{
    struct canned_backend *canned = canned_backend_new();

    canned_backend_set_log(canned, fake_log());
    return canned;
}

START_TEST(topics_are_listed_with_their_groups_and_records)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_answer(canned, messages_routes(), "GET /api/v2/log/topics?q=l", NULL,
                 "{\"groups_complete\":true,\"offset\":0,\"topics\":["
                 "{\"groups\":[{\"group\":\"busy\",\"lag\":null,\"state\":\"Stable\"},"
                 "{\"group\":\"g\",\"lag\":4,\"state\":\"Empty\"}],\"internal\":false,\"name\":"
                 "\"lines\",\"partitions\":2,\"records\":5},"
                 "{\"groups\":[],\"internal\":false,\"name\":\"lost\",\"partitions\":1,\"records\":"
                 "null}],\"total\":2}");
}
END_TEST

START_TEST(only_a_page_of_a_list_is_shown)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    json_t *answer =
        check_ask(canned, messages_routes(), "GET /api/v2/log/topics?offset=1&limit=1", NULL, 200);
    const json_t *topics = json_object_get(answer, "topics");
    ck_assert_uint_eq(json_array_size(topics), 1);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(topics, 0), "name")),
                     "lines");
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "total")), 3);
    json_decref(answer);
    check_answer(canned, messages_routes(), "GET /api/v2/log/groups?q=zzz", NULL,
                 "{\"groups\":[],\"offset\":0,\"total\":0}");
}
END_TEST

START_TEST(a_topic_is_shown_with_its_groups)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    json_t *answer =
        check_ask(canned, messages_routes(), "GET /api/v2/log/topics/lines", NULL, 200);
    ck_assert_uint_eq(json_array_size(json_object_get(answer, "partitions")), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(answer, "groups")), 2);
    json_decref(answer);
    check_refused(canned, messages_routes(), "GET /api/v2/log/topics/nothing", NULL, 404,
                  "there is no topic 'nothing'");
}
END_TEST

START_TEST(groups_have_lag_and_topics_and_one_that_vanished_has_neither)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_answer(canned, messages_routes(), "GET /api/v2/log/groups", NULL,
                 "{\"groups\":["
                 "{\"group\":\"busy\",\"lag\":null,\"members\":1,\"simple\":false,\"state\":"
                 "\"Stable\",\"topics\":[\"lines\"]},"
                 "{\"group\":\"g\",\"lag\":44,\"members\":0,\"simple\":true,\"state\":\"Empty\","
                 "\"topics\":[\"lines\",\"other\"]},"
                 "{\"group\":\"vanished\",\"lag\":null,\"members\":null,\"simple\":false,\"state\":"
                 "\"Dead\",\"topics\":[]}],\"offset\":0,\"total\":3}");
    check_refused(canned, messages_routes(), "GET /api/v2/log/groups/nobody", NULL, 404,
                  "there is no group 'nobody'");
}
END_TEST

/* ---- a log that falls silent ---- */

static struct {
    unsigned topics;
    unsigned groups;
} described;

static enum err describe_no_topic(struct console *console, const char *topic, json_t **ret_answer,
                                  struct error *error)
{
    (void)console;
    (void)topic;
    (void)ret_answer;
    described.topics++;
    return error_set(error, ERR_CLOSED, "no broker answers");
}

static enum err describe_no_group(struct console *console, const char *group, json_t **ret_answer,
                                  struct error *error)
{
    (void)console;
    (void)group;
    (void)ret_answer;
    described.groups++;
    return error_set(error, ERR_CLOSED, "no broker answers");
}

static enum err list_none(struct console *console, json_t **ret_answer, struct error *error)
{
    (void)console;
    (void)ret_answer;
    return error_set(error, ERR_CLOSED, "no broker answers");
}

START_TEST(after_a_row_without_an_answer_the_others_are_not_asked_for)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
    struct log_console silent = *fake_log();

    silent.describe_topic = describe_no_topic;
    canned_backend_set_log(canned, &silent);
    AUTO(give_back)
    json_t *topics = check_ask(canned, messages_routes(), "GET /api/v2/log/topics", NULL, 200);
    ck_assert_uint_eq(json_array_size(json_object_get(topics, "topics")), 3);
    ck_assert_uint_eq(described.topics, 1);
    silent.describe_group = describe_no_group;
    AUTO(give_back)
    json_t *groups = check_ask(canned, messages_routes(), "GET /api/v2/log/groups", NULL, 200);
    ck_assert_uint_eq(json_array_size(json_object_get(groups, "groups")), 3);
    ck_assert_uint_eq(described.groups, 1);
    AUTO(give_back)
    json_t *again = check_ask(canned, messages_routes(), "GET /api/v2/log/topics", NULL, 200);
    ck_assert(json_is_false(json_object_get(again, "groups_complete")));
    ck_assert_uint_eq(described.topics, 1);
}
END_TEST

START_TEST(it_is_told_whether_the_log_answers)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
    struct log_console silent = *fake_log();

    silent.list_topics = list_none;
    canned_backend_set_log(canned, &silent);
    check_refused(canned, messages_routes(), "GET /api/v2/log/topics", NULL, 503,
                  "no broker answers");
    ck_assert(canned_backend_is_log_silent(canned));
    check_refused(canned, messages_routes(), "GET /api/v2/log/topics/nothing", NULL, 404,
                  "there is no topic 'nothing'");
    ck_assert(!canned_backend_is_log_silent(canned));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        topics_are_listed_with_their_groups_and_records,
        only_a_page_of_a_list_is_shown,
        a_topic_is_shown_with_its_groups,
        groups_have_lag_and_topics_and_one_that_vanished_has_neither,
        after_a_row_without_an_answer_the_others_are_not_asked_for,
        it_is_told_whether_the_log_answers,
    };

    return suite_run("lists", tests, COUNT_OF(tests));
}
