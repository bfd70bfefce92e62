/* SPDX-License-Identifier: Apache-2.0 */
#include "base/settings_schema.h"
#include "broker/client/console.h"
#include "tests/unit/ui/storm/expect.h"
#include "ui/http/router.h"

static json_t *ask_status(struct canned_backend *canned, const char *request, unsigned status)
{
    return canned_ask(canned, storm_routes(), request, NULL, status);
}

static json_t *ask(struct canned_backend *canned, const char *request)
{
    return ask_status(canned, request, 200);
}

/* ---- the cluster ---- */

START_TEST(the_cluster_is_summed_up)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *answer = ask(canned, "GET /api/v1/cluster/summary");

    expect_has(answer, "",
               "{\"stormVersion\": \"1.2.3\", \"supervisors\": 3, \"topologies\": 2, "
               "\"slotsTotal\": 8, \"slotsUsed\": 2, \"slotsFree\": 6, \"executorsTotal\": 8, "
               "\"tasksTotal\": 10, \"schedulerDisplayResource\": false, \"totalMem\": 2048.0, "
               "\"totalCpu\": 800.0, \"availMem\": 2048.0, \"availCpu\": 800.0, "
               "\"memAssignedPercentUtil\": 0.0, \"cpuAssignedPercentUtil\": 0.0, \"user\": null}");
}
END_TEST

START_TEST(the_configuration_has_what_was_set_and_defaults)
{
    static const struct setting_spec specs[] = {
        {"ui.threads", SETTING_U64, "8", 1, 64, "threads"},
        {"ui.public", SETTING_BOOL, "false", 0, 0, "whether"},
        {"ui.dir", SETTING_TEXT, NULL, 0, 0, "folder"},
    };
    static const struct setting_table tables[] = {{specs, COUNT_OF(specs)}};
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct ui_facts facts = {
        .version = "1", .tables = tables, .table_count = 1, .settings = settings};

    ck_assert_int_eq(settings_put(settings, "ui.threads", "4", "test", NULL), ERR_OK);
    struct http_answer answer =
        canned_request(canned, storm_routes(), &facts, "GET /api/v1/cluster/configuration", NULL);
    AUTO(give_back) json_t *json = canned_answer_json(&answer);
    canned_answer_done(&answer);
    ck_assert_uint_eq(json_object_size(json), 3);
    expect_has(json, "", "{\"ui.threads\": 4, \"ui.public\": false, \"ui.dir\": null}");
}
END_TEST

START_TEST(nimbuses_are_listed_with_who_leads)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *answer = ask(canned, "GET /api/v1/nimbus/summary");

    expect_at(
        answer, "nimbuses/0",
        "{\"host\": \"alpha\", \"port\": 6627, \"status\": \"Leader\", \"version\": \"1.2.3\", "
        "\"nimbusUpTime\": \"1m 30s\", \"nimbusUpTimeSeconds\": \"90\", \"nimbusLogLink\": \"\"}");
    expect_has(answer, "nimbuses/1",
               "{\"host\": \"::1\", \"port\": 6628, \"status\": \"Not a Leader\"}");
}
END_TEST

START_TEST(owners_have_the_sum_of_their_topologies)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *all = ask(canned, "GET /api/v1/owner-resources");
    AUTO(give_back) json_t *ann = ask(canned, "GET /api/v1/owner-resources/ann");
    AUTO(give_back) json_t *nobody = ask(canned, "GET /api/v1/owner-resources/eve");

    ck_assert_uint_eq(json_array_size(at_path(all, "owners")), 2);
    expect_has(all, "owners/0",
               "{\"owner\": \"ann\", \"totalTopologies\": 1, \"totalExecutors\": 5, "
               "\"totalWorkers\": 2, \"totalTasks\": 6, \"totalCpuUsage\": 0.0, "
               "\"memoryGuarantee\": \"N/A\", \"isolatedNodes\": -1}");
    expect_at(ann, "topologies/0/id", "\"wc-1-1795000000\"");
    expect_at(nobody, "totalTopologies", "0");
    expect_at(nobody, "topologies", "[]");
}
END_TEST

