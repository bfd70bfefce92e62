/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/api/check.h"
#include "tests/unit/ui/logs/cluster.h"

#define LOG "GET /api/v2/logs/wc-1/s/0/worker.log"

START_TEST(topologies_are_listed_over_all_supervisors)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = cluster_make();

    check_answer(
        canned, logs_routes(), "GET /api/v2/logs", NULL,
        "{\"missing\":[],\"topologies\":["
        "{\"id\":\"wc-1\",\"modified_ms\":6,\"name\":\"wc\",\"supervisors\":[\"s\",\"t\"]},"
        "{\"id\":\"old-0\",\"modified_ms\":4,\"name\":null,\"supervisors\":[\"s\"]}]}");
}
END_TEST

START_TEST(files_are_listed_with_their_hosts)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = cluster_make();

    json_t *answer = check_ask(canned, logs_routes(), "GET /api/v2/logs/wc-1", NULL, 200);
    const json_t *file = json_array_get(json_object_get(answer, "files"), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(answer, "files")), 3);
    ck_assert_str_eq(json_string_value(json_object_get(file, "host")), "birch");
    json_decref(answer);
    check_refused(canned, logs_routes(), "GET /api/v2/logs/nothing", NULL, 404,
                  "there are no logs of a topology 'nothing'");
}
END_TEST

START_TEST(a_piece_says_whether_its_lines_are_whole)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = cluster_make();

    cluster_put_read(canned, "s", "worker.log", 0, 0, 11, "abc\ndef\nghi");
    cluster_put_read(canned, "s", "worker.log", -4, 7, 11, "\nghi");
    cluster_put_read(canned, "s", "worker.log", -65537, 0, 11, "abc\ndef\nghi");
    check_answer(canned, logs_routes(), LOG "?offset=0&length=4", NULL,
                 "{\"complete_lines\":true,\"length\":4,\"offset\":0,\"size\":11,\"text\":"
                 "\"abc\\n\"}");
    check_answer(canned, logs_routes(), LOG "?offset=4&length=4", NULL,
                 "{\"complete_lines\":true,\"length\":4,\"offset\":4,\"size\":11,\"text\":"
                 "\"def\\n\"}");
    check_answer(canned, logs_routes(), LOG "?offset=5&length=6", NULL,
                 "{\"complete_lines\":false,\"length\":6,\"offset\":5,\"size\":11,\"text\":"
                 "\"ef\\nghi\"}");
    check_answer(canned, logs_routes(), LOG "?offset=-3&length=3", NULL,
                 "{\"complete_lines\":false,\"length\":3,\"offset\":8,\"size\":11,\"text\":"
                 "\"ghi\"}");
    check_answer(canned, logs_routes(), LOG, NULL,
                 "{\"complete_lines\":false,\"length\":11,\"offset\":0,\"size\":11,\"text\":"
                 "\"abc\\ndef\\nghi\"}");
}
END_TEST

START_TEST(behind_the_end_there_is_nothing_where_it_was_asked_for)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = cluster_make();

    /* who followed a longer file asks there once it was turned over */
    cluster_put_read(canned, "s", "worker.log", 0, 0, 11, "abc\ndef\nghi");
    cluster_put_read(canned, "s", "worker.log", 65536, 65536, 11, "");
    check_answer(canned, logs_routes(), LOG "?offset=20&length=4", NULL,
                 "{\"complete_lines\":false,\"length\":0,\"offset\":20,\"size\":11,\"text\":\"\"}");
    check_answer(canned, logs_routes(), LOG "?offset=65540&length=4", NULL,
                 "{\"complete_lines\":false,\"length\":0,\"offset\":65540,\"size\":11,"
                 "\"text\":\"\"}");
}
END_TEST

/* What supervisor "s" was asked last. */
static const json_t *last_read(struct canned_backend *canned)
{
    const json_t *last = NULL;
    const json_t *asked;

    for (size_t i = 0; (asked = canned_backend_asked(canned, i)) != NULL; i++) {
        if (strcmp(json_string_value(json_object_get(asked, "of")), "s") == 0)
            last = json_object_get(asked, "args");
    }
    return last;
}

START_TEST(who_follows_a_log_asks_what_all_ask_who_follow_it)
{
    static const char *const followers[] = {LOG "?offset=65537", LOG "?offset=65538",
                                            LOG "?offset=100000", LOG "?offset=131072"};
    AUTO(canned_backend_destroy) struct canned_backend *canned = cluster_make();

    for (size_t i = 0; i < COUNT_OF(followers); i++) {
        struct http_answer answer = canned_request(canned, logs_routes(), NULL, followers[i], NULL);
        const json_t *args = last_read(canned);

        ck_assert_int_eq(json_integer_value(json_object_get(args, "offset")), 65536);
        ck_assert_int_eq(json_integer_value(json_object_get(args, "length")), 131072);
        canned_answer_done(&answer);
    }
    /* as much as one answer can have is read as it is */
    struct http_answer answer =
        canned_request(canned, logs_routes(), NULL, LOG "?offset=70000&length=262144", NULL);
    ck_assert_int_eq(json_integer_value(json_object_get(last_read(canned), "offset")), 69999);
    canned_answer_done(&answer);
}
END_TEST

