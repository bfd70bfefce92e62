/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/lanes.h"

#include "base/mem.h"
#include "tests/support/canned_backend.h"
#include "tests/support/suite.h"

static enum lane lane_at(const char *target)
{
    struct error error;
    struct url url;

    ck_assert_msg(url_parse(target, &url, &error) == ERR_OK, "%s", target);
    enum lane lane = lane_of(&url);
    url_done(&url);
    return lane;
}

START_TEST(who_is_waited_for_is_told_by_the_path)
{
    static const struct {
        const char *target;
        enum lane lane;
    } cases[] = {
        {"/api/v2/session", LANE_NONE},
        {"/api/v2/settings", LANE_NONE},
        {"/api/v2/settings?topology=wc", LANE_NIMBUS},
        {"/api/v1/cluster/configuration", LANE_NONE},
        {"/api/v1/cluster/summary", LANE_NIMBUS},
        {"/api/v2/pulse", LANE_NIMBUS},
        {"/api/v2/session/x", LANE_NIMBUS},
        {"/api/v2/sessions", LANE_NIMBUS},
        {"/metrics", LANE_NIMBUS},
        {"/api", LANE_NIMBUS},
        {"/", LANE_NIMBUS},
        {"/api/v2/topologies/session", LANE_NIMBUS},
        {"/api/v2/coord?path=/", LANE_COORD},
        {"/api/v2/nodes", LANE_COORD},
        {"/api/v2/log/topics", LANE_LOG},
        {"/api/v2/log/groups/g/reset", LANE_LOG},
        {"/api/v1/topology/wc-1/lag", LANE_LOG},
        {"/api/v1/topology/lag", LANE_NIMBUS},
        {"/api/v2/topologies/wc/samples?component=a", LANE_WORKERS},
        {"/api/v2/topologies/samples", LANE_NIMBUS},
        {"/api/v2/logs", LANE_SUPERVISORS},
        {"/api/v2/logs/wc-1/s1/0/worker.log?offset=1", LANE_SUPERVISORS},
        {"/api/v2/logs/wc-1/search?q=x", LANE_SUPERVISORS},
        {"/api/v1/log?file=x", LANE_SUPERVISORS},
        {"/api/v1/deepSearch/wc-1?search-string=x", LANE_SUPERVISORS},
        {"/api/v1/dumps/wc-1/s1", LANE_NIMBUS},
        {"/api/v1/dumps/wc-1/s1:0/stacks.txt", LANE_LONG},
        {"/api/v2/topologies/wc/workers/s1/0/stacks", LANE_LONG},
        {"/api/v2/topologies/wc/workers/s1/0/profile?seconds=5", LANE_LONG},
        {"/api/v2/topologies/wc/workers/s1/0", LANE_NIMBUS},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        ck_assert_msg(lane_at(cases[i].target) == cases[i].lane, "%s", cases[i].target);
}
END_TEST

/* They are answered on the thread of the sockets. */
static void expect_asks_nobody(struct route_table table, const char *target)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
    struct text request;

    text_init(&request);
    text_add(&request, "GET %s", target);
    struct http_answer answer = canned_request(canned, table, NULL, text_data(&request), NULL);
    ck_assert_msg(answer.status == 200, "%s: %u", target, answer.status);
    ck_assert_msg(canned_backend_asked(canned, 0) == NULL, "%s", target);
    ck_assert_int_eq(lane_at(target), LANE_NONE);
    canned_answer_done(&answer);
    text_done(&request);
}

START_TEST(what_waits_for_nobody_asks_nobody)
{
    expect_asks_nobody(api_routes(), "/api/v2/session");
    expect_asks_nobody(api_routes(), "/api/v2/settings");
    expect_asks_nobody(storm_routes(), "/api/v1/cluster/configuration");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {who_is_waited_for_is_told_by_the_path,
                                  what_waits_for_nobody_asks_nobody};

    return suite_run("lanes", tests, COUNT_OF(tests));
}