START_TEST(history_has_what_runs_and_what_ran)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *answer = ask(canned, "GET /api/v1/history/summary");

    expect_at(answer, "topo-history",
              "[\"wc-1-1795000000\", \"b-2-1795000050\", \"old-1-1794000000\"]");
}
END_TEST

/* ---- supervisors ---- */

START_TEST(supervisors_are_listed)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *answer = ask(canned, "GET /api/v1/supervisor/summary");

    expect_has(
        answer, "supervisors/0",
        "{\"id\": \"s1\", \"host\": \"alpha\", \"uptime\": \"1m 40s\", \"uptimeSeconds\": 100, "
        "\"slotsTotal\": 4, \"slotsUsed\": 1, \"slotsFree\": 3, \"totalMem\": 2048.0, "
        "\"totalCpu\": 400.0, \"usedMem\": 0.0, \"usedCpu\": 0.0, \"blacklisted\": false}");
    expect_has(answer, "supervisors/1", "{\"totalMem\": 0.0, \"blacklisted\": true}");
    expect_at(answer, "schedulerDisplayResource", "false");
    expect_at(answer, "logviewerPort", "0");
}
END_TEST

START_TEST(a_supervisor_has_its_workers)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *answer = ask(canned, "GET /api/v1/supervisor?id=s1&sys=1");

    ck_assert_uint_eq(json_array_size(at_path(answer, "supervisors")), 1);
    ck_assert_uint_eq(json_array_size(at_path(answer, "workers")), 1);
    expect_at(answer, "workers/0",
              "{\"supervisorId\": \"s1\", \"host\": \"alpha\", \"port\": 0, \"topologyId\": "
              "\"wc-1-1795000000\", \"topologyName\": \"wc\", \"executorsTotal\": 3, "
              "\"assignedMemOnHeap\": 0.0, \"assignedMemOffHeap\": 0.0, \"assignedCpu\": 0.0, "
              "\"componentNumTasks\": {\"reader\": 1, \"splitter\": 2, \"counter\": 1}, "
              "\"uptime\": \"1d 1h 1m 1s\", \"uptimeSeconds\": 90061, \"workerLogLink\": "
              "\"/api/v1/log?file=wc-1-1795000000%2F0%2Fworker.log&supervisor=s1\", "
              "\"owner\": \"ann\"}");
}
END_TEST

START_TEST(a_host_may_have_several_supervisors)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *alpha = ask(canned, "GET /api/v1/supervisor?host=alpha");
    AUTO(give_back) json_t *none = ask(canned, "GET /api/v1/supervisor?host=nowhere");

    ck_assert_uint_eq(json_array_size(at_path(alpha, "supervisors")), 2);
    ck_assert_uint_eq(json_array_size(at_path(alpha, "workers")), 1);
    expect_at(none, "supervisors", "[]");
    expect_at(none, "workers", "[]");
}
END_TEST

/* ---- topologies ---- */

START_TEST(topologies_are_listed)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *answer = ask(canned, "GET /api/v1/topology/summary");

    expect_has(
        answer, "topologies/0",
        "{\"id\": \"wc-1-1795000000\", \"encodedId\": \"wc-1-1795000000\", \"name\": \"wc\", "
        "\"owner\": \"ann\", \"status\": \"ACTIVE\", \"uptime\": \"1m 40s\", "
        "\"uptimeSeconds\": 100, \"tasksTotal\": 6, \"workersTotal\": 2, "
        "\"executorsTotal\": 5, \"replicationCount\": 1, \"requestedMemOnHeap\": 0.0, "
        "\"assignedTotalMem\": 0.0, \"assignedCpu\": 0.0}");
    expect_has(answer, "topologies/1",
               "{\"status\": \"INACTIVE\", \"schedulerInfo\": \"no slot is free\"}");
}
END_TEST

