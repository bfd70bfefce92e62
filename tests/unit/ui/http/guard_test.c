/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/guard.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define TOKEN "a-token-of-some-length"

static const struct guard usual = {
    .host_count = 2, .hosts = {"127.0.0.1", "gale.example.org"}, .has_actions = true};

/* A change as the page makes it. */
static struct guard_request change(void)
{
    return (struct guard_request){
        .method = "POST",
        .host = "localhost:8080",
        .origin = "http://localhost:8080",
        .fetch_site = "same-origin",
        .action = "1",
        .type = "application/json",
        .has_body = true,
    };
}

static unsigned admit(const struct guard *guard, const struct guard_request *request)
{
    struct guard_refusal refusal = {.status = 200};

    if (guard_admits(guard, request, &refusal) && strcmp(request->method, "POST") == 0 &&
        !guard_admits_change(guard, request, &refusal))
        ck_assert_str_ne(refusal.text, "");
    return refusal.status;
}

START_TEST(names_of_ours_are_admitted_and_others_are_not)
{
    static const struct {
        const char *host;
        unsigned status, public_status;
    } cases[] = {
        {"localhost", 200, 200},
        {"localhost:8080", 200, 200},
        {"LOCALHOST:1", 200, 200},
        {"127.0.0.1:9999", 200, 200},
        {"127.8.8.8", 200, 200},
        {"[::1]:8080", 200, 200},
        {"[::1]", 200, 200},
        {"gale.example.org", 200, 200},
        {"Gale.Example.ORG:443", 200, 200},
        {"10.0.0.7:8080", 421, 200},
        {"[2001:db8::7]:8080", 421, 200},
        {"evil.example.org", 421, 421},
        {"localhost.evil.org", 421, 421},
        {"127.0.0.1.evil.org", 421, 421},
        {"10.0.0.7.evil.org", 421, 421},
        {"gale.example.org.", 421, 421},
        {"dead.beef", 421, 421},
        {"127.", 421, 421},
        {"127.1", 421, 421},
        {"127.0.0.1.", 421, 421},
        {"127.0.0.256", 421, 421},
        {"127.0.0.0001", 421, 421},
        {"127..0.1", 421, 421},
        {"127.0.0.1.1", 421, 421},
        {"10.0.0", 421, 421},
        {"1.", 421, 421},
        {NULL, 400, 400},
        {"", 400, 400},
        {":8080", 400, 400},
        {"localhost:", 400, 400},
        {"localhost:80x", 400, 400},
        {"localhost:123456", 400, 400},
        {"[::1", 400, 400},
        {"[]", 400, 400},
        {"localhost:80:80", 400, 400},
    };
    struct guard open = usual;

    open.is_public = true;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct guard_request request = {.method = "GET", .host = cases[i].host};

        ck_assert_msg(admit(&usual, &request) == cases[i].status, "%s", cases[i].host);
        ck_assert_msg(admit(&open, &request) == cases[i].public_status, "%s", cases[i].host);
    }
}
END_TEST

START_TEST(of_two_names_none_is_believed)
{
    struct guard_request request = {.method = "GET", .host = "localhost", .has_hosts = true};

    ck_assert_uint_eq(admit(&usual, &request), 400);
}
END_TEST

START_TEST(other_methods_are_not_for_us)
{
    static const char *const methods[] = {"PUT", "DELETE", "OPTIONS", "TRACE", "get", ""};

    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        struct guard_request request = {.method = methods[i], .host = "localhost"};

        ck_assert_uint_eq(admit(&usual, &request), 405);
    }
    struct guard_request head = {.method = "HEAD", .host = "localhost"};
    ck_assert_uint_eq(admit(&usual, &head), 200);
}
END_TEST

START_TEST(from_elsewhere_only_a_link_leads_here)
{
    static const struct {
        const char *site, *dest;
        unsigned status;
    } cases[] = {
        {"same-origin", "empty", 200},
        {"none", "document", 200},
        {NULL, NULL, 200},
        {"cross-site", "document", 200},
        {"same-site", "document", 200},
        {"cross-site", "empty", 403},
        {"cross-site", "image", 403},
        {"cross-site", "iframe", 403},
        {"same-site", "empty", 403},
        {"cross-site", NULL, 403},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct guard_request request = {.method = "GET",
                                        .host = "localhost:8080",
                                        .fetch_site = cases[i].site,
                                        .fetch_dest = cases[i].dest};
        ck_assert_msg(admit(&usual, &request) == cases[i].status, "%zu", i);
    }
}
END_TEST

