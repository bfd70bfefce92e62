/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/api/check.h"
#include "tests/unit/ui/logs/cluster.h"

#define FILE "file=wc-1%2F0%2Fworker.log&supervisor=s"

/* The file is "abc\ndef\nghi". */
static struct canned_backend *make(void)
{
    struct canned_backend *canned = cluster_make();

    cluster_put_read(canned, "s", "worker.log", 5, 5, 11, "ef\nghi");
    cluster_put_read(canned, "s", "worker.log", 0, 0, 11, "abc\nd");
    cluster_put_read(canned, "s", "worker.log", -51200, 0, 11, "abc\ndef\n<hi");
    cluster_put_read(canned, "s", "worker.log.1", 0, 0, 4, "old\n");
    cluster_put_read(canned, "t", "worker.log", 0, 0, 6, "hello\n");
    return canned;
}

static char *page(struct canned_backend *canned, const char *request, unsigned status)
{
    struct http_answer answer = canned_request(canned, logs_routes(), NULL, request, NULL);
    size_t size;

    ck_assert_uint_eq(answer.status, status);
    ck_assert_str_eq(answer.type, "text/html; charset=utf-8");
    char *text = canned_answer_text(&answer, &size);
    canned_answer_done(&answer);
    return text;
}

static void check_page(struct canned_backend *canned, const char *request, unsigned status,
                       const char *part)
{
    char *text = page(canned, request, status);

    ck_assert_msg(strstr(text, part) != NULL, "%s\n%s", request, text);
    free(text);
}

START_TEST(a_log_is_a_page_in_which_nothing_is_markup)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_page(canned, "GET /api/v1/log?" FILE, 200,
               "<pre class=\"logContent\">abc\ndef\n&lt;hi</pre>");
    check_page(canned, "GET /api/v1/log?" FILE "&start=0", 200, "abc\ndef\nghi</pre>");
    check_page(canned, "GET /api/v1/log?" FILE "&start=0&grep=e", 200,
               "<pre id=\"logContent\">def\n</pre>");
    check_page(canned, "GET /api/v1/log?" FILE "&start=0&length=5", 200,
               "Prev\n<a href=\"/api/v1/log?file=wc-1%2F0%2Fworker.log&amp;supervisor=s&amp;"
               "start=0&amp;length=5\">First</a>");
    check_page(canned, "GET /api/v1/log?" FILE "&start=0&length=5", 200,
               "start=5&amp;length=5\">Next</a>");
}
END_TEST

START_TEST(a_file_is_found_by_its_host_or_alone_if_only_one_has_it)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_page(canned, "GET /api/v1/log?file=wc-1/0/worker.log&host=alder&start=0", 200, "ghi");
    check_page(canned, "GET /api/v1/log?file=wc-1/0/worker.log.1&start=0", 200, "old\n");
    check_page(canned, "GET /api/v1/log?file=wc-1/0/worker.log", 409,
               "several supervisors have this file");
}
END_TEST

START_TEST(hostile_names_are_pages_that_are_not_found)
{
    static const char *const requests[] = {
        "GET /api/v1/log",
        "GET /api/v1/log?file=",
        "GET /api/v1/log?file=../0/worker.log",
        "GET /api/v1/log?file=/etc/passwd",
        "GET /api/v1/log?file=wc-1/../worker.log",
        "GET /api/v1/log?file=wc-1/0/../../worker.log",
        "GET /api/v1/log?file=wc-1/0/worker.log/../x",
        "GET /api/v1/log?file=wc-1/00000000000/worker.log",
        "GET /api/v1/log?file=wc-1%2F0%2F%2E%2E%2Fworker.log",
        "GET /api/v1/download?file=../../../etc/passwd",
        "GET /api/v1/daemonlog?file=nimbus.log",
        "GET /api/v1/daemondownload?file=../x",
    };
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    for (size_t i = 0; i < COUNT_OF(requests); i++)
        check_page(canned, requests[i], 404, "<h1>Page not found</h1>");
    ck_assert_ptr_null(canned_backend_asked(canned, 0));
}
END_TEST

START_TEST(numbers_must_be_numbers)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_page(canned, "GET /api/v1/log?" FILE "&start=x", 400,
               "&#39;start&#39; must be a whole number");
}
END_TEST

START_TEST(logs_are_listed_by_name)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_answer(canned, logs_routes(), "GET /api/v1/listLogs?topoId=wc-1", NULL,
                 "[\"wc-1/0/worker.log\",\"wc-1/0/worker.log.1\"]");
    check_answer(canned, logs_routes(), "GET /api/v1/searchLogs?topoId=wc-1&port=1", NULL, "[]");
    check_answer(canned, logs_routes(), "GET /api/v1/listLogs?topoId=..%2f", NULL, "[]");
    check_answer(canned, logs_routes(), "GET /api/v1/listLogs", NULL,
                 "[\"wc-1/0/worker.log\",\"wc-1/0/worker.log.1\"]");
}
END_TEST