START_TEST(wrong_bytes_are_replaced_and_offsets_stay_those_of_bytes)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = cluster_make();

    cluster_put_read(canned, "s", "worker.log", 0, 0, 4, "a\xFFz\n");
    check_answer(canned, logs_routes(), LOG "?offset=0", NULL,
                 "{\"complete_lines\":true,\"length\":4,\"offset\":0,\"size\":4,\"text\":"
                 "\"a\xEF\xBF\xBDz\\n\"}");
}
END_TEST

START_TEST(a_download_is_the_file_byte_for_byte)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = cluster_make();
    size_t size;

    cluster_put_read(canned, "s", "worker.log", 5, 5, 11, "ef\nghi");
    cluster_put_read(canned, "s", "worker.log", 0, 0, 11, "abc\nd");
    struct http_answer answer = canned_request(canned, logs_routes(), NULL, LOG "/download", NULL);
    ck_assert_uint_eq(answer.status, 200);
    ck_assert_uint_eq(answer.source.size, 11);
    ck_assert_str_eq(answer.file_name, "wc-1-s-0-worker.log");
    char *text = canned_answer_text(&answer, &size);
    ck_assert_uint_eq(size, 11);
    ck_assert_str_eq(text, "abc\ndef\nghi");
    free(text);
    canned_answer_done(&answer);
}
END_TEST

START_TEST(a_download_breaks_off_when_its_file_is_rotated_away)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = cluster_make();
    char bytes[16];

    cluster_put_read(canned, "s", "worker.log", 5, 2, 2, "");
    cluster_put_read(canned, "s", "worker.log", 0, 0, 11, "abc\nd");
    struct http_answer answer = canned_request(canned, logs_routes(), NULL, LOG "/download", NULL);
    const struct http_source *source = &answer.source;
    ck_assert_int_eq(source->read(source->context, 0, bytes, sizeof bytes), 5);
    ck_assert_int_eq(source->read(source->context, 5, bytes, sizeof bytes), -1);
    ck_assert_int_eq(source->read(source->context, 11, bytes, sizeof bytes), 0);
    canned_answer_done(&answer);
}
END_TEST

START_TEST(hostile_names_are_not_found_and_nobody_is_asked)
{
    static const char *const paths[] = {
        "GET /api/v2/logs/%2e%2e%2f/s/0/worker.log",
        "GET /api/v2/logs/wc-1/%2e%2e%2fs/0/worker.log",
        "GET /api/v2/logs/wc-1/s/%2e%2e%2f/worker.log",
        "GET /api/v2/logs/wc-1/s/0/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "GET /api/v2/logs/wc-1/s/0/worker.log%2f%2e%2e%2fx",
        "GET /api/v2/logs/wc-1/s/-1/worker.log",
        "GET /api/v2/logs/wc-1/s/0x0/worker.log",
        "GET /api/v2/logs/wc-1/s/99999999999999999999/worker.log",
        "GET /api/v2/logs/wc-1/s/0/passwd",
        "GET /api/v2/logs/wc-1/s/0/passwd/download",
        "GET /api/v2/logs/%2f/s/0/worker.log/download",
    };
    AUTO(canned_backend_destroy) struct canned_backend *canned = cluster_make();

    for (size_t i = 0; i < COUNT_OF(paths); i++)
        check_refused(canned, logs_routes(), paths[i], NULL, 404, "there is no such log");
    ck_assert_ptr_null(canned_backend_asked(canned, 0));
}
END_TEST

START_TEST(numbers_have_bounds)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = cluster_make();

    check_refused(canned, logs_routes(), LOG "?length=0", NULL, 400,
                  "'length' must be a whole number from 1 to 262144");
    check_refused(canned, logs_routes(), LOG "?start=0", NULL, 400,
                  "'start' is not a parameter here; there are 'offset', 'length'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        topologies_are_listed_over_all_supervisors,
        files_are_listed_with_their_hosts,
        a_piece_says_whether_its_lines_are_whole,
        behind_the_end_there_is_nothing_where_it_was_asked_for,
        who_follows_a_log_asks_what_all_ask_who_follow_it,
        wrong_bytes_are_replaced_and_offsets_stay_those_of_bytes,
        a_download_is_the_file_byte_for_byte,
        a_download_breaks_off_when_its_file_is_rotated_away,
        hostile_names_are_not_found_and_nobody_is_asked,
        numbers_have_bounds,
    };

    return suite_run("view", tests, COUNT_OF(tests));
}