START_TEST(a_topology_is_found_by_id_and_by_name)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *by_id = ask(canned, "GET /api/v1/topology/wc-1-1795000000");
    AUTO(give_back) json_t *by_name = ask(canned, "GET /api/v1/topology/wc");
    AUTO(give_back) json_t *older = ask_status(canned, "GET /api/v1/topology/wc-1-1794000000", 404);

    ck_assert(json_equal(by_id, by_name));
    expect_at(older, "errorMessage", "\"there is no topology 'wc-1-1794000000'\"");
}
END_TEST

START_TEST(the_page_of_a_topology_has_all_windows)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *page = ask(canned, "GET /api/v1/topology/" WC_ID "?window=600&sys=1");

    expect_has(page, "",
               "{\"id\": \"wc-1-1795000000\", \"name\": \"wc\", \"uptime\": \"1m 40s\", "
               "\"status\": \"ACTIVE\", \"tasksTotal\": 6, \"workersTotal\": 2, "
               "\"executorsTotal\": 5, \"msgTimeout\": 30, \"window\": \"600\", "
               "\"windowHint\": \"10m 0s\", \"debug\": false, \"samplingPct\": 10.0, "
               "\"replicationCount\": 1, \"visualizationTable\": []}");
    expect_at(page, "topologyStats/0",
              "{\"window\": \"600\", \"windowPretty\": \"10m 0s\", \"emitted\": 80, "
              "\"transferred\": 80, \"completeLatency\": \"1.500\", \"acked\": 9, \"failed\": 2}");
    expect_has(page, "topologyStats/1", "{\"window\": \"10800\", \"emitted\": 800}");
    expect_has(page, "topologyStats/2", "{\"window\": \"86400\", \"emitted\": 8000}");
    expect_has(page, "topologyStats/3",
               "{\"window\": \":all-time\", \"windowPretty\": \"All time\", \"emitted\": 80000}");
    expect_has(
        page, "configuration",
        "{\"storm.id\": \"wc-1-1795000000\", \"topology.workers\": 2, \"topology.stats\": true}");
    ck_assert_uint_eq(json_array_size(at_path(page, "workers")), 2);
    expect_has(page, "workers/1", "{\"host\": \"beta\", \"port\": 1, \"uptimeSeconds\": 0}");
}
END_TEST

START_TEST(the_page_of_a_topology_has_its_components)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *page = ask(canned, "GET /api/v1/topology/wc");

    expect_has(page, "spouts/0",
               "{\"spoutId\": \"reader\", \"encodedSpoutId\": \"reader\", \"executors\": 1, "
               "\"tasks\": 1, \"emitted\": 10000, \"transferred\": 10000, \"acked\": 9, "
               "\"failed\": 2, \"completeLatency\": \"1.500\", \"lastError\": \"\", "
               "\"errorHost\": \"\", \"errorPort\": null, \"errorTime\": null, "
               "\"errorLapsedSecs\": null, \"errorWorkerLogLink\": \"\"}");
    expect_has(page, "bolts/0",
               "{\"boltId\": \"splitter\", \"executed\": 10000, \"executeLatency\": \"0.048\", "
               "\"processLatency\": \"2.112\", \"capacity\": \"0.125\", \"lastError\": "
               "\"a word is too long\", \"errorHost\": \"beta\", \"errorPort\": 1, \"errorTime\": "
               "1795000035, \"errorLapsedSecs\": 65}");
    expect_has(page, "bolts/1", "{\"executeLatency\": \"0\", \"processLatency\": \"0\"}");
    ck_assert_uint_eq(json_array_size(at_path(page, "spouts")), 1);
    ck_assert_uint_eq(json_array_size(at_path(page, "bolts")), 2);
}
END_TEST

