/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/settings_schema.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/api/check.h"

static void put_node(struct canned_backend *canned, const char *path, const char *data,
                     json_t *children)
{
    struct text base64 = {.data = NULL};

    base64_add(&base64, data, strlen(data));
    json_t *node =
        json_pack("{s:s, s:I, s:s, s:o, s:{}}", "path", path, "size", (json_int_t)strlen(data),
                  "data", text_data(&base64), "children", children, "stat");
    char *text = json_dumps(node, 0);
    canned_backend_put_coord(canned, path, text);
    free(text);
    json_decref(node);
    text_done(&base64);
}

START_TEST(the_session_says_what_may_be_done)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
    struct ui_facts facts = {
        .version = "1.2.3", .why_no_actions = "ui.actions is false", .needs_token = true};

    check_answer(canned, api_routes(), "GET /api/v2/session", NULL,
                 "{\"actions\":true,\"interval_ms\":1000,\"now_ms\":1795000000000,\"token\":"
                 "\"none\",\"version\":\"1.2.3\",\"why_not\":null}");
    struct http_answer answer =
        canned_request(canned, api_routes(), &facts, "GET /api/v2/session", NULL);
    ck_assert_str_eq(text_data(&answer.body),
                     "{\"version\":\"1.2.3\",\"actions\":false,\"why_not\":\"ui.actions is "
                     "false\",\"token\":\"required\",\"now_ms\":1795000000000,\"interval_ms\":"
                     "1000}");
    canned_answer_done(&answer);
}
END_TEST

START_TEST(events_are_asked_for_with_bounds)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    canned_backend_put(canned, "events", NULL, "{\"events\": []}");
    check_answer(canned, api_routes(), "GET /api/v2/events", NULL, "{\"events\":[]}");
    check_asked(canned, 0, "events", "{\"after\":0,\"limit\":200,\"topology\":null}");
    check_answer(canned, api_routes(), "GET /api/v2/events?after=17&topology=wc&limit=5", NULL,
                 "{\"events\":[]}");
    check_asked(canned, 1, "events", "{\"after\":17,\"limit\":5,\"topology\":\"wc\"}");
    check_refused(canned, api_routes(), "GET /api/v2/events?limit=0", NULL, 400,
                  "'limit' must be a whole number from 1 to 1000");
}
END_TEST

START_TEST(nodes_have_brokers_and_the_controller_from_the_cluster_state)
{
    static const struct setting_spec specs[] = {
        {.key = "coord.root", .fallback = "/gale"},
        {.key = "coord.servers", .fallback = "a:1,b:2"},
    };
    static const struct setting_table tables[] = {{specs, COUNT_OF(specs)}};
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
    struct ui_facts facts = {.version = "1", .tables = tables, .table_count = 1};

    canned_backend_put(canned, "cluster.nodes", NULL, "{\"nimbuses\": [], \"supervisors\": []}");
    put_node(canned, "/gale/brokers/ids", "", json_pack("[s, s]", "0", "7"));
    put_node(canned, "/gale/brokers/ids/0",
             "{\"host\": \"h\", \"port\": 9092, \"timestamp\": \"1795\"}", json_array());
    put_node(canned, "/gale/controller", "{\"brokerid\": 0}", json_array());
    canned_backend_set_coord_server(canned, "b:2");
    struct http_answer answer =
        canned_request(canned, api_routes(), &facts, "GET /api/v2/nodes", NULL);
    ck_assert_str_eq(text_data(&answer.body),
                     "{\"nimbuses\":[],\"supervisors\":[],\"brokers\":[{\"id\":0,\"host\":\"h\","
                     "\"port\":9092,\"since_ms\":1795}],\"controller\":0,\"coord\":{\"servers\":["
                     "\"a:1\",\"b:2\"],\"connected\":\"b:2\",\"why_not\":null}}");
    canned_answer_done(&answer);
}
END_TEST

START_TEST(nodes_are_shown_where_there_are_no_brokers)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    canned_backend_put(canned, "cluster.nodes", NULL, "{\"nimbuses\": []}");
    check_answer(canned, api_routes(), "GET /api/v2/nodes", NULL,
                 "{\"brokers\":[],\"controller\":null,\"coord\":{\"connected\":null,\"servers\":[],"
                 "\"why_not\":null},\"nimbuses\":[]}");
}
END_TEST

START_TEST(a_node_of_the_cluster_state_is_shown_with_its_text)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    put_node(canned, "/a b", "{}", json_array());
    check_answer(canned, api_routes(), "GET /api/v2/coord?path=/a%20b", NULL,
                 "{\"children\":[],\"data\":\"e30=\",\"json\":true,\"path\":\"/a b\",\"size\":2,"
                 "\"stat\":{\"ephemeral_owner\":null},\"text\":\"{}\"}");
    check_refused(canned, api_routes(), "GET /api/v2/coord?path=a", NULL, 400,
                  "'path' must begin with '/'");
    check_refused(canned, api_routes(), "GET /api/v2/coord?path=/x", NULL, 404,
                  "nothing was canned for '/x'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_session_says_what_may_be_done,
        events_are_asked_for_with_bounds,
        nodes_have_brokers_and_the_controller_from_the_cluster_state,
        nodes_are_shown_where_there_are_no_brokers,
        a_node_of_the_cluster_state_is_shown_with_its_text,
    };

    return suite_run("cluster", tests, COUNT_OF(tests));
}
