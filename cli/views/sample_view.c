/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/sample_view.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/answer.h"

static void add_task(const json_t *tuple, const char *component, const char *task,
                     struct text *text)
{
    answer_add_words(answer_text(tuple, component), text);
    text_add(text, "[%" PRIu64 "]", answer_count(tuple, task));
}

/* As JSON writes it, which says where a text begins and ends. */
static void add_value(const json_t *value, struct text *text)
{
    AUTO(mem_free_text) char *json = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

    answer_add_words(json == NULL ? "?" : json, text);
}

void sample_view_tuple(const json_t *tuple, struct text *text)
{
    const char *separator = "";
    const char *field;
    json_t *value;

    add_task(tuple, "component", "task", text);
    text_add(text, " -> ");
    add_task(tuple, "to", "to_task", text);
    text_add(text, " ");
    answer_add_words(answer_text(tuple, "stream"), text);
    text_add(text, " {");
    json_object_foreach(json_object_get(tuple, "values"), field, value)
    {
        text_add(text, "%s", separator);
        answer_add_words(field, text);
        text_add(text, "=");
        add_value(value, text);
        separator = ", ";
    }
    text_add(text, "}%s\n", answer_flag(tuple, "tracked") ? "" : " (not tracked)");
}
