/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/log/batch.h"
#include "broker/protocol/apis.h"
#include "broker/protocol/errors.h"
#include "broker/protocol/messages.h"
#include "broker/server/service_parts.h"

enum {
    MAGIC_AT = 16,           /* in all formats */
    STORAGE_ERROR_SINCE = 4, /* a client of an earlier version would give up */
};

/* A request to write, until the disk has all of it. Lives in the request's memory. */
struct produce {
    struct service *service;
    struct request_token token;
    struct kafka_produce_response response;
    struct produce_part *parts;
    uint32_t part_count;
    uint32_t waiting; /* parts, and one for the handler itself while it runs */
    struct timer timer;
    int16_t refusal; /* of the whole request; KAFKA_NONE */
    const char *refusal_text;
    bool is_old;    /* the client does not know of KAFKA_STORAGE_ERROR */
    bool is_silent; /* acks=0 */
    bool is_failed;
};

struct produce_part {
    struct disk_part disk;
    struct produce *produce;
    struct kafka_produce_response_partition *answer;
};

/* ---- one partition ---- */

/* The request's bytes are gone when the answer is made. */
static struct kafka_string keep(struct service *service, struct request_token token,
                                struct kafka_string text)
{
    char *copy = service_alloc(service, token, (size_t)text.length, 1);

    memcpy(copy, text.data, (size_t)text.length);
    return (struct kafka_string){copy, text.length};
}

static void refuse(struct produce_part *part, int16_t error, const char *text)
{
    struct produce *produce = part->produce;
    struct kafka_produce_response_partition *answer = part->answer;

    if (error == KAFKA_STORAGE_ERROR && produce->is_old)
        error = KAFKA_NOT_LEADER_OR_FOLLOWER; /* it is tried again all the same */
    answer->error_code = error;
    answer->base_offset = -1;
    produce->is_failed = true;
    produce->service->counts.batches_refused++;
    if (text != NULL)
        answer->error_message = keep(produce->service, produce->token,
                                     (struct kafka_string){text, (int32_t)strlen(text)});
}

static int16_t error_of(enum partition_verdict verdict)
{
    switch (verdict) {
    case PARTITION_APPENDED:
    case PARTITION_DUPLICATE:
        return KAFKA_NONE;
    case PARTITION_OUT_OF_ORDER:
        return KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER;
    case PARTITION_FENCED:
        return KAFKA_INVALID_PRODUCER_EPOCH;
    case PARTITION_TOO_LARGE:
        return KAFKA_MESSAGE_TOO_LARGE;
    case PARTITION_NO_ROOM:
    case PARTITION_FAILED:
        break;
    }
    return KAFKA_STORAGE_ERROR;
}

/* What a compacted topic asks of a batch beyond others, which are not looked into: that each record has a key. NULL if
 * all is well. */
static const char *key_fault(struct service *service, const void *batch,
                             const struct batch_head *head)
{
    struct records_reader *reader = &service->reader;
    struct record record;
    enum err err = records_open(reader, batch, head, NULL);

    while (err == ERR_OK && (err = records_next(reader, &record, NULL)) == ERR_OK) {
        if (record.key_size == RECORDS_ABSENT)
            return "the topic is compacted, and a record has no key";
    }
    return err == ERR_NOT_FOUND ? NULL : "its records cannot be read";
}

/* What is wrong with the bytes of a partition before they can be taken for one whole batch. KAFKA_NONE: nothing. */
static int16_t frame_fault(const struct kafka_records *records, uint32_t size_max,
                           struct batch_head *ret_head, const char **ret_text)
{
    size_t size = records->length > 0 ? (size_t)records->length : 0;
    enum err err = batch_read_head(records->data, size, UINT32_MAX, ret_head);

    if (size >= BATCH_HEAD_SIZE && err != ERR_CORRUPT && ret_head->size > size_max) {
        *ret_text = "the batch is larger than max.message.bytes of the topic";
        return KAFKA_MESSAGE_TOO_LARGE;
    }
    if (err == ERR_FULL) {
        *ret_text = "the batch ends before its length says";
        return KAFKA_CORRUPT_MESSAGE;
    }
    if (err != ERR_OK && size > BATCH_HEAD_SIZE && records->data[MAGIC_AT] < BATCH_MAGIC) {
        *ret_text = "records come in an old format; only that of Kafka 0.11 and later is taken";
        return KAFKA_UNSUPPORTED_FOR_MESSAGE_FORMAT;
    }
    if (err != ERR_OK) {
        *ret_text = "this is not a batch of records";
        return KAFKA_CORRUPT_MESSAGE;
    }
    if (ret_head->size != size) {
        *ret_text = "only one batch is taken for each partition";
        return KAFKA_INVALID_RECORD;
    }
    return KAFKA_NONE;
}

