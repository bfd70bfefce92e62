/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/canned_backend.h"
#include "tests/support/suite.h"

#define PULSE_HEAD                                                                             \
    "{\"tick\": 42, \"at_ms\": 1795000000500, \"interval_ms\": 1000, \"verdict\": \"watch\", " \
    "\"problems\": [{\"severity\": \"trouble\"}, {\"severity\": \"watch\"}, "                  \
    "{\"severity\": \"watch\"}], \"nodes\": {\"nimbuses\": 1, \"supervisors\": 2, "            \
    "\"unhealthy\": 1, \"slots\": 8, \"used\": 3}, \"topologies\": ["

#define PULSE_WC                                                                              \
    "{\"id\": \"wc-1-2\", \"name\": \"wc\", \"status\": \"active\", \"owner\": \"a\\\"nn\", " \
    "\"submitted_ms\": 1795000000250, \"health\": \"well\", \"workers\": 2, "                 \
    "\"workers_wanted\": 3, \"executors\": 4, \"tasks\": 600, \"restarts\": 5, "              \
    "\"emitted\": 100, \"completed\": 90, \"failed\": 1, \"latency_p50_ns\": 1500000, "       \
    "\"latency_p99_ns\": null, \"capacity\": 0.5, \"back_pressure\": 0.25, \"lag\": null}"

#define PULSE_B                                                                              \
    "{\"id\": \"b-2-2\", \"name\": \"b\", \"status\": \"active\", \"health\": \"trouble\", " \
    "\"tasks\": 2, \"lag\": 17}"

#define NODES                                                                              \
    "{\"supervisors\": [{\"id\": \"s1\", \"host\": \"alpha\", \"slots\": 4, \"used\": 2, " \
    "\"healthy\": false, \"workers\": [{\"slot\": 1, \"topology\": \"wc-1-2\", \"name\": " \
    "\"wc\", \"phase\": \"running\", \"restarts\": 2, \"rss_bytes\": 4096, \"cpu_ns\": "   \
    "1500000000, \"uptime_ms\": 2500}, {\"slot\": 2, \"name\": \"wc\", \"phase\": "        \
    "\"backoff\", \"restarts\": null, \"rss_bytes\": null, \"cpu_ns\": null}]}]}"

#define FIGURES(name)                                                                         \
    "{\"tick\": 42, \"name\": \"" name "\", \"window_s\": 10, \"components\": ["              \
    "{\"name\": \"reader\", \"role\": \"spout\", \"tasks\": 1, \"executors\": 1, "            \
    "\"total\": {\"emitted\": 100, \"sent\": 200, \"acked\": 90, \"failed\": 3, "             \
    "\"timed_out\": 2, \"refused\": 1, \"complete_ns\": 4500000000}, "                        \
    "\"complete_ns\": {\"count\": 9, \"mean\": 1, \"p50\": 1000000, \"p90\": 2000000, "       \
    "\"p99\": 3000000, \"p999\": 4000000, \"max\": 5}, \"capacity\": 0.5, \"blocked\": 0.1, " \
    "\"queue\": {\"bytes\": 0, \"limit_bytes\": 0, \"fill\": 0.0}, \"open\": 7, \"lag\": 5, " \
    "\"outputs\": [{\"stream\": \"lines\", \"total\": {\"emitted\": 100, \"sent\": 200}}], "  \
    "\"inputs\": [], \"metrics\": [{\"name\": \"read \\\"x\\\"\", \"kind\": \"counter\", "    \
    "\"value\": 11}, {\"name\": \"log.lag\", \"kind\": \"gauge\", \"tasks\": [{\"task\": 0, " \
    "\"value\": 2.5}, {\"task\": 1, \"value\": -1}]}, {\"name\": \"size\", \"kind\": "        \
    "\"histogram\", \"count\": 3, \"mean\": 10, \"p50\": 9, \"p99\": 12, \"max\": 13}]}, "    \
    "{\"name\": \"counter\", \"role\": \"bolt\", \"tasks\": 2, \"executors\": 2, "            \
    "\"total\": {\"executed\": 80, \"acked\": 70, \"failed\": 4, \"execute_ns\": 800, "       \
    "\"process_ns\": 1600}, \"execute_ns\": null, \"process_ns\": null, \"capacity\": 0.9, "  \
    "\"blocked\": 0.0, \"queue\": {\"bytes\": 10, \"limit_bytes\": 100}, \"open\": 0, "       \
    "\"lag\": null, \"outputs\": [], \"inputs\": [{\"component\": \"reader\", \"stream\": "   \
    "\"lines\", \"total\": {\"executed\": 80, \"acked\": 70, \"failed\": 4}}], "              \
    "\"metrics\": []}], \"edges\": [{\"from\": \"reader\", \"stream\": \"lines\", \"to\": "   \
    "\"counter\", \"grouping\": \"fields\", \"sent\": 200, \"executed\": 80, \"waiting\": "   \
    "120, \"blocked\": 0.1, \"bottleneck\": true}, {\"from\": \"reader\", \"stream\": "       \
    "\"lines\", \"to\": \"counter\", \"grouping\": \"fields\", \"sent\": 1}]}"

