/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/api/check.h"
#include "tests/unit/ui/messages/fake_log.h"

#define RECORDS "GET /api/v2/log/topics/lines/records"

/* "partition:offset " of all records, then where to go on, and why it ended. */
static void check_browse(const char *request, const char *expected)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
    struct text seen = {.data = NULL};
    size_t index;
    json_t *record;

    canned_backend_set_log(canned, fake_log());
    json_t *answer = check_ask(canned, messages_routes(), request, NULL, 200);
    json_array_foreach(json_object_get(answer, "records"), index, record)
        text_add(&seen, "%d:%d ", (int)json_integer_value(json_object_get(record, "partition")),
                 (int)json_integer_value(json_object_get(record, "offset")));
    char *next = json_dumps(json_object_get(answer, "next"), JSON_COMPACT | JSON_SORT_KEYS);
    const char *stopped = json_string_value(json_object_get(answer, "stopped"));
    ck_assert(json_is_true(json_object_get(answer, "is_complete")) == (stopped == NULL));
    text_add(&seen, "%s %s", next, stopped == NULL ? "whole" : stopped);
    ck_assert_str_eq(text_data(&seen), expected);
    free(next);
    text_done(&seen);
    json_decref(answer);
}

START_TEST(all_records_come_by_time)
{
    check_browse(RECORDS "?from=earliest", "0:0 1:0 0:1 1:1 0:2 {\"0\":3,\"1\":2} whole");
    check_browse(RECORDS "?from=last:1", "1:1 0:2 {\"0\":3,\"1\":2} whole");
    check_browse(RECORDS "?from=time:20", "0:1 1:1 0:2 {\"0\":3,\"1\":2} whole");
    check_browse(RECORDS "?from=offset:2", "0:2 {\"0\":3,\"1\":2} whole");
}
END_TEST

START_TEST(the_newest_are_those_of_all_partitions)
{
    check_browse(RECORDS, "0:0 1:0 0:1 1:1 0:2 {\"0\":3,\"1\":2} whole");
    check_browse(RECORDS "?limit=2", "1:1 0:2 {\"0\":3,\"1\":2} whole");
    check_browse(RECORDS "?limit=1&partition=1", "1:1 {\"1\":2} whole");
}
END_TEST

START_TEST(a_page_says_where_the_next_one_begins_in_every_partition)
{
    check_browse(RECORDS "?from=earliest&limit=1", "1:0 {\"0\":0,\"1\":1} limit");
    check_browse(RECORDS "?from=at:0=0,1=1&limit=2", "0:0 0:1 {\"0\":2,\"1\":1} limit");
    check_browse(RECORDS "?from=at:0=2,1=1&limit=9", "1:1 0:2 {\"0\":3,\"1\":2} whole");
    check_browse(RECORDS "?from=at:0=3,1=2", "{\"0\":3,\"1\":2} whole");
}
END_TEST

START_TEST(a_filter_leaves_only_what_has_the_text)
{
    check_browse(RECORDS "?filter=e", "0:0 1:1 0:2 {\"0\":3,\"1\":2} whole");
    check_browse(RECORDS "?filter=%22n%22&from=earliest", "0:1 {\"0\":3,\"1\":2} whole");
    check_browse(RECORDS "?filter=nothing", "{\"0\":3,\"1\":2} whole");
}
END_TEST

START_TEST(what_is_wrong_is_refused)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    check_refused(canned, messages_routes(), RECORDS, NULL, 503, "there is no module of the log");
    canned_backend_set_log(canned, fake_log());
    check_refused(canned, messages_routes(), RECORDS "?from=yesterday", NULL, 400,
                  "'from' must be 'latest', 'earliest', 'offset:N', 'time:MS' or 'last:N', or, "
                  "without 'partition', 'at:P=N,P=N'");
    check_refused(canned, messages_routes(), RECORDS "?limit=501", NULL, 400,
                  "'limit' must be a whole number from 1 to 500");
    check_refused(canned, messages_routes(), RECORDS "?partition=9", NULL, 404,
                  "topic 'lines' has no partition 9");
    check_refused(canned, messages_routes(), "GET /api/v2/log/topics/nothing/records", NULL, 404,
                  "there is no topic 'nothing'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        all_records_come_by_time,
        the_newest_are_those_of_all_partitions,
        a_page_says_where_the_next_one_begins_in_every_partition,
        a_filter_leaves_only_what_has_the_text,
        what_is_wrong_is_refused,
    };

    return suite_run("browse", tests, COUNT_OF(tests));
}
