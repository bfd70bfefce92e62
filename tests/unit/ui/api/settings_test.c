/* SPDX-License-Identifier: Apache-2.0 */
#include "base/settings.h"

#include "base/mem.h"
#include "base/settings_schema.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/api/check.h"

static const struct setting_spec first[] = {
    {"ui.threads", SETTING_U64, "8", 1, 64, "how many"},
    {"ui.dir", SETTING_TEXT, NULL, 0, 0, "where"},
};
static const struct setting_spec second[] = {
    {"ui.threads", SETTING_U64, "9", 1, 64, "the first one counts"},
    {"topology.wait.secs", SETTING_DURATION_S, "0.5", 0, 0, "how long"},
};
static const struct setting_table tables[] = {{first, COUNT_OF(first)}, {second, COUNT_OF(second)}};

static void check_body(struct canned_backend *canned, const struct ui_facts *facts,
                       const char *request, const char *expected)
{
    struct http_answer answer = canned_request(canned, api_routes(), facts, request, NULL);

    ck_assert_str_eq(text_data(&answer.body), expected);
    canned_answer_done(&answer);
}

START_TEST(every_setting_is_shown_once_with_its_origin)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
    AUTO(settings_destroy) struct settings *settings = settings_new();
    struct ui_facts facts = {.tables = tables, .table_count = 2, .settings = settings};

    ck_assert_int_eq(settings_put(settings, "ui.dir", "/x", "gale.yaml:3:7", NULL), ERR_OK);
    check_body(canned, &facts, "GET /api/v2/settings",
               "{\"settings\":["
               "{\"key\":\"ui.threads\",\"value\":\"8\",\"default\":\"8\",\"unit\":\"number\","
               "\"doc\":\"how many\",\"origin\":\"default\"},"
               "{\"key\":\"ui.dir\",\"value\":\"/x\",\"default\":null,\"unit\":\"text\",\"doc\":"
               "\"where\",\"origin\":\"gale.yaml:3:7\"},"
               "{\"key\":\"topology.wait.secs\",\"value\":\"0.5\",\"default\":\"0.5\",\"unit\":"
               "\"seconds\",\"doc\":\"how long\",\"origin\":\"default\"}]}");
}
END_TEST

START_TEST(those_of_a_topology_are_explained_where_they_are_known)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();
    struct ui_facts facts = {.tables = tables, .table_count = 2};

    canned_backend_put(canned, "topology.status", "{\"name\": \"wc\"}",
                       "{\"settings_effective\": [{\"key\": \"topology.wait.secs\", \"value\": "
                       "\"2\", \"origin\": \"submit\"}, {\"key\": \"own\", \"value\": null, "
                       "\"origin\": \"topology\"}]}");
    check_body(canned, &facts, "GET /api/v2/settings?topology=wc",
               "{\"settings\":["
               "{\"key\":\"topology.wait.secs\",\"value\":\"2\",\"default\":\"0.5\",\"unit\":"
               "\"seconds\",\"doc\":\"how long\",\"origin\":\"submit\"},"
               "{\"key\":\"own\",\"value\":null,\"default\":null,\"unit\":null,\"doc\":null,"
               "\"origin\":\"topology\"}]}");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_setting_is_shown_once_with_its_origin,
        those_of_a_topology_are_explained_where_they_are_known,
    };

    return suite_run("settings", tests, COUNT_OF(tests));
}
