/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/handler.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* ---- what was asked ---- */

static const char *find(const struct http_pair *pairs, size_t count, const char *name,
                        const char *otherwise)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(pairs[i].name, name) == 0)
            return pairs[i].value;
    }
    return otherwise;
}

const char *request_param(const struct http_request *request, const char *name)
{
    return find(request->params, request->param_count, name, "");
}

const char *request_query(const struct http_request *request, const char *name,
                          const char *otherwise)
{
    return find(request->query, request->query_count, name, otherwise);
}

bool request_number(struct handling *handling, const char *name, int64_t min, int64_t max,
                    int64_t otherwise, int64_t *ret_number)
{
    const char *text = request_query(handling->request, name, "");
    char *end = NULL;

    if (text[0] == '\0') {
        *ret_number = otherwise;
        return true;
    }
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool is_number = (text[0] == '-' || (text[0] >= '0' && text[0] <= '9')) && *end == '\0';
    if (!is_number || errno != 0 || number < min || number > max) {
        answer_refuse(handling, CONTROL_INVALID,
                      "'%s' must be a whole number from %" PRId64 " to %" PRId64, name, min, max);
        return false;
    }
    *ret_number = number;
    return true;
}

/* ---- what is answered ---- */

enum {
    REAL_DIGITS = 10, /* of what is not a whole number: figures are shares and rates */
};

static int add_piece(const char *bytes, size_t size, void *context)
{
    text_add_bytes(context, bytes, size);
    return 0;
}

void answer_json(struct handling *handling, json_t *json)
{
    struct text *body = &handling->answer->body;

    ASSERT(json != NULL);
    text_clear(body);
    (void)json_dump_callback(json, add_piece, body,
                             JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS) | JSON_ENCODE_ANY);
    json_decref(json);
}

unsigned status_of(enum control_code code)
{
    static const unsigned statuses[CONTROL_CODE_COUNT] = {
        [CONTROL_OK] = 200,          [CONTROL_NOT_FOUND] = 404,  [CONTROL_CONFLICT] = 409,
        [CONTROL_INVALID] = 400,     [CONTROL_LIMIT] = 413,      [CONTROL_DENIED] = 403,
        [CONTROL_UNAVAILABLE] = 503, [CONTROL_NOT_LEADER] = 503, [CONTROL_INTERNAL] = 500,
    };

    ASSERT(code < CONTROL_CODE_COUNT);
    return statuses[code];
}

/* The text may hold what a supervisor or a worker wrote. */
static json_t *text_of(const char *text)
{
    json_t *json = json_string(text);

    return json != NULL ? json : json_string("(not valid UTF-8)");
}

void answer_fault(struct handling *handling, const struct control_fault *fault)
{
    handling->answer->status = status_of(fault->code);
    handling->answer->type = "application/json";
    answer_json(handling, json_pack("{s:{s:s, s:o}}", "error", "code",
                                    control_code_name(fault->code), "text", text_of(fault->text)));
}

static const char *phrase_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *phrase;
    } phrases[] = {
        {400, "Bad Request"},         {401, "Unauthorized"},        {403, "Forbidden"},
        {404, "Not Found"},           {405, "Method Not Allowed"},  {409, "Conflict"},
        {413, "Content Too Large"},   {414, "URI Too Long"},        {415, "Unsupported Media Type"},
        {421, "Misdirected Request"}, {503, "Service Unavailable"},
    };

    for (size_t i = 0; i < COUNT_OF(phrases); i++) {
        if (phrases[i].status == status)
            return phrases[i].phrase;
    }
    return "Internal Server Error";
}

void answer_storm_fault(struct handling *handling, unsigned status, const char *text)
{
    char error[64];

    (void)snprintf(error, sizeof error, "%u %s", status, phrase_of(status));
    handling->answer->status = status;
    handling->answer->type = "application/json";
    answer_json(handling, json_pack("{s:s, s:o}", "error", error, "errorMessage", text_of(text)));
}

void answer_refuse(struct handling *handling, enum control_code code, const char *format, ...)
{
    struct control_fault fault = {.code = code};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(fault.text, sizeof fault.text, format, arguments);
    va_end(arguments);
    answer_fault(handling, &fault);
}

bool ask_nimbus(struct handling *handling, enum backend_kind kind, const char *op, json_t *args,
                json_t **ret_ok)
{
    const struct backend *backend = handling->backend;
    struct backend_question question = {.op = op, .args = args};
    struct control_fault fault;

    enum control_code code = backend->nimbus(backend->context, kind, &question, ret_ok, &fault);
    json_decref(args);
    if (code != CONTROL_OK)
        answer_fault(handling, &fault);
    return code == CONTROL_OK;
}

bool log_is_silent(enum err err)
{
    return err == ERR_CLOSED || err == ERR_TIMEOUT;
}

void log_note(const struct backend *backend, uint64_t began_ns, enum err err,
              const struct error *error)
{
    backend->log_told(backend->context, began_ns, log_is_silent(err) ? error->text : NULL);
}
