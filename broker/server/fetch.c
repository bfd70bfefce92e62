/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetch: what is there is sent as pieces of the segments' files; if that is less than the client wants, the
 * request waits at the replicas until enough was appended or its time is up.
 */
#include "base/mem.h"
#include "broker/protocol/errors.h"
#include "broker/protocol/messages.h"
#include "broker/server/service_parts.h"

/* A partition that is asked for. */
struct fetch_part {
    struct list_node in_replica; /* while the fetch waits */
    struct fetch *fetch;
    const struct kafka_fetch_request_partition *asked;
    struct replica *replica; /* NULL if it is not here (any more) */
};

/* A request to read. Lives in the request's memory. */
struct fetch {
    const struct kafka_fetch_request *asked;
    struct request_token token;
    struct timer timer;
    struct list_node in_stirred;
    size_t part_count;
    struct fetch_part *parts;
};

/* ---- what there is ---- */

static int16_t check_part(const struct fetch_part *part)
{
    const struct replica *replica = part->replica;

    if (replica == NULL)
        return KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    int16_t error = replica_check_epoch(replica, part->asked->current_leader_epoch);
    if (error != KAFKA_NONE)
        return error;
    if (part->asked->fetch_offset < partition_start_offset(replica->log) ||
        part->asked->fetch_offset > partition_end_offset(replica->log))
        return KAFKA_OFFSET_OUT_OF_RANGE;
    return KAFKA_NONE;
}

/* Whether the client need not wait: there is enough, or something to complain of. */
static bool is_satisfied(const struct fetch *fetch)
{
    uint64_t wanted = fetch->asked->min_bytes > 0 ? (uint64_t)fetch->asked->min_bytes : 0;
    uint64_t found = 0;

    for (size_t i = 0; i < fetch->part_count && found < wanted; i++) {
        const struct fetch_part *part = &fetch->parts[i];
        if (check_part(part) != KAFKA_NONE)
            return true;
        found += partition_bytes_from(part->replica->log, part->asked->fetch_offset);
    }
    return found >= wanted || fetch->part_count == 0;
}

/* ---- the answer ---- */

/* How much more the answer may hold. */
struct allowance {
    size_t bytes;
    bool is_first; /* nothing is in it yet: the first batch is sent even if it is too large */
};

static int16_t error_of(enum err err)
{
    switch ((int)err) {
    case ERR_OK:
        return KAFKA_NONE;
    case ERR_NOT_FOUND:
        return KAFKA_OFFSET_OUT_OF_RANGE;
    case ERR_CORRUPT:
        return KAFKA_CORRUPT_MESSAGE;
    default:
        return KAFKA_STORAGE_ERROR;
    }
}

static void read_part(struct service *service, const struct fetch_part *part,
                      struct allowance *allowance, struct kafka_fetch_response_partition *answer)
{
    struct partition *log = part->replica->log;
    size_t bytes =
        part->asked->partition_max_bytes > 0 ? (size_t)part->asked->partition_max_bytes : 0;
    struct partition_slice slice = {.file = NULL};
    struct error error = {0};

    if (bytes > allowance->bytes)
        bytes = allowance->bytes;
    answer->high_watermark = partition_high_watermark(log);
    answer->last_stable_offset = answer->high_watermark;
    answer->log_start_offset = partition_start_offset(log);
    if (part->asked->fetch_offset >= answer->high_watermark || (bytes == 0 && !allowance->is_first))
        return;
    enum err err =
        partition_read(log, part->asked->fetch_offset, bytes, allowance->is_first, &slice, &error);
    answer->error_code = error_of(err);
    if (err != ERR_OK) {
        service_tell(service, SERVICE_ERROR, "log.unreadable", "topic=%s partition=%d: %s",
                     part->replica->topic->name, part->replica->number, error.text);
        return;
    }
    if (slice.size == 0)
        return;
    answer->records.file = slice.file;
    answer->records.position = slice.position;
    answer->records.length = (int32_t)slice.size;
    allowance->bytes -= slice.size < allowance->bytes ? slice.size : allowance->bytes;
    allowance->is_first = false;
    service->counts.bytes_out += slice.size;
    service_used(service, part->replica);
}

static void answer_part(struct service *service, const struct fetch_part *part,
                        struct allowance *allowance, struct kafka_fetch_response_partition *answer)
{
    *answer = (struct kafka_fetch_response_partition){
        .partition = part->asked->partition,
        .error_code = check_part(part),
        .high_watermark = -1,
        .last_stable_offset = -1,
        .log_start_offset = -1,
        .diverging_epoch = {-1, -1},
        .current_leader = {-1, -1},
        .snapshot_id = {-1, -1},
        .aborted_transaction_count = KAFKA_NULL,
        .preferred_read_replica = -1,
    };
    if (answer->error_code == KAFKA_NONE)
        read_part(service, part, allowance, answer);
    else if (part->replica != NULL)
        answer->log_start_offset = partition_start_offset(part->replica->log);
}

static size_t positive(int32_t value)
{
    return value > 0 ? (size_t)value : 0;
}

