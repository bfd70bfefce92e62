/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/answer.h"

#include <stdlib.h>

#include "base/assert.h"
#include "wire/say.h"

const char *answer_text(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text == NULL ? "" : text;
}

uint64_t answer_count(const json_t *object, const char *member)
{
    json_int_t count = json_integer_value(json_object_get(object, member));

    return count < 0 ? 0 : (uint64_t)count;
}

bool answer_flag(const json_t *object, const char *member)
{
    return json_is_true(json_object_get(object, member));
}

const json_t *answer_item(const json_t *object, const char *list, size_t index)
{
    return json_array_get(json_object_get(object, list), index);
}

size_t answer_size(const json_t *object, const char *list)
{
    return json_array_size(json_object_get(object, list));
}

void answer_add_words(const char *words, struct text *text)
{
    say_words(words, text);
}

void answer_add_json(const json_t *object, struct text *text)
{
    json_t *all = json_pack("{s:i}", "v", 1);

    (void)json_object_update_missing(all, (json_t *)(uintptr_t)object);
    char *json = json_dumps(all, JSON_COMPACT);
    ASSERT(json != NULL);
    text_add(text, "%s\n", json);
    free(json);
    json_decref(all);
}
