/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of topics are shown and altered; those of the broker are shown: they are those of its file. All topics
 * of a request become durable together; each has an answer of its own.
 */
#include <inttypes.h>
#include <stdio.h>

#include "broker/protocol/errors.h"
#include "broker/protocol/messages.h"
#include "broker/server/admin.h"
#include "broker/server/admin_describe.h"
#include "broker/server/admin_parts.h"
#include "broker/server/catalog.h"
#include "broker/server/topic_config.h"

/* ---- resources ---- */

/* A topic or a broker that is named. */
struct resource {
    int8_t type;
    struct kafka_string name;
};

/* Of each resource whether it is named before, too. */
static const enum admin_occurrence *find_repeated(struct service *service,
                                                  const struct request *request,
                                                  const struct resource *resources, int32_t count)
{
    struct kafka_string *keys = admin_array(service, request, count, sizeof *keys);

    /* A byte in front of the name tells topics from brokers. */
    for (int32_t i = 0; i < count; i++)
        keys[i] = admin_join(service, request, (char)resources[i].type, resources[i].name);
    return admin_find_repeated(service, request, keys, count);
}

static struct admin_verdict check_broker(struct service *service, const struct request *request,
                                         struct kafka_string name)
{
    char id[16];

    (void)snprintf(id, sizeof id, "%" PRId32, service->options->id);
    if (name.length <= 0 || admin_string_equals(name, admin_string(id)))
        return admin_fine();
    return admin_refuse(service, request, KAFKA_INVALID_REQUEST,
                        "this is broker %s, and there is no other", id);
}

static struct admin_verdict check_resource(struct service *service, const struct request *request,
                                           const struct resource *resource,
                                           enum admin_occurrence occurrence)
{
    if (occurrence != ADMIN_ONCE)
        return admin_refuse(service, request, KAFKA_INVALID_REQUEST,
                            "the resource is named more than once in the request");
    if (resource->type == KAFKA_RESOURCE_BROKER)
        return check_broker(service, request, resource->name);
    if (resource->type != KAFKA_RESOURCE_TOPIC)
        return admin_refuse(service, request, KAFKA_INVALID_REQUEST,
                            "resources of type %d have no settings here: topics (2) and brokers "
                            "(4) have",
                            resource->type);
    if (catalog_find(service->catalog, resource->name) == NULL)
        return admin_refuse(service, request, KAFKA_UNKNOWN_TOPIC_OR_PARTITION,
                            "there is no such topic");
    return admin_fine();
}

/* ---- DescribeConfigs ---- */

static void describe(struct service *service, const struct request *request,
                     const struct kafka_describe_configs_request_resource *asked,
                     struct kafka_describe_configs_response_result *result)
{
    if (asked->resource_type == KAFKA_RESOURCE_BROKER)
        admin_describe_broker(service, request, asked, result);
    else
        admin_describe_topic(service, request, asked,
                             &catalog_find(service->catalog, asked->resource_name)->config, result);
}

void admin_describe_configs(struct service *service, const struct request *request)
{
    const struct kafka_describe_configs_request *asked = request->body;
    struct kafka_describe_configs_response response = {.result_count = asked->resource_count};
    struct resource *resources =
        admin_array(service, request, asked->resource_count, sizeof *resources);

    for (int32_t i = 0; i < asked->resource_count; i++)
        resources[i] =
            (struct resource){asked->resources[i].resource_type, asked->resources[i].resource_name};
    const enum admin_occurrence *occurrences =
        find_repeated(service, request, resources, asked->resource_count);
    response.results =
        admin_array(service, request, asked->resource_count, sizeof *response.results);
    for (int32_t i = 0; i < asked->resource_count; i++) {
        struct kafka_describe_configs_response_result *result = &response.results[i];
        struct admin_verdict verdict =
            check_resource(service, request, &resources[i], occurrences[i]);

        result->error_code = verdict.code;
        result->error_message = verdict.text;
        result->resource_type = resources[i].type;
        result->resource_name = resources[i].name;
        if (verdict.code == KAFKA_NONE)
            describe(service, request, &asked->resources[i], result);
    }
    service_answer(service, request->token, &response);
}

/* ---- both kinds of altering ---- */

/* What is to become of one resource, and the answer, which has the same fields for both. */
struct alteration {
    struct resource resource;
    struct admin_verdict verdict;
};

static struct admin_verdict refuse_broker(struct service *service, const struct request *request)
{
    return admin_refuse(service, request, KAFKA_INVALID_CONFIG,
                        "the settings of the broker are those of its file: change them there, and "
                        "start it anew");
}

