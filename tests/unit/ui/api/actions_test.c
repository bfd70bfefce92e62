/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/api/check.h"

#define PATH "POST /api/v2/topologies/wc/"

START_TEST(each_action_says_what_it_wants_and_who_asks)
{
    static const struct {
        const char *request;
        const char *body;
        const char *op;
        const char *args;
    } cases[] = {
        {PATH "activate", NULL, "topology.activate",
         "{\"by\":\"127.0.0.1\",\"name\":\"wc\",\"via\":\"ui\"}"},
        {PATH "deactivate", "{}", "topology.deactivate",
         "{\"by\":\"127.0.0.1\",\"name\":\"wc\",\"via\":\"ui\"}"},
        {PATH "kill", "{\"wait_ms\": 0}", "topology.kill",
         "{\"by\":\"127.0.0.1\",\"name\":\"wc\",\"via\":\"ui\",\"wait_ms\":0}"},
        {PATH "rebalance", "{\"workers\": 3, \"executors\": {\"a\": 2}, \"dry_run\": true}",
         "topology.rebalance",
         "{\"by\":\"127.0.0.1\",\"dry_run\":true,\"executors\":{\"a\":2},\"name\":\"wc\","
         "\"via\":\"ui\",\"workers\":3}"},
        {PATH "log-level", "{\"level\": null}", "topology.log_level",
         "{\"by\":\"127.0.0.1\",\"level\":null,\"name\":\"wc\",\"via\":\"ui\"}"},
        {PATH "debug", "{\"component\": \"a\", \"percent\": 0.5}", "topology.debug",
         "{\"by\":\"127.0.0.1\",\"component\":\"a\",\"name\":\"wc\",\"percent\":0.5,"
         "\"via\":\"ui\"}"},
        {PATH "restart-worker", "{\"supervisor\": \"s\", \"slot\": 2}", "worker.restart",
         "{\"by\":\"127.0.0.1\",\"name\":\"wc\",\"slot\":2,\"supervisor\":\"s\",\"via\":\"ui\"}"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
        canned_backend_put(canned, cases[i].op, NULL, "{\"id\": \"wc-1\"}");
        check_answer(canned, api_routes(), cases[i].request, cases[i].body, "{\"id\":\"wc-1\"}");
        check_asked(canned, 0, cases[i].op, cases[i].args);
        ck_assert(json_is_true(json_object_get(canned_backend_asked(canned, 0), "change")));
    }
}
END_TEST

START_TEST(nobody_is_asked_for_what_is_wrong)
{
    static const struct {
        const char *request;
        const char *body;
        const char *text;
    } cases[] = {
        {PATH "kill", "{\"wait\": 1}", "'wait' is not a member of the body; it has 'wait_ms'"},
        {PATH "kill", "{\"wait_ms\": -1}",
         "'wait_ms' must be a whole number from 0 to 86400000, or null"},
        {PATH "kill?force=1", NULL, "'force' is not a parameter here; there are none"},
        {PATH "activate", "{\"now\": true}", "'now' is not a member of the body; it has none"},
        {PATH "rebalance", "{\"executors\": {\"a\": \"2\"}}",
         "'executors' must be an object of at most 1024 whole numbers from 1 to 16384, or null"},
        {PATH "log-level", "{\"for_ms\": 1}",
         "'level' must be one of 'debug', 'info', 'warn', 'error', or null"},
        {PATH "debug", "{}", "'percent' must be a number from 0 to 100"},
        {PATH "restart-worker", "{\"supervisor\": \"s\"}",
         "'slot' must be a whole number from 0 to 65535"},
    };
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_refused(canned, api_routes(), cases[i].request, cases[i].body, 400, cases[i].text);
    ck_assert_ptr_null(canned_backend_asked(canned, 0));
}
END_TEST

START_TEST(a_body_cannot_say_who_asks)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    check_refused(canned, api_routes(), PATH "kill", "{\"by\": \"root\"}", 400,
                  "'by' is not a member of the body; it has 'wait_ms'");
    check_refused(canned, api_routes(), PATH "kill", "{\"name\": \"other\"}", 400,
                  "'name' is not a member of the body; it has 'wait_ms'");
}
END_TEST

START_TEST(what_nimbus_refuses_is_refused_with_its_words)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    canned_backend_refuse(canned, "topology.kill", NULL, CONTROL_NOT_FOUND,
                          "there is no topology 'wc'");
    check_refused(canned, api_routes(), PATH "kill", NULL, 404, "there is no topology 'wc'");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_action_says_what_it_wants_and_who_asks,
        nobody_is_asked_for_what_is_wrong,
        a_body_cannot_say_who_asks,
        what_nimbus_refuses_is_refused_with_its_words,
    };

    return suite_run("actions", tests, COUNT_OF(tests));
}
