/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of partitions: where their logs begin and end, how large they are, who leads them.
 */
#include "broker/log/partition.h"
#include "broker/protocol/errors.h"
#include "broker/protocol/messages.h"
#include "broker/server/admin.h"
#include "broker/server/admin_parts.h"
#include "broker/server/catalog.h"

enum {
    OFFSET_HIGH_WATERMARK = -1, /* DeleteRecords: all that consumers may see */
    SIZE_UNKNOWN = -1,
};

/* ---- DeleteRecords ---- */

/* Only what a topic may lose anyway may be taken from it. */
static int16_t check_deletion(const struct replica *replica)
{
    if (replica == NULL)
        return KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    if (replica->topic->is_internal)
        return KAFKA_INVALID_TOPIC;
    return replica->topic->options.deletes ? KAFKA_NONE : KAFKA_POLICY_VIOLATION;
}

static int16_t delete_before(struct service *service, struct replica *replica, int64_t offset)
{
    struct error error = {.code = ERR_OK};

    if (offset == OFFSET_HIGH_WATERMARK)
        offset = partition_high_watermark(replica->log);
    if (offset < 0)
        return KAFKA_OFFSET_OUT_OF_RANGE;
    enum err err = partition_delete_records(replica->log, offset, &error);
    if (err == ERR_OK) {
        service_note_checkpoint(service);
        return KAFKA_NONE;
    }
    if (err == ERR_NOT_FOUND)
        return KAFKA_OFFSET_OUT_OF_RANGE;
    service_tell(service, SERVICE_ERROR, "records.not_deleted", "topic=%s partition=%d: %s",
                 replica->topic->name, replica->number, error.text);
    return KAFKA_STORAGE_ERROR;
}

static struct kafka_delete_records_response_partition delete_from(
    struct service *service, struct kafka_string topic,
    const struct kafka_delete_records_request_partition *asked)
{
    struct replica *replica = service_find_replica(service, topic, asked->partition);
    struct kafka_delete_records_response_partition answer = {
        .partition = asked->partition,
        .low_watermark = -1,
        .error_code = check_deletion(replica),
    };

    if (answer.error_code == KAFKA_NONE)
        answer.error_code = delete_before(service, replica, asked->offset);
    if (answer.error_code == KAFKA_NONE)
        answer.low_watermark = partition_start_offset(replica->log);
    return answer;
}

void admin_delete_records(struct service *service, const struct request *request)
{
    const struct kafka_delete_records_request *asked = request->body;
    struct kafka_delete_records_response response = {.topic_count = asked->topic_count};

    response.topics = admin_array(service, request, asked->topic_count, sizeof *response.topics);
    for (int32_t t = 0; t < asked->topic_count; t++) {
        const struct kafka_delete_records_request_topic *from = &asked->topics[t];
        struct kafka_delete_records_response_topic *to = &response.topics[t];

        to->name = from->name;
        to->partition_count = from->partition_count;
        to->partitions =
            admin_array(service, request, from->partition_count, sizeof *to->partitions);
        for (int32_t p = 0; p < from->partition_count; p++)
            to->partitions[p] = delete_from(service, from->name, &from->partitions[p]);
    }
    service_answer(service, request->token, &response);
}

/* ---- OffsetForLeaderEpoch ---- */

static struct kafka_offset_for_leader_epoch_response_partition find_end(
    struct service *service, struct kafka_string topic,
    const struct kafka_offset_for_leader_epoch_request_partition *asked)
{
    struct replica *replica = service_find_replica(service, topic, asked->partition);
    struct kafka_offset_for_leader_epoch_response_partition answer = {
        .partition = asked->partition,
        .leader_epoch = -1,
        .end_offset = -1,
        .error_code = KAFKA_UNKNOWN_TOPIC_OR_PARTITION,
    };

    if (replica != NULL)
        answer.error_code = replica_check_epoch(replica, asked->current_leader_epoch);
    if (answer.error_code == KAFKA_NONE)
        partition_epoch_end(replica->log, asked->leader_epoch, &answer.leader_epoch,
                            &answer.end_offset);
    return answer;
}

void admin_offset_for_leader_epoch(struct service *service, const struct request *request)
{
    const struct kafka_offset_for_leader_epoch_request *asked = request->body;
    struct kafka_offset_for_leader_epoch_response response = {.topic_count = asked->topic_count};

    response.topics = admin_array(service, request, asked->topic_count, sizeof *response.topics);
    for (int32_t t = 0; t < asked->topic_count; t++) {
        const struct kafka_offset_for_leader_epoch_request_topic *from = &asked->topics[t];
        struct kafka_offset_for_leader_epoch_response_topic *to = &response.topics[t];

        to->name = from->name;
        to->partition_count = from->partition_count;
        to->partitions =
            admin_array(service, request, from->partition_count, sizeof *to->partitions);
        for (int32_t p = 0; p < from->partition_count; p++)
            to->partitions[p] = find_end(service, from->name, &from->partitions[p]);
    }
    service_answer(service, request->token, &response);
}