/* Whether the resource may be altered at all. */
static struct admin_verdict check_alteration(struct service *service, const struct request *request,
                                             const struct resource *resource,
                                             enum admin_occurrence occurrence)
{
    struct admin_verdict verdict = check_resource(service, request, resource, occurrence);

    if (verdict.code == KAFKA_NONE && resource->type == KAFKA_RESOURCE_BROKER)
        return refuse_broker(service, request);
    return verdict;
}

/* The offsets of groups are lost by anything but compaction. */
static struct admin_verdict check_internal(struct service *service, const struct request *request,
                                           const struct catalog_topic *topic,
                                           const struct topic_config *config)
{
    struct topic_settings settings = topic_config_merge(config, &service->defaults);

    if (!topic->is_internal || settings.values[TOPIC_KEY_CLEANUP_POLICY].whole == TOPIC_COMPACTS)
        return admin_fine();
    return admin_refuse(service, request, KAFKA_INVALID_CONFIG,
                        "cleanup.policy of '%s' must be compact: the broker keeps its own records "
                        "in it",
                        topic->name.data);
}

static struct admin_verdict stage(struct service *service, const struct request *request,
                                  struct kafka_string name, const struct topic_config *config)
{
    const struct catalog_topic *topic = catalog_find(service->catalog, name);
    struct admin_verdict verdict = check_internal(service, request, topic, config);
    struct error error = {.code = ERR_OK};

    if (verdict.code == KAFKA_NONE &&
        catalog_stage_config(service->catalog, name, config, &error) != ERR_OK)
        return admin_fail(service, request, &error);
    return verdict;
}

static void finish(struct service *service, const struct request *request,
                   struct alteration *alterations, int32_t count)
{
    struct error error = {.code = ERR_OK};
    enum err err = catalog_commit(service->catalog, &error);

    if (err != ERR_OK)
        service_tell(service, SERVICE_ERROR, "topic.not_altered", "%s", error.text);
    for (int32_t i = 0; i < count; i++) {
        struct alteration *alteration = &alterations[i];

        if (alteration->verdict.code != KAFKA_NONE)
            continue;
        if (err != ERR_OK) {
            alteration->verdict = admin_fail(service, request, &error);
            continue;
        }
        const struct catalog_topic *topic =
            catalog_find(service->catalog, alteration->resource.name);
        service_set_topic_options(service, topic);
        service_tell(service, SERVICE_INFO, "topic.altered", "topic=%s", topic->name.data);
        service->shell.changed(service->shell.shell);
    }
}

enum plan {
    PLAN_ALTER,
    PLAN_VALIDATE,
};

static void settle(struct service *service, const struct request *request,
                   struct alteration *alterations, int32_t count, enum plan plan)
{
    if (plan == PLAN_VALIDATE)
        catalog_revert(service->catalog);
    else
        finish(service, request, alterations, count);
}

static struct alteration *begin(struct service *service, const struct request *request,
                                const struct resource *resources, int32_t count)
{
    struct alteration *alterations = admin_array(service, request, count, sizeof *alterations);
    const enum admin_occurrence *occurrences = find_repeated(service, request, resources, count);

    for (int32_t i = 0; i < count; i++)
        alterations[i] = (struct alteration){
            .resource = resources[i],
            .verdict = check_alteration(service, request, &resources[i], occurrences[i]),
        };
    return alterations;
}

/* The key, if it is one, and the resource does not name it twice. */
static struct admin_verdict take_key(struct service *service, const struct request *request,
                                     struct kafka_string name, uint32_t *taken,
                                     enum topic_key *ret_key)
{
    struct error error = {.code = ERR_OK};
    enum topic_key key = TOPIC_KEYS;

    if (!topic_key_find(name, &key, &error))
        return admin_refuse(service, request, KAFKA_INVALID_CONFIG, "%s", error.text);
    if ((*taken >> key & 1) != 0)
        return admin_refuse(service, request, KAFKA_INVALID_REQUEST,
                            "topic setting '%s' is named more than once",
                            topic_key_spec(key)->name);
    *taken |= UINT32_C(1) << key;
    *ret_key = key;
    return admin_fine();
}

/* ---- AlterConfigs: what is not named is the broker's again ---- */

static struct admin_verdict replace(struct service *service, const struct request *request,
                                    const struct kafka_alter_configs_request_resource *asked)
{
    struct topic_config config = {0};
    uint32_t taken = 0;

    for (int32_t i = 0; i < asked->config_count; i++) {
        const struct kafka_alter_configs_request_config *at = &asked->configs[i];
        enum topic_key key = TOPIC_KEYS;
        struct error error = {.code = ERR_OK};
        struct admin_verdict verdict = take_key(service, request, at->name, &taken, &key);

        if (verdict.code != KAFKA_NONE)
            return verdict;
        if (topic_config_set(&config, key, at->value, &error) != ERR_OK)
            return admin_refuse(service, request, KAFKA_INVALID_CONFIG, "%s", error.text);
    }
    return stage(service, request, asked->resource_name, &config);
}

