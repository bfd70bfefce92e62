/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/plan_view.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "cli/views/columns.h"

static const char *plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

static void render(const struct columns *columns, struct text *text)
{
    text_add(text, "\n");
    columns_render(columns, text);
}

/* ---- components ---- */

/* "words(text str, at u64)" */
static void add_stream(const struct plan_stream *stream, struct text *text)
{
    text_add(text, "%s%s(", stream->direct ? "direct " : "", stream->name);
    for (uint32_t i = 0; i < stream->field_count; i++)
        text_add(text, "%s%s %s", i == 0 ? "" : ", ", stream->fields[i].name,
                 kind_name(stream->fields[i].kind));
    text_add(text, ")");
}

static void add_remarks(const struct plan_component *component, struct text *text)
{
    if (component->max_pending > 0)
        text_add(text, ", max_pending %" PRIu32, component->max_pending);
    if (component->tick_ms > 0)
        text_add(text, ", ticks every %" PRIu32 " ms", component->tick_ms);
    if (component->own_loop)
        text_add(text, ", own loop");
}

/* A row for the component, and one for each of its streams but the first. */
static void add_component(struct columns *columns, const struct plan_component *component)
{
    struct text cell;

    text_init(&cell);
    text_add(&cell, "%s", component->role == PLAN_SPOUT ? "spout" : "bolt");
    add_remarks(component, &cell);
    columns_add(columns, "%s", component->name);
    columns_add(columns, "%" PRIu32, component->tasks);
    columns_add(columns, "%" PRIu32, component->executors);
    columns_add(columns, "%s", text_data(&cell));
    if (component->stream_count == 0)
        columns_add(columns, "nothing");
    for (uint32_t i = 0; i < component->stream_count; i++) {
        text_clear(&cell);
        add_stream(&component->streams[i], &cell);
        if (i > 0)
            columns_add_row(columns, (const char *const[]){"", "", "", ""});
        columns_add(columns, "%s", text_data(&cell));
    }
    text_done(&cell);
}

static void add_components(const struct plan *plan, struct text *text)
{
    struct columns columns;

    columns_init(&columns, "lrrll");
    columns_add_row(&columns,
                    (const char *const[]){"component", "tasks", "executors", "kind", "emits"});
    for (uint32_t i = 0; i < plan->component_count; i++)
        add_component(&columns, &plan->components[i]);
    render(&columns, text);
    columns_done(&columns);
}

/* ---- inputs ---- */

static void add_input(struct columns *columns, const struct plan_component *component,
                      const struct plan_input *input)
{
    struct text by;

    text_init(&by);
    text_add(&by, "%s", plan_grouping_name(input->by));
    for (uint32_t i = 0; i < input->key_count; i++)
        text_add(&by, "%s%s", i == 0 ? " on " : ", ", input->keys[i]);
    if (input->closes_cycle)
        text_add(&by, ", closes a cycle, reserve %" PRIu64 " bytes", input->reserve_bytes);
    columns_add(columns, "%s", component->name);
    columns_add(columns, "%s.%s", input->from, input->stream);
    columns_add(columns, "%s", text_data(&by));
    text_done(&by);
}

static void add_inputs(const struct plan *plan, struct text *text)
{
    struct columns columns;

    columns_init(&columns, "lll");
    columns_add_row(&columns, (const char *const[]){"component", "reads", "grouped by"});
    for (uint32_t i = 0; i < plan->component_count; i++) {
        const struct plan_component *component = &plan->components[i];

        for (uint32_t j = 0; j < component->input_count; j++)
            add_input(&columns, component, &component->inputs[j]);
    }
    if (columns.cell_count > columns.count)
        render(&columns, text);
    columns_done(&columns);
}

/* ---- settings ---- */

static const struct plan_setting *find_declared(const struct plan_settings *settings,
                                                const char *key)
{
    for (uint32_t i = 0; i < settings->count; i++) {
        if (strcmp(settings->items[i].key, key) == 0)
            return &settings->items[i];
    }
    return NULL;
}

