/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/control.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

static const char *const code_names[] = {
    [CONTROL_OK] = "ok",
    [CONTROL_NOT_FOUND] = "not_found",
    [CONTROL_CONFLICT] = "conflict",
    [CONTROL_INVALID] = "invalid",
    [CONTROL_LIMIT] = "limit",
    [CONTROL_DENIED] = "denied",
    [CONTROL_UNAVAILABLE] = "unavailable",
    [CONTROL_NOT_LEADER] = "not_leader",
    [CONTROL_INTERNAL] = "internal",
};
_Static_assert(COUNT_OF(code_names) == CONTROL_CODE_COUNT, "each code has a name");

const char *control_code_name(enum control_code code)
{
    ASSERT((size_t)code < COUNT_OF(code_names));
    return code_names[code];
}

static enum control_code code_by_name(const char *name)
{
    for (size_t i = CONTROL_OK + 1; i < COUNT_OF(code_names); i++)
        if (strcmp(code_names[i], name) == 0)
            return (enum control_code)i;
    return CONTROL_INTERNAL;
}

/* ---- decoding ---- */

/* How deep lists and objects stand within each other, at most; what is not JSON gives any number.
 * The parser of the library is recursive, and would take far more. */
static size_t measure_depth(const char *text, size_t size)
{
    size_t depth = 0;
    size_t deepest = 0;
    bool is_quoted = false;

    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"')
            is_quoted = !is_quoted;
        else if (is_quoted)
            i += text[i] == '\\';
        else if (text[i] == '[' || text[i] == '{')
            deepest = ++depth > deepest ? depth : deepest;
        else if ((text[i] == ']' || text[i] == '}') && depth > 0)
            depth--;
    }
    return deepest;
}

static enum err parse(const char *head, size_t size, json_t **ret_root, struct error *error)
{
    json_error_t fault;

    if (size > 0 && measure_depth(head, size) > CONTROL_DEPTH_MAX)
        return error_set(error, ERR_CORRUPT, "more than %d lists and objects within each other",
                         CONTROL_DEPTH_MAX);
    json_t *root = size == 0 ? NULL : json_loadb(head, size, JSON_REJECT_DUPLICATES, &fault);
    if (root == NULL)
        return error_set(error, ERR_CORRUPT, "not JSON");
    if (!json_is_object(root)) {
        json_decref(root);
        return error_set(error, ERR_CORRUPT, "not an object");
    }
    *ret_root = root;
    return ERR_OK;
}

static enum err check_version(const json_t *root, struct error *error)
{
    const json_t *version = json_object_get(root, "v");

    if (!json_is_integer(version))
        return error_set(error, ERR_CORRUPT, "'v' is not a number");
    if (json_integer_value(version) != CONTROL_VERSION)
        return error_set(error, ERR_VERSION,
                         "version %" JSON_INTEGER_FORMAT ", but only %d is known",
                         json_integer_value(version), CONTROL_VERSION);
    return ERR_OK;
}

static enum err read_id(const json_t *root, uint64_t *ret_id, struct error *error)
{
    const json_t *id = json_object_get(root, "id");

    if (!json_is_integer(id) || json_integer_value(id) < 0)
        return error_set(error, ERR_CORRUPT, "'id' is not a number of 0 or more");
    *ret_id = (uint64_t)json_integer_value(id);
    return ERR_OK;
}

/* The object, with the version and the id read. */
static enum err open_head(const char *head, size_t size, json_t **ret_root, uint64_t *ret_id,
                          struct error *error)
{
    json_t *root = NULL;
    enum err err = parse(head, size, &root, error);

    if (err != ERR_OK)
        return err;
    err = check_version(root, error);
    if (err == ERR_OK)
        err = read_id(root, ret_id, error);
    if (err == ERR_OK)
        *ret_root = root;
    else
        json_decref(root);
    return err;
}