static char *scrape(struct canned_backend *canned, const char *request)
{
    struct http_answer answer = canned_request(canned, metrics_routes(), NULL, request, NULL);
    size_t size;

    ck_assert_uint_eq(answer.status, 200);
    ck_assert_str_eq(answer.type, "text/plain; version=0.0.4; charset=utf-8");
    char *text = canned_answer_text(&answer, &size);
    ck_assert_uint_eq(strlen(text), size);
    canned_answer_done(&answer);
    return text;
}

static void expect_line(const char *text, const char *line)
{
    struct text wanted = {.data = NULL};

    text_add(&wanted, "\n%s\n", line);
    ck_assert_msg(strstr(text, text_data(&wanted)) != NULL, "no line '%s' in\n%s", line, text);
    text_done(&wanted);
}

static size_t count_lines(const char *text, const char *begin)
{
    size_t count = 0;
    struct text wanted = {.data = NULL};

    text_add(&wanted, "\n%s", begin);
    for (const char *at = text; (at = strstr(at, text_data(&wanted))) != NULL; at++)
        count++;
    text_done(&wanted);
    return count;
}

static struct canned_backend *one_topology(void)
{
    struct canned_backend *canned = canned_backend_new();

    canned_backend_put(canned, "pulse", NULL, PULSE_HEAD PULSE_WC "]}");
    canned_backend_put(canned, "cluster.nodes", NULL, NODES);
    canned_backend_put(canned, "topology.figures", "{\"name\": \"wc\", \"window_s\": 10}",
                       FIGURES("wc"));
    return canned;
}

START_TEST(without_nimbus_it_says_that_it_is_down)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
    AUTO(mem_free_text) char *text = scrape(canned, "GET /metrics");

    expect_line(text, "gale_build_info{version=\"1.2.3\"} 1");
    expect_line(text, "gale_up 0");
    ck_assert_uint_eq(count_lines(text, "gale_"), 2);
}
END_TEST

START_TEST(the_cluster_is_shown)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = one_topology();
    AUTO(mem_free_text) char *text = scrape(canned, "GET /metrics");

    expect_line(text, "gale_up 1");
    expect_line(text, "gale_tick 42");
    expect_line(text, "gale_tick_time_seconds 1795000000.5");
    expect_line(text, "gale_verdict{verdict=\"watch\"} 1");
    expect_line(text, "gale_verdict{verdict=\"well\"} 0");
    expect_line(text, "gale_problems{severity=\"watch\"} 2");
    expect_line(text, "gale_problems{severity=\"trouble\"} 1");
    expect_line(text, "gale_supervisors 2");
    expect_line(text, "gale_supervisors_unhealthy 1");
    expect_line(text, "gale_slots_used 3");
    expect_line(text, "gale_supervisor_healthy{supervisor=\"s1\",host=\"alpha\"} 0");
}
END_TEST

START_TEST(workers_are_shown_as_far_as_they_are_known)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = one_topology();
    AUTO(mem_free_text) char *text = scrape(canned, "GET /metrics");
