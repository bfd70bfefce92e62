/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Consumers: fetches of several partitions, waiting or not, from where they are, from an older offset, or from a time.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/protocol/errors.h"
#include "tests/sim/broker_reading.h"
#include "tests/sim/broker_world.h"

enum {
    FETCH_FIRST = 4, /* versions */
    FETCH_LAST = 11,
    LIST_FIRST = 1,
    LIST_LAST = 5,
    LIMIT_MS = 0, /* beyond what it wants to wait: nothing waits for the disk */
    WAIT_MAX_MS = 3000,
    BYTES_MAX = 30000,
    PARTS_MAX = 3,
    TIME_LATEST = -1,
    TIME_EARLIEST = -2,
    SEEKS_ONE_IN = 12,
    AGE_MAX_MS = 20000,
};

struct place {
    uint32_t log;
    bool is_known;
    bool has_gap; /* what lies between is not known: after a seek */
    int64_t offset;
};

struct consumer {
    struct place places[PARTS_MAX];
    uint32_t seeking; /* place that a question is under way for, from 1 */
    bool is_fetching;
};

static struct broker_log *log_of(struct broker_actor *actor, uint64_t number)
{
    return &actor->world->model.logs[number];
}

static bool is_current(struct broker_actor *actor, uint32_t number)
{
    const struct broker_log *log = log_of(actor, number);

    return broker_model_log(&actor->world->model, log->topic, log->partition) == log;
}

/* ---- Offsets ------------------------------------------------------------------------------- */

/* Nothing that is known to be there, and to be of that time or later, may lie before the offset. */
static void check_time(struct broker_actor *actor, const struct broker_call *call, int64_t offset)
{
    const struct broker_model *model = &actor->world->model;
    const struct broker_log *log = log_of(actor, call->numbers[1]);
    int64_t timestamp = (int64_t)call->numbers[2];
    int64_t end = offset >= 0 ? offset : (int64_t)call->numbers[3];

    actor->world->coverage.by_time++;
    if (log->is_void)
        return;
    if (offset >= 0 && (size_t)offset < log->slot_count && log->slots[offset].serial != 0 &&
        model->records[log->slots[offset].serial].timestamp_ms < timestamp)
        coord_trace_complain(&actor->world->trace, "%s-%d: offset %" PRId64 " is before the time",
                             broker_topic_name(log->topic), log->partition, offset);
    for (int64_t i = log->start < 0 ? 0 : log->start; i < end && (size_t)i < log->slot_count; i++) {
        uint64_t serial = log->slots[i].serial;
        if (serial != 0 && model->records[serial].timestamp_ms >= timestamp && !log->is_compacted &&
            !broker_model_may_be_gone(model, log, i))
            coord_trace_complain(&actor->world->trace,
                                 "%s-%d: for a time offset %" PRId64 " is told, and %" PRId64
                                 " is right",
                                 broker_topic_name(log->topic), log->partition, offset, i);
    }
}

static void end_seek(struct broker_actor *actor, const struct broker_call *call,
                     const union broker_answer *answer)
{
    struct consumer *self = actor->self;
    struct place *place = &self->places[call->numbers[0]];
    int64_t timestamp = (int64_t)call->numbers[2];

    self->seeking = 0;
    if (answer == NULL)
        return;
    const struct kafka_list_offsets_response_partition *part =
        &answer->list_offsets.topics[0].partitions[0];
    if (part->error_code != KAFKA_NONE) {
        const struct broker_log *log = log_of(actor, call->numbers[1]);
        if (part->error_code != KAFKA_UNKNOWN_TOPIC_OR_PARTITION && !log->is_void)
            coord_trace_complain(&actor->world->trace, "consumer %" PRIu32 ": offsets: %s",
                                 actor->number, kafka_error_name(part->error_code));
        return;
    }
    if (timestamp >= 0)
        check_time(actor, call, part->offset);
    place->offset = part->offset;
    place->is_known = part->offset >= 0;
    place->has_gap = true;
}