void admin_alter_configs(struct service *service, const struct request *request)
{
    const struct kafka_alter_configs_request *asked = request->body;
    int32_t count = asked->resource_count;
    struct kafka_alter_configs_response response = {.response_count = count};
    struct resource *resources = admin_array(service, request, count, sizeof *resources);

    for (int32_t i = 0; i < count; i++)
        resources[i] =
            (struct resource){asked->resources[i].resource_type, asked->resources[i].resource_name};
    struct alteration *alterations = begin(service, request, resources, count);
    for (int32_t i = 0; i < count; i++) {
        if (alterations[i].verdict.code == KAFKA_NONE)
            alterations[i].verdict = replace(service, request, &asked->resources[i]);
    }
    settle(service, request, alterations, count, asked->validate_only ? PLAN_VALIDATE : PLAN_ALTER);
    response.responses = admin_array(service, request, count, sizeof *response.responses);
    for (int32_t i = 0; i < count; i++)
        response.responses[i] = (struct kafka_alter_configs_response_response){
            .error_code = alterations[i].verdict.code,
            .error_message = alterations[i].verdict.text,
            .resource_type = alterations[i].resource.type,
            .resource_name = alterations[i].resource.name,
        };
    service_answer(service, request->token, &response);
}

/* ---- IncrementalAlterConfigs: what is not named stays ---- */

static enum err apply(const struct service *service,
                      const struct kafka_incremental_alter_configs_request_config *asked,
                      enum topic_key key, struct topic_config *config, struct error *error)
{
    switch (asked->config_operation) {
    case KAFKA_CONFIG_SET:
        return topic_config_set(config, key, asked->value, error);
    case KAFKA_CONFIG_DELETE:
        topic_config_unset(config, key);
        return ERR_OK;
    case KAFKA_CONFIG_APPEND:
        return topic_config_change_list(config, &service->defaults, key, TOPIC_LIST_APPEND,
                                        asked->value, error);
    case KAFKA_CONFIG_SUBTRACT:
        return topic_config_change_list(config, &service->defaults, key, TOPIC_LIST_SUBTRACT,
                                        asked->value, error);
    default:
        return error_set(error, ERR_INVALID, "there is no operation %d on a setting",
                         asked->config_operation);
    }
}

static struct admin_verdict change(
    struct service *service, const struct request *request,
    const struct kafka_incremental_alter_configs_request_resource *asked)
{
    struct topic_config config = catalog_find(service->catalog, asked->resource_name)->config;
    uint32_t taken = 0;

    for (int32_t i = 0; i < asked->config_count; i++) {
        const struct kafka_incremental_alter_configs_request_config *at = &asked->configs[i];
        enum topic_key key = TOPIC_KEYS;
        struct error error = {.code = ERR_OK};
        struct admin_verdict verdict = take_key(service, request, at->name, &taken, &key);

        if (verdict.code != KAFKA_NONE)
            return verdict;
        if (apply(service, at, key, &config, &error) != ERR_OK)
            return admin_refuse(service, request, KAFKA_INVALID_CONFIG, "%s", error.text);
    }
    return stage(service, request, asked->resource_name, &config);
}

void admin_incremental_alter_configs(struct service *service, const struct request *request)
{
    const struct kafka_incremental_alter_configs_request *asked = request->body;
    int32_t count = asked->resource_count;
    struct kafka_incremental_alter_configs_response response = {.response_count = count};
    struct resource *resources = admin_array(service, request, count, sizeof *resources);

    for (int32_t i = 0; i < count; i++)
        resources[i] =
            (struct resource){asked->resources[i].resource_type, asked->resources[i].resource_name};
    struct alteration *alterations = begin(service, request, resources, count);
    for (int32_t i = 0; i < count; i++) {
        if (alterations[i].verdict.code == KAFKA_NONE)
            alterations[i].verdict = change(service, request, &asked->resources[i]);
    }
    settle(service, request, alterations, count, asked->validate_only ? PLAN_VALIDATE : PLAN_ALTER);
    response.responses = admin_array(service, request, count, sizeof *response.responses);
    for (int32_t i = 0; i < count; i++)
        response.responses[i] = (struct kafka_incremental_alter_configs_response_response){
            .error_code = alterations[i].verdict.code,
            .error_message = alterations[i].verdict.text,
            .resource_type = alterations[i].resource.type,
            .resource_name = alterations[i].resource.name,
        };
    service_answer(service, request->token, &response);
}