/* Whether the bytes are one whole batch that may be appended; if not, the part is refused. */
static bool check(struct produce_part *part, const struct replica *replica,
                  const struct kafka_records *records, struct batch_head *ret_head)
{
    const char *text = NULL;
    int16_t error = frame_fault(records, replica->topic->options.batch_bytes_max, ret_head, &text);

    if (error != KAFKA_NONE) {
        refuse(part, error, text);
        return false;
    }
    text = batch_fault(records->data, ret_head);
    if (text == NULL && replica->topic->options.compacts)
        text = key_fault(part->produce->service, records->data, ret_head);
    if (text == NULL)
        return true;
    if (batch_crc_is_right(records->data, ret_head))
        refuse(part, KAFKA_INVALID_RECORD, text);
    else
        refuse(part, KAFKA_CORRUPT_MESSAGE, "the batch was damaged on its way: wrong CRC");
    return false;
}

static void settle(struct produce *produce)
{
    ASSERT(produce->waiting > 0);
    if (--produce->waiting > 0)
        return;
    timers_cancel(&produce->service->timers, &produce->timer);
    if (produce->is_silent)
        service_answer_silently(produce->service, produce->token, produce->is_failed);
    else
        service_answer(produce->service, produce->token, &produce->response);
}

static void on_disk(struct service *service, struct disk_part *disk, int16_t error)
{
    struct produce_part *part = CONTAINER_OF(disk, struct produce_part, disk);

    (void)service;
    if (error != KAFKA_NONE)
        refuse(part, error, "the disk has failed; the broker's log says more");
    settle(part->produce);
}

static void append(struct service *service, struct replica *replica, struct produce_part *part,
                   const struct kafka_records *records, const struct batch_head *head)
{
    struct kafka_produce_response_partition *answer = part->answer;
    struct partition_appended appended;
    struct error error = {0};
    enum partition_verdict verdict = partition_append(replica->log, records->data, head,
                                                      service->now.wall_ms, &appended, &error);

    if (error_of(verdict) != KAFKA_NONE) {
        service_not_appended(service, replica, verdict, &error);
        refuse(part, error_of(verdict), error.text[0] != '\0' ? error.text : NULL);
        return;
    }
    answer->base_offset = appended.base_offset;
    answer->log_append_time_ms = appended.append_time_ms;
    answer->log_start_offset = partition_start_offset(replica->log);
    if (verdict == PARTITION_APPENDED)
        service_appended(service, replica, head->size);
    part->disk.offset = appended.last_offset;
    part->disk.done = on_disk;
    part->produce->waiting++;
    service_await_disk(service, replica, &part->disk);
}

static void handle_part(struct service *service, struct produce_part *part,
                        struct kafka_string topic,
                        const struct kafka_produce_request_partition *asked)
{
    struct replica *replica = service_find_replica(service, topic, asked->partition);
    struct batch_head head;

    *part->answer = (struct kafka_produce_response_partition){
        .partition = asked->partition,
        .log_append_time_ms = -1,
        .log_start_offset = -1,
        .error_message = KAFKA_STRING_NULL,
        .current_leader = {-1, -1},
    };
    if (part->produce->refusal != KAFKA_NONE) {
        refuse(part, part->produce->refusal, part->produce->refusal_text);
        return;
    }
    if (replica == NULL) {
        refuse(part, KAFKA_UNKNOWN_TOPIC_OR_PARTITION, NULL);
        return;
    }
    if (replica->topic->is_internal) {
        refuse(part, KAFKA_INVALID_TOPIC, "the broker alone writes to this topic");
        return;
    }
    if (!check(part, replica, &asked->records, &head))
        return;
    if (!service_has_room(service, head.size, false)) {
        refuse(part, KAFKA_STORAGE_ERROR,
               "the broker's disk is full (broker.disk.free.min); reads go on");
        return;
    }
    append(service, replica, part, &asked->records, &head);
}

