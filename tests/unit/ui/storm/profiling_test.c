/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/storm/profiling.h"

#include "tests/unit/ui/storm/expect.h"

#define STACKS                                                                                     \
    "{\"threads\": [{\"thread\": \"loop 0\", \"component\": \"counter\", \"task\": 2, \"doing\": " \
    "\"execute\", \"cut\": false, \"frames\": [{\"function\": \"add\", \"file\": \"x.c\", "        \
    "\"line\": 17, \"module\": \"x.so\", \"offset\": 16}]}]}"
#define PROFILE                                                                             \
    "{\"samples\": 7, \"dropped\": 0, \"ms\": 1000, \"hz\": 99, \"stacks\": [{\"thread\": " \
    "\"loop 0\", \"component\": \"counter\", \"task\": 2, \"frames\": [\"run\", \"add\"], " \
    "\"count\": 7}]}"

static struct canned_backend *make(void)
{
    struct canned_backend *canned = word_count_new();

    canned_backend_put_supervisor(canned, "s1", "worker.stacks", "{\"slot\": 0}", STACKS, NULL);
    canned_backend_put_supervisor(canned, "s2", "worker.profile", "{\"slot\": 1}", PROFILE, NULL);
    return canned;
}

/* What is answered, and that nothing but the topology's status was asked for. */
static void expect_link(const char *request, const char *answered)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();
    struct http_answer answer = canned_request(canned, storm_routes(), NULL, request, NULL);
    AUTO(give_back) json_t *json = canned_answer_json(&answer);

    ck_assert_msg(answer.status == 200, "%s: %s", request, text_data(&answer.body));
    canned_answer_done(&answer);
    json_t *wanted = json_loads(answered, 0, NULL);
    ck_assert(json_equal(json, wanted));
    json_decref(wanted);
    for (size_t i = 0; canned_backend_asked(canned, i) != NULL; i++)
        expect_at(canned_backend_asked(canned, i), "op", "\"topology.status\"");
}

/* What is read there, of the type, and with that text in it. */
static void expect_text(struct canned_backend *canned, const char *request, const char *type,
                        const char *text)
{
    struct http_answer answer = canned_request(canned, storm_routes(), NULL, request, NULL);

    ck_assert_msg(answer.status == 200, "%s: %s", request, text_data(&answer.body));
    ck_assert_str_eq(answer.type, type);
    ck_assert_ptr_nonnull(strstr(text_data(&answer.body), text));
    canned_answer_done(&answer);
}

static void expect_refused(const char *request, unsigned status, const char *text)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();
    struct http_answer answer = canned_request(canned, storm_routes(), NULL, request, NULL);
    AUTO(give_back) json_t *json = canned_answer_json(&answer);

    ck_assert_msg(answer.status == status, "%s: %u", request, answer.status);
    canned_answer_done(&answer);
    ck_assert_str_eq(json_string_value(at_path(json, "errorMessage")), text);
}

START_TEST(what_begins_and_ends_a_profile_begins_nothing_and_says_where_to_read)
{
    expect_link("GET /api/v1/topology/wc/profiling/start/alpha:0/10",
                "{\"status\": \"ok\", \"id\": \"alpha:0\", \"timeout\": \"10\", \"dumplink\": "
                "\"/api/v1/dumps/" WC_ID "/alpha%3A0\"}");
    expect_link("GET /api/v1/topology/" WC_ID "/profiling/stop/s1:0",
                "{\"status\": \"ok\", \"id\": \"s1:0\"}");
    expect_link("GET /api/v1/topology/wc/profiling/dumpprofile/beta:1",
                "{\"status\": \"ok\", \"id\": \"beta:1\", \"dumplink\": "
                "\"/api/v1/dumps/" WC_ID "/beta%3A1/profile.folded\"}");
    expect_link("GET /api/v1/topology/wc/profiling/dumpjstack/s2%3A1",
                "{\"status\": \"ok\", \"id\": \"s2:1\", \"dumplink\": "
                "\"/api/v1/dumps/" WC_ID "/s2%3A1/stacks.txt\"}");
}
END_TEST

START_TEST(the_list_of_dumps_leads_to_both)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    expect_text(canned, "GET /api/v1/dumps/wc/alpha%3A0", "text/html; charset=utf-8",
                "<li><a href=\"/api/v1/dumps/" WC_ID "/alpha%3A0/stacks.txt\">stacks.txt</a>");
    expect_text(canned, "GET /api/v1/dumps/" WC_ID "/s1:0", "text/html; charset=utf-8",
                "<li><a href=\"/api/v1/dumps/" WC_ID "/s1%3A0/profile.folded\">");
}
END_TEST

