/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are decoded as the head of a request, or of an answer, or refused with a text; what was
 * decoded encodes to a text that decodes and encodes to itself. Arguments are within their bounds, or
 * refused.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "wire/control.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Decodes and encodes; NULL if it was refused. */
typedef char *pass(const char *data, size_t size);

static void expect_fault(bool is_good, const struct control_fault *fault)
{
    ASSERT(is_good == (fault->code == CONTROL_OK));
    ASSERT(is_good == (fault->text[0] == '\0'));
}

static void read_arguments(const json_t *args)
{
    struct control_fault fault = {.code = CONTROL_OK};
    const char *text = "";
    int64_t number = 5;
    bool flag = false;

    expect_fault(control_text(args, "name", 8, &text, &fault), &fault);
    ASSERT(strlen(text) <= 8);
    fault = (struct control_fault){.code = CONTROL_OK};
    expect_fault(control_number_or(args, "number", -1, 9, 0, &number, &fault), &fault);
    ASSERT(number >= -1 && number <= 9);
    fault = (struct control_fault){.code = CONTROL_OK};
    expect_fault(control_flag_or(args, "flag", true, &flag, &fault), &fault);
}

static char *pass_request(const char *data, size_t size)
{
    struct error error = {.code = ERR_OK};
    struct control_request request;
    enum err err = control_request_decode(data, size, &request, &error);

    ASSERT(err == error.code && (err == ERR_OK) == (error.text[0] == '\0'));
    if (err != ERR_OK)
        return NULL;
    read_arguments(request.args);
    char *text = control_request_encode(request.id, request.op, json_incref(request.args));
    control_request_done(&request);
    return text;
}

static char *pass_answer(const char *data, size_t size)
{
    struct error error = {.code = ERR_OK};
    struct control_answer answer;
    enum err err = control_answer_decode(data, size, &answer, &error);

    ASSERT(err == error.code && (err == ERR_OK) == (error.text[0] == '\0'));
    if (err != ERR_OK)
        return NULL;
    ASSERT((answer.ok == NULL) == (answer.fault.code != CONTROL_OK));
    char *text = answer.ok == NULL ? control_fault_encode(answer.id, &answer.fault)
                                   : control_answer_encode(answer.id, json_incref(answer.ok));
    control_answer_done(&answer);
    return text;
}

static void pass_twice(pass *one, const char *data, size_t size)
{
    AUTO(mem_free_text) char *first = one(data, size);
    if (first == NULL)
        return;
    AUTO(mem_free_text) char *second = one(first, strlen(first));
    ASSERT(second != NULL && strcmp(first, second) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pass_twice(pass_request, (const char *)data, size);
    pass_twice(pass_answer, (const char *)data, size);
    return 0;
}
