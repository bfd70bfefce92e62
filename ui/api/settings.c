/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/settings.h"
#include "base/settings_schema.h"
#include "ui/api/asking.h"
#include "ui/api/handlers.h"
#include "ui/read.h"

static const char *unit_of(enum setting_kind kind)
{
    switch (kind) {
    case SETTING_TEXT:
        return "text";
    case SETTING_BOOL:
        return "bool";
    case SETTING_U64:
        return "number";
    case SETTING_F64:
        return "real";
    case SETTING_DURATION_S:
        return "seconds";
    case SETTING_BYTES:
        return "bytes";
    }
    return NULL;
}

/* `spec` is NULL for a key that is not one of Gale's. */
static json_t *show(const char *key, const struct setting_spec *spec, const char *value,
                    const char *origin)
{
    return json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:s}", "key", key, "value", value, "default",
                     spec == NULL ? NULL : spec->fallback, "unit",
                     spec == NULL ? NULL : unit_of(spec->kind), "doc",
                     spec == NULL ? NULL : spec->help, "origin", origin);
}

static const struct setting_spec *find_spec(const struct ui_facts *facts, const char *key)
{
    const struct setting_spec *spec = NULL;

    for (size_t i = 0; i < facts->table_count && spec == NULL; i++)
        spec = setting_table_find(&facts->tables[i], key);
    return spec;
}

/* ---- those of this server ---- */

/* A key may stand in several tables: the first that has it counts. */
static bool is_first(const struct ui_facts *facts, const struct setting_spec *spec)
{
    return find_spec(facts, spec->key) == spec;
}

static void add_own(const struct ui_facts *facts, const struct setting_spec *spec, json_t *list)
{
    const struct setting *set =
        facts->settings == NULL ? NULL : settings_find(facts->settings, spec->key);

    (void)json_array_append_new(list,
                                show(spec->key, spec, set == NULL ? spec->fallback : set->value,
                                     set == NULL ? "default" : set->origin));
}

static json_t *list_own(const struct ui_facts *facts)
{
    json_t *list = json_array();

    for (size_t i = 0; i < facts->table_count; i++) {
        for (size_t k = 0; k < facts->tables[i].count; k++) {
            if (is_first(facts, &facts->tables[i].specs[k]))
                add_own(facts, &facts->tables[i].specs[k], list);
        }
    }
    return list;
}

/* ---- those of a topology ---- */

static json_t *list_effective(const struct ui_facts *facts, const json_t *status)
{
    json_t *list = json_array();
    size_t index;
    json_t *setting;

    json_array_foreach(read_list(status, "settings_effective"), index, setting)
    {
        const char *key = read_text(setting, "key");
        (void)json_array_append_new(list, show(key, find_spec(facts, key),
                                               json_string_value(json_object_get(setting, "value")),
                                               read_text(setting, "origin")));
    }
    return list;
}

void api_settings(struct handling *handling)
{
    static const char *const known[] = {"topology", NULL};
    const char *topology = request_query(handling->request, "topology", "");
    json_t *status;

    if (!asking_check(handling, known))
        return;
    if (topology[0] == '\0') {
        answer_json(handling, json_pack("{s:o}", "settings", list_own(handling->facts)));
        return;
    }
    if (!ask_nimbus(handling, BACKEND_LOOKUP, "topology.status",
                    json_pack("{s:s}", "name", topology), &status))
        return;
    answer_json(handling, json_pack("{s:o}", "settings", list_effective(handling->facts, status)));
    json_decref(status);
}