START_TEST(a_change_as_the_page_or_a_program_makes_it_is_admitted)
{
    struct guard_request request = change();

    ck_assert_uint_eq(admit(&usual, &request), 200);
    request.type = "Application/JSON; charset=utf-8";
    ck_assert_uint_eq(admit(&usual, &request), 200);
    request.origin = "https://localhost:8080";
    ck_assert_uint_eq(admit(&usual, &request), 200);
    request.origin = NULL;
    request.fetch_site = NULL;
    ck_assert_uint_eq(admit(&usual, &request), 200);
    request.fetch_site = "none";
    request.type = NULL;
    request.has_body = false;
    ck_assert_uint_eq(admit(&usual, &request), 200);
}
END_TEST

START_TEST(what_another_page_could_send_is_refused)
{
    static const char *const origins[] = {
        "http://evil.org",       "http://localhost:8081",         "http://localhost", "null", "",
        "file://localhost:8080", "http://localhost:8080.evil.org"};
    static const char *const sites[] = {"cross-site", "same-site", "", "Same-Origin"};
    static const char *const actions[] = {NULL, "", "0", "1 "};
    static const char *const types[] = {NULL,
                                        "",
                                        "text/plain",
                                        "application/x-www-form-urlencoded",
                                        "application/jsonx",
                                        "multipart/form-data"};
    struct guard_request request;

    for (size_t i = 0; i < COUNT_OF(origins); i++) {
        request = change();
        request.origin = origins[i];
        ck_assert_msg(admit(&usual, &request) == 403, "%s", origins[i]);
    }
    for (size_t i = 0; i < COUNT_OF(sites); i++) {
        request = change();
        request.fetch_site = sites[i];
        ck_assert_uint_eq(admit(&usual, &request), 403);
    }
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        request = change();
        request.action = actions[i];
        ck_assert_uint_eq(admit(&usual, &request), 403);
    }
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        request = change();
        request.type = types[i];
        ck_assert_uint_eq(admit(&usual, &request), 415);
    }
}
END_TEST

START_TEST(nothing_is_changed_without_actions)
{
    struct guard_request request = change();
    struct guard guard = usual;
    struct guard_refusal refusal;

    guard.has_actions = false;
    guard.why_no_actions = "read only";
    ck_assert(!guard_admits_change(&guard, &request, &refusal));
    ck_assert_uint_eq(refusal.status, 403);
    ck_assert_str_eq(refusal.text, "read only");
    request.method = "GET";
    ck_assert_uint_eq(admit(&guard, &request), 200);
}
END_TEST

START_TEST(the_token_must_be_the_token)
{
    static const char *const wrong[] = {NULL,
                                        "",
                                        "Bearer ",
                                        "Bearer a-token-of-some-lengtH",
                                        TOKEN,
                                        "bearer " TOKEN,
                                        "Bearer " TOKEN "x",
                                        "Bearer a-token",
                                        "Basic " TOKEN};
    struct guard_request request = change();
    struct guard guard = usual;
    char longest[8 + 2 * GUARD_TOKEN_MAX] = "Bearer ";

    guard.token = TOKEN;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        request.authorization = wrong[i];
        ck_assert_uint_eq(admit(&guard, &request), 401);
        ck_assert(!guard_knows_token(&guard, wrong[i]));
    }
    memset(longest + 7, 'a', sizeof longest - 8);
    request.authorization = longest;
    ck_assert_uint_eq(admit(&guard, &request), 401);
    request.authorization = "Bearer " TOKEN;
    ck_assert_uint_eq(admit(&guard, &request), 200);
    ck_assert(guard_knows_token(&usual, NULL));
    ck_assert(guard_has_token("Bearer x") && !guard_has_token("Basic x") && !guard_has_token(NULL));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {names_of_ours_are_admitted_and_others_are_not,
                                  of_two_names_none_is_believed,
                                  other_methods_are_not_for_us,
                                  from_elsewhere_only_a_link_leads_here,
                                  a_change_as_the_page_or_a_program_makes_it_is_admitted,
                                  what_another_page_could_send_is_refused,
                                  nothing_is_changed_without_actions,
                                  the_token_must_be_the_token};

    return suite_run("guard", tests, COUNT_OF(tests));
}
