/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/api/body.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static const char *const words[] = {"fast", "slow", NULL};
static const struct body_member members[] = {
    {.name = "name", .kind = BODY_TEXT, .need = BODY_NEEDED, .min = 1, .max = 4},
    {.name = "pace", .kind = BODY_WORD, .need = BODY_NULLABLE, .words = words},
    {.name = "count", .kind = BODY_WHOLE, .need = BODY_OPTIONAL, .min = 1, .max = 9},
    {.name = "share", .kind = BODY_REAL, .need = BODY_OPTIONAL, .min = 0, .max = 100},
    {.name = "dry", .kind = BODY_FLAG, .need = BODY_OPTIONAL},
    {.name = "each", .kind = BODY_COUNTS, .need = BODY_NULLABLE, .min = 1, .max = 9},
};
static const struct body_shape shape = {members, COUNT_OF(members)};

/* The complaint about a body; "" if there is none. */
static const char *complaint(const struct body_shape *of, const char *text,
                             struct control_fault *fault)
{
    json_t *body = json_loads(text, JSON_DECODE_ANY, NULL);

    ck_assert_ptr_nonnull(body);
    fault->text[0] = '\0';
    fault->code = CONTROL_OK;
    bool is_right = body_check(of, body, fault);
    json_decref(body);
    ck_assert(is_right == (fault->text[0] == '\0'));
    ck_assert(is_right || fault->code == CONTROL_INVALID);
    return fault->text;
}

START_TEST(what_is_as_it_must_be_is_accepted)
{
    static const char *const bodies[] = {
        "{\"name\": \"abcd\"}",
        "{\"name\": \"a\", \"pace\": null, \"each\": null}",
        "{\"name\": \"a\", \"pace\": \"slow\", \"count\": 9, \"share\": 0.5, \"dry\": false}",
        "{\"name\": \"a\", \"share\": 100, \"each\": {}}",
        "{\"name\": \"a\", \"each\": {\"x\": 1, \"y\": 9}}",
    };
    struct control_fault fault;

    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        ck_assert_str_eq(complaint(&shape, bodies[i], &fault), "");
}
END_TEST

START_TEST(what_is_wrong_is_named_with_what_is_allowed)
{
    static const struct {
        const char *body;
        const char *text;
    } cases[] = {
        {"{}", "'name' must be a text of 1 to 4 bytes"},
        {"{\"name\": null}", "'name' must be a text of 1 to 4 bytes"},
        {"{\"name\": \"\"}", "'name' must be a text of 1 to 4 bytes"},
        {"{\"name\": \"abcde\"}", "'name' must be a text of 1 to 4 bytes"},
        {"{\"name\": 1}", "'name' must be a text of 1 to 4 bytes"},
        {"{\"name\": \"a\", \"pace\": \"quick\"}", "'pace' must be one of 'fast', 'slow', or null"},
        {"{\"name\": \"a\", \"count\": 0}", "'count' must be a whole number from 1 to 9"},
        {"{\"name\": \"a\", \"count\": 1.0}", "'count' must be a whole number from 1 to 9"},
        {"{\"name\": \"a\", \"count\": null}", "'count' must be a whole number from 1 to 9"},
        {"{\"name\": \"a\", \"share\": 100.5}", "'share' must be a number from 0 to 100"},
        {"{\"name\": \"a\", \"dry\": 1}", "'dry' must be true or false"},
        {"{\"name\": \"a\", \"each\": {\"x\": 0}}",
         "'each' must be an object of at most 1024 whole numbers from 1 to 9, or null"},
        {"{\"name\": \"a\", \"nane\": 1}",
         "'nane' is not a member of the body; it has 'name', 'pace', 'count', 'share', 'dry', "
         "'each'"},
        {"[1]", "the body must be an object"},
        {"7", "the body must be an object"},
    };
    struct control_fault fault;

    for (size_t i = 0; i < COUNT_OF(cases); i++)
        ck_assert_str_eq(complaint(&shape, cases[i].body, &fault), cases[i].text);
}
END_TEST

START_TEST(no_body_is_an_empty_one)
{
    static const struct body_shape empty = {.members = NULL};
    struct control_fault fault;

    ck_assert(body_check(&empty, NULL, &fault));
    ck_assert(!body_check(&shape, NULL, &fault));
    ck_assert_str_eq(complaint(&empty, "{\"a\": 1}", &fault),
                     "'a' is not a member of the body; it has none");
}
END_TEST

START_TEST(a_stated_member_may_be_null_but_not_missing)
{
    static const struct body_member stated[] = {
        {.name = "pace", .kind = BODY_WORD, .need = BODY_STATED, .words = words},
    };
    static const struct body_shape one = {stated, COUNT_OF(stated)};
    struct control_fault fault;

    ck_assert_str_eq(complaint(&one, "{\"pace\": null}", &fault), "");
    ck_assert_str_eq(complaint(&one, "{}", &fault),
                     "'pace' must be one of 'fast', 'slow', or null");
}
END_TEST

START_TEST(a_zero_byte_does_not_hide_the_rest_of_a_text)
{
    struct control_fault fault;
    json_t *body = json_object();

    ck_assert_int_eq(json_object_set_new(body, "name", json_stringn("a\0b", 3)), 0);
    ck_assert(!body_check(&shape, body, &fault));
    json_decref(body);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_as_it_must_be_is_accepted,
        what_is_wrong_is_named_with_what_is_allowed,
        no_body_is_an_empty_one,
        a_stated_member_may_be_null_but_not_missing,
        a_zero_byte_does_not_hide_the_rest_of_a_text,
    };

    return suite_run("body", tests, COUNT_OF(tests));
}
