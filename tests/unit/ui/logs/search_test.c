/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/api/check.h"
#include "tests/unit/ui/logs/cluster.h"

#define SEARCH "GET /api/v2/logs/wc-1/search"

/* "s/0/worker.log" comes in two pieces that break a line, and a match. */
static struct canned_backend *make(void)
{
    struct canned_backend *canned = cluster_make();

    cluster_put_read(canned, "s", "worker.log", 6, 6, 11, "sh\nx\n");
    cluster_put_read(canned, "s", "worker.log", 0, 0, 11, "a\na fi");
    cluster_put_read(canned, "s", "worker.log.1", 0, 0, 5, "FISH\n");
    cluster_put_read(canned, "t", "worker.log", 0, 0, 60,
                     "2026-11-22T09:36:07.125Z warn fish.caught word=\"a\" number=10\n");
    return canned;
}

START_TEST(matches_of_all_files_come_with_time_and_level)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_answer(
        canned, logs_routes(), SEARCH "?q=fish", NULL,
        "{\"bytes_searched\":77,\"files_searched\":3,\"is_complete\":true,\"matches\":["
        "{\"at\":null,\"file\":\"worker.log\",\"level\":null,\"line\":\"a fish\",\"offset\":2,"
        "\"slot\":0,\"supervisor\":\"s\"},"
        "{\"at\":null,\"file\":\"worker.log.1\",\"level\":null,\"line\":\"FISH\",\"offset\":0,"
        "\"slot\":0,\"supervisor\":\"s\"},"
        "{\"at\":1795340167125,\"file\":\"worker.log\",\"level\":\"warn\",\"line\":"
        "\"2026-11-22T09:36:07.125Z warn fish.caught word=\\\"a\\\" number=10\",\"offset\":0,"
        "\"slot\":0,\"supervisor\":\"t\"}],\"missing\":[],\"next\":null}");
}
END_TEST

/* The lines that an answer has, and where it goes on. */
static void check_step(struct canned_backend *canned, const char *request, size_t count,
                       const char *next)
{
    json_t *answer = check_ask(canned, logs_routes(), request, NULL, 200);
    const char *got = json_string_value(json_object_get(answer, "next"));

    ck_assert_uint_eq(json_array_size(json_object_get(answer, "matches")), count);
    ck_assert_str_eq(got == NULL ? "" : got, next);
    ck_assert(json_is_true(json_object_get(answer, "is_complete")) == (got == NULL));
    json_decref(answer);
}

START_TEST(a_search_goes_on_where_it_has_ended)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    cluster_put_read(canned, "s", "worker.log", 9, 9, 11, "x\n");
    check_step(canned, SEARCH "?q=fish&max=1", 1, "s/0/worker.log/9");
    check_step(canned, SEARCH "?q=fish&max=1&next=s/0/worker.log/9", 1, "t/0/worker.log/0");
    check_step(canned, SEARCH "?q=fish&max=1&next=t/0/worker.log/0", 1, "");
}
END_TEST

START_TEST(a_search_can_be_of_some_files_and_of_capitals)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_step(canned, SEARCH "?q=FISH&case=1", 1, "");
    check_step(canned, SEARCH "?q=fish&supervisor=t", 1, "");
    check_step(canned, SEARCH "?q=fish&slot=1", 0, "");
}
END_TEST

START_TEST(what_is_wrong_is_refused)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_refused(canned, logs_routes(), SEARCH, NULL, 400,
                  "'q' must be a text of 1 to 1024 bytes");
    check_refused(canned, logs_routes(), SEARCH "?q=a&next=s/0/passwd/0", NULL, 400,
                  "'next' must be what an answer before has as 'next'");
    check_refused(canned, logs_routes(), SEARCH "?q=a&next=s/0/worker.log/0x", NULL, 400,
                  "'next' must be what an answer before has as 'next'");
    check_refused(canned, logs_routes(), SEARCH "?q=a&max=1001", NULL, 400,
                  "'max' must be a whole number from 1 to 1000");
    check_refused(canned, logs_routes(), "GET /api/v2/logs/nothing/search?q=a", NULL, 404,
                  "there are no logs of a topology 'nothing'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        matches_of_all_files_come_with_time_and_level,
        a_search_goes_on_where_it_has_ended,
        a_search_can_be_of_some_files_and_of_capitals,
        what_is_wrong_is_refused,
    };

    return suite_run("search", tests, COUNT_OF(tests));
}
