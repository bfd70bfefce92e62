/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/api/asking.h"

#include <string.h>

#include "base/assert.h"
#include "base/text.h"

/* Whoever asks here is the page, or a program that speaks as it does. */
#define VIA "ui"

static bool is_known(const char *const *known, const char *name)
{
    for (size_t i = 0; known[i] != NULL; i++) {
        if (strcmp(known[i], name) == 0)
            return true;
    }
    return false;
}

bool asking_check(struct handling *handling, const char *const *known)
{
    const struct http_request *request = handling->request;
    struct text all = {.data = NULL};

    for (size_t i = 0; i < request->query_count; i++) {
        const char *name = request->query[i].name;
        if (is_known(known, name))
            continue;
        for (size_t k = 0; known[k] != NULL; k++)
            text_add(&all, "%s'%s'", k == 0 ? "" : ", ", known[k]);
        answer_refuse(handling, CONTROL_INVALID, "'%.64s' is not a parameter here; there %s %s",
                      name, known[0] != NULL && known[1] == NULL ? "is" : "are",
                      known[0] == NULL ? "none" : text_data(&all));
        text_done(&all);
        return false;
    }
    return true;
}

bool asking_flag(struct handling *handling, const char *name, bool *ret_flag)
{
    const char *value = request_query(handling->request, name, "0");

    if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0) {
        answer_refuse(handling, CONTROL_INVALID, "'%s' must be 0 or 1", name);
        return false;
    }
    *ret_flag = value[0] == '1';
    return true;
}

bool asking_window(struct handling *handling, int64_t *ret_window)
{
    static const int64_t windows[] = {0, 10, 60, 600, 10800, 86400};
    int64_t window;

    if (!request_number(handling, "window", 0, 86400, 10, &window))
        return false;
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        if (windows[i] == window) {
            *ret_window = window;
            return true;
        }
    }
    answer_refuse(handling, CONTROL_INVALID,
                  "'window' must be 10, 60, 600, 10800 or 86400, or 0 for all time");
    return false;
}

void asking_pass(struct handling *handling, const char *op, json_t *args)
{
    json_t *ok;

    if (ask_nimbus(handling, BACKEND_LOOKUP, op, args, &ok))
        answer_json(handling, ok);
}

bool asking_body(struct handling *handling, const struct body_shape *shape, json_t **ret_args)
{
    const struct http_request *request = handling->request;
    struct control_fault fault;

    if (!body_check(shape, request->body, &fault)) {
        answer_fault(handling, &fault);
        return false;
    }
    json_t *args = request->body == NULL ? json_object() : json_copy((json_t *)request->body);
    asking_put(args, "by", json_string(request->by));
    asking_put(args, "via", json_string(VIA));
    *ret_args = args;
    return true;
}

void asking_put(json_t *object, const char *member, json_t *value)
{
    int status = json_object_set_new(object, member, value != NULL ? value : json_null());

    ASSERT(status == 0);
}