START_TEST(workers_of_a_topology_are_named_by_host_and_slot)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *answer = ask(canned, "GET /api/v1/topology-workers/" WC_ID);

    expect_at(answer, "hostPortList",
              "[{\"host\": \"alpha\", \"port\": 0}, {\"host\": \"beta\", \"port\": 1}]");
    expect_at(answer, "logviewerPort", "0");
}
END_TEST

START_TEST(metrics_are_those_that_the_documentation_promises)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *answer = ask(canned, "GET /api/v1/topology/wc/metrics?window=600");

    expect_has(answer, "", "{\"window\": \"600\", \"windowHint\": \"10m 0s\"}");
    expect_at(answer, "spouts/0",
              "{\"id\": \"reader\", \"emitted\": [{\"stream_id\": \"lines\", \"value\": 10}], "
              "\"transferred\": [{\"stream_id\": \"lines\", \"value\": 10}], "
              "\"acked\": [{\"stream_id\": \"lines\", \"value\": 9}], "
              "\"failed\": [{\"stream_id\": \"lines\", \"value\": 2}], "
              "\"complete_ms_avg\": [{\"stream_id\": \"lines\", \"value\": \"1.500\"}]}");
    expect_at(
        answer, "bolts/0",
        "{\"id\": \"splitter\", \"emitted\": [{\"stream_id\": \"2words\", \"value\": 70}], "
        "\"transferred\": [{\"stream_id\": \"2words\", \"value\": 70}], "
        "\"acked\": [{\"component_id\": \"reader\", \"stream_id\": \"lines\", \"value\": 8}], "
        "\"failed\": [{\"component_id\": \"reader\", \"stream_id\": \"lines\", \"value\": 1}], "
        "\"executed\": [{\"component_id\": \"reader\", \"stream_id\": \"lines\", "
        "\"value\": 10}], "
        "\"process_ms_avg\": [{\"component_id\": \"reader\", \"stream_id\": \"lines\", "
        "\"value\": \"2.112\"}], "
        "\"executed_ms_avg\": [{\"component_id\": \"reader\", \"stream_id\": \"lines\", "
        "\"value\": \"0.048\"}]}");
}
END_TEST

/* ---- components ---- */

START_TEST(a_bolt_has_inputs_outputs_executors_and_errors)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back)
    json_t *page = ask(canned, "GET /api/v1/topology/" WC_ID "/component/splitter?window=10800");

    expect_has(
        page, "",
        "{\"id\": \"splitter\", \"encodedId\": \"splitter\", \"name\": \"wc\", "
        "\"executors\": 2, \"tasks\": 3, \"topologyId\": \"wc-1-1795000000\", "
        "\"topologyStatus\": \"ACTIVE\", \"window\": \"10800\", \"windowHint\": \"3h 0m 0s\", "
        "\"componentType\": \"bolt\", \"debug\": true, \"samplingPct\": 25.0, "
        "\"profilingAndDebuggingCapable\": true, \"profileActionEnabled\": true, "
        "\"profilerActive\": []}");
    expect_at(page, "boltStats/0",
              "{\"window\": \"600\", \"windowPretty\": \"10m 0s\", \"emitted\": 70, "
              "\"transferred\": 70, \"acked\": 8, \"failed\": 1, \"executeLatency\": \"0.048\", "
              "\"executed\": 10, \"processLatency\": \"2.112\", \"capacity\": \"0.125\"}");
    expect_at(page, "inputStats",
              "[{\"component\": \"reader\", \"encodedComponentId\": \"reader\", \"stream\": "
              "\"lines\", \"executeLatency\": \"0.048\", \"processLatency\": \"2.112\", "
              "\"executed\": 100, \"acked\": 8, \"failed\": 1}]");
    expect_at(page, "outputStats",
              "[{\"stream\": \"2words\", \"emitted\": 700, \"transferred\": 700}]");
    expect_has(page, "componentErrors/0",
               "{\"error\": \"a word is too long\", \"errorTime\": 1795000035000, \"errorHost\": "
               "\"beta\", \"errorPort\": 1, \"errorLapsedSecs\": 65}");
    ck_assert_uint_eq(json_array_size(at_path(page, "componentErrors")), 1);
    ck_assert_ptr_null(at_path(page, "spoutSummary"));
}
END_TEST

