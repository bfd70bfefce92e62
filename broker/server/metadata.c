/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which topics there are, and who leads their partitions: what clients ask before all else. A producer that asks for a
 * topic that is not there gets it made, if the broker's settings allow it.
 */
#include "broker/protocol/errors.h"
#include "broker/protocol/messages.h"
#include "broker/server/admin.h"
#include "broker/server/admin_parts.h"
#include "broker/server/catalog.h"
#include "broker/server/topic_name.h"

enum {
    VERSION_WITH_NULL = 1,        /* null means all topics; before, none of them did */
    VERSION_WITH_CREATE_FLAG = 4, /* before, all topics were made */
};

/* What one answer shares. */
struct inquiry {
    struct service *service;
    const struct request *request;
    const struct kafka_metadata_request *asked;
    int32_t *self; /* the list of replicas of every partition: this broker */
};

static void describe_partition(const struct inquiry *inquiry, const struct catalog_topic *topic,
                               struct kafka_metadata_response_partition *partition)
{
    struct service *service = inquiry->service;
    bool is_here = service_find_replica(service, topic->name, partition->partition) != NULL;

    partition->error_code = is_here ? KAFKA_NONE : KAFKA_LEADER_NOT_AVAILABLE;
    partition->leader_id = is_here ? *inquiry->self : -1;
    partition->leader_epoch = catalog_life(service->catalog);
    partition->replica_nodes = inquiry->self;
    partition->replica_node_count = 1;
    partition->isr_nodes = inquiry->self;
    partition->isr_node_count = is_here ? 1 : 0;
    partition->offline_replicas = inquiry->self;
    partition->offline_replica_count = is_here ? 0 : 1;
}

static int32_t operations_of(const struct inquiry *inquiry)
{
    return inquiry->asked->include_topic_authorized_operations ? ADMIN_TOPIC_OPERATIONS
                                                               : ADMIN_OPERATIONS_UNASKED;
}

static void describe_topic(const struct inquiry *inquiry, const struct catalog_topic *topic,
                           struct kafka_metadata_response_topic *answer)
{
    *answer = (struct kafka_metadata_response_topic){
        .error_code = KAFKA_NONE,
        .name = topic->name,
        .topic_id = topic->id,
        .is_internal = topic->is_internal,
        .partition_count = topic->partition_count,
        .topic_authorized_operations = operations_of(inquiry),
    };
    answer->partitions = admin_array(inquiry->service, inquiry->request, topic->partition_count,
                                     sizeof *answer->partitions);
    for (int32_t i = 0; i < topic->partition_count; i++) {
        answer->partitions[i].partition = i;
        describe_partition(inquiry, topic, &answer->partitions[i]);
    }
}

static void refuse_topic(const struct inquiry *inquiry,
                         const struct kafka_metadata_request_topic *asked, int16_t code,
                         struct kafka_metadata_response_topic *answer)
{
    *answer = (struct kafka_metadata_response_topic){
        .error_code = code,
        .name = asked->name,
        .topic_id = asked->topic_id,
        .is_internal = topic_name_is_internal(asked->name),
        .topic_authorized_operations = operations_of(inquiry),
    };
}

/* ---- making what is not there ---- */

static bool may_create(const struct inquiry *inquiry)
{
    bool is_wanted = inquiry->request->version < VERSION_WITH_CREATE_FLAG ||
                     inquiry->asked->allow_auto_topic_creation;

    return is_wanted && inquiry->service->options->auto_creates;
}

/* The code of the reason why it was not staged. */
static int16_t stage(const struct inquiry *inquiry, struct kafka_string name)
{
    struct service *service = inquiry->service;
    struct catalog_new_topic topic = {
        .name = name,
        .id = catalog_id_make(&service->rng),
        .partition_count = (int32_t)service->options->topic_partitions,
    };
    struct admin_verdict verdict = admin_stage_topic(service, inquiry->request, &topic);

    if (verdict.code != KAFKA_NONE)
        service_tell(service, SERVICE_WARN, "topic.not_created", "topic=%.*s: %.*s",
                     name.length > TOPIC_NAME_MAX ? TOPIC_NAME_MAX : name.length, name.data,
                     verdict.text.length, verdict.text.data);
    return verdict.code;
}

/* What becomes of a topic that is asked for. */
struct fate {
    int16_t code;
    bool is_staged;
};

static struct fate decide(const struct inquiry *inquiry,
                          const struct kafka_metadata_request_topic *asked)
{
    const struct catalog *catalog = inquiry->service->catalog;

    if (asked->name.length == KAFKA_NULL) {
        bool is_there = catalog_find_id(catalog, &asked->topic_id) != NULL;
        return (struct fate){is_there ? KAFKA_NONE : KAFKA_UNKNOWN_TOPIC_ID, false};
    }
    if (catalog_find(catalog, asked->name) != NULL)
        return (struct fate){KAFKA_NONE, false};
    if (topic_name_fault(asked->name) != NULL)
        return (struct fate){KAFKA_INVALID_TOPIC, false};
    if (topic_name_is_internal(asked->name) || !may_create(inquiry))
        return (struct fate){KAFKA_UNKNOWN_TOPIC_OR_PARTITION, false};
    int16_t code = stage(inquiry, asked->name);
    return (struct fate){code, code == KAFKA_NONE};
}

