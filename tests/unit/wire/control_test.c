/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/control.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define KILL \
    "{\"v\":1,\"id\":7,\"op\":\"topology.kill\",\"args\":{\"name\":\"wc\",\"wait_ms\":null}}"

static json_t *args_of(const char *json)
{
    json_t *args = json_loads(json, 0, NULL);

    ck_assert_msg(args != NULL, "%s", json);
    return args;
}

START_TEST(a_request_is_read_as_written)
{
    AUTO(mem_free_text)
    char *text =
        control_request_encode(7, "topology.kill", args_of("{\"name\":\"wc\",\"wait_ms\":null}"));
    struct control_request request;

    ck_assert_str_eq(text, KILL);
    ck_assert_int_eq(control_request_decode(text, strlen(text), &request, NULL), ERR_OK);
    ck_assert_uint_eq(request.id, 7);
    ck_assert_str_eq(request.op, "topology.kill");
    ck_assert_str_eq(json_string_value(json_object_get(request.args, "name")), "wc");
    control_request_done(&request);
    ck_assert_ptr_null(request.args);
}
END_TEST

START_TEST(a_request_without_arguments_has_none)
{
    AUTO(mem_free_text) char *text = control_request_encode(INT64_MAX, "info", NULL);
    struct control_request request;

    ck_assert_str_eq(text, "{\"v\":1,\"id\":9223372036854775807,\"op\":\"info\",\"args\":{}}");
    ck_assert_int_eq(control_request_decode(text, strlen(text), &request, NULL), ERR_OK);
    ck_assert_uint_eq(request.id, INT64_MAX);
    ck_assert_uint_eq(json_object_size(request.args), 0);
    control_request_done(&request);
}
END_TEST

START_TEST(an_answer_is_read_as_written)
{
    AUTO(mem_free_text)
    char *text = control_answer_encode(3, args_of("{\"status\":\"killed\"}"));
    AUTO(mem_free_text) char *empty = control_answer_encode(4, NULL);
    struct control_answer answer;

    ck_assert_str_eq(text, "{\"v\":1,\"id\":3,\"ok\":{\"status\":\"killed\"}}");
    ck_assert_int_eq(control_answer_decode(text, strlen(text), &answer, NULL), ERR_OK);
    ck_assert_uint_eq(answer.id, 3);
    ck_assert_int_eq(answer.fault.code, CONTROL_OK);
    ck_assert_str_eq(json_string_value(json_object_get(answer.ok, "status")), "killed");
    control_answer_done(&answer);
    ck_assert_str_eq(empty, "{\"v\":1,\"id\":4,\"ok\":{}}");
}
END_TEST

START_TEST(each_fault_is_read_as_written)
{
    for (int code = CONTROL_OK + 1; code < CONTROL_CODE_COUNT; code++) {
        struct control_fault fault;
        struct control_answer answer;

        ck_assert(!control_refuse(&fault, (enum control_code)code, "number %d", code));
        AUTO(mem_free_text) char *text = control_fault_encode(9, &fault);
        ck_assert_ptr_nonnull(strstr(text, control_code_name(fault.code)));
        ck_assert_int_eq(control_answer_decode(text, strlen(text), &answer, NULL), ERR_OK);
        ck_assert_uint_eq(answer.id, 9);
        ck_assert_ptr_null(answer.ok);
        ck_assert_int_eq(answer.fault.code, code);
        ck_assert_str_eq(answer.fault.text, fault.text);
        control_answer_done(&answer);
    }
}
END_TEST

START_TEST(a_fault_of_a_newer_program_is_a_fault)
{
    static const char head[] = "{\"v\":1,\"id\":1,\"error\":{\"code\":\"tired\",\"text\":\"so\"}}";
    struct control_answer answer;

    ck_assert_int_eq(control_answer_decode(head, sizeof head - 1, &answer, NULL), ERR_OK);
    ck_assert_int_eq(answer.fault.code, CONTROL_INTERNAL);
    ck_assert_str_eq(answer.fault.text, "so");
    control_answer_done(&answer);
}
END_TEST