static void answer_now(struct service *service, struct fetch *fetch)
{
    const struct kafka_fetch_request *asked = fetch->asked;
    struct allowance allowance = {.bytes = positive(asked->max_bytes), .is_first = true};
    struct kafka_fetch_response response = {.topic_count = asked->topic_count};
    const struct fetch_part *part = fetch->parts;

    if (allowance.bytes > service->options->fetch_bytes_max)
        allowance.bytes = service->options->fetch_bytes_max;
    response.topics =
        service_alloc(service, fetch->token, positive(asked->topic_count), sizeof *response.topics);
    for (int32_t t = 0; t < asked->topic_count; t++) {
        struct kafka_fetch_response_topic *topic = &response.topics[t];
        topic->name = asked->topics[t].name;
        topic->topic_id = asked->topics[t].topic_id;
        topic->partition_count = asked->topics[t].partition_count;
        topic->partitions = service_alloc(service, fetch->token, positive(topic->partition_count),
                                          sizeof *topic->partitions);
        for (int32_t p = 0; p < topic->partition_count; p++)
            answer_part(service, part++, &allowance, &topic->partitions[p]);
    }
    service_answer(service, fetch->token, &response);
}

static void answer_error(struct service *service, const struct request *request, int16_t error)
{
    struct kafka_fetch_response response = {.error_code = error};

    service_answer(service, request->token, &response);
}

/* ---- waiting ---- */

static void stop_waiting(struct service *service, struct fetch *fetch)
{
    timers_cancel(&service->timers, &fetch->timer);
    if (list_has_node(&fetch->in_stirred))
        list_remove(&fetch->in_stirred);
    for (size_t i = 0; i < fetch->part_count; i++) {
        if (list_has_node(&fetch->parts[i].in_replica))
            list_remove(&fetch->parts[i].in_replica);
    }
}

static void abandon(struct service *service, void *waiting)
{
    stop_waiting(service, waiting);
}

static void wait(struct service *service, struct fetch *fetch)
{
    service_wait(service, fetch->token, abandon, fetch);
    fetch->timer.kind = SERVICE_TIMER_FETCH;
    timers_set(&service->timers, &fetch->timer,
               service->now.steady_ms + positive(fetch->asked->max_wait_ms));
    for (size_t i = 0; i < fetch->part_count; i++)
        list_push_last(&fetch->parts[i].replica->fetches, &fetch->parts[i].in_replica);
}

static void finish(struct service *service, struct fetch *fetch)
{
    stop_waiting(service, fetch);
    answer_now(service, fetch);
}

void fetch_stir(struct service *service, struct replica *replica)
{
    for (struct list_node *node = list_first(&replica->fetches); node != NULL;
         node = list_next(&replica->fetches, node)) {
        struct fetch *fetch = CONTAINER_OF(node, struct fetch_part, in_replica)->fetch;
        if (!list_has_node(&fetch->in_stirred))
            list_push_last(&service->stirred, &fetch->in_stirred);
    }
}

void fetch_drop(struct service *service, struct replica *replica)
{
    struct list_node *node;

    while ((node = list_first(&replica->fetches)) != NULL) {
        struct fetch *fetch = CONTAINER_OF(node, struct fetch_part, in_replica)->fetch;
        for (size_t i = 0; i < fetch->part_count; i++) {
            if (fetch->parts[i].replica == replica)
                fetch->parts[i].replica = NULL;
        }
        finish(service, fetch);
    }
}

void fetch_turn(struct service *service)
{
    struct list_node *node;

    while ((node = list_pop_first(&service->stirred)) != NULL) {
        struct fetch *fetch = CONTAINER_OF(node, struct fetch, in_stirred);
        if (is_satisfied(fetch))
            finish(service, fetch);
    }
}

void fetch_expire(struct service *service, struct timer *timer)
{
    finish(service, CONTAINER_OF(timer, struct fetch, timer));
}

/* ---- the request ---- */

static size_t count_parts(const struct kafka_fetch_request *asked)
{
    size_t count = 0;

    for (int32_t t = 0; t < asked->topic_count; t++)
        count += positive(asked->topics[t].partition_count);
    return count;
}

static struct fetch *begin(struct service *service, const struct request *request)
{
    const struct kafka_fetch_request *asked = request->body;
    struct fetch *fetch = service_alloc(service, request->token, 1, sizeof *fetch);

    fetch->asked = asked;
    fetch->token = request->token;
    fetch->parts = service_alloc(service, request->token, count_parts(asked), sizeof *fetch->parts);
    for (int32_t t = 0; t < asked->topic_count; t++) {
        const struct kafka_fetch_request_topic *topic = &asked->topics[t];
        for (int32_t p = 0; p < topic->partition_count; p++) {
            fetch->parts[fetch->part_count++] = (struct fetch_part){
                .fetch = fetch,
                .asked = &topic->partitions[p],
                .replica =
                    service_find_replica(service, topic->name, topic->partitions[p].partition),
            };
        }
    }
    return fetch;
}

/* No session is ever given out: each request names all that it wants. */
static int16_t check_session(const struct kafka_fetch_request *asked)
{
    bool is_whole = asked->session_epoch <= 0;

    if (is_whole || asked->session_id == 0)
        return KAFKA_NONE;
    return KAFKA_FETCH_SESSION_ID_NOT_FOUND;
}

void fetch_handle(struct service *service, const struct request *request)
{
    const struct kafka_fetch_request *asked = request->body;
    int16_t error = check_session(asked);

    if (error != KAFKA_NONE) {
        answer_error(service, request, error);
        return;
    }
    struct fetch *fetch = begin(service, request);
    if (asked->max_wait_ms <= 0 || is_satisfied(fetch))
        answer_now(service, fetch);
    else
        wait(service, fetch);
}
