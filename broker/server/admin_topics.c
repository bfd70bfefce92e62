/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topics are created, grow, and are deleted. All topics of a request become durable together; each has an answer of
 * its own.
 */
#include <string.h>

#include "broker/protocol/errors.h"
#include "broker/protocol/messages.h"
#include "broker/server/admin.h"
#include "broker/server/admin_describe.h"
#include "broker/server/admin_parts.h"
#include "broker/server/catalog.h"
#include "broker/server/topic_config.h"
#include "broker/server/topic_name.h"

enum {
    BY_DEFAULT = -1,      /* partitions or replicas: as the broker has it */
    VERSION_WITH_IDS = 6, /* of DeleteTopics */
};

static struct admin_verdict refuse_repeated(struct service *service, const struct request *request)
{
    return admin_refuse(service, request, KAFKA_INVALID_REQUEST,
                        "the topic is named more than once in the request");
}

/* ---- CreateTopics ---- */

/* Partitions 0, 1, ... each once, in any order, all of them here. */
static struct admin_verdict check_assignments(struct service *service,
                                              const struct request *request,
                                              const struct kafka_create_topics_request_topic *asked)
{
    int32_t count = asked->assignment_count;
    bool *is_named = admin_array(service, request, count, sizeof *is_named);

    if (asked->num_partitions != BY_DEFAULT || asked->replication_factor != BY_DEFAULT)
        return admin_refuse(service, request, KAFKA_INVALID_REQUEST,
                            "with an assignment of replicas, the numbers of partitions and of "
                            "replicas must be -1");
    for (int32_t i = 0; i < count; i++) {
        const struct kafka_create_topics_request_assignment *at = &asked->assignments[i];

        if (at->partition < 0 || at->partition >= count || is_named[at->partition])
            return admin_refuse(service, request, KAFKA_INVALID_REPLICA_ASSIGNMENT,
                                "the assignment must name each partition from 0 to %d once",
                                count - 1);
        if (at->broker_id_count != 1 || at->broker_ids[0] != service->options->id)
            return admin_refuse(service, request, KAFKA_INVALID_REPLICA_ASSIGNMENT,
                                "partition %d must be assigned to broker %d alone: there is no "
                                "other",
                                at->partition, service->options->id);
        is_named[at->partition] = true;
    }
    return admin_fine();
}

static struct admin_verdict check_numbers(struct service *service, const struct request *request,
                                          const struct kafka_create_topics_request_topic *asked)
{
    if (asked->assignment_count > 0)
        return check_assignments(service, request, asked);
    if (asked->num_partitions != BY_DEFAULT && asked->num_partitions < 1)
        return admin_refuse(service, request, KAFKA_INVALID_PARTITIONS,
                            "a topic cannot have %d partitions, but must have 1 or more",
                            asked->num_partitions);
    if (asked->replication_factor != BY_DEFAULT && asked->replication_factor != 1)
        return admin_refuse(service, request, KAFKA_INVALID_REPLICATION_FACTOR,
                            "the replication factor is %d, but must be 1: there is one broker",
                            asked->replication_factor);
    return admin_fine();
}

static int32_t count_partitions(const struct service *service,
                                const struct kafka_create_topics_request_topic *asked)
{
    if (asked->assignment_count > 0)
        return asked->assignment_count;
    return asked->num_partitions == BY_DEFAULT ? (int32_t)service->options->topic_partitions
                                               : asked->num_partitions;
}

static struct admin_verdict read_configs(struct service *service, const struct request *request,
                                         const struct kafka_create_topics_request_topic *asked,
                                         struct topic_config *config)
{
    for (int32_t i = 0; i < asked->config_count; i++) {
        const struct kafka_create_topics_request_config *at = &asked->configs[i];
        enum topic_key key = TOPIC_KEYS;
        struct error error = {.code = ERR_OK};

        if (!topic_key_find(at->name, &key, &error) ||
            topic_config_set(config, key, at->value, &error) != ERR_OK)
            return admin_refuse(service, request, KAFKA_INVALID_CONFIG, "%s", error.text);
    }
    return admin_fine();
}

static struct admin_verdict stage_creation(struct service *service, const struct request *request,
                                           const struct kafka_create_topics_request_topic *asked)
{
    struct catalog_new_topic topic = {
        .name = asked->name,
        .id = catalog_id_make(&service->rng),
        .partition_count = count_partitions(service, asked),
    };
    struct admin_verdict verdict = check_numbers(service, request, asked);

    if (verdict.code == KAFKA_NONE)
        verdict = read_configs(service, request, asked, &topic.config);
    if (verdict.code == KAFKA_NONE)
        verdict = admin_stage_topic(service, request, &topic);
    return verdict;
}