static bool is_op(const char *text)
{
    size_t size = strlen(text);

    return size > 0 && size <= CONTROL_OP_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

static enum err read_request(const json_t *root, struct control_request *request,
                             struct error *error)
{
    const json_t *op = json_object_get(root, "op");
    json_t *args = json_object_get(root, "args");

    if (!json_is_string(op) || !is_op(json_string_value(op)))
        return error_set(error, ERR_CORRUPT, "'op' is not the name of an operation");
    if (!json_is_object(args))
        return error_set(error, ERR_CORRUPT, "'args' is not an object");
    (void)snprintf(request->op, sizeof request->op, "%s", json_string_value(op));
    request->args = json_incref(args);
    return ERR_OK;
}

enum err control_request_decode(const char *head, size_t size, struct control_request *ret_request,
                                struct error *error)
{
    struct control_request request = {.args = NULL};
    json_t *root = NULL;
    enum err err = open_head(head, size, &root, &request.id, error);

    if (err == ERR_OK)
        err = read_request(root, &request, error);
    json_decref(root);
    if (err == ERR_OK)
        *ret_request = request;
    return err;
}

void control_request_done(struct control_request *request)
{
    json_decref(request->args);
    *request = (struct control_request){.args = NULL};
}

static enum err read_fault(const json_t *json, struct control_fault *fault, struct error *error)
{
    const json_t *code = json_object_get(json, "code");
    const json_t *text = json_object_get(json, "text");

    if (!json_is_string(code) || !json_is_string(text))
        return error_set(error, ERR_CORRUPT, "'error' has no code and text");
    (void)control_refuse(fault, code_by_name(json_string_value(code)), "%s",
                         json_string_value(text));
    return ERR_OK;
}

static enum err read_answer(const json_t *root, struct control_answer *answer, struct error *error)
{
    json_t *ok = json_object_get(root, "ok");
    const json_t *fault = json_object_get(root, "error");

    if ((ok == NULL) == (fault == NULL))
        return error_set(error, ERR_CORRUPT, "neither a result nor an error, or both");
    if (fault != NULL)
        return read_fault(fault, &answer->fault, error);
    if (!json_is_object(ok))
        return error_set(error, ERR_CORRUPT, "'ok' is not an object");
    answer->ok = json_incref(ok);
    return ERR_OK;
}

enum err control_answer_decode(const char *head, size_t size, struct control_answer *ret_answer,
                               struct error *error)
{
    struct control_answer answer = {.ok = NULL};
    json_t *root = NULL;
    enum err err = open_head(head, size, &root, &answer.id, error);

    if (err == ERR_OK)
        err = read_answer(root, &answer, error);
    json_decref(root);
    if (err == ERR_OK)
        *ret_answer = answer;
    return err;
}

void control_answer_done(struct control_answer *answer)
{
    json_decref(answer->ok);
    *answer = (struct control_answer){.ok = NULL};
}

/* ---- encoding ---- */

/* The library returns NULL for want of memory, and for texts that are not UTF-8, which do not come
 * here. */
static void put(json_t *object, const char *member, json_t *value)
{
    int status = json_object_set_new(object, member, value);

    ASSERT(value != NULL && status == 0);
}

/* A text that is not UTF-8, be it that it was cut in a character, has '?' for what is not ASCII. */
static json_t *json_text(const char *text)
{
    json_t *json = json_string(text);

    if (json != NULL)
        return json;
    AUTO(mem_free_text) char *copy = mem_copy_text(text);
    for (char *at = copy; *at != '\0'; at++)
        if ((unsigned char)*at > 127)
            *at = '?';
    return json_string(copy);
}

static json_t *new_head(uint64_t id)
{
    json_t *object = json_object();

    ASSERT(object != NULL && id <= INT64_MAX);
    put(object, "v", json_integer(CONTROL_VERSION));
    put(object, "id", json_integer((json_int_t)id));
    return object;
}

static char *finish(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);

    ASSERT(text != NULL);
    json_decref(object);
    return text;
}

char *control_request_encode(uint64_t id, const char *op, json_t *args)
{
    json_t *object = new_head(id);

    ASSERT(is_op(op));
    put(object, "op", json_text(op));
    put(object, "args", args == NULL ? json_object() : args);
    return finish(object);
}

char *control_answer_encode(uint64_t id, json_t *ok)
{
    json_t *object = new_head(id);

    put(object, "ok", ok == NULL ? json_object() : ok);
    return finish(object);
}

char *control_fault_encode(uint64_t id, const struct control_fault *fault)
{
    json_t *object = new_head(id);
    json_t *error = json_object();

    ASSERT(fault->code != CONTROL_OK);
    put(error, "code", json_text(control_code_name(fault->code)));
    put(error, "text", json_text(fault->text));
    put(object, "error", error);
    return finish(object);
}

/* ---- arguments ---- */

bool control_refuse(struct control_fault *fault, enum control_code code, const char *format, ...)
{
    va_list arguments;

    ASSERT(code != CONTROL_OK);
    fault->code = code;
    va_start(arguments, format);
    (void)vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    return false;
}

static const json_t *find(const json_t *args, const char *member)
{
    const json_t *value = json_object_get(args, member);

    return json_is_null(value) ? NULL : value;
}

static bool take_text(const json_t *value, const char *member, size_t min, size_t max,
                      const char **ret_text, struct control_fault *fault)
{
    size_t size = json_string_length(value);

    if (!json_is_string(value) || size < min || size > max)
        return control_refuse(fault, CONTROL_INVALID, "'%s' must be a text of %zu to %zu bytes",
                              member, min, max);
    *ret_text = json_string_value(value);
    return true;
}

bool control_text(const json_t *args, const char *member, size_t max, const char **ret_text,
                  struct control_fault *fault)
{
    return take_text(find(args, member), member, 1, max, ret_text, fault);
}

bool control_text_or(const json_t *args, const char *member, size_t max, const char *otherwise,
                     const char **ret_text, struct control_fault *fault)
{
    const json_t *value = find(args, member);

    if (value != NULL)
        return take_text(value, member, 0, max, ret_text, fault);
    *ret_text = otherwise;
    return true;
}

static bool take_number(const json_t *value, const char *member, int64_t min, int64_t max,
                        int64_t *ret_number, struct control_fault *fault)
{
    json_int_t number = json_integer_value(value);

    if (!json_is_integer(value) || number < min || number > max)
        return control_refuse(fault, CONTROL_INVALID,
                              "'%s' must be a whole number from %" PRId64 " to %" PRId64, member,
                              min, max);
    *ret_number = number;
    return true;
}

bool control_number(const json_t *args, const char *member, int64_t min, int64_t max,
                    int64_t *ret_number, struct control_fault *fault)
{
    return take_number(find(args, member), member, min, max, ret_number, fault);
}

/* NOLINTNEXTLINE(readability-function-size): control_number() and what stands for none */
bool control_number_or(const json_t *args, const char *member, int64_t min, int64_t max,
                       int64_t otherwise, int64_t *ret_number, struct control_fault *fault)
{
    const json_t *value = find(args, member);

    if (value != NULL)
        return take_number(value, member, min, max, ret_number, fault);
    *ret_number = otherwise;
    return true;
}

bool control_flag_or(const json_t *args, const char *member, bool otherwise, bool *ret_flag,
                     struct control_fault *fault)
{
    const json_t *value = find(args, member);

    if (value != NULL && !json_is_boolean(value))
        return control_refuse(fault, CONTROL_INVALID, "'%s' must be true or false", member);
    *ret_flag = value == NULL ? otherwise : json_is_true(value);
    return true;
}