START_TEST(the_stacks_are_read_as_text)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    expect_text(canned, "GET /api/v1/dumps/wc/alpha%3A0/stacks.txt", "text/plain; charset=utf-8",
                "loop 0: counter[2] in execute\n  at add (x.c:17)\n");
    expect_has(canned_backend_asked(canned, 1), "",
               "{\"op\": \"worker.stacks\", \"limit_ms\": 20000, \"may_end\": true}");
    expect_at(canned_backend_asked(canned, 1), "args",
              "{\"topology\": \"" WC_ID "\", \"slot\": 0}");
}
END_TEST

START_TEST(a_profile_is_read_as_folded_stacks)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    expect_text(canned, "GET /api/v1/dumps/wc/beta:1/profile.folded?seconds=3",
                "text/plain; charset=utf-8", "loop 0;counter[2];run;add 7\n");
    expect_at(canned_backend_asked(canned, 1), "args",
              "{\"topology\": \"" WC_ID "\", \"slot\": 1, \"ms\": 3000}");
    expect_text(canned, "GET /api/v1/dumps/wc/beta:1/profile.folded", "text/plain; charset=utf-8",
                "run;add 7");
    expect_has(canned_backend_asked(canned, 3), "args", "{\"ms\": 10000}");
}
END_TEST

START_TEST(what_there_is_not_is_refused_as_storm_does)
{
    static const char *const paths[] = {
        "topology/wc/profiling/start/%s/5",
        "topology/wc/profiling/stop/%s",
        "topology/wc/profiling/dumpjstack/%s",
        "topology/wc/profiling/dumpprofile/%s",
        "dumps/wc/%s",
        "dumps/wc/%s/stacks.txt",
    };

    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct text request = {.data = NULL};

        text_add(&request, "GET /api/v1/");
        text_add_bytes(&request, paths[i], strcspn(paths[i], "%"));
        text_add(&request, "nobody:7%s", strchr(paths[i], '%') + 2);
        expect_refused(text_data(&request), 404,
                       "the topology has no worker at 'nobody:7'; there is: 's1:0', 's2:1'");
        text_done(&request);
    }
    expect_refused("GET /api/v1/dumps/other/s1:0", 404, "there is no topology 'other'");
    expect_refused("GET /api/v1/dumps/wc/s1:0/..%2f..%2fx", 404,
                   "there is no dump file '../../x'; there is: 'stacks.txt', 'profile.folded'");
}
END_TEST

START_TEST(times_that_are_none_are_refused)
{
    expect_refused("GET /api/v1/topology/wc/profiling/start/s1:0/soon", 400,
                   "minutes must be a whole number from 0 to 1440, not 'soon'");
    expect_refused("GET /api/v1/dumps/wc/s2:1/profile.folded?seconds=61", 400,
                   "seconds must be a whole number from 1 to 60, not '61'");
    expect_refused("GET /api/v1/dumps/wc/s2:1/profile.folded?seconds=0", 400,
                   "seconds must be a whole number from 1 to 60, not '0'");
}
END_TEST

START_TEST(what_the_supervisor_says_is_passed_on_in_storms_shape)
{
    expect_refused("GET /api/v1/dumps/wc/s2:1/stacks.txt", 404,
                   "nothing was canned for 'worker.stacks'");
}
END_TEST

START_TEST(what_asks_a_worker_has_threads_of_its_own)
{
    const struct route_table table = storm_routes();
    size_t found = 0;

    for (size_t i = 0; i < table.count; i++) {
        bool is_dump = table.routes[i].handle == storm_dump;

        ck_assert_int_eq(canned_lane(table.routes[i].pattern) == LANE_LONG, is_dump);
        found += is_dump;
    }
    ck_assert_uint_eq(found, 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_begins_and_ends_a_profile_begins_nothing_and_says_where_to_read,
        the_list_of_dumps_leads_to_both,
        the_stacks_are_read_as_text,
        a_profile_is_read_as_folded_stacks,
        what_there_is_not_is_refused_as_storm_does,
        times_that_are_none_are_refused,
        what_the_supervisor_says_is_passed_on_in_storms_shape,
        what_asks_a_worker_has_threads_of_its_own,
    };

    return suite_run("profiling", tests, COUNT_OF(tests));
}
