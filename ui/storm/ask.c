/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/storm/ask.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/settings_schema.h"
#include "ui/read.h"
#include "wire/say.h"

/* ---- errors ---- */

void ask_fault(struct handling *handling, const struct control_fault *fault)
{
    answer_storm_fault(handling, status_of(fault->code), fault->text);
}

void ask_refuse(struct handling *handling, enum control_code code, const char *format, ...)
{
    struct control_fault fault = {.code = code};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(fault.text, sizeof fault.text, format, arguments);
    va_end(arguments);
    ask_fault(handling, &fault);
}

/* ---- questions ---- */

static enum control_code try_ask(const struct handling *handling, enum backend_kind kind,
                                 const char *op, json_t *args, json_t **ret_ok,
                                 struct control_fault *fault)
{
    const struct backend *backend = handling->backend;
    struct backend_question question = {.op = op, .args = args};

    enum control_code code = backend->nimbus(backend->context, kind, &question, ret_ok, fault);
    json_decref(args);
    return code;
}

static bool ask(struct handling *handling, enum backend_kind kind, const char *op, json_t *args,
                json_t **ret_ok)
{
    struct control_fault fault;

    enum control_code code = try_ask(handling, kind, op, args, ret_ok, &fault);
    if (code != CONTROL_OK)
        ask_fault(handling, &fault);
    return code == CONTROL_OK;
}

bool ask_lookup(struct handling *handling, const char *op, json_t *args, json_t **ret_ok)
{
    return ask(handling, BACKEND_LOOKUP, op, args, ret_ok);
}

bool ask_change(struct handling *handling, const char *op, json_t *args, json_t **ret_ok)
{
    shape_add(args, shape_new("{s:s, s:s}", "by", handling->request->by, "via", "api"));
    return ask(handling, BACKEND_CHANGE, op, args, ret_ok);
}

uint64_t ask_now_ms(const struct handling *handling)
{
    return handling->backend->wall_ms(handling->backend->context);
}

/* ---- the topology ---- */

/* Where the last part of id[0 .. end) begins, with its '-', if it is a number; 0 if not. */
static size_t begin_of_number(const char *id, size_t end)
{
    size_t at = end;

    while (at > 0 && isdigit((unsigned char)id[at - 1]))
        at--;
    return at == end || at < 2 || id[at - 1] != '-' ? 0 : at - 1;
}

bool ask_name_of_id(const char *id, char ret_name[ASK_NAME_MAX + 1])
{
    size_t second = begin_of_number(id, strlen(id));
    size_t counter = second == 0 ? 0 : begin_of_number(id, second);

    if (counter == 0 || counter > ASK_NAME_MAX)
        return false;
    memcpy(ret_name, id, counter);
    ret_name[counter] = '\0';
    return true;
}

/* The status of the topology of that name; not found as well if it has another id. */
static enum control_code find_topology(const struct handling *handling, const char *name,
                                       const char *id, json_t **ret_status,
                                       struct control_fault *fault)
{
    json_t *status;

    enum control_code code = try_ask(handling, BACKEND_LOOKUP, "topology.status",
                                     shape_new("{s:s}", "name", name), &status, fault);
    if (code != CONTROL_OK)
        return code;
    if (id != NULL && strcmp(read_text(status, "id"), id) != 0) {
        json_decref(status);
        return CONTROL_NOT_FOUND;
    }
    *ret_status = status;
    return CONTROL_OK;
}

bool ask_topology(struct handling *handling, json_t **ret_status)
{
    const char *id = request_param(handling->request, "id");
    enum control_code code = CONTROL_NOT_FOUND;
    char name[ASK_NAME_MAX + 1];
    struct control_fault fault;

    if (ask_name_of_id(id, name))
        code = find_topology(handling, name, id, ret_status, &fault);
    if (code == CONTROL_NOT_FOUND) /* a name may look like an id */
        code = find_topology(handling, id, NULL, ret_status, &fault);
    if (code == CONTROL_NOT_FOUND || code == CONTROL_INVALID)
        ask_refuse(handling, CONTROL_NOT_FOUND, "there is no topology %s", say_quoted(id).text);
    else if (code != CONTROL_OK)
        ask_fault(handling, &fault);
    return code == CONTROL_OK;
}

bool ask_figures(struct handling *handling, const char *name, size_t window, json_t **ret_figures)
{
    json_t *args =
        shape_new("{s:s, s:i}", "name", name, "window_s", (int)shape_windows[window].seconds);

    return ask_lookup(handling, "topology.figures", args, ret_figures);
}

/* ---- what the request says ---- */

bool ask_window(struct handling *handling, size_t *ret_window)
{
    const char *asked =
        request_query(handling->request, "window", shape_windows[SHAPE_ALL_TIME].name);

    for (size_t i = 0; i < SHAPE_WINDOWS; i++) {
        if (strcmp(shape_windows[i].name, asked) == 0) {
            *ret_window = i;
            return true;
        }
    }
    ask_refuse(handling, CONTROL_INVALID, "window must be 600, 10800, 86400 or :all-time, not %s",
               say_quoted(asked).text);
    return false;
}

bool ask_path_number(struct handling *handling, const char *name, uint64_t max,
                     uint64_t *ret_number)
{
    const char *text = request_param(handling->request, name);
    uint64_t number;

    if (!setting_parse_u64(text, &number) || number > max) {
        ask_refuse(handling, CONTROL_INVALID,
                   "%s must be a whole number from 0 to %" PRIu64 ", not %s", name, max,
                   say_quoted(text).text);
        return false;
    }
    *ret_number = number;
    return true;
}