static void seek(struct broker_actor *actor, uint32_t at)
{
    struct consumer *self = actor->self;
    const struct broker_log *log = log_of(actor, self->places[at].log);
    const char *name = broker_topic_name(log->topic);
    int64_t times[] = {TIME_LATEST, TIME_EARLIEST, TIME_EARLIEST,
                       actor->world->rig->now.wall_ms -
                           (int64_t)broker_actor_draw(actor, AGE_MAX_MS)};
    struct kafka_list_offsets_request_partition partition = {
        .partition = log->partition,
        .current_leader_epoch = -1,
        .timestamp = times[broker_actor_draw(actor, COUNT_OF(times))]};
    struct kafka_list_offsets_request_topic topic = {
        .name = {name, (int32_t)strlen(name)}, .partitions = &partition, .partition_count = 1};
    const struct kafka_list_offsets_request request = {
        .replica_id = -1, .topics = &topic, .topic_count = 1};
    const struct broker_call call = {
        .api = KAFKA_LIST_OFFSETS,
        .version = (int16_t)(LIST_FIRST + broker_actor_draw(actor, LIST_LAST)),
        .limit_ms = LIMIT_MS,
        .numbers = {at, log->number, (uint64_t)partition.timestamp,
                    log->high_watermark < 0 ? 0 : (uint64_t)log->high_watermark},
        .end = end_seek};

    self->seeking = at + 1;
    broker_actor_send(actor, &call, &request);
}

/* ---- Records ------------------------------------------------------------------------------- */

/* What lies between two records that were shown one after the other, is gone, and may be. */
static void check_gap(struct broker_actor *actor, const struct broker_log *log, int64_t from,
                      int64_t to)
{
    const struct broker_model *model = &actor->world->model;

    for (int64_t i = from; i < to && !log->is_compacted; i++) {
        bool is_known = (size_t)i < log->slot_count && log->slots[i].serial != 0;
        if (!broker_model_may_be_gone(model, log, i) && (is_known || log->losses == 0))
            coord_trace_complain(&actor->world->trace,
                                 "consumer %" PRIu32 ": %s-%d: %" PRId64 " comes, not %" PRId64,
                                 actor->number, broker_topic_name(log->topic), log->partition, to,
                                 i);
    }
}

static void take_records(struct broker_actor *actor, struct place *place,
                         const struct kafka_records *records)
{
    struct broker_model *model = &actor->world->model;
    struct broker_log *log = log_of(actor, place->log);
    struct broker_reading reading = {.from = place->offset, .next = place->offset, .epoch = -1};
    int64_t expected = place->offset;

    broker_reading_add(&reading, model, log, records);
    if (reading.count > 0)
        coord_trace_add(&actor->world->trace,
                        "consumer %" PRIu32 ": %s-%d from %" PRId64 ": %" PRId64 " to %" PRId64,
                        actor->number, broker_topic_name(log->topic), log->partition, place->offset,
                        reading.found[0].offset, reading.next);
    for (size_t i = 0; i < reading.count; i++) {
        check_gap(actor, log, expected, reading.found[i].offset);
        broker_model_bind(model, log, reading.found[i].offset, reading.found[i].serial);
        expected = reading.found[i].offset + 1;
        model->seen++;
    }
    place->offset = reading.next;
    broker_reading_done(&reading);
}

static void take_part(struct broker_actor *actor, struct place *place,
                      const struct kafka_fetch_response_partition *part)
{
    const struct broker_log *log = log_of(actor, place->log);

    switch (part->error_code) {
    case KAFKA_NONE:
        take_records(actor, place, &part->records);
        return;
    case KAFKA_OFFSET_OUT_OF_RANGE:
    case KAFKA_UNKNOWN_TOPIC_OR_PARTITION:
        place->is_known = false;
        return;
    default:
        if (!log->is_void && !log->is_doubtful)
            coord_trace_complain(&actor->world->trace, "consumer %" PRIu32 ": %s-%d: %s",
                                 actor->number, broker_topic_name(log->topic), log->partition,
                                 kafka_error_name(part->error_code));
    }
}

