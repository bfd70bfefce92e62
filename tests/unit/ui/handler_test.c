/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/handler.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/canned_backend.h"
#include "tests/support/suite.h"

static void answer_figures(struct handling *handling)
{
    int64_t window;
    json_t *ok;

    if (!request_number(handling, "window", 0, 86400, 10, &window))
        return;
    json_t *args = json_pack("{s:s, s:I}", "name", request_param(handling->request, "name"),
                             "window_s", (json_int_t)window);
    if (ask_nimbus(handling, BACKEND_LOOKUP, "topology.figures", args, &ok))
        answer_json(handling, ok);
}

static void answer_body(struct handling *handling)
{
    answer_json(handling, json_deep_copy(handling->request->body));
}

static struct route_table table(void)
{
    static const struct route routes[] = {
        {HTTP_GET, "/t/{name}/figures", ROUTE_READ, answer_figures},
        {HTTP_POST, "/t", ROUTE_CHANGE, answer_body},
    };

    return (struct route_table){routes, COUNT_OF(routes)};
}

static void expect(struct canned_backend *canned, const char *request, const char *sent,
                   unsigned status, const char *body)
{
    struct http_answer answer = canned_request(canned, table(), NULL, request, sent);

    ck_assert_uint_eq(answer.status, status);
    ck_assert_str_eq(text_data(&answer.body), body);
    canned_answer_done(&answer);
}

START_TEST(parameters_reach_nimbus_and_its_answer_comes_back)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    canned_backend_put(canned, "topology.figures", NULL, "{\"share\": 0.1, \"window\": 10}");
    canned_backend_put(canned, "topology.figures", "{\"window_s\": 600}", "{\"window\": 600}");
    expect(canned, "GET /t/w%20c/figures", NULL, 200, "{\"share\":0.1,\"window\":10}");
    expect(canned, "GET /t/wc/figures?window=600", NULL, 200, "{\"window\":600}");

    const json_t *args = json_object_get(canned_backend_asked(canned, 0), "args");
    ck_assert_str_eq(json_string_value(json_object_get(args, "name")), "w c");
    ck_assert_ptr_null(canned_backend_asked(canned, 2));
}
END_TEST

START_TEST(a_fault_of_nimbus_is_an_error_with_the_status_of_its_code)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    canned_backend_refuse(canned, "topology.figures", NULL, CONTROL_NOT_FOUND,
                          "there is no topology 'wc'");
    expect(canned, "GET /t/wc/figures", NULL, 404,
           "{\"error\":{\"code\":\"not_found\",\"text\":\"there is no topology 'wc'\"}}");
    canned_backend_refuse(canned, "topology.figures", NULL, CONTROL_UNAVAILABLE, "later");
    expect(canned, "GET /t/wc/figures", NULL, 503,
           "{\"error\":{\"code\":\"unavailable\",\"text\":\"later\"}}");
    canned_backend_refuse(canned, "topology.figures", NULL, CONTROL_CONFLICT, "\xFF");
    expect(canned, "GET /t/wc/figures", NULL, 409,
           "{\"error\":{\"code\":\"conflict\",\"text\":\"(not valid UTF-8)\"}}");
}
END_TEST

START_TEST(a_number_out_of_bounds_is_refused)
{
    static const char *const texts[] = {"-1",  "86401", "x",    "1x",
                                        "1e3", "%201",  "%2B1", "99999999999999999999"};
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct text request;

        text_init(&request);
        text_add(&request, "GET /t/wc/figures?window=%s", texts[i]);
        expect(canned, text_data(&request), NULL, 400,
               "{\"error\":{\"code\":\"invalid\",\"text\":\"'window' must be a whole number from 0 "
               "to 86400\"}}");
        text_done(&request);
    }
}
END_TEST

START_TEST(a_body_comes_as_an_object)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = canned_backend_new();

    expect(canned, "POST /t", "{\"wait_ms\": 1}", 200, "{\"wait_ms\":1}");
    expect(canned, "GET /nowhere", NULL, 404,
           "{\"error\":{\"code\":\"not_found\",\"text\":\"there is nothing at this address\"}}");
}
END_TEST

START_TEST(every_code_has_a_status)
{
    for (int code = 0; code < CONTROL_CODE_COUNT; code++) {
        unsigned status = status_of((enum control_code)code);

        ck_assert(code == CONTROL_OK ? status == 200 : status >= 400 && status < 600);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {parameters_reach_nimbus_and_its_answer_comes_back,
                                  a_fault_of_nimbus_is_an_error_with_the_status_of_its_code,
                                  a_number_out_of_bounds_is_refused, a_body_comes_as_an_object,
                                  every_code_has_a_status};

    return suite_run("handler", tests, COUNT_OF(tests));
}
