/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/api/check.h"

#define PATH "GET /api/v2/topologies"

static void put_pulse(struct canned_backend *canned)
{
    canned_backend_put(canned, "pulse", NULL,
                       "{\"tick\": 7, \"at_ms\": 8, \"text\": \"\", \"topologies\": ["
                       "{\"id\": \"a-1\"}, {\"id\": \"b-2\"}]}");
}

/* Of a-1: 60 times 5. b-2 has none yet. */
static void put_sparks(struct canned_backend *canned)
{
    json_t *values = json_array();

    for (int i = 0; i < 60; i++)
        (void)json_array_append_new(values, json_integer(5));
    json_t *sparks = json_pack("{s:[{s:s, s:o}, {s:s, s:[]}]}", "sparks", "id", "a-1", "values",
                               values, "id", "b-2", "values");
    AUTO(mem_free_text) char *text = json_dumps(sparks, 0);
    canned_backend_put(canned, "sparks", NULL, text);
    json_decref(sparks);
}

static const json_t *spark_of(const json_t *answer, size_t index)
{
    return json_object_get(json_array_get(json_object_get(answer, "topologies"), index), "spark");
}

static void check_unknown(const json_t *spark)
{
    ck_assert_uint_eq(json_array_size(spark), 60);
    for (size_t i = 0; i < 60; i++)
        ck_assert(json_is_null(json_array_get(spark, i)));
}

START_TEST(the_list_is_the_pulses_with_sparks_where_they_are_wanted)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    put_pulse(canned);
    put_sparks(canned);
    check_answer(canned, api_routes(), PATH, NULL,
                 "{\"at_ms\":8,\"tick\":7,\"topologies\":[{\"id\":\"a-1\"},{\"id\":\"b-2\"}]}");
    ck_assert_ptr_null(canned_backend_asked(canned, 1));

    json_t *answer = check_ask(canned, api_routes(), PATH "?spark=1", NULL, 200);
    const json_t *known = spark_of(answer, 0);
    ck_assert_uint_eq(json_array_size(known), 60);
    ck_assert_int_eq(json_integer_value(json_array_get(known, 59)), 5);
    check_unknown(spark_of(answer, 1));
    json_decref(answer);
    check_asked(canned, 2, "sparks", "{}");
    ck_assert_ptr_null(canned_backend_asked(canned, 3));
    check_refused(canned, api_routes(), PATH "?spark=yes", NULL, 400, "'spark' must be 0 or 1");
}
END_TEST

START_TEST(without_sparks_the_list_comes_as_well)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    put_pulse(canned);
    canned_backend_refuse(canned, "sparks", NULL, CONTROL_INVALID, "unknown operation 'sparks'");
    json_t *answer = check_ask(canned, api_routes(), PATH "?spark=1", NULL, 200);
    check_unknown(spark_of(answer, 0));
    check_unknown(spark_of(answer, 1));
    json_decref(answer);
}
END_TEST

START_TEST(a_topology_that_has_ended_is_shown_as_it_was)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    canned_backend_put(canned, "topology.status", "{\"name\": \"a\"}", "{\"status\": \"active\"}");
    canned_backend_refuse(canned, "topology.status", "{\"name\": \"b\"}", CONTROL_NOT_FOUND,
                          "there is no topology 'b'");
    canned_backend_put(canned, "topology.ended", "{\"name\": \"b\"}", "{\"status\": \"ended\"}");
    canned_backend_refuse(canned, "topology.status", "{\"name\": \"c\"}", CONTROL_NOT_FOUND,
                          "there is no topology 'c'");
    canned_backend_refuse(canned, "topology.status", "{\"name\": \"d\"}", CONTROL_UNAVAILABLE,
                          "no nimbus");
    check_answer(canned, api_routes(), PATH "/a", NULL, "{\"status\":\"active\"}");
    check_answer(canned, api_routes(), PATH "/b", NULL, "{\"status\":\"ended\"}");
    check_refused(canned, api_routes(), PATH "/c", NULL, 404, "there is no topology 'c'");
    check_refused(canned, api_routes(), PATH "/d", NULL, 503, "no nimbus");
}
END_TEST

START_TEST(parameters_become_arguments)
{
    static const struct {
        const char *request;
        const char *op;
        const char *args;
    } cases[] = {
        {PATH "/a/figures", "topology.figures", "{\"name\":\"a\",\"window_s\":10}"},
        {PATH "/a/figures?window=0", "topology.figures", "{\"name\":\"a\",\"window_s\":0}"},
        {PATH "/a/tasks", "topology.tasks", "{\"component\":null,\"name\":\"a\",\"window_s\":10}"},
        {PATH "/a/tasks?component=c&window=600", "topology.tasks",
         "{\"component\":\"c\",\"name\":\"a\",\"window_s\":600}"},
        {PATH "/a/history?metrics=lag", "topology.history",
         "{\"component\":null,\"metrics\":[\"lag\"],\"name\":\"a\",\"seconds\":900,\"task\":null,"
         "\"tasks\":false}"},
        {PATH "/a/history?metrics=lag,open&component=c&tasks=1&seconds=86400", "topology.history",
         "{\"component\":\"c\",\"metrics\":[\"lag\",\"open\"],\"name\":\"a\",\"seconds\":86400,"
         "\"task\":null,\"tasks\":true}"},
        {PATH "/a/history?metrics=per_s&component=c&task=3", "topology.history",
         "{\"component\":\"c\",\"metrics\":[\"per_s\"],\"name\":\"a\",\"seconds\":900,\"task\":3,"
         "\"tasks\":false}"},
        {PATH "/a/errors", "topology.errors", "{\"name\":\"a\"}"},
        {"GET /api/v2/ended", "topology.ended_list", "{}"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
        canned_backend_put(canned, cases[i].op, NULL, "{\"x\": 1}");
        check_answer(canned, api_routes(), cases[i].request, NULL, "{\"x\":1}");
        check_asked(canned, 0, cases[i].op, cases[i].args);
    }
}
END_TEST

START_TEST(wrong_parameters_are_refused_by_name)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    check_refused(canned, api_routes(), PATH "/a/figures?window=11", NULL, 400,
                  "'window' must be 10, 60, 600, 10800 or 86400, or 0 for all time");
    check_refused(canned, api_routes(), PATH "/a/figures?windows=10", NULL, 400,
                  "'windows' is not a parameter here; there is 'window'");
    check_refused(canned, api_routes(), PATH "/a/tasks?task=10", NULL, 400,
                  "'task' is not a parameter here; there are 'component', 'window'");
    check_refused(canned, api_routes(), PATH "/a/history", NULL, 400,
                  "'metrics' must be 1 to 16 names, joined by ',', as "
                  "'done_per_s,latency_p99_ns'");
    check_refused(canned, api_routes(), PATH "/a/history?metrics=a,,b", NULL, 400,
                  "'metrics' must be 1 to 16 names, joined by ',', as "
                  "'done_per_s,latency_p99_ns'");
    check_refused(canned, api_routes(), PATH "/a/history?metrics=a&seconds=86401", NULL, 400,
                  "'seconds' must be a whole number from 1 to 86400");
    ck_assert_ptr_null(canned_backend_asked(canned, 0));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_list_is_the_pulses_with_sparks_where_they_are_wanted,
        without_sparks_the_list_comes_as_well,
        a_topology_that_has_ended_is_shown_as_it_was,
        parameters_become_arguments,
        wrong_parameters_are_refused_by_name,
    };

    return suite_run("topologies", tests, COUNT_OF(tests));
}
