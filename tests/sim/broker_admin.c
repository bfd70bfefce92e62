/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An admin: makes the topics, makes them again, gives them more partitions and other settings, and deletes records.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/protocol/errors.h"
#include "tests/sim/broker_world.h"

enum {
    LIMIT_MS = 3000,
    CONFIGS_MAX = 8,
    NUMBER_MAX = 24,
    SEGMENT_MIN = 4096,
    SEGMENT_SPREAD = 12000,
    RETENTION_MIN_MS = 3000,
    RETENTION_SPREAD_MS = 20000,
    RETENTION_MIN_BYTES = 10000,
    RETENTION_SPREAD_BYTES = 30000,
};

/* Settings of a topic, as texts. */
struct configs {
    const char *keys[CONFIGS_MAX];
    char values[CONFIGS_MAX][NUMBER_MAX];
    int32_t count;
};

static void add_text(struct configs *configs, const char *key, const char *value)
{
    configs->keys[configs->count] = key;
    (void)snprintf(configs->values[configs->count++], NUMBER_MAX, "%s", value);
}

static void add_number(struct configs *configs, const char *key, int64_t value)
{
    configs->keys[configs->count] = key;
    (void)snprintf(configs->values[configs->count++], NUMBER_MAX, "%" PRId64, value);
}

static struct kafka_string text(const char *data)
{
    return (struct kafka_string){data, (int32_t)strlen(data)};
}

/* ---- Topics come --------------------------------------------------------------------------- */

static void draw_configs(struct broker_actor *actor, enum broker_topic topic,
                         struct configs *configs)
{
    struct broker_topic_model *model = &actor->world->model.topics[topic];

    *configs = (struct configs){.count = 0};
    add_number(configs, "segment.bytes",
               SEGMENT_MIN + (int64_t)broker_actor_draw(actor, SEGMENT_SPREAD));
    add_number(configs, "index.interval.bytes", 1 + (int64_t)broker_actor_draw(actor, 2000));
    model->is_always =
        topic == BROKER_ALWAYS || (topic != BROKER_PLAIN && broker_actor_draw(actor, 3) == 0);
    model->retention_ms = INT64_MAX;
    model->retention_bytes = INT64_MAX;
    if (model->is_always)
        add_number(configs, "flush.messages", 1);
    if (topic == BROKER_COMPACTED) {
        add_text(configs, "cleanup.policy", "compact");
        add_text(configs, "min.cleanable.dirty.ratio", "0.1");
        add_number(configs, "delete.retention.ms", (int64_t)broker_actor_draw(actor, 5000));
        add_number(configs, "segment.ms", 500 + (int64_t)broker_actor_draw(actor, 5000));
    } else if (topic == BROKER_AGING) {
        model->retention_ms = RETENTION_MIN_MS + broker_actor_draw(actor, RETENTION_SPREAD_MS);
        add_number(configs, "retention.ms", model->retention_ms);
        add_number(configs, "segment.ms", 500 + (int64_t)broker_actor_draw(actor, 5000));
    } else if (topic == BROKER_SIZED) {
        model->retention_bytes =
            RETENTION_MIN_BYTES + broker_actor_draw(actor, RETENTION_SPREAD_BYTES);
        add_number(configs, "retention.bytes", model->retention_bytes);
    }
}

static void end_create(struct broker_actor *actor, const struct broker_call *call,
                       const union broker_answer *answer)
{
    struct broker_topic_model *topic = &actor->world->model.topics[call->numbers[0]];

    if (answer == NULL)
        return;
    int16_t error = answer->create_topics.topics[0].error_code;
    coord_trace_add(&actor->world->trace, "%s is created: %s",
                    broker_topic_name((enum broker_topic)call->numbers[0]),
                    kafka_error_name(error));
    if (error == KAFKA_NONE) {
        topic->must_be_here = true;
        topic->partitions_min = (int32_t)call->numbers[1];
    }
    broker_model_look(&actor->world->model);
}