#define WORKER(slot) "{supervisor=\"s1\",slot=\"" slot "\",topology=\"wc\"}"

    expect_line(text, "gale_worker_up" WORKER("1") " 1");
    expect_line(text, "gale_worker_up" WORKER("2") " 0");
    expect_line(text, "gale_worker_uptime_seconds" WORKER("1") " 2.5");
    expect_line(text, "gale_worker_restarts_total" WORKER("1") " 2");
    expect_line(text, "gale_worker_resident_memory_bytes" WORKER("1") " 4096");
    expect_line(text, "gale_worker_cpu_seconds_total" WORKER("1") " 1.5");
    ck_assert_uint_eq(count_lines(text, "gale_worker_restarts_total"), 1);
#undef WORKER
}
END_TEST

START_TEST(topologies_are_shown)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = one_topology();
    AUTO(mem_free_text) char *text = scrape(canned, "GET /metrics");

    expect_line(text, "gale_topology_info{topology=\"wc\",id=\"wc-1-2\",owner=\"a\\\"nn\","
                      "status=\"active\"} 1");
    expect_line(text, "gale_topology_health{topology=\"wc\",health=\"well\"} 1");
    expect_line(text, "gale_topology_submitted_time_seconds{topology=\"wc\"} 1795000000.25");
    expect_line(text, "gale_topology_workers_wanted{topology=\"wc\"} 3");
    expect_line(text, "gale_topology_worker_restarts_total{topology=\"wc\"} 5");
    expect_line(text, "gale_topology_emitted_tuples_total{topology=\"wc\"} 100");
    expect_line(text, "gale_topology_latency_seconds{topology=\"wc\",quantile=\"0.5\"} 0.0015");
    expect_line(text, "gale_topology_latency_seconds{topology=\"wc\",quantile=\"0.99\"} NaN");
    expect_line(text, "gale_topology_latency_seconds_count{topology=\"wc\"} 90");
    expect_line(text, "gale_topology_back_pressure_ratio{topology=\"wc\"} 0.25");
    ck_assert_uint_eq(count_lines(text, "gale_topology_lag_records"), 0);
}
END_TEST

START_TEST(components_and_edges_are_shown)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = one_topology();
    AUTO(mem_free_text) char *text = scrape(canned, "GET /metrics");
#define READER  "{topology=\"wc\",component=\"reader\"}"
#define COUNTER "{topology=\"wc\",component=\"counter\"}"

    expect_line(text, "gale_component_sent_tuples_total{topology=\"wc\",component=\"reader\","
                      "stream=\"lines\"} 200");
    expect_line(text, "gale_component_executed_tuples_total{topology=\"wc\",component=\"counter\","
                      "source=\"reader\",stream=\"lines\"} 80");
    expect_line(text, "gale_component_completed_trees_total" READER " 90");
    expect_line(text, "gale_component_timed_out_trees_total" READER " 2");
    expect_line(text, "gale_component_complete_seconds{topology=\"wc\",component=\"reader\","
                      "quantile=\"0.999\"} 0.004");
    expect_line(text, "gale_component_complete_seconds_sum" READER " 4.5");
    expect_line(text, "gale_component_complete_seconds_count" READER " 90");
    expect_line(text, "gale_component_process_seconds_count" COUNTER " 74");
    expect_line(text, "gale_component_execute_seconds_sum" COUNTER " 8e-07");
    expect_line(text, "gale_component_execute_seconds{topology=\"wc\",component=\"counter\","
                      "quantile=\"0.5\"} NaN");
    expect_line(text, "gale_component_queue_limit_bytes" COUNTER " 100");
    expect_line(text, "gale_component_open" READER " 7");
    expect_line(text, "gale_component_lag_records" READER " 5");
    ck_assert_uint_eq(count_lines(text, "gale_component_lag_records"), 1);
    expect_line(text, "gale_edge_waiting_tuples{topology=\"wc\",source=\"reader\",stream=\"lines\","
                      "target=\"counter\",grouping=\"fields\"} 120");
    ck_assert_uint_eq(count_lines(text, "gale_edge_bottleneck"), 1);
    ck_assert_uint_eq(count_lines(text, "gale_task_"), 0);
#undef READER
#undef COUNTER
}
END_TEST