START_TEST(a_search_has_storms_members)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    cluster_put_read(canned, "s", "worker.log", 4, 4, 11, "def\nghi");
    check_answer(canned, logs_routes(), "GET /api/v1/search?" FILE "&search-string=def", NULL,
                 "{\"isDaemon\":\"no\",\"matches\":[{\"afterString\":\"\\nghi\",\"beforeString\":"
                 "\"abc\\n\",\"byteOffset\":4,\"logviewerURL\":\"/api/v1/log?file=wc-1%2F0%2F"
                 "worker.log&supervisor=s&start=0&length=51200\",\"matchString\":\"def\"}],"
                 "\"searchString\":\"def\",\"startByteOffset\":0}");
    json_t *answer = check_ask(
        canned, logs_routes(),
        "GET /api/v1/search?" FILE "&search-string=e&num-matches=1&start-byte-offset=4", NULL, 200);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "startByteOffset")), 4);
    ck_assert_int_eq(json_integer_value(json_object_get(answer, "nextByteOffset")), 6);
    json_decref(answer);
}
END_TEST

START_TEST(errors_of_a_search_have_storms_shape)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    json_t *answer = check_ask(canned, logs_routes(), "GET /api/v1/search?" FILE, NULL, 400);
    ck_assert_str_eq(json_string_value(json_object_get(answer, "error")), "400 Bad Request");
    ck_assert_ptr_nonnull(json_string_value(json_object_get(answer, "errorMessage")));
    json_decref(answer);
    answer =
        check_ask(canned, logs_routes(), "GET /api/v1/search?file=../x&search-string=a", NULL, 404);
    json_decref(answer);
    answer =
        check_ask(canned, logs_routes(),
                  "GET /api/v1/search?" FILE "&search-string=a&start-byte-offset=12", NULL, 400);
    json_decref(answer);
    answer = check_ask(canned, logs_routes(),
                       "GET /api/v1/search?" FILE "&search-string=a&is-daemon=yes", NULL, 404);
    json_decref(answer);
}
END_TEST

START_TEST(a_deep_search_has_an_object_for_each_worker)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    json_t *answer = check_ask(canned, logs_routes(),
                               "GET /api/v1/deepSearch/wc-1?search-string=l&num-matches=5&"
                               "search-archived=true",
                               NULL, 200);
    ck_assert_uint_eq(json_array_size(answer), 2);
    const json_t *first = json_array_get(answer, 0);
    const json_t *match = json_array_get(json_object_get(first, "matches"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(match, "fileName")), "wc-1/0/worker.log.1");
    ck_assert_str_eq(json_string_value(json_object_get(match, "port")), "0");
    ck_assert_int_eq(json_integer_value(json_object_get(first, "fileOffset")), 2);
    const json_t *second = json_array_get(answer, 1);
    match = json_array_get(json_object_get(second, "matches"), 0);
    ck_assert_uint_eq(json_array_size(json_object_get(match, "matches")), 2);
    json_decref(answer);
    check_answer(canned, logs_routes(), "GET /api/v1/deepSearch/wc-1", NULL, "[]");
    check_answer(canned, logs_routes(), "GET /api/v1/deepSearch/a%2f..?search-string=a", NULL,
                 "[]");
}
END_TEST

START_TEST(a_deep_search_of_one_port_is_one_object)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    json_t *answer = check_ask(canned, logs_routes(),
                               "GET /api/v1/deepSearch/wc-1?search-string=zzz&port=0", NULL, 200);
    ck_assert(json_is_object(answer));
    ck_assert_uint_eq(json_array_size(json_object_get(answer, "matches")), 0);
    json_decref(answer);
    check_answer(canned, logs_routes(), "GET /api/v1/deepSearch/wc-1?search-string=a&port=9", NULL,
                 "[]");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_log_is_a_page_in_which_nothing_is_markup,
        a_file_is_found_by_its_host_or_alone_if_only_one_has_it,
        hostile_names_are_pages_that_are_not_found,
        numbers_must_be_numbers,
        logs_are_listed_by_name,
        a_search_has_storms_members,
        errors_of_a_search_have_storms_shape,
        a_deep_search_has_an_object_for_each_worker,
        a_deep_search_of_one_port_is_one_object,
    };

    return suite_run("storm", tests, COUNT_OF(tests));
}
