/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything goes through one map, `effective`, in the order of precedence; what stands in it at
 * the end is checked against the schema, and only then read back into numbers.
 */
#include "wire/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "wire/cluster.h"
#include "wire/config_schema.h"
#include "wire/labels.h"

#define BY_DEFAULT  "default"
#define BY_TOPOLOGY "topology"

/* ---- filling the map ---- */

static enum err put_defaults(struct settings *effective, struct error *error)
{
    size_t count = 0;
    const struct setting_spec *specs = config_specs(&count);

    for (size_t i = 0; i < count; i++) {
        enum err err = settings_put(effective, specs[i].key, specs[i].fallback, BY_DEFAULT, error);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err put_of_component(struct settings *effective, const char *component, const char *key,
                                 const char *value, struct error *error)
{
    AUTO(mem_free_text) char *full = config_key(component, key);

    return settings_put(effective, full, value, BY_TOPOLOGY, error);
}

static enum err put_number(struct settings *effective, const char *component, const char *key,
                           uint32_t number, struct error *error)
{
    char value[16];

    (void)snprintf(value, sizeof value, "%" PRIu32, number);
    return put_of_component(effective, component, key, value, error);
}

/* Of what the plan says nothing. */
static enum err put_property_defaults(struct settings *effective, const char *component,
                                      struct error *error)
{
    size_t count = 0;
    const struct setting_spec *properties = config_properties(&count);
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        if (properties[i].fallback == NULL)
            continue;
        AUTO(mem_free_text) char *key = config_key(component, properties[i].key);
        err = settings_put(effective, key, properties[i].fallback, BY_DEFAULT, error);
    }
    return err;
}

static enum err put_properties(struct settings *effective, const struct plan_component *component,
                               struct error *error)
{
    const char *name = component->name;
    enum err err = put_number(effective, name, "tasks", component->tasks, error);