START_TEST(metrics_of_user_code_have_their_names_in_a_label)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = one_topology();
    AUTO(mem_free_text) char *text = scrape(canned, "GET /metrics");
#define OF "{topology=\"wc\",component=\"reader\",name="

    expect_line(text, "gale_user_counter_total" OF "\"read \\\"x\\\"\"} 11");
    expect_line(text, "gale_user_gauge" OF "\"log.lag\",statistic=\"min\"} -1");
    expect_line(text, "gale_user_gauge" OF "\"log.lag\",statistic=\"max\"} 2.5");
    expect_line(text, "gale_user_gauge" OF "\"log.lag\",statistic=\"sum\"} 1.5");
    expect_line(text, "gale_user_histogram" OF "\"size\",statistic=\"p99\"} 12");
#undef OF
}
END_TEST

START_TEST(what_is_of_several_ticks_is_asked_again)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = one_topology();
    size_t pulses = 0;

    canned_backend_put(canned, "topology.figures", NULL, "{\"tick\": 43, \"name\": \"wc\"}");
    AUTO(mem_free_text) char *text = scrape(canned, "GET /metrics");
    for (size_t i = 0; canned_backend_asked(canned, i) != NULL; i++)
        pulses += strcmp(json_string_value(json_object_get(canned_backend_asked(canned, i), "op")),
                         "pulse") == 0;
    ck_assert_uint_eq(pulses, 3);
    ck_assert_uint_eq(count_lines(text, "gale_tick "), 1);
}
END_TEST

/* ---- a new nimbus ---- */

START_TEST(what_a_new_nimbus_does_not_know_yet_is_left_out)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    canned_backend_put(canned, "pulse", NULL,
                       "{\"tick\": 4, \"topologies\": [{\"name\": \"wc\", \"workers\": 2, "
                       "\"tasks\": 3, \"emitted\": null, \"completed\": null, \"failed\": null, "
                       "\"restarts\": null, \"latency_p50_ns\": null}]}");
    canned_backend_put(
        canned, "topology.figures", NULL,
        "{\"tick\": 4, \"name\": \"wc\", \"components\": [{\"name\": \"reader\", \"role\": "
        "\"spout\", \"tasks\": 1, \"total\": {\"acked\": null, \"complete_ns\": null}, "
        "\"complete_ns\": null, \"open\": null, \"queue\": {\"bytes\": null}, "
        "\"outputs\": [{\"stream\": \"lines\", \"total\": {\"emitted\": null, \"sent\": null}}], "
        "\"metrics\": [{\"name\": \"m\", \"kind\": \"counter\", \"value\": null}]}], "
        "\"edges\": [{\"from\": \"reader\", \"stream\": \"lines\", \"to\": \"a\", "
        "\"sent\": null, \"executed\": null, \"waiting\": null}]}");
    AUTO(mem_free_text) char *text = scrape(canned, "GET /metrics");

    expect_line(text, "gale_topology_workers{topology=\"wc\"} 2");
    expect_line(text, "gale_component_tasks{topology=\"wc\",component=\"reader\"} 1");
    expect_line(text, "gale_scrape_topologies_left_out 0");
    static const char *const unknown[] = {"gale_topology_emitted_tuples_total{",
                                          "gale_topology_completed_trees_total{",
                                          "gale_topology_restarts_total{",
                                          "gale_topology_latency_seconds",
                                          "gale_component_emitted_tuples_total",
                                          "gale_component_completed_trees_total",
                                          "gale_component_complete_seconds",
                                          "gale_component_open",
                                          "gale_component_queue_bytes",
                                          "gale_edge_",
                                          "gale_user_counter"};
    for (size_t i = 0; i < COUNT_OF(unknown); i++)
        ck_assert_msg(count_lines(text, unknown[i]) == (i == 9), "%s", unknown[i]);
}
END_TEST

/* ---- many topologies ---- */

static struct canned_backend *two_topologies(void)
{
    struct canned_backend *canned = one_topology();

    canned_backend_put(canned, "pulse", NULL, PULSE_HEAD PULSE_WC ", " PULSE_B "]}");
    canned_backend_put(canned, "topology.figures", "{\"name\": \"b\"}", FIGURES("b"));
    return canned;
}