/* ---- ElectLeaders ---- */

/* The only replica leads, so there is nothing to elect. */
static struct kafka_elect_leaders_response_partition elect(struct service *service,
                                                           struct kafka_string topic,
                                                           int32_t number)
{
    bool is_here = service_find_replica(service, topic, number) != NULL;

    return (struct kafka_elect_leaders_response_partition){
        .partition = number,
        .error_code = is_here ? KAFKA_ELECTION_NOT_NEEDED : KAFKA_UNKNOWN_TOPIC_OR_PARTITION,
        .error_message = admin_string(is_here ? "the partition has its leader"
                                              : "the broker does not have this partition"),
    };
}

/* Asked for all partitions, the answer names those for which something was done: none. */
void admin_elect_leaders(struct service *service, const struct request *request)
{
    const struct kafka_elect_leaders_request *asked = request->body;
    struct kafka_elect_leaders_response response = {
        .topic_count = asked->topic_count > 0 ? asked->topic_count : 0,
    };

    response.topics = admin_array(service, request, asked->topic_count, sizeof *response.topics);
    for (int32_t t = 0; t < asked->topic_count; t++) {
        const struct kafka_elect_leaders_request_topic *from = &asked->topics[t];
        struct kafka_elect_leaders_response_topic *to = &response.topics[t];

        to->name = from->name;
        to->partition_count = from->partition_count;
        to->partitions =
            admin_array(service, request, from->partition_count, sizeof *to->partitions);
        for (int32_t p = 0; p < from->partition_count; p++)
            to->partitions[p] = elect(service, from->name, from->partitions[p]);
    }
    service_answer(service, request->token, &response);
}

/* ---- DescribeLogDirs ---- */

static void add_size(struct service *service, struct kafka_string topic, int32_t number,
                     struct kafka_describe_log_dirs_response_topic *to)
{
    const struct replica *replica = service_find_replica(service, topic, number);

    if (replica == NULL)
        return; /* only what is in the folder is said of the folder */
    to->partitions[to->partition_count++] = (struct kafka_describe_log_dirs_response_partition){
        .partition = number,
        .partition_size = (int64_t)partition_size_bytes(replica->log),
    };
}

static void measure_all(struct service *service, const struct request *request,
                        struct kafka_describe_log_dirs_response_result *result)
{
    int32_t count = (int32_t)catalog_topic_count(service->catalog);

    result->topics = admin_array(service, request, count, sizeof *result->topics);
    result->topic_count = count;
    for (int32_t t = 0; t < count; t++) {
        const struct catalog_topic *topic = catalog_topic_at(service->catalog, (size_t)t);
        struct kafka_describe_log_dirs_response_topic *to = &result->topics[t];

        to->name = topic->name;
        to->partitions =
            admin_array(service, request, topic->partition_count, sizeof *to->partitions);
        for (int32_t p = 0; p < topic->partition_count; p++)
            add_size(service, topic->name, p, to);
    }
}

static void measure_asked(struct service *service, const struct request *request,
                          struct kafka_describe_log_dirs_response_result *result)
{
    const struct kafka_describe_log_dirs_request *asked = request->body;

    result->topics = admin_array(service, request, asked->topic_count, sizeof *result->topics);
    for (int32_t t = 0; t < asked->topic_count; t++) {
        const struct kafka_describe_log_dirs_request_topic *from = &asked->topics[t];
        struct kafka_describe_log_dirs_response_topic *to = &result->topics[result->topic_count];

        *to = (struct kafka_describe_log_dirs_response_topic){.name = from->name};
        to->partitions =
            admin_array(service, request, from->partition_count, sizeof *to->partitions);
        for (int32_t p = 0; p < from->partition_count; p++)
            add_size(service, from->name, from->partitions[p], to);
        if (to->partition_count > 0)
            result->topic_count++;
    }
}

void admin_describe_log_dirs(struct service *service, const struct request *request)
{
    const struct kafka_describe_log_dirs_request *asked = request->body;
    struct kafka_describe_log_dirs_response_result result = {
        .log_dir = admin_string(service->options->data),
        .total_bytes = SIZE_UNKNOWN,
        .usable_bytes = (int64_t)service->shell.room(service->shell.shell),
    };
    struct kafka_describe_log_dirs_response response = {.results = &result, .result_count = 1};

    if (asked->topic_count == KAFKA_NULL)
        measure_all(service, request, &result);
    else
        measure_asked(service, request, &result);
    service_answer(service, request->token, &response);
}