/* What the topic is, or would be; it is staged or in the catalog. */
static void describe_created(struct service *service, const struct request *request,
                             struct kafka_create_topics_response_topic *answer)
{
    const struct catalog_topic *topic = catalog_find(service->catalog, answer->name);

    answer->num_partitions = topic->partition_count;
    answer->replication_factor = 1;
    answer->topic_id = topic->id;
    answer->config_count = TOPIC_KEYS;
    answer->configs = admin_array(service, request, TOPIC_KEYS, sizeof *answer->configs);
    for (int i = 0; i < TOPIC_KEYS; i++) {
        enum topic_key key = (enum topic_key)i;
        answer->configs[i] = (struct kafka_create_topics_response_config){
            .name = admin_string(topic_key_spec(key)->name),
            .value = admin_topic_value(service, request, key, &topic->config),
            .config_source = admin_topic_source(service, key, &topic->config),
        };
    }
}

static void give_verdict(struct kafka_create_topics_response_topic *answer,
                         struct admin_verdict verdict)
{
    answer->error_code = verdict.code;
    answer->error_message = verdict.text;
    if (verdict.code == KAFKA_NONE)
        return;
    answer->topic_id = (struct kafka_uuid){{0}};
    answer->num_partitions = -1;
    answer->replication_factor = -1;
    answer->configs = NULL;
    answer->config_count = KAFKA_NULL;
}

/* Those that were staged are committed, and served; or all of them have failed. */
static void finish_creations(struct service *service, const struct request *request,
                             struct kafka_create_topics_response *response)
{
    struct error error = {.code = ERR_OK};
    enum err err = catalog_commit(service->catalog, &error);

    if (err != ERR_OK)
        service_tell(service, SERVICE_ERROR, "topic.not_created", "%s", error.text);
    for (int32_t i = 0; i < response->topic_count; i++) {
        struct kafka_create_topics_response_topic *answer = &response->topics[i];

        if (answer->error_code != KAFKA_NONE)
            continue;
        give_verdict(answer, err == ERR_OK ? admin_host_topic(service, request, answer->name)
                                           : admin_fail(service, request, &error));
    }
}

static const enum admin_occurrence *find_repeated_creations(
    struct service *service, const struct request *request,
    const struct kafka_create_topics_request *asked)
{
    struct kafka_string *names = admin_array(service, request, asked->topic_count, sizeof *names);

    for (int32_t i = 0; i < asked->topic_count; i++)
        names[i] = asked->topics[i].name;
    return admin_find_repeated(service, request, names, asked->topic_count);
}

void admin_create_topics(struct service *service, const struct request *request)
{
    const struct kafka_create_topics_request *asked = request->body;
    const enum admin_occurrence *occurrences = find_repeated_creations(service, request, asked);
    struct kafka_create_topics_response response = {.topic_count = asked->topic_count};

    response.topics = admin_array(service, request, asked->topic_count, sizeof *response.topics);
    for (int32_t i = 0; i < asked->topic_count; i++) {
        struct kafka_create_topics_response_topic *answer = &response.topics[i];
        struct admin_verdict verdict = occurrences[i] == ADMIN_ONCE
                                           ? stage_creation(service, request, &asked->topics[i])
                                           : refuse_repeated(service, request);
        answer->name = asked->topics[i].name;
        if (verdict.code == KAFKA_NONE)
            describe_created(service, request, answer);
        give_verdict(answer, verdict);
        if (asked->validate_only)
            answer->topic_id = (struct kafka_uuid){{0}};
    }
    if (asked->validate_only)
        catalog_revert(service->catalog);
    else
        finish_creations(service, request, &response);
    service_answer(service, request->token, &response);
}

/* ---- CreatePartitions ---- */

static struct admin_verdict check_new_assignments(
    struct service *service, const struct request *request,
    const struct kafka_create_partitions_request_topic *asked, int32_t more)
{
    if (asked->assignment_count == KAFKA_NULL)
        return admin_fine();
    if (asked->assignment_count != more)
        return admin_refuse(service, request, KAFKA_INVALID_REPLICA_ASSIGNMENT,
                            "%d partitions are new, but %d are assigned", more,
                            asked->assignment_count);
    for (int32_t i = 0; i < more; i++) {
        const struct kafka_create_partitions_request_assignment *at = &asked->assignments[i];

        if (at->broker_id_count != 1 || at->broker_ids[0] != service->options->id)
            return admin_refuse(service, request, KAFKA_INVALID_REPLICA_ASSIGNMENT,
                                "each partition must be assigned to broker %d alone: there is no "
                                "other",
                                service->options->id);
    }
    return admin_fine();
}

