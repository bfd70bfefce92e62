/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ui/storm/expect.h"

/* Posts, and expects the answer and what nimbus was asked last. */
static void expect_change(const char *request, const char *body, const char *answered,
                          const char *op, const char *args)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    const json_t *last = NULL;

    canned_backend_put(canned, op, NULL, "{\"id\": \"wc-1-1795000000\"}");
    struct http_answer answer = canned_request(canned, storm_routes(), NULL, request, body);
    AUTO(give_back) json_t *json = canned_answer_json(&answer);
    ck_assert_msg(answer.status == 200, "%s: %s", request, text_data(&answer.body));
    canned_answer_done(&answer);
    expect_has(json, "", answered);

    for (size_t i = 0; canned_backend_asked(canned, i) != NULL; i++)
        last = canned_backend_asked(canned, i);
    ck_assert_str_eq(json_string_value(json_object_get(last, "op")), op);
    ck_assert(json_is_true(json_object_get(last, "change")));
    expect_has(last, "args", args);
    expect_has(last, "args", "{\"name\": \"wc\", \"via\": \"api\"}");
    ck_assert(json_is_string(at_path(last, "args/by")));
}

static void expect_refused(const char *request, const char *body, unsigned status)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    struct http_answer answer = canned_request(canned, storm_routes(), NULL, request, body);
    AUTO(give_back) json_t *json = canned_answer_json(&answer);

    ck_assert_msg(answer.status == status, "%s %s: %u", request, body == NULL ? "" : body,
                  answer.status);
    canned_answer_done(&answer);
    ck_assert(json_is_string(at_path(json, "errorMessage")));
    for (size_t i = 0; canned_backend_asked(canned, i) != NULL; i++)
        ck_assert(json_is_false(json_object_get(canned_backend_asked(canned, i), "change")));
}

#define DONE(operation)                                                                \
    "{\"topologyOperation\": \"" operation "\", \"topologyId\": \"wc-1-1795000000\", " \
    "\"status\": \"success\"}"

START_TEST(spouts_are_paused_and_resumed)
{
    expect_change("POST /api/v1/topology/" WC_ID "/activate", NULL, DONE("activate"),
                  "topology.activate", "{}");
    expect_change("POST /api/v1/topology/wc/deactivate", NULL, DONE("deactivate"),
                  "topology.deactivate", "{}");
}
END_TEST

START_TEST(a_kill_waits_as_long_as_it_says)
{
    expect_change("POST /api/v1/topology/" WC_ID "/kill/5", NULL, DONE("kill"), "topology.kill",
                  "{\"wait_ms\": 5000}");
    expect_refused("POST /api/v1/topology/wc/kill/soon", NULL, 400);
    expect_refused("POST /api/v1/topology/wc/kill/86401", NULL, 400);
    expect_refused("POST /api/v1/topology/other/kill/0", NULL, 404);
}
END_TEST

START_TEST(a_rebalance_reads_the_body_that_the_documentation_shows)
{
    expect_change(
        "POST /api/v1/topology/wc/rebalance/0",
        "{\"rebalanceOptions\": {\"numWorkers\": 2, \"executors\": {\"reader\": \"5\", "
        "\"splitter\": 7}}, \"callback\": \"foo\"}",
        DONE("rebalance"), "topology.rebalance",
        "{\"wait_ms\": 0, \"workers\": 2, \"executors\": {\"reader\": 5, \"splitter\": 7}}");
    expect_change("POST /api/v1/topology/wc/rebalance/1", NULL, DONE("rebalance"),
                  "topology.rebalance", "{\"wait_ms\": 1000}");
    expect_change("POST /api/v1/topology/wc/rebalance/1", "{\"rebalanceOptions\": {}}",
                  DONE("rebalance"), "topology.rebalance", "{\"wait_ms\": 1000}");
}
END_TEST

START_TEST(a_rebalance_with_a_wrong_body_is_refused)
{
    static const char *const bodies[] = {
        "{\"rebalanceOptions\": 5}",
        "{\"rebalanceOptions\": {\"numWorkers\": 0}}",
        "{\"rebalanceOptions\": {\"numWorkers\": \"many\"}}",
        "{\"rebalanceOptions\": {\"executors\": [1]}}",
        "{\"rebalanceOptions\": {\"executors\": {\"reader\": -1}}}",
        "{\"rebalanceOptions\": {\"executors\": {\"reader\": 1.5}}}",
    };

    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        expect_refused("POST /api/v1/topology/wc/rebalance/0", bodies[i], 400);
}
END_TEST

START_TEST(debug_is_turned_on_and_off)
{
    expect_change("POST /api/v1/topology/wc/debug/enable/10", NULL, DONE("debug/enable"),
                  "topology.debug", "{\"component\": null, \"percent\": 10}");
    expect_change("POST /api/v1/topology/wc/component/splitter/debug/disable/10", NULL,
                  DONE("debug/disable"), "topology.debug",
                  "{\"component\": \"splitter\", \"percent\": 0}");
    expect_refused("POST /api/v1/topology/wc/debug/enable/0", NULL, 400);
    expect_refused("POST /api/v1/topology/wc/debug/enable/101", NULL, 400);
    expect_refused("POST /api/v1/topology/wc/debug/toggle/10", NULL, 404);
}
END_TEST