static void create(struct broker_actor *actor, enum broker_topic number)
{
    struct kafka_create_topics_request_config pairs[CONFIGS_MAX];
    struct configs configs;
    struct kafka_create_topics_request_topic topic = {
        .name = text(broker_topic_name(number)),
        .num_partitions = 1 + (int32_t)broker_actor_draw(actor, BROKER_PARTITIONS_MAX - 1),
        .replication_factor = 1,
        .configs = pairs};
    const struct kafka_create_topics_request request = {
        .topics = &topic, .topic_count = 1, .timeout_ms = LIMIT_MS};
    const struct broker_call call = {.api = KAFKA_CREATE_TOPICS,
                                     .version = (int16_t)broker_actor_draw(actor, 5),
                                     .limit_ms = LIMIT_MS,
                                     .numbers = {number, (uint64_t)topic.num_partitions},
                                     .end = end_create};

    draw_configs(actor, number, &configs);
    for (int32_t i = 0; i < configs.count; i++)
        pairs[i] = (struct kafka_create_topics_request_config){text(configs.keys[i]),
                                                               text(configs.values[i])};
    topic.config_count = configs.count;
    actor->world->model.topics[number].must_be_gone = false;
    broker_actor_send(actor, &call, &request);
}

/* ---- They change --------------------------------------------------------------------------- */

static void end_grow(struct broker_actor *actor, const struct broker_call *call,
                     const union broker_answer *answer)
{
    struct broker_topic_model *topic = &actor->world->model.topics[call->numbers[0]];

    if (answer != NULL && answer->create_partitions.results[0].error_code == KAFKA_NONE)
        topic->partitions_min = (int32_t)call->numbers[1];
    if (answer != NULL)
        broker_model_look(&actor->world->model);
}

static void grow(struct broker_actor *actor, enum broker_topic number)
{
    struct kafka_create_partitions_request_topic topic = {
        .name = text(broker_topic_name(number)),
        .count = actor->world->model.topics[number].partition_count + 1,
        .assignment_count = KAFKA_NULL};
    const struct kafka_create_partitions_request request = {
        .topics = &topic, .topic_count = 1, .timeout_ms = LIMIT_MS};
    const struct broker_call call = {.api = KAFKA_CREATE_PARTITIONS,
                                     .version = 1,
                                     .limit_ms = LIMIT_MS,
                                     .numbers = {number, (uint64_t)topic.count},
                                     .end = end_grow};

    if (topic.count <= BROKER_PARTITIONS_MAX)
        broker_actor_send(actor, &call, &request);
}

static void end_alter(struct broker_actor *actor, const struct broker_call *call,
                      const union broker_answer *answer)
{
    if (answer != NULL)
        coord_trace_add(&actor->world->trace, "%s is altered: %s",
                        broker_topic_name((enum broker_topic)call->numbers[0]),
                        kafka_error_name(answer->alter_configs.responses[0].error_code));
}

/* What may be removed by the new setting may be removed from now on, whatever the answer is. */
static void draw_change(struct broker_actor *actor, enum broker_topic number,
                        struct configs *configs)
{
    const struct broker_topic_model *topic = &actor->world->model.topics[number];

    *configs = (struct configs){.count = 0};
    int64_t value = SEGMENT_MIN + (int64_t)broker_actor_draw(actor, SEGMENT_SPREAD);
    add_number(configs, "segment.bytes", value);
    if (number == BROKER_PLAIN)
        add_number(configs, "flush.messages", 1 + (int64_t)broker_actor_draw(actor, 3));
    if (number == BROKER_AGING) {
        int64_t retention_ms = RETENTION_MIN_MS + broker_actor_draw(actor, RETENTION_SPREAD_MS);
        add_number(configs, "retention.ms", retention_ms);
        for (int32_t p = 0; p < topic->partition_count; p++) {
            struct broker_log *log = &actor->world->model.logs[topic->logs[p]];
            if (retention_ms < log->retention_ms)
                log->retention_ms = retention_ms;
        }
        if (retention_ms < topic->retention_ms)
            actor->world->model.topics[number].retention_ms = retention_ms;
    }
}

static void alter(struct broker_actor *actor, enum broker_topic number)
{
    struct kafka_incremental_alter_configs_request_config pairs[CONFIGS_MAX];
    struct configs configs;
    struct kafka_incremental_alter_configs_request_resource resource = {
        .resource_type = KAFKA_RESOURCE_TOPIC,
        .resource_name = text(broker_topic_name(number)),
        .configs = pairs};
    const struct kafka_incremental_alter_configs_request request = {.resources = &resource,
                                                                    .resource_count = 1};
    const struct broker_call call = {.api = KAFKA_INCREMENTAL_ALTER_CONFIGS,
                                     .limit_ms = LIMIT_MS,
                                     .numbers = {number},
                                     .end = end_alter};

    draw_change(actor, number, &configs);
    for (int32_t i = 0; i < configs.count; i++)
        pairs[i] = (struct kafka_incremental_alter_configs_request_config){
            text(configs.keys[i]), KAFKA_CONFIG_SET, text(configs.values[i])};
    resource.config_count = configs.count;
    broker_actor_send(actor, &call, &request);
}