START_TEST(an_executor_is_the_sum_of_its_tasks)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *page = ask(canned, "GET /api/v1/topology/wc/component/splitter");

    ck_assert_uint_eq(json_array_size(at_path(page, "executorStats")), 2);
    expect_has(page, "executorStats/0",
               "{\"id\": \"[2-3]\", \"encodedId\": \"%5B2-3%5D\", \"uptime\": \"1h 2m 3s\", "
               "\"uptimeSeconds\": 3723, \"host\": \"alpha\", \"port\": 0, \"emitted\": 20, "
               "\"transferred\": 40, \"capacity\": \"0.500\", \"executeLatency\": \"2.000\", "
               "\"executed\": 40, \"processLatency\": \"0\", \"acked\": 8, \"failed\": 2}");
    expect_has(page, "executorStats/1", "{\"id\": \"[4-4]\", \"host\": \"beta\", \"port\": 1}");
}
END_TEST

START_TEST(a_spout_has_its_trees)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back)
    json_t *page = ask(canned, "GET /api/v1/topology/wc/component/reader?window=600");

    expect_at(page, "componentType", "\"spout\"");
    expect_at(page, "spoutSummary/3/emitted", "10000");
    expect_at(page, "outputStats",
              "[{\"stream\": \"lines\", \"emitted\": 10, \"transferred\": 10, "
              "\"completeLatency\": \"1.500\", \"acked\": 9, \"failed\": 2}]");
    expect_has(page, "executorStats/0",
               "{\"id\": \"[1-1]\", \"completeLatency\": \"0\", \"emitted\": 10}");
    ck_assert_ptr_null(at_path(page, "inputStats"));
    ck_assert_ptr_null(at_path(page, "boltStats"));
}
END_TEST

START_TEST(trees_of_a_spout_with_several_streams_stand_in_a_row_of_their_own)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();

    canned_backend_put(
        canned, "topology.figures", NULL,
        "{\"components\": [{\"name\": \"reader\", \"role\": \"spout\", \"tasks\": 1, "
        "\"executors\": 1, \"window\": {\"acked\": 5, \"failed\": 1}, \"complete_ns\": "
        "{\"mean\": 2000000}, \"outputs\": [{\"stream\": \"a\", \"window\": {\"emitted\": 3, "
        "\"sent\": 4}}, {\"stream\": \"b\", \"window\": {\"emitted\": 1, \"sent\": 1}}]}]}");
    AUTO(give_back) json_t *page = ask(canned, "GET /api/v1/topology/wc/component/reader");
    AUTO(give_back) json_t *metrics = ask(canned, "GET /api/v1/topology/wc/metrics");
    expect_at(
        page, "outputStats",
        "[{\"stream\": \"a\", \"emitted\": 3, \"transferred\": 4, \"completeLatency\": \"0\", "
        "\"acked\": 0, \"failed\": 0}, {\"stream\": \"b\", \"emitted\": 1, \"transferred\": 1, "
        "\"completeLatency\": \"0\", \"acked\": 0, \"failed\": 0}, {\"stream\": \"*\", "
        "\"emitted\": 0, \"transferred\": 0, \"completeLatency\": \"2.000\", \"acked\": 5, "
        "\"failed\": 1}]");
    expect_at(metrics, "spouts/0/acked", "[{\"stream_id\": \"*\", \"value\": 5}]");
}
END_TEST

/* ---- visualization ---- */