/* All that was staged becomes durable at once, and is served. */
static void commit(const struct inquiry *inquiry, struct fate *fates)
{
    struct service *service = inquiry->service;
    const struct kafka_metadata_request *asked = inquiry->asked;
    struct error error = {.code = ERR_OK};
    enum err err = catalog_commit(service->catalog, &error);

    if (err != ERR_OK)
        service_tell(service, SERVICE_ERROR, "topic.not_created", "%s", error.text);
    for (int32_t i = 0; i < asked->topic_count; i++) {
        if (!fates[i].is_staged)
            continue;
        fates[i].code = admin_code(err);
        if (err == ERR_OK)
            fates[i].code = admin_host_topic(service, inquiry->request, asked->topics[i].name).code;
    }
}

/* ---- the answer ---- */

/* Of each topic that is asked for again and again all but the first are passed over. */
static const enum admin_occurrence *find_repeated(const struct inquiry *inquiry)
{
    const struct kafka_metadata_request *asked = inquiry->asked;
    struct kafka_string *keys =
        admin_array(inquiry->service, inquiry->request, asked->topic_count, sizeof *keys);

    for (int32_t i = 0; i < asked->topic_count; i++) {
        const struct kafka_metadata_request_topic *topic = &asked->topics[i];
        keys[i] = topic->name;
        if (topic->name.length == KAFKA_NULL)
            keys[i] = (struct kafka_string){(const char *)topic->topic_id.bytes, KAFKA_UUID_SIZE};
    }
    return admin_find_repeated(inquiry->service, inquiry->request, keys, asked->topic_count);
}

static const struct catalog_topic *find(const struct inquiry *inquiry,
                                        const struct kafka_metadata_request_topic *asked)
{
    const struct catalog *catalog = inquiry->service->catalog;

    return asked->name.length == KAFKA_NULL ? catalog_find_id(catalog, &asked->topic_id)
                                            : catalog_find(catalog, asked->name);
}

static void answer_asked(const struct inquiry *inquiry, struct kafka_metadata_response *response)
{
    const struct kafka_metadata_request *asked = inquiry->asked;
    const enum admin_occurrence *occurrences = find_repeated(inquiry);
    struct fate *fates =
        admin_array(inquiry->service, inquiry->request, asked->topic_count, sizeof *fates);

    for (int32_t i = 0; i < asked->topic_count; i++) {
        if (occurrences[i] != ADMIN_AGAIN)
            fates[i] = decide(inquiry, &asked->topics[i]);
    }
    commit(inquiry, fates);
    response->topics = admin_array(inquiry->service, inquiry->request, asked->topic_count,
                                   sizeof *response->topics);
    for (int32_t i = 0; i < asked->topic_count; i++) {
        struct kafka_metadata_response_topic *answer = &response->topics[response->topic_count];
        if (occurrences[i] == ADMIN_AGAIN)
            continue;
        if (fates[i].code == KAFKA_NONE)
            describe_topic(inquiry, find(inquiry, &asked->topics[i]), answer);
        else
            refuse_topic(inquiry, &asked->topics[i], fates[i].code, answer);
        response->topic_count++;
    }
}

static void answer_all(const struct inquiry *inquiry, struct kafka_metadata_response *response)
{
    const struct catalog *catalog = inquiry->service->catalog;

    response->topic_count = (int32_t)catalog_topic_count(catalog);
    response->topics = admin_array(inquiry->service, inquiry->request, response->topic_count,
                                   sizeof *response->topics);
    for (int32_t i = 0; i < response->topic_count; i++)
        describe_topic(inquiry, catalog_topic_at(catalog, (size_t)i), &response->topics[i]);
}

void metadata_handle(struct service *service, const struct request *request)
{
    const struct kafka_metadata_request *asked = request->body;
    int32_t id = service->options->id;
    struct inquiry inquiry = {service, request, asked, &id};
    struct kafka_metadata_response_broker broker = {
        .node_id = id,
        .host = admin_string(request->local_host),
        .port = request->local_port,
        .rack = KAFKA_STRING_NULL,
    };
    struct kafka_metadata_response response = {
        .brokers = &broker,
        .broker_count = 1,
        .cluster_id = admin_string(catalog_cluster_id(service->catalog)),
        .controller_id = id,
        .cluster_authorized_operations = asked->include_cluster_authorized_operations
                                             ? ADMIN_CLUSTER_OPERATIONS
                                             : ADMIN_OPERATIONS_UNASKED,
    };
    bool wants_all = request->version < VERSION_WITH_NULL ? asked->topic_count <= 0
                                                          : asked->topic_count == KAFKA_NULL;

    if (wants_all)
        answer_all(&inquiry, &response);
    else
        answer_asked(&inquiry, &response);
    service_answer(service, request->token, &response);
}