/* ---- They go ------------------------------------------------------------------------------- */

static void end_delete(struct broker_actor *actor, const struct broker_call *call,
                       const union broker_answer *answer)
{
    struct broker_topic_model *topic = &actor->world->model.topics[call->numbers[0]];

    if (answer == NULL)
        return;
    int16_t error = answer->delete_topics.topics[0].error_code;
    coord_trace_add(&actor->world->trace, "%s is deleted: %s",
                    broker_topic_name((enum broker_topic)call->numbers[0]),
                    kafka_error_name(error));
    topic->must_be_gone = error == KAFKA_NONE;
    broker_model_look(&actor->world->model);
}

static void delete (struct broker_actor *actor, enum broker_topic number)
{
    struct kafka_string name = text(broker_topic_name(number));
    const struct kafka_delete_topics_request request = {
        .topic_names = &name, .topic_name_count = 1, .timeout_ms = LIMIT_MS};
    const struct broker_call call = {.api = KAFKA_DELETE_TOPICS,
                                     .version = (int16_t)(1 + broker_actor_draw(actor, 3)),
                                     .limit_ms = LIMIT_MS,
                                     .numbers = {number},
                                     .end = end_delete};

    actor->world->model.topics[number].must_be_here = false;
    actor->world->model.topics[number].partitions_min = 0;
    broker_actor_send(actor, &call, &request);
}

static void end_records(struct broker_actor *actor, const struct broker_call *call,
                        const union broker_answer *answer)
{
    if (answer == NULL)
        return;
    const struct kafka_delete_records_response_partition *part =
        &answer->delete_records.topics[0].partitions[0];
    coord_trace_add(&actor->world->trace,
                    "records of log %" PRIu64 " are deleted up to %" PRId64 ": %s",
                    call->numbers[0], part->low_watermark, kafka_error_name(part->error_code));
    if (part->error_code == KAFKA_NONE && part->low_watermark < (int64_t)call->numbers[1])
        coord_trace_complain(&actor->world->trace, "records are not deleted");
}

static void delete_records(struct broker_actor *actor, struct broker_log *log)
{
    if (log->high_watermark <= 0)
        return;
    struct kafka_delete_records_request_partition partition = {
        .partition = log->partition,
        .offset = broker_actor_draw(actor, (uint32_t)log->high_watermark + 1)};
    struct kafka_delete_records_request_topic topic = {.name = text(broker_topic_name(log->topic)),
                                                       .partitions = &partition,
                                                       .partition_count = 1};
    const struct kafka_delete_records_request request = {
        .topics = &topic, .topic_count = 1, .timeout_ms = LIMIT_MS};
    const struct broker_call call = {.api = KAFKA_DELETE_RECORDS,
                                     .version = 1,
                                     .limit_ms = LIMIT_MS,
                                     .numbers = {log->number, (uint64_t)partition.offset},
                                     .end = end_records};

    if (partition.offset > log->deleted_before)
        log->deleted_before = partition.offset;
    broker_actor_send(actor, &call, &request);
}

/* ---- The admin ----------------------------------------------------------------------------- */

static void *new (struct broker_actor *actor)
{
    (void)actor;
    return NULL;
}

static void act(struct broker_actor *actor)
{
    enum broker_topic number = (enum broker_topic)broker_actor_draw(actor, BROKER_TOPICS);
    struct broker_model *model = &actor->world->model;

    if (actor->call_count > 0 || actor->world->is_calm)
        return;
    broker_model_look(model);
    if (!model->topics[number].is_here) {
        create(actor, number);
        return;
    }
    uint32_t mood = broker_actor_draw(actor, 100);
    if (mood < 4)
        delete (actor, number);
    else if (mood < 10)
        grow(actor, number);
    else if (mood < 25)
        alter(actor, number);
    else if (mood < 32 && number != BROKER_COMPACTED)
        delete_records(actor, &model->logs[model->topics[number].logs[0]]);
}

static bool is_settled(const struct broker_actor *actor)
{
    return actor->call_count == 0;
}

const struct broker_actor_operations broker_admin = {
    .name = "admin",
    .new = new,
    .destroy = free,
    .act = act,
    .is_settled = is_settled,
};
