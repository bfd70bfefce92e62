/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/body.h"

#include "base/mem.h"
#include <stdbool.h>

/* The library reads with recursion, as deep as it allows by itself: too deep is found out before. */
static bool is_flat(const char *bytes, size_t size)
{
    size_t depth = 0;
    bool is_text = false;

    for (size_t i = 0; i < size; i++) {
        if (is_text && bytes[i] == '\\')
            i++;
        else if (bytes[i] == '"')
            is_text = !is_text;
        else if (!is_text && (bytes[i] == '{' || bytes[i] == '['))
            depth++;
        else if (!is_text && (bytes[i] == '}' || bytes[i] == ']') && depth > 0)
            depth--;
        if (depth > BODY_DEPTH_MAX)
            return false;
    }
    return true;
}

enum err body_read(const char *bytes, size_t size, json_t **ret_object, struct error *error)
{
    json_error_t fault;

    if (!is_flat(bytes, size))
        return error_set(error, ERR_INVALID, "the body is deeper than %d", BODY_DEPTH_MAX);
    json_t *json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &fault);
    if (json == NULL)
        return error_set(error, ERR_INVALID, "the body is not JSON: line %d, column %d: %s",
                         fault.line, fault.column, fault.text);
    if (!json_is_object(json)) {
        json_decref(json);
        return error_set(error, ERR_INVALID, "the body must be a JSON object");
    }
    *ret_object = json;
    return ERR_OK;
}