static void end_fetch(struct broker_actor *actor, const struct broker_call *call,
                      const union broker_answer *answer)
{
    struct consumer *self = actor->self;

    self->is_fetching = false;
    if (answer == NULL)
        return;
    if (answer->fetch.error_code != KAFKA_NONE) {
        coord_trace_complain(&actor->world->trace, "consumer %" PRIu32 ": fetch: %s", actor->number,
                             kafka_error_name(answer->fetch.error_code));
        return;
    }
    for (uint64_t i = 0; i < call->numbers[0]; i++)
        take_part(actor, &self->places[call->list[i]], &answer->fetch.topics[i].partitions[0]);
}

static void fetch(struct broker_actor *actor)
{
    struct consumer *self = actor->self;
    struct kafka_fetch_request_partition partitions[PARTS_MAX];
    struct kafka_fetch_request_topic topics[PARTS_MAX];
    struct kafka_fetch_request request = {
        .replica_id = -1,
        .max_wait_ms = (int32_t)broker_actor_draw(actor, WAIT_MAX_MS),
        .min_bytes = (int32_t)broker_actor_draw(actor, 3) * 300,
        .max_bytes = 1 + (int32_t)broker_actor_draw(actor, BYTES_MAX),
        .session_epoch = -1,
        .topics = topics,
        .rack_id = {"", 0}};
    struct broker_call call = {
        .api = KAFKA_FETCH,
        .version = (int16_t)(FETCH_FIRST + broker_actor_draw(actor, FETCH_LAST - FETCH_FIRST + 1)),
        .limit_ms = LIMIT_MS + (uint64_t)request.max_wait_ms,
        .end = end_fetch};

    for (uint32_t i = 0; i < PARTS_MAX; i++) {
        const struct place *place = &self->places[i];
        if (!place->is_known)
            continue;
        const struct broker_log *log = log_of(actor, place->log);
        const char *name = broker_topic_name(log->topic);
        int32_t at = request.topic_count++;
        partitions[at] = (struct kafka_fetch_request_partition){
            .partition = log->partition,
            .current_leader_epoch = -1,
            .fetch_offset = place->offset,
            .log_start_offset = -1,
            .partition_max_bytes = 1 + (int32_t)broker_actor_draw(actor, BYTES_MAX)};
        topics[at] = (struct kafka_fetch_request_topic){.name = {name, (int32_t)strlen(name)},
                                                        .partitions = &partitions[at],
                                                        .partition_count = 1};
        call.list[at] = i;
    }
    call.numbers[0] = (uint64_t)request.topic_count;
    if (request.topic_count == 0)
        return;
    self->is_fetching = true;
    broker_actor_send(actor, &call, &request);
}

/* ---- The consumer -------------------------------------------------------------------------- */

static void *new (struct broker_actor *actor)
{
    (void)actor;
    return NEW(struct consumer);
}

static void act(struct broker_actor *actor)
{
    struct consumer *self = actor->self;

    if (self->is_fetching || self->seeking != 0)
        return;
    for (uint32_t i = 0; i < PARTS_MAX; i++) {
        struct place *place = &self->places[i];
        if (place->is_known && is_current(actor, place->log) &&
            broker_actor_draw(actor, SEEKS_ONE_IN) > 0)
            continue;
        const struct broker_log *log = broker_actor_choose_log(actor);
        place->is_known = false;
        if (log == NULL)
            return;
        place->log = log->number;
        seek(actor, i);
        return;
    }
    fetch(actor);
}

static bool is_settled(const struct broker_actor *actor)
{
    (void)actor;
    return true;
}

const struct broker_actor_operations broker_consumer = {
    .name = "consumer",
    .new = new,
    .destroy = free,
    .act = act,
    .is_settled = is_settled,
};