/* The component that the key begins with, and the rest of the key after the dot. */
static const struct plan_component *split_key(const struct plan *plan, const char *key,
                                              const char **ret_rest)
{
    for (uint32_t i = 0; i < plan->component_count; i++) {
        size_t length = strlen(plan->components[i].name);

        if (strncmp(key, plan->components[i].name, length) == 0 && key[length] == '.') {
            *ret_rest = key + length + 1;
            return &plan->components[i];
        }
    }
    return NULL;
}

static const char *find_help(const struct plan *plan, const char *key)
{
    const char *rest = "";
    const struct plan_component *component = split_key(plan, key, &rest);
    const struct plan_setting *declared = NULL;

    if (component != NULL)
        declared = find_declared(&component->settings, rest);
    if (declared == NULL)
        declared = find_declared(&plan->settings, component == NULL ? key : rest);
    return declared == NULL || declared->help == NULL ? "" : declared->help;
}

/* A property of a component as the topology declares it stands in the first table. */
static bool is_shown_already(const struct plan *plan, const struct setting *setting)
{
    static const char *const properties[] = {"tasks", "executors", "max_pending", "tick_ms",
                                             "own_loop"};
    const char *rest = "";

    if (strcmp(setting->origin, "topology") != 0 || split_key(plan, setting->key, &rest) == NULL)
        return false;
    for (size_t i = 0; i < COUNT_OF(properties); i++) {
        if (strcmp(rest, properties[i]) == 0)
            return true;
    }
    return false;
}

static void add_set(struct columns *columns, const struct plan *plan,
                    const struct settings *effective)
{
    for (size_t i = 0; i < settings_count(effective); i++) {
        const struct setting *setting = settings_at(effective, i);

        if (strcmp(setting->origin, "default") == 0 || is_shown_already(plan, setting))
            continue;
        columns_add_row(columns,
                        (const char *const[]){setting->key, setting->value, setting->origin,
                                              find_help(plan, setting->key)});
    }
}

/* Declared without a default, and given nowhere: `open` may insist on it. */
static void add_unset(struct columns *columns, const struct plan_settings *settings,
                      const char *component, const struct settings *effective)
{
    struct text key;

    text_init(&key);
    for (uint32_t i = 0; i < settings->count; i++) {
        const struct plan_setting *setting = &settings->items[i];

        text_clear(&key);
        text_add(&key, "%s%s%s", component, component[0] == '\0' ? "" : ".", setting->key);
        if (settings_find(effective, text_data(&key)) == NULL)
            columns_add_row(columns,
                            (const char *const[]){text_data(&key), "", "not set",
                                                  setting->help == NULL ? "" : setting->help});
    }
    text_done(&key);
}

static void add_settings(const struct plan *plan, const struct settings *effective,
                         struct text *text)
{
    struct columns columns;

    columns_init(&columns, "llll");
    columns_add_row(&columns, (const char *const[]){"setting", "value", "from", "meaning"});
    add_set(&columns, plan, effective);
    add_unset(&columns, &plan->settings, "", effective);
    for (uint32_t i = 0; i < plan->component_count; i++)
        add_unset(&columns, &plan->components[i].settings, plan->components[i].name, effective);
    if (columns.cell_count > columns.count)
        render(&columns, text);
    columns_done(&columns);
}

void plan_view_render(const struct plan *plan, const struct config *config, struct text *text,
                      enum style style)
{
    text_add(text, "%s%s%s: %" PRIu32 " component%s, %" PRIu32 " task%s\n", style_bold(style),
             plan->name, style_end(style), plan->component_count, plural(plan->component_count),
             plan->task_count, plural(plan->task_count));
    add_components(plan, text);
    add_inputs(plan, text);
    add_settings(plan, config->effective, text);
}