static struct admin_verdict stage_growth(struct service *service, const struct request *request,
                                         const struct kafka_create_partitions_request_topic *asked)
{
    const struct catalog_topic *topic = catalog_find(service->catalog, asked->name);
    struct error error = {.code = ERR_OK};

    if (topic == NULL)
        return admin_refuse(service, request, KAFKA_UNKNOWN_TOPIC_OR_PARTITION,
                            "there is no such topic");
    if (topic->is_internal)
        return admin_refuse(service, request, KAFKA_INVALID_TOPIC, "topic '%s' is the broker's own",
                            topic->name.data);
    if (asked->count <= topic->partition_count)
        return admin_refuse(service, request, KAFKA_INVALID_PARTITIONS,
                            "topic '%s' has %d partitions, which can only become more, not %d",
                            topic->name.data, topic->partition_count, asked->count);
    struct admin_verdict verdict =
        check_new_assignments(service, request, asked, asked->count - topic->partition_count);
    if (verdict.code == KAFKA_NONE &&
        catalog_stage_grow(service->catalog, asked->name, asked->count, &error) != ERR_OK)
        verdict = admin_fail(service, request, &error);
    return verdict;
}

/* Partitions cannot become fewer again: what cannot be opened now is at the next start. */
static struct admin_verdict host_growth(struct service *service, const struct request *request,
                                        struct kafka_string name)
{
    const struct catalog_topic *topic = catalog_find(service->catalog, name);
    struct error error = {.code = ERR_OK};

    service->shell.changed(service->shell.shell);
    if (service_host_topic(service, topic, &error) == ERR_OK) {
        service_tell(service, SERVICE_INFO, "topic.grown", "topic=%s partitions=%d",
                     topic->name.data, topic->partition_count);
        return admin_fine();
    }
    service_tell(service, SERVICE_ERROR, "topic.not_grown", "topic=%s: %s", topic->name.data,
                 error.text);
    return admin_refuse(service, request, KAFKA_STORAGE_ERROR,
                        "the topic has its partitions, but not all can be opened before the "
                        "broker is started anew: %s",
                        error.text);
}

static void finish_growths(struct service *service, const struct request *request,
                           struct kafka_create_partitions_response *response)
{
    struct error error = {.code = ERR_OK};
    enum err err = catalog_commit(service->catalog, &error);

    if (err != ERR_OK)
        service_tell(service, SERVICE_ERROR, "topic.not_grown", "%s", error.text);
    for (int32_t i = 0; i < response->result_count; i++) {
        struct kafka_create_partitions_response_result *answer = &response->results[i];

        if (answer->error_code != KAFKA_NONE)
            continue;
        struct admin_verdict verdict = err == ERR_OK ? host_growth(service, request, answer->name)
                                                     : admin_fail(service, request, &error);
        answer->error_code = verdict.code;
        answer->error_message = verdict.text;
    }
}

static const enum admin_occurrence *find_repeated_growths(
    struct service *service, const struct request *request,
    const struct kafka_create_partitions_request *asked)
{
    struct kafka_string *names = admin_array(service, request, asked->topic_count, sizeof *names);

    for (int32_t i = 0; i < asked->topic_count; i++)
        names[i] = asked->topics[i].name;
    return admin_find_repeated(service, request, names, asked->topic_count);
}

void admin_create_partitions(struct service *service, const struct request *request)
{
    const struct kafka_create_partitions_request *asked = request->body;
    const enum admin_occurrence *occurrences = find_repeated_growths(service, request, asked);
    struct kafka_create_partitions_response response = {.result_count = asked->topic_count};

    response.results = admin_array(service, request, asked->topic_count, sizeof *response.results);
    for (int32_t i = 0; i < asked->topic_count; i++) {
        struct admin_verdict verdict = occurrences[i] == ADMIN_ONCE
                                           ? stage_growth(service, request, &asked->topics[i])
                                           : refuse_repeated(service, request);
        response.results[i] = (struct kafka_create_partitions_response_result){
            .name = asked->topics[i].name,
            .error_code = verdict.code,
            .error_message = verdict.text,
        };
    }
    if (asked->validate_only)
        catalog_revert(service->catalog);
    else
        finish_growths(service, request, &response);
    service_answer(service, request->token, &response);
}