START_TEST(the_graph_has_edges_and_rates)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *graph = ask(canned, "GET /api/v1/topology/wc/visualization?window=600");

    expect_has(graph, "reader",
               "{\":type\": \"spout\", \":capacity\": 0.0, \":latency\": {\"lines\": 1.5}, "
               "\":transferred\": {\"lines\": 10}, \":inputs\": []}");
    expect_has(graph, "counter",
               "{\":type\": \"bolt\", \":inputs\": [{\":component\": \"splitter\", \":stream\": "
               "\"2words\", \":sani-stream\": \"_s_words\", \":grouping\": \"fields\"}]}");
    expect_at(graph, "splitter/:capacity", "0.125");
    expect_at(graph, "splitter/:stats/0",
              "{\":host\": \"alpha\", \":port\": 0, \":uptime_secs\": 3723, \":transferred\": "
              "{\"600\": {\"2words\": 40}}}");
    expect_at(graph, "splitter/:link", "\"/topologies/wc/components/splitter\"");
}
END_TEST

START_TEST(the_table_of_streams_has_four_in_a_row)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *table = ask(canned, "GET /api/v1/topology/wc/visualization-init");

    expect_at(table, "visualizationTable",
              "[[{\"stream\": \"lines\", \"sani-stream\": \"lines\", \"checked\": true}, "
              "{\"stream\": \"2words\", \"sani-stream\": \"_s_words\", \"checked\": true}]]");
}
END_TEST

/* ---- log levels, lag ---- */

START_TEST(the_log_level_is_that_of_the_root_logger)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *answer = ask(canned, "GET /api/v1/topology/wc/logconfig");

    expect_at(
        answer, "namedLoggerLevels",
        "{\"ROOT\": {\"target_level\": \"DEBUG\", \"reset_level\": \"WARN\", \"timeout\": 60, "
        "\"timeout_epoch\": 1795000160000}}");
}
END_TEST

static enum err open_console(const struct console_servers *servers, struct console **ret_console,
                             struct error *error)
{
    (void)servers;
    (void)error;
    *ret_console = (struct console *)mem_alloc(1);
    return ERR_OK;
}

static void close_console(struct console **console)
{
    free(*console);
    *console = NULL;
}

static enum err describe(struct console *console, const char *group, json_t **ret_answer,
                         struct error *error)
{
    (void)console;
    if (strcmp(group, "wc.reader") != 0)
        return error_set(error, ERR_NOT_FOUND, "no group '%s'", group);
    *ret_answer = json_loads(
        "{\"offsets\": [{\"topic\": \"lines\", \"partition\": 0, \"committed\": 7, \"first\": 0, "
        "\"end\": 10, \"lag\": 3}, {\"topic\": \"more\", \"partition\": 1, \"committed\": null, "
        "\"first\": 2, \"end\": 5, \"lag\": 3}, {\"topic\": \"others\", \"partition\": 0, "
        "\"committed\": 1, \"end\": 1, \"lag\": 0}]}",
        0, NULL);
    return ERR_OK;
}

START_TEST(lag_is_told_of_the_topics_of_each_spout)
{
    static const struct log_console console = {
        .open = open_console, .close = close_console, .describe_group = describe};
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();

    canned_backend_set_log(canned, &console);
    AUTO(give_back) json_t *answer = ask(canned, "GET /api/v1/topology/wc/lag");
    expect_at(answer, "reader",
              "{\"spoutId\": \"reader\", \"spoutType\": \"KAFKA\", \"spoutLagResult\": {\"lines\": "
              "{\"0\": {\"consumerCommittedOffset\": 7, \"logHeadOffset\": 10, \"lag\": 3}}, "
              "\"more\": {\"1\": {\"consumerCommittedOffset\": -1, \"logHeadOffset\": 5, "
              "\"lag\": 3}}}}");
}
END_TEST

static unsigned silent_count;