START_TEST(a_text_that_is_cut_or_not_utf8_is_sent_all_the_same)
{
    struct control_fault fault;
    struct control_answer answer;
    char huge[2 * ERROR_TEXT_MAX];

    memset(huge, 'x', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    ck_assert(!control_refuse(&fault, CONTROL_INVALID, "\xff%s", huge));
    ck_assert_uint_eq(strlen(fault.text), ERROR_TEXT_MAX - 1);
    AUTO(mem_free_text) char *text = control_fault_encode(1, &fault);
    ck_assert_int_eq(control_answer_decode(text, strlen(text), &answer, NULL), ERR_OK);
    ck_assert_int_eq(strncmp(answer.fault.text, "?xxx", 4), 0);
    control_answer_done(&answer);
}
END_TEST

struct bad {
    const char *head;
    enum err err;
    const char *text;
};

START_TEST(what_is_not_a_request_is_refused)
{
    static const struct bad bad[] = {
        {"", ERR_CORRUPT, "not JSON"},
        {"{\"v\":1", ERR_CORRUPT, "not JSON"},
        {"{\"v\":1,\"v\":1}", ERR_CORRUPT, "not JSON"},
        {KILL "{}", ERR_CORRUPT, "not JSON"},
        {"[]", ERR_CORRUPT, "not an object"},
        {"{}", ERR_CORRUPT, "'v' is not a number"},
        {"{\"v\":2}", ERR_VERSION, "version 2, but only 1 is known"},
        {"{\"v\":1}", ERR_CORRUPT, "'id' is not a number of 0 or more"},
        {"{\"v\":1,\"id\":-1}", ERR_CORRUPT, "'id' is not a number of 0 or more"},
        {"{\"v\":1,\"id\":1}", ERR_CORRUPT, "'op' is not the name of an operation"},
        {"{\"v\":1,\"id\":1,\"op\":\"\"}", ERR_CORRUPT, "'op' is not the name of an operation"},
        {"{\"v\":1,\"id\":1,\"op\":\"a b\"}", ERR_CORRUPT, "'op' is not the name of an operation"},
        {"{\"v\":1,\"id\":1,\"op\":"
         "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "a\"}",
         ERR_CORRUPT, "'op' is not the name of an operation"},
        {"{\"v\":1,\"id\":1,\"op\":\"a\"}", ERR_CORRUPT, "'args' is not an object"},
        {"{\"v\":1,\"id\":1,\"op\":\"a\",\"args\":null}", ERR_CORRUPT, "'args' is not an object"},
    };
    struct control_request request;
    struct error error;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ck_assert_int_eq(control_request_decode(bad[i].head, strlen(bad[i].head), &request, &error),
                         bad[i].err);
        ck_assert_str_eq(error.text, bad[i].text);
    }
    ck_assert_int_eq(control_request_decode(NULL, 0, &request, NULL), ERR_CORRUPT);
}
END_TEST

START_TEST(what_is_not_an_answer_is_refused)
{
    static const struct bad bad[] = {
        {"{\"v\":1,\"id\":1}", ERR_CORRUPT, "neither a result nor an error, or both"},
        {"{\"v\":1,\"id\":1,\"ok\":{},\"error\":{}}", ERR_CORRUPT,
         "neither a result nor an error, or both"},
        {"{\"v\":1,\"id\":1,\"ok\":[]}", ERR_CORRUPT, "'ok' is not an object"},
        {"{\"v\":1,\"id\":1,\"error\":{\"code\":\"limit\"}}", ERR_CORRUPT,
         "'error' has no code and text"},
        {"{\"v\":1,\"id\":1,\"error\":7}", ERR_CORRUPT, "'error' has no code and text"},
    };
    struct control_answer answer;
    struct error error;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        ck_assert_int_eq(control_answer_decode(bad[i].head, strlen(bad[i].head), &answer, &error),
                         bad[i].err);
        ck_assert_str_eq(error.text, bad[i].text);
    }
}
END_TEST

/* The head itself is one, and the arguments are another. */
static enum err decode_depth(size_t depth)
{
    struct control_request request;
    char head[256];
    size_t size;

    (void)snprintf(head, sizeof head, "%s", "{\"v\":1,\"id\":1,\"op\":\"a\",\"args\":{\"]}\":");
    size = strlen(head);
    memset(head + size, '[', depth - 2);
    memset(head + size + depth - 2, ']', depth - 2);
    size += 2 * (depth - 2);
    head[size++] = '}';
    head[size++] = '}';
    enum err err = control_request_decode(head, size, &request, NULL);
    if (err == ERR_OK)
        control_request_done(&request);
    return err;
}