/* ---- DeleteTopics ---- */

/* What later versions say by id or by name, and earlier ones by name. */
static int32_t count_deletions(const struct request *request)
{
    const struct kafka_delete_topics_request *asked = request->body;
    int32_t count =
        request->version >= VERSION_WITH_IDS ? asked->topic_count : asked->topic_name_count;

    return count > 0 ? count : 0;
}

static struct kafka_delete_topics_request_topic deletion_at(const struct request *request,
                                                            int32_t index)
{
    const struct kafka_delete_topics_request *asked = request->body;

    if (request->version >= VERSION_WITH_IDS)
        return asked->topics[index];
    return (struct kafka_delete_topics_request_topic){.name = asked->topic_names[index]};
}

/* The name that is meant; null if there is no topic of the id. */
static struct kafka_string resolve(struct service *service, const struct request *request,
                                   const struct kafka_delete_topics_request_topic *asked)
{
    if (asked->name.length != KAFKA_NULL)
        return asked->name;
    const struct catalog_topic *topic = catalog_find_id(service->catalog, &asked->topic_id);
    if (topic == NULL)
        return KAFKA_STRING_NULL;
    return admin_text(service, request, "%s", topic->name.data);
}

static struct admin_verdict stage_deletion(struct service *service, const struct request *request,
                                           struct kafka_delete_topics_response_topic *answer)
{
    const struct catalog_topic *topic = catalog_find(service->catalog, answer->name);
    struct error error = {.code = ERR_OK};

    if (answer->name.length == KAFKA_NULL)
        return admin_refuse(service, request, KAFKA_UNKNOWN_TOPIC_ID,
                            "there is no topic of this id");
    if (topic == NULL)
        return admin_refuse(service, request, KAFKA_UNKNOWN_TOPIC_OR_PARTITION,
                            "there is no such topic");
    if (topic->is_internal)
        return admin_refuse(service, request, KAFKA_TOPIC_DELETION_DISABLED,
                            "topic '%s' is the broker's own", topic->name.data);
    answer->topic_id = topic->id;
    if (catalog_stage_delete(service->catalog, answer->name, &error) != ERR_OK)
        return admin_fail(service, request, &error);
    return admin_fine();
}

/* Also after an error a topic may be out of the catalog, as it is not known whether it will come back. */
static void finish_deletions(struct service *service, const struct request *request,
                             struct kafka_delete_topics_response *response)
{
    struct error error = {.code = ERR_OK};
    enum err err = catalog_commit(service->catalog, &error);

    if (err != ERR_OK)
        service_tell(service, SERVICE_ERROR, "topic.not_deleted", "%s", error.text);
    for (int32_t i = 0; i < response->topic_count; i++) {
        struct kafka_delete_topics_response_topic *answer = &response->topics[i];

        if (answer->error_code != KAFKA_NONE)
            continue;
        if (catalog_find(service->catalog, answer->name) == NULL)
            admin_drop_topic(service, answer->name, &answer->topic_id);
        if (err == ERR_OK)
            continue;
        struct admin_verdict verdict = admin_fail(service, request, &error);
        answer->error_code = verdict.code;
        answer->error_message = verdict.text;
    }
}

static void stage_deletions(struct service *service, const struct request *request,
                            struct kafka_delete_topics_response *response)
{
    struct kafka_string *names =
        admin_array(service, request, response->topic_count, sizeof *names);

    for (int32_t i = 0; i < response->topic_count; i++) {
        struct kafka_delete_topics_request_topic asked = deletion_at(request, i);

        names[i] = resolve(service, request, &asked);
        response->topics[i].name = names[i];
        response->topics[i].topic_id = asked.topic_id;
    }
    const enum admin_occurrence *occurrences =
        admin_find_repeated(service, request, names, response->topic_count);
    for (int32_t i = 0; i < response->topic_count; i++) {
        struct kafka_delete_topics_response_topic *answer = &response->topics[i];
        struct admin_verdict verdict = occurrences[i] == ADMIN_ONCE
                                           ? stage_deletion(service, request, answer)
                                           : refuse_repeated(service, request);
        answer->error_code = verdict.code;
        answer->error_message = verdict.text;
    }
}

void admin_delete_topics(struct service *service, const struct request *request)
{
    struct kafka_delete_topics_response response = {.topic_count = count_deletions(request)};

    response.topics = admin_array(service, request, response.topic_count, sizeof *response.topics);
    stage_deletions(service, request, &response);
    finish_deletions(service, request, &response);
    service_answer(service, request->token, &response);
}