    if (err == ERR_OK)
        err = put_number(effective, name, "executors", component->executors, error);
    if (err == ERR_OK && component->role == PLAN_SPOUT)
        err = put_number(effective, name, "max_pending", component->max_pending, error);
    if (err == ERR_OK)
        err = put_number(effective, name, "tick_ms", component->tick_ms, error);
    if (err == ERR_OK)
        err = put_of_component(effective, name, "own_loop", component->own_loop ? "true" : "false",
                               error);
    if (err == ERR_OK)
        err = put_property_defaults(effective, name, error);
    return err;
}

static enum err put_declared_by_component(struct settings *effective,
                                          const struct plan_component *component,
                                          struct error *error)
{
    for (uint32_t i = 0; i < component->settings.count; i++) {
        const struct plan_setting *setting = &component->settings.items[i];
        enum err err = ERR_OK;

        if (setting->value != NULL)
            err = put_of_component(effective, component->name, setting->key, setting->value, error);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err put_declared_by_topology(struct settings *effective, const struct plan *plan,
                                         struct error *error)
{
    for (uint32_t i = 0; i < plan->settings.count; i++) {
        const struct plan_setting *setting = &plan->settings.items[i];
        enum err err = ERR_OK;

        if (setting->value != NULL)
            err = settings_put(effective, setting->key, setting->value, BY_TOPOLOGY, error);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

/* The topology's list beats what stands in its components: it may name "<component>.<key>". */
static enum err put_topology(struct settings *effective, const struct plan *plan,
                             struct error *error)
{
    for (uint32_t i = 0; i < plan->component_count; i++) {
        enum err err = put_properties(effective, &plan->components[i], error);

        if (err == ERR_OK)
            err = put_declared_by_component(effective, &plan->components[i], error);
        if (err != ERR_OK)
            return err;
    }
    return put_declared_by_topology(effective, plan, error);
}

/* The tables of what may stand in a file: first what this topology knows. */
struct known {
    struct setting_table tables[1 + CLUSTER_TABLES];
};

static struct known know(const struct config_schema *schema)
{
    struct known known;

    known.tables[0] = (struct setting_table){.specs = schema->specs, .count = schema->count};
    cluster_tables(&known.tables[1]);
    return known;
}

static bool is_for_others(const struct known *known, const char *key)
{
    bool is_known = false;

    for (size_t i = 1; i < COUNT_OF(known->tables); i++)
        is_known = is_known || setting_table_find(&known->tables[i], key) != NULL;
    return is_known && setting_table_find(&known->tables[0], key) == NULL;
}

/* All but what is meant for the daemons of a cluster. */
static enum err put_overrides(struct settings *effective, const struct settings *overrides,
                              const struct known *known, struct error *error)
{
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < settings_count(overrides); i++) {
        const struct setting *setting = settings_at(overrides, i);

        if (!is_for_others(known, setting->key))
            err = settings_put(effective, setting->key, setting->value, setting->origin, error);
    }
    return err;
}

/* ---- checking it ---- */

/* The schema does not know "<bolt>.max_pending", but people may well try it. */
static enum err check_max_pending(const struct settings *effective, const struct plan *plan,
                                  struct error *error)
{
    for (uint32_t i = 0; i < plan->component_count; i++) {
        if (plan->components[i].role == PLAN_SPOUT)
            continue;
        AUTO(mem_free_text) char *key = config_key(plan->components[i].name, "max_pending");
        const struct setting *setting = settings_find(effective, key);

        if (setting != NULL)
            return error_set(error, ERR_INVALID, "%s: setting '%s': only spouts have max_pending",
                             setting->origin, key);
    }
    return ERR_OK;
}

/* Checked by the schema, so it can be read. */
static uint64_t read_u64(const struct settings *effective, const char *key)
{
    const struct setting *setting = settings_find(effective, key);
    uint64_t value = 0;

    ASSERT(setting != NULL);
    bool is_number = setting_parse_u64(setting->value, &value);
    ASSERT(is_number);
    return value;
}

static uint64_t read_bytes(const struct settings *effective, const char *key)
{
    const struct setting *setting = settings_find(effective, key);
    uint64_t value = 0;

    ASSERT(setting != NULL);
    bool is_size = setting_parse_bytes(setting->value, &value);
    ASSERT(is_size);
    return value;
}

static bool read_bool(const struct settings *effective, const char *key)
{
    const struct setting *setting = settings_find(effective, key);
    bool value = false;

    ASSERT(setting != NULL);
    bool is_bool = setting_parse_bool(setting->value, &value);
    ASSERT(is_bool);
    return value;
}

static uint64_t read_ms(const struct settings *effective, const char *key)
{
    const struct setting *setting = settings_find(effective, key);
    double seconds = 0;

    ASSERT(setting != NULL);
    bool is_duration = setting_parse_duration_s(setting->value, &seconds);
    ASSERT(is_duration);
    return (uint64_t)(seconds * 1000 + 0.5);
}

/* The origin to blame: not the default, if the other one was set. */
static const char *blame(const struct setting *a, const struct setting *b)
{
    return strcmp(a->origin, BY_DEFAULT) == 0 ? b->origin : a->origin;
}

/* The one must fit into the other, or nothing would ever move. */
static enum err check_sizes(const struct settings *effective, struct error *error)
{
    static const char *const pairs[][2] = {
        {"topology.block.bytes", "topology.link.bytes"},
        {"topology.tuple.bytes.max", "topology.emit.bytes.max"},
    };

    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        const struct setting *inner = settings_find(effective, pairs[i][0]);
        const struct setting *outer = settings_find(effective, pairs[i][1]);

        if (read_bytes(effective, inner->key) > read_bytes(effective, outer->key))
            return error_set(error, ERR_INVALID,
                             "%s: setting '%s' is '%s', which is more than '%s' ('%s'): lower the "
                             "one or raise the other",
                             blame(inner, outer), inner->key, inner->value, outer->key,
                             outer->value);
    }
    return ERR_OK;
}

static enum err check_log_level(const struct settings *effective, struct error *error)
{
    const struct setting *setting = settings_find(effective, "worker.log.level");
    uint32_t level = 0;

    if (setting_parse_log_level(setting->value, &level))
        return ERR_OK;
    return error_set(error, ERR_INVALID,
                     "%s: setting '%s' is '%s', but must be debug, info, warn or error",
                     setting->origin, setting->key, setting->value);
}

static enum err check_labels(const struct settings *effective, const struct plan *plan,
                             struct error *error)
{
    for (uint32_t i = 0; i < plan->component_count; i++) {
        AUTO(mem_free_text) char *key = config_key(plan->components[i].name, "labels");
        const struct setting *setting = settings_find(effective, key);
        struct error why;
        struct labels labels;

        if (labels_parse(setting->value, &labels, &why) != ERR_OK)
            return error_set(error, why.code, "%s: setting '%s': %s", setting->origin, key,
                             why.text);
        labels_done(&labels);
    }
    return ERR_OK;
}

/* The overrides by themselves for what is not in force here; what is in force against what this
 * topology knows alone, as a topology has no settings for daemons. */
static enum err check(const struct settings *effective, const struct settings *overrides,
                      const struct known *known, struct error *error)
{
    enum err err = settings_check_tables(overrides, known->tables, COUNT_OF(known->tables), error);

    if (err == ERR_OK)
        err = settings_check_tables(effective, known->tables, 1, error);
    if (err == ERR_OK)
        err = check_log_level(effective, error);
    return err == ERR_OK ? check_sizes(effective, error) : err;
}

/* ---- reading it back ---- */

static uint32_t read_property(const struct settings *effective, const char *component,
                              const char *key)
{
    AUTO(mem_free_text) char *full = config_key(component, key);

    return (uint32_t)read_u64(effective, full);
}

/* Nobody set the executors from outside, so they follow the tasks: a component that has one for
 * each task keeps it so, one that was declared with fewer keeps them while there are tasks. */
static uint32_t follow(const struct plan_component *declared, uint32_t executors, uint32_t tasks)
{
    return executors == declared->tasks || executors > tasks ? tasks : executors;
}

static enum err apply_tasks(struct plan_component *component, struct settings *effective,
                            struct error *error)
{
    AUTO(mem_free_text) char *tasks_key = config_key(component->name, "tasks");
    AUTO(mem_free_text) char *executors_key = config_key(component->name, "executors");
    const char *origin = settings_find(effective, executors_key)->origin;
    bool is_set = strcmp(origin, BY_TOPOLOGY) != 0;
    uint32_t tasks = (uint32_t)read_u64(effective, tasks_key);
    uint32_t wanted = (uint32_t)read_u64(effective, executors_key);
    uint32_t executors = is_set ? wanted : follow(component, wanted, tasks);

    if (executors > tasks)
        return error_set(error, ERR_INVALID,
                         "%s: setting '%s' is '%" PRIu32 "', but there are only %" PRIu32
                         " tasks: lower it or raise '%s'",
                         origin, executors_key, executors, tasks, tasks_key);
    component->tasks = tasks;
    component->executors = executors;
    if (executors == wanted)
        return ERR_OK;

    char value[16];
    (void)snprintf(value, sizeof value, "%" PRIu32, executors);
    return settings_put(effective, executors_key, value,
                        settings_find(effective, tasks_key)->origin, error);
}

static enum err apply_to_plan(struct plan *plan, struct settings *effective, struct error *error)
{
    for (uint32_t i = 0; i < plan->component_count; i++) {
        struct plan_component *component = &plan->components[i];
        enum err err = apply_tasks(component, effective, error);
        if (err != ERR_OK)
            return err;

        AUTO(mem_free_text) char *own_loop = config_key(component->name, "own_loop");
        component->own_loop = read_bool(effective, own_loop);
        component->tick_ms = read_property(effective, component->name, "tick_ms");
        if (component->role == PLAN_SPOUT)
            component->max_pending = read_property(effective, component->name, "max_pending");
    }
    return plan_check(plan, error);
}

static uint32_t read_log_level(const struct settings *effective)
{
    uint32_t level = 0;
    bool is_level =
        setting_parse_log_level(settings_find(effective, "worker.log.level")->value, &level);

    ASSERT(is_level);
    return level;
}

static struct config *make(struct settings **effective)
{
    struct config *config = NEW(struct config);
    const struct settings *from = *effective;

    config->timeout_ms = read_ms(from, "topology.message.timeout.secs");
    config->acking = read_bool(from, "topology.acking");
    config->stats = read_bool(from, "topology.stats");
    config->pending_max = (uint32_t)read_u64(from, "topology.max.spout.pending");
    config->held_max = (uint32_t)read_u64(from, "topology.held.max");
    config->tuple_bytes_max = read_bytes(from, "topology.tuple.bytes.max");
    config->emit_bytes_max = read_bytes(from, "topology.emit.bytes.max");
    config->link_bytes = read_bytes(from, "topology.link.bytes");
    config->block_bytes = (uint32_t)read_bytes(from, "topology.block.bytes");
    config->idle_max_ms = (uint32_t)read_u64(from, "topology.spout.idle.max.ms");
    config->lost_ms = read_ms(from, "topology.worker.lost.secs");
    config->drain_ms = read_ms(from, "topology.drain.secs");
    config->workers = (uint32_t)read_u64(from, "topology.workers");
    config->isolate_machines = (uint32_t)read_u64(from, "topology.isolate.machines");
    config->loops = (uint32_t)read_u64(from, "worker.loops");
    config->log_level = read_log_level(from);
    config->seed = read_u64(from, "worker.seed");
    config->effective = TAKE(*effective);
    return config;
}

enum err config_make(struct plan *plan, const struct settings *overrides,
                     struct config **ret_config, struct error *error)
{
    AUTO(settings_destroy) struct settings *effective = settings_new();
    AUTO(config_schema_destroy) struct config_schema *schema = config_schema_new(plan);
    struct known known = know(schema);
    enum err err = put_defaults(effective, error);

    if (err == ERR_OK)
        err = put_topology(effective, plan, error);
    if (err == ERR_OK)
        err = put_overrides(effective, overrides, &known, error);
    if (err == ERR_OK)
        err = check_max_pending(effective, plan, error);
    if (err == ERR_OK)
        err = check(effective, overrides, &known, error);
    if (err == ERR_OK)
        err = check_labels(effective, plan, error);
    if (err == ERR_OK)
        err = apply_to_plan(plan, effective, error);
    if (err == ERR_OK)
        *ret_config = make(&effective);
    return err;
}

void config_destroy(struct config **config)
{
    if (*config == NULL)
        return;
    settings_destroy(&(*config)->effective);
    free(*config);
    *config = NULL;
}

const struct setting *config_find(const struct config *config, const char *component,
                                  const char *key)
{
    AUTO(mem_free_text) char *full = config_key(component, key);
    const struct setting *setting = settings_find(config->effective, full);

    return setting != NULL ? setting : settings_find(config->effective, key);
}
