/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/api/check.h"
#include "ui/api/handlers.h"

#define WORKERS "GET /api/v2/topologies/wc/workers/"
#define NOW_MS  1795000000000
#define OF_WHAT "\"at_ms\":1795000000000,"
#define WORKER  "\"slot\":3,"

static struct canned_backend *make(void)
{
    struct canned_backend *canned = canned_backend_new();

    canned_backend_put(canned, "topology.status", "{\"name\": \"wc\"}",
                       "{\"id\": \"wc-1\", \"name\": \"wc\", \"workers\": ["
                       "{\"supervisor\": \"s\", \"slot\": 0, \"host\": \"alpha\"},"
                       "{\"supervisor\": \"tango\", \"slot\": 3, \"host\": \"beta\"}]}");
    canned_backend_put_supervisor(canned, "tango", "worker.stacks", "{\"slot\": 3}",
                                  "{\"threads\": [{\"thread\": \"member\"}]}", NULL);
    canned_backend_put_supervisor(canned, "tango", "worker.profile", "{\"slot\": 3}",
                                  "{\"samples\": 2, \"dropped\": 1, \"ms\": 10001, \"hz\": 99, "
                                  "\"stacks\": [{\"count\": 2}]}",
                                  NULL);
    canned_backend_set_clocks(canned, NOW_MS, 5000000000);
    return canned;
}

START_TEST(the_stacks_are_those_of_the_worker_and_say_whose_they_are)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_answer(canned, api_routes(), WORKERS "tango/3/stacks", NULL,
                 "{" OF_WHAT WORKER "\"supervisor\":\"tango\",\"threads\":[{\"thread\":\"member\"}]"
                 ",\"topology\":\"wc\"}");
    check_asked(canned, 1, "worker.stacks", "{\"slot\":3,\"topology\":\"wc-1\"}");
}
END_TEST

START_TEST(a_profile_says_all_that_the_supervisor_says)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_answer(canned, api_routes(), WORKERS "tango/3/profile", NULL,
                 "{" OF_WHAT "\"dropped\":1,\"hz\":99,\"ms\":10001,\"samples\":2," WORKER
                 "\"stacks\":[{\"count\":2}],\"supervisor\":\"tango\",\"topology\":\"wc\"}");
    check_asked(canned, 1, "worker.profile", "{\"ms\":10000,\"slot\":3,\"topology\":\"wc-1\"}");
}
END_TEST

START_TEST(a_supervisor_has_the_time_of_the_profile_and_its_own_whatever_the_setting_says)
{
    static const struct {
        const char *request;
        json_int_t limit_ms;
    } rows[] = {
        {WORKERS "tango/3/stacks", 20000},
        {WORKERS "tango/3/profile?seconds=1", 21000},
        {WORKERS "tango/3/profile?seconds=60", 80000},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(canned_backend_destroy) struct canned_backend *canned = make();

        json_decref(check_ask(canned, api_routes(), rows[i].request, NULL, 200));
        const json_t *asked = canned_backend_asked(canned, 1);
        ck_assert_int_eq(json_integer_value(json_object_get(asked, "limit_ms")), rows[i].limit_ms);
        ck_assert_int_eq(json_integer_value(json_object_get(asked, "until_ns")), 0);
        ck_assert(json_is_true(json_object_get(asked, "may_end")));
    }
}
END_TEST

START_TEST(a_profile_of_no_time_or_of_too_much_is_refused_before_anybody_is_asked)
{
    static const char *const seconds[] = {"0", "61", "-1", "1.5", "x", "1000000000000000000000"};

    for (size_t i = 0; i < COUNT_OF(seconds); i++) {
        AUTO(canned_backend_destroy) struct canned_backend *canned = make();
        char request[128];

        (void)snprintf(request, sizeof request, WORKERS "tango/3/profile?seconds=%s", seconds[i]);
        check_refused(canned, api_routes(), request, NULL, 400,
                      "'seconds' must be a whole number from 1 to 60");
        ck_assert_ptr_null(canned_backend_asked(canned, 0));
    }
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();
    check_refused(canned, api_routes(), WORKERS "tango/3/stacks?seconds=1", NULL, 400,
                  "'seconds' is not a parameter here; there are none");
}
END_TEST

START_TEST(a_worker_that_there_is_not_is_answered_with_those_that_there_are)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_refused(canned, api_routes(), WORKERS "tango/2/stacks", NULL, 404,
                  "topology 'wc' has no worker 'tango:2'; did you mean 'tango:3'?");
    check_refused(canned, api_routes(), WORKERS "elsewhere/0/profile", NULL, 404,
                  "topology 'wc' has no worker 'elsewhere:0'; there is: 's:0', 'tango:3'");
    check_refused(canned, api_routes(), WORKERS "somebody/x/stacks", NULL, 404,
                  "topology 'wc' has no worker 'somebody:x'; there is: 's:0', 'tango:3'");
    check_refused(canned, api_routes(), WORKERS "tango/03/stacks", NULL, 404,
                  "topology 'wc' has no worker 'tango:03'; did you mean 'tango:3'?");
    check_refused(canned, api_routes(), "GET /api/v2/topologies/nobody/workers/s/0/stacks", NULL,
                  404, "nothing was canned for 'topology.status'");
}
END_TEST

START_TEST(a_topology_without_workers_says_so)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    canned_backend_put(canned, "topology.status", NULL,
                       "{\"id\": \"x-1\", \"name\": \"x\", \"workers\": []}");
    check_refused(canned, api_routes(), "GET /api/v2/topologies/x/workers/s/0/stacks", NULL, 404,
                  "topology 'x' has no worker 's:0'; there is none");
}
END_TEST

START_TEST(what_the_supervisor_says_is_passed_on)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    canned_backend_refuse_supervisor(
        canned, "tango", "worker.profile", CONTROL_UNAVAILABLE,
        "somebody else looks at the threads of this worker; try again later");
    check_refused(canned, api_routes(), WORKERS "tango/3/profile?seconds=1", NULL, 503,
                  "somebody else looks at the threads of this worker; try again later");
    canned_backend_refuse_supervisor(canned, "tango", "worker.stacks", CONTROL_NOT_FOUND,
                                     "slot 3 runs no worker of 'wc-1'");
    check_refused(canned, api_routes(), WORKERS "tango/3/stacks", NULL, 404,
                  "slot 3 runs no worker of 'wc-1'");
}
END_TEST

START_TEST(both_routes_have_threads_of_their_own)
{
    const struct route_table table = api_routes();
    size_t found = 0;

    for (size_t i = 0; i < table.count; i++) {
        bool is_look =
            table.routes[i].handle == api_stacks || table.routes[i].handle == api_profile;

        ck_assert_int_eq(canned_lane(table.routes[i].pattern) == LANE_LONG, is_look);
        found += is_look;
    }
    ck_assert_uint_eq(found, 2);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_stacks_are_those_of_the_worker_and_say_whose_they_are,
        a_profile_says_all_that_the_supervisor_says,
        a_supervisor_has_the_time_of_the_profile_and_its_own_whatever_the_setting_says,
        a_profile_of_no_time_or_of_too_much_is_refused_before_anybody_is_asked,
        a_worker_that_there_is_not_is_answered_with_those_that_there_are,
        a_topology_without_workers_says_so,
        what_the_supervisor_says_is_passed_on,
        both_routes_have_threads_of_their_own,
    };

    return suite_run("threads", tests, COUNT_OF(tests));
}