/* ---- the request ---- */

static void abandon(struct service *service, void *waiting)
{
    struct produce *produce = waiting;

    timers_cancel(&service->timers, &produce->timer);
    for (uint32_t i = 0; i < produce->part_count; i++)
        service_forget_disk(&produce->parts[i].disk);
}

void produce_expire(struct service *service, struct timer *timer)
{
    struct produce *produce = CONTAINER_OF(timer, struct produce, timer);

    (void)service;
    produce->waiting++; /* it is answered at the end, not amid */
    for (uint32_t i = 0; i < produce->part_count; i++) {
        struct produce_part *part = &produce->parts[i];
        if (!list_has_node(&part->disk.in_replica))
            continue;
        service_forget_disk(&part->disk);
        refuse(part, KAFKA_REQUEST_TIMED_OUT, "the disk was too slow; it may be written later");
        produce->waiting--;
    }
    settle(produce);
}

static uint32_t count_parts(const struct kafka_produce_request *asked)
{
    uint32_t count = 0;

    for (int32_t t = 0; t < asked->topic_count; t++)
        count +=
            asked->topics[t].partition_count > 0 ? (uint32_t)asked->topics[t].partition_count : 0;
    return count;
}

static void check_request(struct produce *produce, const struct request *request,
                          const struct kafka_produce_request *asked)
{
    if (request->version < kafka_api_find(KAFKA_PRODUCE)->served_min) {
        produce->refusal = KAFKA_UNSUPPORTED_VERSION;
    } else if (asked->acks < -1 || asked->acks > 1) {
        produce->refusal = KAFKA_INVALID_REQUIRED_ACKS;
        produce->refusal_text = "acks must be 0, 1 or -1 (all)";
    } else if (asked->transactional_id.length >= 0) {
        produce->refusal = KAFKA_INVALID_TXN_STATE;
        produce->refusal_text = "this broker has no transactions; leave out transactional.id";
    }
}

static struct produce *begin(struct service *service, const struct request *request,
                             const struct kafka_produce_request *asked)
{
    struct produce *produce = service_alloc(service, request->token, 1, sizeof *produce);

    produce->service = service;
    produce->token = request->token;
    produce->part_count = count_parts(asked);
    produce->parts =
        service_alloc(service, request->token, produce->part_count, sizeof *produce->parts);
    produce->is_old = request->version < STORAGE_ERROR_SINCE;
    produce->is_silent = asked->acks == 0;
    produce->waiting = 1;
    check_request(produce, request, asked);
    produce->response.topic_count = asked->topic_count;
    produce->response.topics = service_alloc(service, request->token, (size_t)asked->topic_count,
                                             sizeof *produce->response.topics);
    return produce;
}

static void handle_topic(struct produce *produce, const struct request *request,
                         const struct kafka_produce_request_topic *asked,
                         struct kafka_produce_response_topic *answer, struct produce_part *parts)
{
    struct service *service = produce->service;
    size_t count = asked->partition_count > 0 ? (size_t)asked->partition_count : 0;

    answer->name = keep(service, request->token, asked->name);
    answer->partition_count = (int32_t)count;
    answer->partitions = service_alloc(service, request->token, count, sizeof *answer->partitions);
    for (size_t p = 0; p < count; p++) {
        parts[p].produce = produce;
        parts[p].answer = &answer->partitions[p];
        handle_part(service, &parts[p], asked->name, &asked->partitions[p]);
    }
}

void produce_handle(struct service *service, const struct request *request)
{
    const struct kafka_produce_request *asked = request->body;
    struct produce *produce = begin(service, request, asked);
    struct produce_part *parts = produce->parts;

    service_wait(service, request->token, abandon, produce);
    for (int32_t t = 0; t < asked->topic_count; t++) {
        handle_topic(produce, request, &asked->topics[t], &produce->response.topics[t], parts);
        parts += produce->response.topics[t].partition_count;
    }
    if (produce->waiting > 1) {
        produce->timer.kind = SERVICE_TIMER_PRODUCE;
        timers_set(&service->timers, &produce->timer,
                   service->now.steady_ms +
                       (asked->timeout_ms > 0 ? (uint64_t)asked->timeout_ms : 0));
    }
    settle(produce);
}
