/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value of a topic's setting comes from the first of these that has one; they are its synonyms, in that order:
 *
 *     the topic's override          retention.ms          source 1
 *     the broker's settings         log.retention.ms      source 4, if they are not as they are built in
 *     what is built in              log.retention.ms      source 5
 */
#include "broker/server/admin_describe.h"

#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/server/admin_parts.h"

enum {
    SYNONYMS_MAX = 3,
    MS_PER_MINUTE = 60000,
};

/* Whether one of the keys that are asked for; no list, or an empty one, asks for all. */
static bool is_asked(const struct kafka_describe_configs_request_resource *asked, const char *name)
{
    if (asked->configuration_key_count <= 0)
        return true;
    for (int32_t i = 0; i < asked->configuration_key_count; i++) {
        if (admin_string_equals(asked->configuration_keys[i], admin_string(name)))
            return true;
    }
    return false;
}

static struct kafka_string value_text(struct service *service, const struct request *request,
                                      enum topic_key key, union topic_value value)
{
    char text[TOPIC_VALUE_MAX];

    topic_value_write(key, value, text);
    return admin_text(service, request, "%s", text);
}

/* The broker's settings differ from what is built in: so somebody has set them. */
static bool is_set_by_broker(const struct service *service, enum topic_key key)
{
    return !topic_value_equals(key, service->defaults.values[key], topic_key_spec(key)->builtin);
}

struct kafka_string admin_topic_value(struct service *service, const struct request *request,
                                      enum topic_key key, const struct topic_config *config)
{
    return value_text(service, request, key,
                      topic_config_merge(config, &service->defaults).values[key]);
}

int8_t admin_topic_source(const struct service *service, enum topic_key key,
                          const struct topic_config *config)
{
    if (topic_config_has(config, key))
        return KAFKA_CONFIG_SOURCE_TOPIC;
    return is_set_by_broker(service, key) ? KAFKA_CONFIG_SOURCE_STATIC
                                          : KAFKA_CONFIG_SOURCE_DEFAULT;
}

/* ---- synonyms ---- */

static void add_synonym(struct kafka_describe_configs_response_config *entry, const char *name,
                        struct kafka_string value, enum kafka_config_source source)
{
    ASSERT(entry->synonym_count < SYNONYMS_MAX);
    entry->synonyms[entry->synonym_count++] = (struct kafka_describe_configs_response_synonym){
        .name = admin_string(name),
        .value = value,
        .source = (int8_t)source,
    };
}

/* config is NULL for the broker itself. */
static void add_synonyms(struct service *service, const struct request *request, enum topic_key key,
                         const struct topic_config *config,
                         struct kafka_describe_configs_response_config *entry)
{
    const struct kafka_describe_configs_request *asked = request->body;
    const struct topic_key_spec *spec = topic_key_spec(key);

    if (!asked->include_synonyms)
        return;
    entry->synonyms = admin_array(service, request, SYNONYMS_MAX, sizeof *entry->synonyms);
    if (config != NULL && topic_config_has(config, key))
        add_synonym(entry, spec->name, entry->value, KAFKA_CONFIG_SOURCE_TOPIC);
    if (is_set_by_broker(service, key))
        add_synonym(entry, spec->broker_name,
                    value_text(service, request, key, service->defaults.values[key]),
                    KAFKA_CONFIG_SOURCE_STATIC);
    add_synonym(entry, spec->broker_name, value_text(service, request, key, spec->builtin),
                KAFKA_CONFIG_SOURCE_DEFAULT);
}

/* ---- topics ---- */

static struct kafka_string help_of(const struct request *request, const char *help)
{
    const struct kafka_describe_configs_request *asked = request->body;

    return asked->include_documentation ? admin_string(help) : KAFKA_STRING_NULL;
}

void admin_describe_topic(struct service *service, const struct request *request,
                          const struct kafka_describe_configs_request_resource *asked,
                          const struct topic_config *config,
                          struct kafka_describe_configs_response_result *result)
{
    result->configs = admin_array(service, request, TOPIC_KEYS, sizeof *result->configs);
    for (int i = 0; i < TOPIC_KEYS; i++) {
        enum topic_key key = (enum topic_key)i;
        const struct topic_key_spec *spec = topic_key_spec(key);

        if (!is_asked(asked, spec->name))
            continue;
        struct kafka_describe_configs_response_config *entry =
            &result->configs[result->config_count++];
        entry->name = admin_string(spec->name);
        entry->value = admin_topic_value(service, request, key, config);
        entry->config_source = admin_topic_source(service, key, config);
        entry->is_default = entry->config_source == KAFKA_CONFIG_SOURCE_DEFAULT;
        entry->config_type = (int8_t)spec->kind;
        entry->documentation = help_of(request, spec->help);
        add_synonyms(service, request, key, config, entry);
    }
}

/* ---- the broker ---- */

/* A setting that is not the default of a topic's. */
struct broker_entry {
    const char *name;
    enum kafka_config_type type;
    struct kafka_string value;
    const char *help;
};

enum {
    BROKER_ENTRIES_MAX = 24,
};

struct broker_entries {
    struct broker_entry list[BROKER_ENTRIES_MAX];
    size_t count;
};

static void add_entry(struct broker_entries *entries, const char *name, enum kafka_config_type type,
                      struct kafka_string value, const char *help)
{
    ASSERT(entries->count < BROKER_ENTRIES_MAX);
    entries->list[entries->count++] = (struct broker_entry){name, type, value, help};
}

struct numbered_entry {
    const char *name;
    enum kafka_config_type type;
    uint64_t value;
    const char *help;
};

