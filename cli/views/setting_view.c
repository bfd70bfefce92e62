/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/setting_view.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "cli/views/columns.h"

const char *setting_view_kind(enum setting_kind kind)
{
    switch (kind) {
    case SETTING_TEXT:
        return "text";
    case SETTING_BOOL:
        return "true or false";
    case SETTING_U64:
        return "number";
    case SETTING_F64:
        return "decimal";
    case SETTING_DURATION_S:
        return "seconds";
    case SETTING_BYTES:
        return "bytes";
    }
    UNREACHABLE();
}

/* In the spelling in which it would be given: 1MiB and not 1048576. */
static void add_bound(const struct setting_spec *spec, double bound, struct text *text)
{
    static const char *const units[] = {"", "KiB", "MiB", "GiB"};
    size_t unit = 0;
    double kibi = 1024;

    while (spec->kind == SETTING_BYTES && unit + 1 < COUNT_OF(units) && bound >= kibi &&
           (double)(unsigned long long)(bound / kibi) * kibi == bound) {
        bound /= kibi;
        unit++;
    }
    text_add(text, "%.15g%s", bound, units[unit]);
}

void setting_view_range(const struct setting_spec *spec, struct text *text)
{
    if (spec->min == 0 && spec->max == 0)
        return;
    if (spec->max == 0)
        text_add(text, "at least ");
    add_bound(spec, spec->min, text);
    if (spec->max == 0)
        return;
    text_add(text, " to ");
    add_bound(spec, spec->max, text);
}

void setting_view_sentence(const struct setting_spec *spec, struct text *text)
{
    text_add(text, "Type: %s", setting_view_kind(spec->kind));
    if (spec->min != 0 || spec->max != 0) {
        text_add(text, ", ");
        setting_view_range(spec, text);
    }
    if (spec->fallback != NULL)
        text_add(text, "; default: %s", spec->fallback);
    text_add(text, ".\n");
}

static void add_row(struct columns *columns, const struct setting_spec *spec)
{
    struct text range;

    text_init(&range);
    setting_view_range(spec, &range);
    columns_add(columns, "%s", spec->key);
    columns_add(columns, "%s", setting_view_kind(spec->kind));
    columns_add(columns, "%s", spec->fallback == NULL ? "" : spec->fallback);
    columns_add(columns, "%s", text_data(&range));
    columns_add(columns, "%s", spec->help);
    text_done(&range);
}

void setting_view_table(const struct setting_spec specs[], size_t count, struct text *text)
{
    struct columns columns;

    columns_init(&columns, "lllll");
    columns_add_row(&columns,
                    (const char *const[]){"setting", "type", "default", "range", "meaning"});
    for (size_t i = 0; i < count; i++)
        add_row(&columns, &specs[i]);
    columns_render(&columns, text);
    columns_done(&columns);
}

static json_t *bound_or_null(const struct setting_spec *spec, double bound, bool is_set)
{
    return (spec->min == 0 && spec->max == 0) || !is_set ? json_null() : json_real(bound);
}

static json_t *spec_to_json(const struct setting_spec *spec)
{
    return json_pack("{s:s, s:s, s:s?, s:o, s:o, s:s}", "key", spec->key, "type",
                     setting_view_kind(spec->kind), "default", spec->fallback, "min",
                     bound_or_null(spec, spec->min, true), "max",
                     bound_or_null(spec, spec->max, spec->max != 0), "help", spec->help);
}

void setting_view_json(const struct setting_spec specs[], size_t count, struct text *text)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, spec_to_json(&specs[i]));
    json_t *all = json_pack("{s:i, s:o}", "v", 1, "settings", list);
    char *json = json_dumps(all, JSON_COMPACT);
    ASSERT(json != NULL);
    text_add(text, "%s\n", json);
    free(json);
    json_decref(all);
}

/* ---- values ---- */

#define DEFAULT "default"

/* What is in force of a setting that is known: what was set, or else its default. */
static struct setting in_force(const struct setting_spec *spec, const struct settings *settings)
{
    const struct setting *set = settings_find(settings, spec->key);

    if (set != NULL)
        return *set;
    return (struct setting){
        .key = spec->key, .value = spec->fallback == NULL ? "" : spec->fallback, .origin = DEFAULT};
}

static bool is_known(const struct setting_spec specs[], size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(specs[i].key, key) == 0)
            return true;
    }
    return false;
}

static void add_value(struct columns *columns, const struct setting *setting,
                      enum setting_view_origins origins)
{
    columns_add(columns, "%s", setting->key);
    columns_add(columns, "%s", setting->value);
    columns_add(columns, "%s", origins == SETTING_VIEW_ORIGINS ? setting->origin : "");
}

void setting_view_values(const struct setting_spec specs[], size_t count,
                         const struct settings *settings, enum setting_view_origins origins,
                         struct text *text)
{
    struct columns columns;

    columns_init(&columns, "lll");
    columns_add_row(
        &columns,
        (const char *const[]){"setting", "value", origins == SETTING_VIEW_ORIGINS ? "origin" : ""});
    for (size_t i = 0; i < count; i++) {
        struct setting setting = in_force(&specs[i], settings);

        add_value(&columns, &setting, origins);
    }
    for (size_t i = 0; i < settings_count(settings); i++) {
        const struct setting *setting = settings_at(settings, i);

        if (!is_known(specs, count, setting->key))
            add_value(&columns, setting, origins);
    }
    columns_render(&columns, text);
    columns_done(&columns);
}

static json_t *value_to_json(const struct setting *setting, bool is_known_here)
{
    return json_pack("{s:s, s:s, s:s, s:b}", "key", setting->key, "value", setting->value, "origin",
                     setting->origin, "known", is_known_here ? 1 : 0);
}

void setting_view_values_json(const struct setting_spec specs[], size_t count,
                              const struct settings *settings, struct text *text)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        struct setting setting = in_force(&specs[i], settings);

        json_array_append_new(list, value_to_json(&setting, true));
    }
    for (size_t i = 0; i < settings_count(settings); i++) {
        const struct setting *setting = settings_at(settings, i);

        if (!is_known(specs, count, setting->key))
            json_array_append_new(list, value_to_json(setting, false));
    }
    json_t *all = json_pack("{s:i, s:o}", "v", 1, "values", list);
    char *json = json_dumps(all, JSON_COMPACT);
    ASSERT(json != NULL);
    text_add(text, "%s\n", json);
    free(json);
    json_decref(all);
}
