/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/dispatch.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static void answer_who(struct handling *handling)
{
    answer_json(handling,
                json_pack("{s:s, s:s, s:s, s:s}", "id", request_param(handling->request, "id"), "x",
                          request_query(handling->request, "x", "none"), "by",
                          handling->request->by, "version", handling->facts->version));
}

static const struct route routes[] = {
    {HTTP_GET, "/a/{id}", ROUTE_READ, answer_who},
    {HTTP_POST, "/b/{id}", ROUTE_CHANGE, answer_who},
    {HTTP_POST, "/api/v1/b/{id}", ROUTE_CHANGE, answer_who},
};
static const struct router router = {.count = 1, .tables = {{routes, COUNT_OF(routes)}}};
static const struct ui_facts facts = {.version = "1.2"};
static const struct dispatch dispatch = {.router = &router, .facts = &facts};

static void expect(const char *target, unsigned status, const char *body)
{
    struct http_answer answer = dispatch_get(&dispatch, target);

    ck_assert_uint_eq(answer.status, status);
    ck_assert_str_eq(answer.type, "application/json");
    ck_assert_str_eq(text_data(&answer.body), body);
    http_answer_done(&answer);
}

START_TEST(a_request_reaches_its_handler)
{
    expect("/a/b%2Fc?x=%20", 200, "{\"id\":\"b/c\",\"x\":\" \",\"by\":\"\",\"version\":\"1.2\"}");
}
END_TEST

START_TEST(what_no_route_takes_is_refused)
{
    expect("/c", 404,
           "{\"error\":{\"code\":\"not_found\",\"text\":\"there is nothing at this address\"}}");
    expect("/b/1", 405,
           "{\"error\":{\"code\":\"invalid\",\"text\":\"this address is for another method\"}}");
    expect("/a/%", 400, "{\"error\":{\"code\":\"invalid\",\"text\":\"the path is not valid\"}}");
}
END_TEST

START_TEST(below_storms_api_it_is_refused_as_storm_does)
{
    expect("/api/v1/c", 404,
           "{\"error\":\"404 Not Found\",\"errorMessage\":\"there is nothing at this address\"}");
    expect("/api/v1", 404,
           "{\"error\":\"404 Not Found\",\"errorMessage\":\"there is nothing at this address\"}");
    expect("/api/v1/b/1", 405,
           "{\"error\":\"405 Method Not Allowed\",\"errorMessage\":\"this address is for another "
           "method\"}");
    expect("/api/v1/%", 400,
           "{\"error\":\"400 Bad Request\",\"errorMessage\":\"the path is not valid\"}");
    expect("/api/v10", 404,
           "{\"error\":{\"code\":\"not_found\",\"text\":\"there is nothing at this address\"}}");
}
END_TEST

static bool is_gone(void *context)
{
    return context == NULL;
}

static void answer_asker(struct handling *handling)
{
    const struct backend_asker *asker = handling->request->asker;

    answer_json(handling, json_boolean(asker->is_gone(asker->context)));
}

START_TEST(a_handler_can_look_whether_its_asker_is_there)
{
    static const struct route asking[] = {{HTTP_GET, "/a", ROUTE_READ, answer_asker}};
    const struct router asked = {.count = 1, .tables = {{asking, COUNT_OF(asking)}}};
    const struct dispatch way = {.router = &asked, .facts = &facts};
    const struct backend_asker gone = {.is_gone = is_gone};
    struct dispatch_request request = {.method = HTTP_GET, .asker = &gone};
    struct url url;

    ck_assert_int_eq(url_parse("/a", &url, NULL), ERR_OK);
    request.url = &url;
    struct http_answer answer = dispatch_run(&way, &request);
    ck_assert_str_eq(text_data(&answer.body), "true");
    http_answer_done(&answer);
    url_done(&url);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_request_reaches_its_handler,
        what_no_route_takes_is_refused,
        below_storms_api_it_is_refused_as_storm_does,
        a_handler_can_look_whether_its_asker_is_there,
    };

    return suite_run("dispatch", tests, COUNT_OF(tests));
}