START_TEST(lists_within_lists_have_a_limit)
{
    static const char quoted[] = "{\"v\":1,\"id\":1,\"op\":\"a\",\"args\":{\"a\":"
                                 "\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}}";
    struct control_request request;

    ck_assert_int_eq(decode_depth(CONTROL_DEPTH_MAX), ERR_OK);
    ck_assert_int_eq(decode_depth(CONTROL_DEPTH_MAX + 1), ERR_CORRUPT);
    ck_assert_int_eq(control_request_decode(quoted, sizeof quoted - 1, &request, NULL), ERR_OK);
    control_request_done(&request);
}
END_TEST

START_TEST(arguments_are_taken_within_their_bounds)
{
    json_t *args = args_of("{\"name\":\"wc\",\"empty\":\"\",\"wait\":5,\"yes\":true,\"no\":null}");
    struct control_fault fault = {.code = CONTROL_OK};
    const char *text = NULL;
    int64_t number = 0;
    bool flag = false;

    ck_assert(control_text(args, "name", 2, &text, &fault));
    ck_assert_str_eq(text, "wc");
    ck_assert(control_text_or(args, "empty", 2, "x", &text, &fault));
    ck_assert_str_eq(text, "");
    ck_assert(control_text_or(args, "no", 2, "x", &text, &fault));
    ck_assert_str_eq(text, "x");
    ck_assert(control_number(args, "wait", 5, 5, &number, &fault));
    ck_assert_int_eq(number, 5);
    ck_assert(control_number_or(args, "missing", 0, 1, -9, &number, &fault));
    ck_assert_int_eq(number, -9);
    ck_assert(control_flag_or(args, "yes", false, &flag, &fault));
    ck_assert(flag);
    ck_assert(control_flag_or(args, "no", false, &flag, &fault));
    ck_assert(!flag);
    ck_assert_int_eq(fault.code, CONTROL_OK);
    json_decref(args);
}
END_TEST

static void expect_refusal(bool is_good, const struct control_fault *fault, const char *text)
{
    ck_assert(!is_good);
    ck_assert_int_eq(fault->code, CONTROL_INVALID);
    ck_assert_str_eq(fault->text, text);
}

START_TEST(a_refused_argument_is_named)
{
    json_t *args = args_of("{\"name\":\"wcx\",\"empty\":\"\",\"wait\":5,\"half\":0.5}");
    struct control_fault fault = {.code = CONTROL_OK};
    const char *text = "old";
    int64_t number = 77;
    bool flag = true;

    expect_refusal(control_text(args, "name", 2, &text, &fault), &fault,
                   "'name' must be a text of 1 to 2 bytes");
    expect_refusal(control_text(args, "empty", 2, &text, &fault), &fault,
                   "'empty' must be a text of 1 to 2 bytes");
    expect_refusal(control_text(args, "missing", 128, &text, &fault), &fault,
                   "'missing' must be a text of 1 to 128 bytes");
    expect_refusal(control_text_or(args, "wait", 8, "", &text, &fault), &fault,
                   "'wait' must be a text of 0 to 8 bytes");
    expect_refusal(control_number(args, "wait", 6, 9, &number, &fault), &fault,
                   "'wait' must be a whole number from 6 to 9");
    expect_refusal(control_number_or(args, "half", -1, 9, 0, &number, &fault), &fault,
                   "'half' must be a whole number from -1 to 9");
    expect_refusal(control_number(args, "missing", 0, 9, &number, &fault), &fault,
                   "'missing' must be a whole number from 0 to 9");
    expect_refusal(control_flag_or(args, "wait", false, &flag, &fault), &fault,
                   "'wait' must be true or false");
    ck_assert_str_eq(text, "old");
    ck_assert_int_eq(number, 77);
    ck_assert(flag);
    json_decref(args);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_request_is_read_as_written,          a_request_without_arguments_has_none,
        an_answer_is_read_as_written,          each_fault_is_read_as_written,
        a_fault_of_a_newer_program_is_a_fault, a_text_that_is_cut_or_not_utf8_is_sent_all_the_same,
        what_is_not_a_request_is_refused,      what_is_not_an_answer_is_refused,
        lists_within_lists_have_a_limit,       arguments_are_taken_within_their_bounds,
        a_refused_argument_is_named,
    };
    return suite_run("control", tests, sizeof tests / sizeof *tests);
}