START_TEST(the_log_level_is_set_for_a_time)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();

    canned_backend_put(
        canned, "topology.log_level", "{\"name\": \"wc\", \"level\": \"debug\", \"for_ms\": 30000}",
        "{\"id\": \"" WC_ID "\", \"level\": \"debug\", \"until_ms\": 1795000130000}");
    struct http_answer answer =
        canned_request(canned, storm_routes(), NULL, "POST /api/v1/topology/wc/logconfig",
                       "{\"namedLoggerLevels\": {\"ROOT\": {\"target_level\": \"TRACE\", "
                       "\"reset_level\": \"INFO\", \"timeout\": 30}}}");
    AUTO(give_back) json_t *json = canned_answer_json(&answer);
    canned_answer_done(&answer);
    expect_at(json, "namedLoggerLevels/ROOT",
              "{\"target_level\": \"DEBUG\", \"reset_level\": \"WARN\", \"timeout\": 30, "
              "\"timeout_epoch\": 1795000130000}");
}
END_TEST

START_TEST(a_level_that_is_null_takes_the_change_back)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();

    canned_backend_put(canned, "topology.log_level", "{\"level\": null}",
                       "{\"id\": \"" WC_ID "\", \"level\": null, \"until_ms\": 0}");
    struct http_answer answer =
        canned_request(canned, storm_routes(), NULL, "POST /api/v1/topology/wc/logconfig",
                       "{\"namedLoggerLevels\": {\"root\": {\"target_level\": null}}}");
    AUTO(give_back) json_t *json = canned_answer_json(&answer);
    canned_answer_done(&answer);
    expect_at(json, "namedLoggerLevels", "{}");
}
END_TEST

START_TEST(a_log_level_that_we_cannot_set_is_refused)
{
    static const char *const bodies[] = {
        "{}",
        "{\"namedLoggerLevels\": {}}",
        "{\"namedLoggerLevels\": {\"com.example\": {\"target_level\": \"INFO\"}}}",
        "{\"namedLoggerLevels\": {\"ROOT\": {\"target_level\": \"OFF\"}}}",
        "{\"namedLoggerLevels\": {\"ROOT\": {\"target_level\": 3}}}",
        "{\"namedLoggerLevels\": {\"ROOT\": {\"target_level\": \"INFO\", \"timeout\": -1}}}",
        "{\"namedLoggerLevels\": {\"ROOT\": {\"target_level\": \"INFO\"}, \"a\": {}}}",
    };

    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        expect_refused("POST /api/v1/topology/wc/logconfig", bodies[i], 400);
    expect_refused("POST /api/v1/topology/wc/logconfig", NULL, 400);
}
END_TEST

START_TEST(a_worker_is_restarted_by_host_or_by_supervisor)
{
    expect_change("POST /api/v1/topology/wc/profiling/restartworker/beta:1", NULL,
                  "{\"status\": \"ok\", \"id\": \"beta:1\"}", "worker.restart",
                  "{\"supervisor\": \"s2\", \"slot\": 1}");
    expect_change("POST /api/v1/topology/wc/profiling/restartworker/s1:0", NULL,
                  "{\"status\": \"ok\", \"id\": \"s1:0\"}", "worker.restart",
                  "{\"supervisor\": \"s1\", \"slot\": 0}");
    expect_refused("POST /api/v1/topology/wc/profiling/restartworker/beta:0", NULL, 404);
    expect_refused("POST /api/v1/topology/wc/profiling/restartworker/beta", NULL, 404);
}
END_TEST

START_TEST(a_worker_that_could_be_several_is_not_restarted)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();

    canned_backend_put(canned, "topology.status", NULL,
                       "{\"id\": \"x\", \"name\": \"x\", \"workers\": [{\"supervisor\": \"s1\", "
                       "\"slot\": 0, \"host\": \"alpha\"}, {\"supervisor\": \"s3\", \"slot\": 0, "
                       "\"host\": \"alpha\"}]}");
    struct http_answer answer =
        canned_request(canned, storm_routes(), NULL,
                       "POST /api/v1/topology/x/profiling/restartworker/alpha:0", NULL);
    ck_assert_uint_eq(answer.status, 409);
    canned_answer_done(&answer);
}
END_TEST

/* The server guards what is posted. */
START_TEST(no_get_changes_anything)
{
    struct route_table table = storm_routes();

    for (size_t i = 0; i < table.count; i++)
        ck_assert_int_eq(table.routes[i].kind == ROUTE_CHANGE, table.routes[i].method == HTTP_POST);
}
END_TEST

START_TEST(what_has_no_meaning_says_what_to_do_instead)
{
    static const char *const requests[] = {
        "GET /api/v1/topology/wc/profiling/dumpheap/alpha:0",
        "GET /api/v1/topology/wc/profiling/restartworker/alpha:0",
    };
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();

    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        struct http_answer answer = canned_request(canned, storm_routes(), NULL, requests[i], NULL);
        AUTO(give_back) json_t *json = canned_answer_json(&answer);
        ck_assert_uint_eq(answer.status, 200);
        canned_answer_done(&answer);
        expect_at(json, "status", "\"disabled\"");
        ck_assert_ptr_null(canned_backend_asked(canned, 0));
        ck_assert(json_string_length(at_path(json, "message")) > 20);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        spouts_are_paused_and_resumed,
        a_kill_waits_as_long_as_it_says,
        a_rebalance_reads_the_body_that_the_documentation_shows,
        a_rebalance_with_a_wrong_body_is_refused,
        debug_is_turned_on_and_off,
        the_log_level_is_set_for_a_time,
        a_level_that_is_null_takes_the_change_back,
        a_log_level_that_we_cannot_set_is_refused,
        a_worker_is_restarted_by_host_or_by_supervisor,
        a_worker_that_could_be_several_is_not_restarted,
        no_get_changes_anything,
        what_has_no_meaning_says_what_to_do_instead,
    };

    return suite_run("storm actions", tests, sizeof tests / sizeof *tests);
}
