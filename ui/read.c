/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/read.h"

#include <string.h>

const char *read_text(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text != NULL ? text : "";
}

uint64_t read_count(const json_t *object, const char *member)
{
    json_int_t number = json_integer_value(json_object_get(object, member));

    return number > 0 ? (uint64_t)number : 0;
}

double read_real(const json_t *object, const char *member)
{
    return json_number_value(json_object_get(object, member));
}

bool read_flag(const json_t *object, const char *member)
{
    return json_is_true(json_object_get(object, member));
}

bool read_has(const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);

    return value != NULL && !json_is_null(value);
}

const json_t *read_list(const json_t *object, const char *member)
{
    const json_t *list = json_object_get(object, member);

    return json_is_array(list) ? list : NULL;
}

const json_t *read_find(const json_t *list, const char *member, const char *text)
{
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item)
    {
        if (strcmp(read_text(item, member), text) == 0)
            return item;
    }
    return NULL;
}