START_TEST(each_topology_is_asked_for)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = two_topologies();
    AUTO(mem_free_text) char *text = scrape(canned, "GET /metrics");

    expect_line(text, "gale_scrape_topologies_left_out 0");
    expect_line(text, "gale_component_open{topology=\"b\",component=\"reader\"} 7");
    expect_line(text, "gale_topology_lag_records{topology=\"b\"} 17");
}
END_TEST

START_TEST(one_topology_can_be_asked_for_alone)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = two_topologies();
    AUTO(mem_free_text) char *text = scrape(canned, "GET /metrics?topology=b");

    ck_assert_uint_eq(count_lines(text, "gale_component_open{topology=\"b\""), 2);
    ck_assert_uint_eq(count_lines(text, "gale_component_open{topology=\"wc\""), 0);
    ck_assert_uint_eq(count_lines(text, "gale_topology_info"), 2);
}
END_TEST

START_TEST(a_topology_that_cannot_be_asked_for_is_left_out)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = two_topologies();

    canned_backend_refuse(canned, "topology.figures", "{\"name\": \"b\"}", CONTROL_UNAVAILABLE, "");
    AUTO(mem_free_text) char *text = scrape(canned, "GET /metrics");
    expect_line(text, "gale_scrape_topologies_left_out 1");

    canned_backend_refuse(canned, "topology.figures", "{\"name\": \"b\"}", CONTROL_NOT_FOUND, "");
    AUTO(mem_free_text) char *ended = scrape(canned, "GET /metrics");
    expect_line(ended, "gale_scrape_topologies_left_out 0");
}
END_TEST

/* ---- tasks ---- */

static void put_tasks(struct canned_backend *canned, size_t count)
{
    struct text ok = {.data = NULL};

    text_add(&ok, "{\"tick\": 42, \"tasks\": [");
    for (size_t i = 0; i < count; i++)
        text_add(&ok,
                 "%s{\"component\": \"counter\", \"task\": %zu, \"supervisor\": \"s1\", "
                 "\"slot\": 1, \"total\": {\"emitted\": 1, \"sent\": 2, \"executed\": 3, "
                 "\"acked\": 4, \"failed\": 5}, \"capacity\": 0.5, \"blocked\": 0.25, "
                 "\"queue_fill\": 0.125, \"open\": 6}",
                 i == 0 ? "" : ", ", i);
    text_add(&ok, "]}");
    canned_backend_put(canned, "topology.tasks", "{\"name\": \"wc\"}", text_data(&ok));
    text_done(&ok);
}

START_TEST(tasks_are_shown_if_asked_for_and_never_too_many)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = one_topology();

    put_tasks(canned, 600);
    AUTO(mem_free_text) char *text = scrape(canned, "GET /metrics?tasks=1");
#define TASK "{topology=\"wc\",component=\"counter\",task=\"554\",supervisor=\"s1\",slot=\"1\"}"
    expect_line(text, "gale_task_emitted_tuples_total" TASK " 1");
    expect_line(text, "gale_task_acked_total" TASK " 4");
    expect_line(text, "gale_task_queue_fill_ratio" TASK " 0.125");
    expect_line(text, "gale_task_open" TASK " 6");
#undef TASK
    expect_line(text, "gale_scrape_tasks_left_out 45");
    ck_assert_uint_eq(count_lines(text, "gale_task_"), 4995);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        without_nimbus_it_says_that_it_is_down,
        the_cluster_is_shown,
        workers_are_shown_as_far_as_they_are_known,
        topologies_are_shown,
        components_and_edges_are_shown,
        metrics_of_user_code_have_their_names_in_a_label,
        what_is_of_several_ticks_is_asked_again,
        what_a_new_nimbus_does_not_know_yet_is_left_out,
        each_topology_is_asked_for,
        one_topology_can_be_asked_for_alone,
        a_topology_that_cannot_be_asked_for_is_left_out,
        tasks_are_shown_if_asked_for_and_never_too_many,
    };

    return suite_run("metrics routes", tests, sizeof tests / sizeof *tests);
}