static enum err describe_nothing(struct console *console, const char *group, json_t **ret_answer,
                                 struct error *error)
{
    (void)console;
    (void)group;
    (void)ret_answer;
    silent_count++;
    return error_set(error, ERR_TIMEOUT, "no broker answers");
}

START_TEST(a_log_that_is_silent_is_asked_once_and_it_is_told)
{
    struct log_console console = {
        .open = open_console, .close = close_console, .describe_group = describe_nothing};
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    canned_backend_put(
        canned, "topology.status", NULL,
        "{\"id\": \"wc-1\", \"name\": \"wc\", \"settings_effective\": ["
        "{\"key\": \"reader.topics\", \"value\": \"lines\"}, {\"key\": \"reader.group\", "
        "\"value\": \"\"}, "
        "{\"key\": \"b.topics\", \"value\": \"lines\"}, {\"key\": \"b.group\", \"value\": \"h\"}], "
        "\"components\": [{\"name\": \"reader\", \"spout\": true}, {\"name\": \"b\", \"spout\": "
        "true}]}");
    canned_backend_set_log(canned, &console);
    AUTO(give_back) json_t *answer = ask(canned, "GET /api/v1/topology/wc/lag");
    expect_at(answer, "reader/errorInfo", "\"no broker answers\"");
    expect_at(answer, "b/errorInfo", "\"no broker answers\"");
    ck_assert_uint_eq(silent_count, 1);
    ck_assert(canned_backend_is_log_silent(canned));
    console.describe_group = describe;
    AUTO(give_back) json_t *again = ask(canned, "GET /api/v1/topology/wc/lag");
    ck_assert_ptr_nonnull(at_path(again, "reader/spoutLagResult"));
    ck_assert(!canned_backend_is_log_silent(canned));
}
END_TEST

START_TEST(without_a_log_the_spout_says_why)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *answer = ask(canned, "GET /api/v1/topology/wc/lag");

    ck_assert(json_string_length(at_path(answer, "reader/errorInfo")) > 0);
    ck_assert_ptr_null(at_path(answer, "reader/spoutLagResult"));
}
END_TEST

/* ---- errors ---- */

static void expect_error(const char *request, unsigned status, const char *error)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();
    AUTO(give_back) json_t *answer = ask_status(canned, request, status);

    ck_assert_str_eq(json_string_value(at_path(answer, "error")), error);
    ck_assert(json_string_length(at_path(answer, "errorMessage")) > 0);
    ck_assert_uint_eq(json_object_size(answer), 2);
}

START_TEST(errors_have_storms_shape)
{
    expect_error("GET /api/v1/topology/none-1-1", 404, "404 Not Found");
    expect_error("GET /api/v1/topology/wc?window=60", 400, "400 Bad Request");
    expect_error("GET /api/v1/topology/wc/component/none", 404, "404 Not Found");
    expect_error("GET /api/v1/supervisor?id=none", 404, "404 Not Found");
    expect_error("GET /api/v1/supervisor", 400, "400 Bad Request");
    expect_error("GET /api/v1/no/such/thing", 404, "404 Not Found");
}
END_TEST

START_TEST(what_nimbus_refuses_is_told)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = word_count_new();

    canned_backend_refuse(canned, "topology.list", NULL, CONTROL_UNAVAILABLE, "no cluster state");
    AUTO(give_back) json_t *answer = ask_status(canned, "GET /api/v1/cluster/summary", 503);
    expect_at(answer, "error", "\"503 Service Unavailable\"");
    expect_at(answer, "errorMessage", "\"no cluster state\"");
}
END_TEST

