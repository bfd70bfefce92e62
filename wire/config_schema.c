/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/config_schema.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "wire/config.h"
#include "wire/labels.h"

#define KIB 1024.0
#define MIB (1024.0 * KIB)
#define GIB (1024.0 * MIB)

static const struct setting_spec builtin[] = {
    {"topology.message.timeout.secs", SETTING_DURATION_S, "30", 0.01, 86400,
     "a tree that is not complete after so many seconds fails"},
    {"topology.acking", SETTING_BOOL, "true", 0, 0,
     "follow every tracked tuple; if false, spouts hear of success at once"},
    {"topology.stats", SETTING_BOOL, "true", 0, 0,
     "measure how long execute takes and for how long tasks wait; if false, only count"},
    {"topology.max.spout.pending", SETTING_U64, "0", 0, PLAN_PENDING_MAX,
     "open trees of a spout task; 0: as many as drain well in time"},
    {"topology.held.max", SETTING_U64, "65536", 1, 16777216,
     "tuples that a task may hold before it is given no more"},
    {"topology.tuple.bytes.max", SETTING_BYTES, "1MiB", 256, 64 * MIB, "a larger tuple is refused"},
    {"topology.emit.bytes.max", SETTING_BYTES, "16MiB", 64 * KIB, GIB,
     "what one call of a component may emit while there is no room for it"},
    {"topology.link.bytes", SETTING_BYTES, "1MiB", 64 * KIB, GIB,
     "what may be on its way from one loop to the tasks of a component on another"},
    {"topology.block.bytes", SETTING_BYTES, "64KiB", 4 * KIB, MIB,
     "tuples travel in blocks of this size"},
    {"topology.spout.idle.max.ms", SETTING_U64, "10", 1, 1000,
     "the longest wait before an idle spout is asked again"},
    {"topology.worker.lost.secs", SETTING_DURATION_S, "1", 0, 86400,
     "a tree that is older than the loss of a worker, and not complete so long after it, fails"},
    {"topology.drain.secs", SETTING_DURATION_S, "10", 0, 3600,
     "how long a stop waits for open trees"},
    {"topology.workers", SETTING_U64, "1", 1, 4096,
     "processes that the topology is spread over in a cluster"},
    {"topology.isolate.machines", SETTING_U64, "0", 0, 1024,
     "machines of a cluster that it gets for itself; 0: none"},
    {"worker.loops", SETTING_U64, "0", 0, 64, "threads that run tasks; 0: one for each core"},
    {"worker.log.level", SETTING_TEXT, "info", 0, 0, "debug, info, warn or error"},
    {"worker.seed", SETTING_U64, "0", 0, 0, "of all random choices; 0: drawn at start"},
    {"log.brokers", SETTING_TEXT, "127.0.0.1:9092", 1, 4096,
     "who keeps the log, HOST:PORT,...: gale-broker or Kafka; for spouts, sinks and commands"},
    {"coord.servers", SETTING_TEXT, "127.0.0.1:2181", 1, 4096,
     "who keeps the cluster state, HOST:PORT,...: gale-coord or ZooKeeper"},
    {"coord.root", SETTING_TEXT, "/gale", 1, 1023, "all of Gale's nodes there are below this one"},
    {"coord.session_timeout_ms", SETTING_U64, "10000", 100, 3600000,
     "who is silent for so long is taken for dead"},
    {"coord.reconnect_max_ms", SETTING_U64, "5000", 1, 3600000,
     "the longest pause before a new session is tried, of random length"},
};

/* Of each component; where there is no fallback, the value stands in the plan. */
static const struct setting_spec properties[] = {
    {"tasks", SETTING_U64, NULL, 1, PLAN_TASKS_MAX, "instances"},
    {"executors", SETTING_U64, NULL, 1, PLAN_TASKS_MAX, "groups of tasks placed together"},
    {"tick_ms", SETTING_U64, NULL, 0, PLAN_TICK_MS_MAX, "how often tick is called; 0: never"},
    {"own_loop", SETTING_BOOL, NULL, 0, 0, "it blocks: each executor gets a thread of its own"},
    {"cpu_percent", SETTING_U64, "0", 0, 1e6, "of a core, for each executor; 0: none asked for"},
    {"memory_mb", SETTING_U64, "0", 0, 1e9, "for each executor; 0: none asked for"},
    {"labels", SETTING_TEXT, "", 0, LABELS_BYTES_MAX,
     "only on machines that have all of them: fast,ssd"},
    {"max_pending", SETTING_U64, NULL, 0, PLAN_PENDING_MAX, "open trees of a task; 0: measured"},
};

