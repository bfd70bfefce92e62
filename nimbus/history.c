/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/history.h"

#include <stdbool.h>
#include <string.h>

static bool is_text(const json_t *status, const char *member, const char *text)
{
    const char *value = json_string_value(json_object_get(status, member));

    return value != NULL && strcmp(value, text) == 0;
}

/* The place that becomes free: of the same topology, the first that is empty, or the oldest. */
static size_t find_place(const struct history *history, const char *id)
{
    size_t place = 0;

    while (place < HISTORY_MAX - 1 && history->items[place] != NULL &&
           !is_text(history->items[place], "id", id))
        place++;
    return place;
}

void history_put(struct history *history, json_t *status, struct chart *chart)
{
    size_t place = find_place(history, json_string_value(json_object_get(status, "id")));

    json_decref(history->items[place]);
    chart_destroy(&history->charts[place]);
    for (; place > 0; place--) {
        history->items[place] = history->items[place - 1];
        history->charts[place] = history->charts[place - 1];
    }
    history->items[0] = status;
    history->charts[0] = chart;
}

void history_done(struct history *history)
{
    for (size_t i = 0; i < HISTORY_MAX; i++) {
        json_decref(history->items[i]);
        chart_destroy(&history->charts[i]);
    }
    *history = (struct history){.items = {NULL}};
}

/* HISTORY_MAX if there is none. */
static size_t find(const struct history *history, const char *name)
{
    for (size_t i = 0; i < HISTORY_MAX && history->items[i] != NULL; i++) {
        json_t *status = history->items[i];

        if (is_text(status, "name", name) || is_text(status, "id", name))
            return i;
    }
    return HISTORY_MAX;
}

json_t *history_find(const struct history *history, const char *name)
{
    size_t index = find(history, name);

    return index == HISTORY_MAX ? NULL : history->items[index];
}

const struct chart *history_find_chart(const struct history *history, const char *name)
{
    size_t index = find(history, name);

    return index == HISTORY_MAX ? NULL : history->charts[index];
}
