/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/errors.h"
#include "broker/protocol/messages.h"
#include "broker/server/service_parts.h"

/* What a client asks for instead of a time. */
enum {
    TIME_LATEST = -1,
    TIME_EARLIEST = -2,
    TIME_LARGEST = -3, /* the record with the largest timestamp */
};

static int16_t find(struct service *service, struct replica *replica, int64_t timestamp,
                    struct partition_moment *ret_moment)
{
    struct partition *log = replica->log;
    struct error error = {0};
    enum err err = ERR_OK;

    *ret_moment = (struct partition_moment){
        .offset = -1, .timestamp_ms = -1, .leader_epoch = partition_leader_epoch(log)};
    if (timestamp == TIME_LATEST)
        ret_moment->offset = partition_high_watermark(log);
    else if (timestamp == TIME_EARLIEST)
        ret_moment->offset = partition_start_offset(log);
    else if (timestamp == TIME_LARGEST)
        err = partition_find_latest_time(log, ret_moment, &error);
    else
        err = partition_find_time(log, timestamp, ret_moment, &error);
    service_used(service, replica);
    if (err == ERR_OK)
        return KAFKA_NONE;
    service_tell(service, SERVICE_ERROR, "log.unreadable", "topic=%s partition=%d: %s",
                 replica->topic->name, replica->number, error.text);
    return err == ERR_CORRUPT ? KAFKA_CORRUPT_MESSAGE : KAFKA_STORAGE_ERROR;
}

static void answer_part(struct service *service, struct kafka_string topic,
                        const struct kafka_list_offsets_request_partition *asked,
                        struct kafka_list_offsets_response_partition *answer)
{
    struct replica *replica = service_find_replica(service, topic, asked->partition);
    struct partition_moment moment;

    *answer = (struct kafka_list_offsets_response_partition){
        .partition = asked->partition, .timestamp = -1, .offset = -1, .leader_epoch = -1};
    if (replica == NULL) {
        answer->error_code = KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
        return;
    }
    answer->error_code = replica_check_epoch(replica, asked->current_leader_epoch);
    if (answer->error_code == KAFKA_NONE)
        answer->error_code = find(service, replica, asked->timestamp, &moment);
    if (answer->error_code != KAFKA_NONE)
        return;
    answer->offset = moment.offset;
    answer->timestamp = moment.timestamp_ms;
    answer->leader_epoch = moment.leader_epoch;
}

void list_offsets_handle(struct service *service, const struct request *request)
{
    const struct kafka_list_offsets_request *asked = request->body;
    struct kafka_list_offsets_response response = {.topic_count = asked->topic_count};

    response.topics =
        service_alloc(service, request->token, (size_t)asked->topic_count, sizeof *response.topics);
    for (int32_t t = 0; t < asked->topic_count; t++) {
        const struct kafka_list_offsets_request_topic *from = &asked->topics[t];
        struct kafka_list_offsets_response_topic *to = &response.topics[t];
        to->name = from->name;
        to->partition_count = from->partition_count;
        to->partitions = service_alloc(service, request->token, (size_t)from->partition_count,
                                       sizeof *to->partitions);
        for (int32_t p = 0; p < from->partition_count; p++)
            answer_part(service, from->name, &from->partitions[p], &to->partitions[p]);
    }
    service_answer(service, request->token, &response);
}