const struct setting_spec *config_properties(size_t *ret_count)
{
    *ret_count = COUNT_OF(properties);
    return properties;
}

const char *config_own_prefix(const char *key)
{
    static const char *const prefixes[] = {"topology", "worker",     "coord", "nimbus",
                                           "cluster",  "supervisor", "log",   "broker"};

    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        size_t size = strlen(prefixes[i]);

        if (strncmp(key, prefixes[i], size) == 0 && (key[size] == '.' || key[size] == '\0'))
            return prefixes[i];
    }
    return NULL;
}

const struct setting_spec *config_specs(size_t *ret_count)
{
    *ret_count = COUNT_OF(builtin);
    return builtin;
}

char *config_key(const char *component, const char *key)
{
    struct text text;

    text_init(&text);
    text_add(&text, "%s.%s", component, key);
    return text_take(&text);
}

/* Takes the key over and copies the rest of the spec. */
static void add(struct config_schema *schema, char *key, const struct setting_spec *spec)
{
    ASSERT(schema->count < schema->capacity);
    schema->keys[schema->count] = key;
    schema->specs[schema->count] = *spec;
    schema->specs[schema->count].key = key;
    schema->count++;
}

static void add_properties(struct config_schema *schema, const struct plan_component *component)
{
    for (size_t i = 0; i < COUNT_OF(properties); i++) {
        bool is_of_spouts = strcmp(properties[i].key, "max_pending") == 0;

        if (!is_of_spouts || component->role == PLAN_SPOUT)
            add(schema, config_key(component->name, properties[i].key), &properties[i]);
    }
}

/* What a topology declares may be any text. */
static void add_declared(struct config_schema *schema, const char *component,
                         const struct plan_settings *declared)
{
    for (uint32_t i = 0; i < declared->count; i++) {
        const struct plan_setting *setting = &declared->items[i];
        struct setting_spec spec = {.kind = SETTING_TEXT, .help = setting->help};
        char *key =
            component == NULL ? mem_copy_text(setting->key) : config_key(component, setting->key);
        add(schema, key, &spec);
    }
}

/* Keys under the prefixes of Gale itself are built in or mistaken. */
static void add_declared_by_topology(struct config_schema *schema, const struct plan *plan)
{
    struct plan_settings own = {.count = 0};

    for (uint32_t i = 0; i < plan->settings.count; i++) {
        if (config_own_prefix(plan->settings.items[i].key) == NULL)
            own.items[own.count++] = plan->settings.items[i];
    }
    add_declared(schema, NULL, &own);
    for (uint32_t i = 0; i < plan->component_count; i++)
        add_declared(schema, plan->components[i].name, &own);
}

struct config_schema *config_schema_new(const struct plan *plan)
{
    struct config_schema *schema = NEW(struct config_schema);
    size_t components = plan->component_count;

    schema->capacity = COUNT_OF(builtin) + components * COUNT_OF(properties) +
                       components * PLAN_SETTINGS_MAX + (components + 1) * plan->settings.count;
    schema->specs = NEW_ARRAY(struct setting_spec, schema->capacity);
    schema->keys = NEW_ARRAY(char *, schema->capacity);

    for (size_t i = 0; i < COUNT_OF(builtin); i++)
        add(schema, mem_copy_text(builtin[i].key), &builtin[i]);
    for (size_t i = 0; i < components; i++)
        add_properties(schema, &plan->components[i]);
    for (size_t i = 0; i < components; i++)
        add_declared(schema, plan->components[i].name, &plan->components[i].settings);
    add_declared_by_topology(schema, plan);
    return schema;
}

void config_schema_destroy(struct config_schema **schema)
{
    if (*schema == NULL)
        return;
    for (size_t i = 0; i < (*schema)->count; i++)
        free((*schema)->keys[i]);
    free((*schema)->keys);
    free((*schema)->specs);
    free(*schema);
    *schema = NULL;
}