/* Whatever nimbus says, nothing is read that is not there. */
static void expect_answers(const char *ok)
{
    static const char *const requests[] = {
        "cluster/configuration",    "cluster/summary",
        "nimbus/summary",           "owner-resources",
        "owner-resources/x",        "history/summary",
        "supervisor/summary",       "supervisor?host=x",
        "topology/summary",         "topology/x",
        "topology-workers/x",       "topology/x/metrics",
        "topology/x/lag",           "topology/x/visualization-init",
        "topology/x/visualization", "topology/x/component/x",
        "topology/x/logconfig",
    };
    static const char *const ops[] = {"topology.list",   "topology.ended_list", "cluster.nodes",
                                      "topology.status", "topology.figures",    "topology.tasks",
                                      "topology.errors"};
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    for (size_t i = 0; i < COUNT_OF(ops); i++)
        canned_backend_put(canned, ops[i], NULL, ok);
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        struct text request = {.data = NULL};
        text_add(&request, "GET /api/v1/%s", requests[i]);
        struct http_answer answer =
            canned_request(canned, storm_routes(), NULL, text_data(&request), NULL);
        AUTO(give_back) json_t *json = canned_answer_json(&answer);
        ck_assert_msg(json_is_object(json), "%s", requests[i]);
        ck_assert_msg(answer.status == 200 || answer.status == 404, "%s: %u", requests[i],
                      answer.status);
        canned_answer_done(&answer);
        text_done(&request);
    }
}

START_TEST(an_answer_of_another_version_is_shown_as_far_as_it_goes)
{
    expect_answers("{}");
    expect_answers(
        "{\"topologies\": 1, \"nimbuses\": {}, \"supervisors\": \"\", \"workers\": null, "
        "\"components\": true, \"tasks\": 0, \"errors\": {}, \"graph\": []}");
    expect_answers(
        "{\"topologies\": [null, 1], \"nimbuses\": [[]], \"supervisors\": [{}, null], "
        "\"workers\": [{}, 5], \"components\": [{}, {\"name\": \"x\", \"outputs\": [1], "
        "\"inputs\": [{}]}], \"tasks\": [{}, {\"executor\": [1]}, 3], \"errors\": [null], "
        "\"graph\": {\"components\": [{\"name\": \"x\", \"inputs\": [{}, 2]}]}, "
        "\"settings_effective\": [{}, \"\"], \"debug\": [7], \"log_level\": {}}");
}
END_TEST

START_TEST(every_pattern_can_be_matched)
{
    struct route_table table = storm_routes();

    for (size_t i = 0; i < table.count; i++)
        ck_assert_msg(router_is_pattern(table.routes[i].pattern), "%s", table.routes[i].pattern);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_cluster_is_summed_up,
        the_configuration_has_what_was_set_and_defaults,
        nimbuses_are_listed_with_who_leads,
        owners_have_the_sum_of_their_topologies,
        history_has_what_runs_and_what_ran,
        supervisors_are_listed,
        a_supervisor_has_its_workers,
        a_host_may_have_several_supervisors,
        topologies_are_listed,
        a_topology_is_found_by_id_and_by_name,
        the_page_of_a_topology_has_all_windows,
        the_page_of_a_topology_has_its_components,
        workers_of_a_topology_are_named_by_host_and_slot,
        metrics_are_those_that_the_documentation_promises,
        a_bolt_has_inputs_outputs_executors_and_errors,
        an_executor_is_the_sum_of_its_tasks,
        a_spout_has_its_trees,
        trees_of_a_spout_with_several_streams_stand_in_a_row_of_their_own,
        the_graph_has_edges_and_rates,
        the_table_of_streams_has_four_in_a_row,
        the_log_level_is_that_of_the_root_logger,
        lag_is_told_of_the_topics_of_each_spout,
        a_log_that_is_silent_is_asked_once_and_it_is_told,
        without_a_log_the_spout_says_why,
        errors_have_storms_shape,
        what_nimbus_refuses_is_told,
        an_answer_of_another_version_is_shown_as_far_as_it_goes,
        every_pattern_can_be_matched,
    };

    return suite_run("storm routes", tests, sizeof tests / sizeof *tests);
}
