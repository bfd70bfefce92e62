/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/executors.h"

#include <string.h>

#include "base/settings_schema.h"
#include "wire/plan.h"

enum err executors_read(const char *text, json_t *executors, struct error *error)
{
    const char *equals = strchr(text, '=');
    size_t length = equals == NULL ? 0 : (size_t)(equals - text);
    char component[PLAN_NAME_MAX + 1] = "";
    uint64_t count;

    if (length == 0 || length > PLAN_NAME_MAX || !setting_parse_u64(equals + 1, &count) ||
        count == 0 || count > PLAN_TASKS_MAX)
        return error_set(error, ERR_INVALID,
                         "--executors is '%s', but must be COMPONENT=N with N from 1 to %d", text,
                         PLAN_TASKS_MAX);
    memcpy(component, text, length);
    if (json_object_get(executors, component) != NULL)
        return error_set(error, ERR_INVALID, "--executors is given twice for '%s'", component);
    (void)json_object_set_new(executors, component, json_integer((json_int_t)count));
    return ERR_OK;
}