static void add_numbers(struct service *service, const struct request *request,
                        struct broker_entries *entries)
{
    const struct broker_options *options = service->options;
    const struct groups_options *groups = &options->groups;
    const struct numbered_entry numbers[] = {
        {"broker.id", KAFKA_CONFIG_INT, (uint64_t)options->id, "number of this broker"},
        {"connections.max.idle.ms", KAFKA_CONFIG_LONG, options->idle_max_ms,
         "a connection on which nothing comes for so long is closed"},
        {"default.replication.factor", KAFKA_CONFIG_INT, 1, "copies of a partition"},
        {"fetch.max.bytes", KAFKA_CONFIG_INT, options->fetch_bytes_max,
         "largest answer to a fetch"},
        {"group.initial.rebalance.delay.ms", KAFKA_CONFIG_INT, groups->initial_delay_ms,
         "the first member of a group waits so long for others"},
        {"group.max.session.timeout.ms", KAFKA_CONFIG_INT, groups->session_max_ms,
         "longest session that a member may ask for"},
        {"group.max.size", KAFKA_CONFIG_INT, groups->members_max, "members of a group"},
        {"group.min.session.timeout.ms", KAFKA_CONFIG_INT, groups->session_min_ms,
         "shortest session that a member may ask for"},
        {"log.retention.check.interval.ms", KAFKA_CONFIG_LONG, options->retention_check_ms,
         "how often retention is looked at"},
        {"max.connections", KAFKA_CONFIG_INT, options->connections_max, "connections at a time"},
        {"num.partitions", KAFKA_CONFIG_INT, options->topic_partitions,
         "of a topic, if nobody says how many"},
        {"offset.metadata.max.bytes", KAFKA_CONFIG_INT, groups->metadata_bytes_max,
         "largest text that goes with a committed offset"},
        {"offsets.retention.minutes", KAFKA_CONFIG_INT,
         groups->offsets_retention_ms / MS_PER_MINUTE,
         "offsets of a group without members are kept for so long"},
        {"producer.id.expiration.ms", KAFKA_CONFIG_INT, options->partition.producer_expiry_ms,
         "an idempotent producer that is silent for so long is forgotten"},
        {"socket.request.max.bytes", KAFKA_CONFIG_INT, options->request_bytes_max,
         "largest request"},
    };

    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        add_entry(entries, numbers[i].name, numbers[i].type,
                  admin_text(service, request, "%" PRIu64, numbers[i].value), numbers[i].help);
}

static void add_words(struct service *service, const struct request *request,
                      struct broker_entries *entries)
{
    const struct broker_options *options = service->options;

    add_entry(
        entries, "advertised.listeners", KAFKA_CONFIG_STRING,
        admin_text(service, request, "PLAINTEXT://%s:%u", request->local_host, request->local_port),
        "where this client reaches the broker");
    add_entry(entries, "auto.create.topics.enable", KAFKA_CONFIG_BOOLEAN,
              admin_string(options->auto_creates ? "true" : "false"),
              "a topic that a producer asks for is created");
    add_entry(entries, "delete.topic.enable", KAFKA_CONFIG_BOOLEAN, admin_string("true"),
              "topics can be deleted");
    add_entry(entries, "listeners", KAFKA_CONFIG_STRING,
              admin_text(service, request, "PLAINTEXT://%s", options->listen),
              "where the broker listens");
    add_entry(entries, "log.dirs", KAFKA_CONFIG_STRING, admin_string(options->data),
              "folder that keeps the log");
}

static void show_entry(const struct request *request, const struct broker_entry *from,
                       struct kafka_describe_configs_response_config *entry)
{
    *entry = (struct kafka_describe_configs_response_config){
        .name = admin_string(from->name),
        .value = from->value,
        .read_only = true,
        .config_source = KAFKA_CONFIG_SOURCE_STATIC,
        .config_type = (int8_t)from->type,
        .documentation = help_of(request, from->help),
    };
}

static void show_default(struct service *service, const struct request *request, enum topic_key key,
                         struct kafka_describe_configs_response_config *entry)
{
    const struct topic_key_spec *spec = topic_key_spec(key);
    bool is_set = is_set_by_broker(service, key);

    *entry = (struct kafka_describe_configs_response_config){
        .name = admin_string(spec->broker_name),
        .value = value_text(service, request, key, service->defaults.values[key]),
        .read_only = true,
        .is_default = !is_set,
        .config_source = is_set ? KAFKA_CONFIG_SOURCE_STATIC : KAFKA_CONFIG_SOURCE_DEFAULT,
        .config_type = (int8_t)spec->kind,
        .documentation = help_of(request, spec->help),
    };
    add_synonyms(service, request, key, NULL, entry);
}

void admin_describe_broker(struct service *service, const struct request *request,
                           const struct kafka_describe_configs_request_resource *asked,
                           struct kafka_describe_configs_response_result *result)
{
    struct broker_entries entries = {.count = 0};

    add_numbers(service, request, &entries);
    add_words(service, request, &entries);
    result->configs =
        admin_array(service, request, BROKER_ENTRIES_MAX + TOPIC_KEYS, sizeof *result->configs);
    for (size_t i = 0; i < entries.count; i++) {
        if (is_asked(asked, entries.list[i].name))
            show_entry(request, &entries.list[i], &result->configs[result->config_count++]);
    }
    for (int i = 0; i < TOPIC_KEYS; i++) {
        if (is_asked(asked, topic_key_spec((enum topic_key)i)->broker_name))
            show_default(service, request, (enum topic_key)i,
                         &result->configs[result->config_count++]);
    }
}
