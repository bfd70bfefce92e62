/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Producers. A plain one sends each record once, and does not know what became of it if the answer is lost. An
 * idempotent one keeps up to five batches under way, sends them again until they are acknowledged, and takes a
 * new id when the broker has lost what it built on.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/protocol/errors.h"
#include "tests/sim/broker_world.h"

enum {
    VERSION_FIRST = 3,
    VERSION_LAST = 8,
    LIMIT_MS = 20000,
    RECORDS_MAX = 6, /* of a batch */
    PARTS_MAX = 3,   /* of a request */
    WINDOW = 5,
    BATCHES_MAX = 8,
    DAMAGED_ONE_IN = 25,
    SILENT_ONE_IN = 10,
    TOMBSTONE_ONE_IN = 6,
    MOVES_ONE_IN = 30,
    BATCH_BYTES = 8192,
    STAMP_SPREAD_MS = 50,
};

/* ---- Batches ------------------------------------------------------------------------------- */

struct batch {
    uint64_t first; /* record */
    int32_t count;
    int32_t sequence; /* of the first one; -1: not idempotent */
    bool is_under_way;
    bool was_sent;
    uint32_t bytes_size;
    unsigned char bytes[BATCH_BYTES];
};

static struct broker_log *log_of(struct broker_actor *actor, uint32_t number)
{
    return &actor->world->model.logs[number];
}

static void draw_records(struct broker_actor *actor, struct batch *batch,
                         const struct broker_log *log)
{
    struct broker_model *model = &actor->world->model;
    int64_t now_ms = actor->world->rig->now.wall_ms;

    batch->count = 1 + (int32_t)broker_actor_draw(actor, RECORDS_MAX);
    for (int32_t i = 0; i < batch->count; i++) {
        bool has_key = log->is_compacted || broker_actor_draw(actor, 2) == 0;
        int32_t key = has_key ? (int32_t)broker_actor_draw(actor, BROKER_KEYS) : BROKER_NO_KEY;
        bool is_tombstone = log->is_compacted && broker_actor_draw(actor, TOMBSTONE_ONE_IN) == 0;
        uint64_t serial =
            broker_model_record(model, log, key, is_tombstone,
                                now_ms - (int64_t)broker_actor_draw(actor, STAMP_SPREAD_MS));
        if (i == 0)
            batch->first = serial;
    }
}

static void encode(struct broker_actor *actor, struct batch *batch, int64_t producer_id,
                   int16_t epoch)
{
    struct broker_model *model = &actor->world->model;
    static const enum batch_codec codecs[] = {BATCH_PLAIN, BATCH_PLAIN, BATCH_LZ4,
                                              BATCH_GZIP,  BATCH_ZSTD,  BATCH_SNAPPY};
    struct records_builder builder = {.max_timestamp_ms = 0};
    struct batch_head head = records_plain_head(codecs[broker_actor_draw(actor, COUNT_OF(codecs))],
                                                model->records[batch->first].timestamp_ms);
    unsigned char scratch[BROKER_SCRATCH];
    const unsigned char *bytes;
    struct error error;

    if (batch->sequence >= 0) {
        head.producer_id = producer_id;
        head.producer_epoch = epoch;
        head.base_sequence = batch->sequence;
    }
    records_builder_begin(&builder, &head);
    for (int32_t i = 0; i < batch->count; i++) {
        struct record record = broker_model_fill(model, batch->first + (uint64_t)i, i, scratch);
        records_builder_add(&builder, &record);
    }
    enum err err = records_builder_finish(&builder, &bytes, &head, &error);
    ASSERT(err == ERR_OK && head.size <= BATCH_BYTES);
    memcpy(batch->bytes, bytes, head.size);
    batch->bytes_size = head.size;
    for (int32_t i = 0; i < batch->count; i++)
        model->records[batch->first + (uint64_t)i].size =
            (head.size + (uint32_t)batch->count - 1) / (uint32_t)batch->count;
    records_builder_done(&builder);
}

static void bind(struct broker_actor *actor, uint32_t log, uint64_t first, int32_t count,
                 int64_t base_offset)
{
    coord_trace_add(&actor->world->trace,
                    "%s %" PRIu32 ": records %" PRIu64 " and %d more are at %" PRId64 " of %s-%d",
                    actor->operations->name, actor->number, first, count - 1, base_offset,
                    broker_topic_name(log_of(actor, log)->topic), log_of(actor, log)->partition);
    for (int32_t i = 0; i < count; i++) {
        broker_model_bind(&actor->world->model, log_of(actor, log), base_offset + i,
                          first + (uint64_t)i);
        actor->world->model.acked++;
    }
}

/* ---- Plain ones ---------------------------------------------------------------------------- */

struct part {
    uint64_t first;
    uint64_t log;
    uint64_t count;
    uint64_t is_damaged;
};

enum {
    PART_WORDS = sizeof(struct part) / sizeof(uint64_t),
};

static void take_part(struct broker_actor *actor, const struct part *part,
                      const struct kafka_produce_response_partition *answer)
{
    if (answer->error_code != KAFKA_NONE) {
        actor->world->coverage.refused++;
        return;
    }
    if (part->is_damaged)
        coord_trace_complain(&actor->world->trace, "a damaged batch was taken");
    bind(actor, (uint32_t)part->log, part->first, (int32_t)part->count, answer->base_offset);
}

static void end_plain(struct broker_actor *actor, const struct broker_call *call,
                      const union broker_answer *answer)
{
    if (answer == NULL)
        return;
    for (uint64_t i = 0; i < call->numbers[0]; i++) {
        struct part part;
        memcpy(&part, &call->list[i * PART_WORDS], sizeof part);
        take_part(actor, &part, &answer->produce.topics[i].partitions[0]);
    }
}

/* A batch for some partition, of which a bit may have been turned over on its way. */
static bool draw_part(struct broker_actor *actor, struct batch *batch, struct part *part)
{
    const struct broker_log *log = broker_actor_choose_log(actor);

    if (log == NULL)
        return false;
    batch->sequence = -1;
    draw_records(actor, batch, log);
    encode(actor, batch, -1, -1);
    *part = (struct part){batch->first, log->number, (uint64_t)batch->count, false};
    if (broker_actor_draw(actor, DAMAGED_ONE_IN) > 0)
        return true;
    part->is_damaged = true;
    for (int32_t i = 0; i < batch->count; i++)
        actor->world->model.records[batch->first + (uint64_t)i].is_bad = true;
    uint32_t at = BATCH_HEAD_SIZE + broker_actor_draw(actor, batch->bytes_size - BATCH_HEAD_SIZE);
    batch->bytes[at] ^= (unsigned char)(1u << broker_actor_draw(actor, 8));
    return true;
}

static void send_plain(struct broker_actor *actor)
{
    struct kafka_produce_request_partition partitions[PARTS_MAX];
    struct kafka_produce_request_topic topics[PARTS_MAX];
    struct kafka_produce_request request = {
        .transactional_id = KAFKA_STRING_NULL, .acks = 1, .timeout_ms = LIMIT_MS, .topics = topics};
    struct broker_call call = {.api = KAFKA_PRODUCE, .limit_ms = LIMIT_MS, .end = end_plain};
    uint32_t count = 1 + broker_actor_draw(actor, PARTS_MAX);
    struct batch *batches = NEW_ARRAY(struct batch, PARTS_MAX);

    call.version = (int16_t)(VERSION_FIRST + broker_actor_draw(actor, VERSION_LAST - 2));
    for (uint32_t i = 0; i < count; i++) {
        struct part part;
        if (!draw_part(actor, &batches[i], &part))
            break;
        const char *name = broker_topic_name(log_of(actor, (uint32_t)part.log)->topic);
        partitions[i] = (struct kafka_produce_request_partition){
            .partition = log_of(actor, (uint32_t)part.log)->partition,
            .records = {.data = batches[i].bytes, .length = (int32_t)batches[i].bytes_size}};
        topics[i] = (struct kafka_produce_request_topic){.name = {name, (int32_t)strlen(name)},
                                                         .partitions = &partitions[i],
                                                         .partition_count = 1};
        memcpy(&call.list[i * PART_WORDS], &part, sizeof part);
        call.numbers[0] = i + 1;
    }
    request.topic_count = (int32_t)call.numbers[0];
    request.acks = (int16_t)(broker_actor_draw(actor, 2) == 0 ? 1 : -1);
    if (broker_actor_draw(actor, SILENT_ONE_IN) == 0) {
        request.acks = 0;
        call.end = NULL;
        actor->may_be_closed = true;
    }
    if (request.topic_count > 0)
        broker_actor_send(actor, &call, &request);
    free(batches);
}

static void *new_plain(struct broker_actor *actor)
{
    (void)actor;
    return NULL;
}

static void act_plain(struct broker_actor *actor)
{
    if (!actor->world->is_calm)
        send_plain(actor);
}

static bool is_plain_settled(const struct broker_actor *actor)
{
    return actor->call_count == 0;
}

const struct broker_actor_operations broker_producer = {
    .name = "producer",
    .new = new_plain,
    .destroy = free,
    .act = act_plain,
    .is_settled = is_plain_settled,
};

/* ---- Idempotent ones ----------------------------------------------------------------------- */

struct idempotent {
    int64_t producer_id; /* -1: none */
    int16_t epoch;
    bool is_asking;
    bool is_careful; /* the first batch goes alone until it is acknowledged */
    uint32_t log;
    uint32_t losses;   /* of the log, when the producer began with it */
    uint32_t restarts; /* what it sends is of this incarnation of its window */
    uint64_t last;     /* record */
    int32_t sequence;  /* the next one */
    struct batch batches[WINDOW];
    size_t batch_count;
};

static void *new_idempotent(struct broker_actor *actor)
{
    struct idempotent *self = NEW(struct idempotent);

    (void)actor;
    self->producer_id = -1;
    return self;
}

/* What is not acknowledged is given up: it is somewhere or nowhere. */
static void begin_anew(struct idempotent *self)
{
    self->producer_id = -1;
    self->batch_count = 0;
    self->restarts++;
}

static void end_init(struct broker_actor *actor, const struct broker_call *call,
                     const union broker_answer *answer)
{
    struct idempotent *self = actor->self;

    (void)call;
    self->is_asking = false;
    if (answer == NULL || answer->init_producer_id.error_code != KAFKA_NONE)
        return;
    self->producer_id = answer->init_producer_id.producer_id;
    self->epoch = answer->init_producer_id.producer_epoch;
    coord_trace_add(&actor->world->trace, "idempotent %" PRIu32 " is producer %" PRId64,
                    actor->number, self->producer_id);
}

static void ask_id(struct broker_actor *actor)
{
    struct idempotent *self = actor->self;
    const struct kafka_init_producer_id_request request = {.transactional_id = KAFKA_STRING_NULL,
                                                           .transaction_timeout_ms = 1000};
    const struct broker_call call = {
        .api = KAFKA_INIT_PRODUCER_ID, .version = 1, .limit_ms = LIMIT_MS, .end = end_init};
    const struct broker_log *log = broker_actor_choose_log(actor);

    if (log == NULL || actor->world->is_calm)
        return;
    self->log = log->number;
    self->losses = log->losses;
    self->last = 0;
    self->sequence = 0;
    self->is_careful = true;
    self->is_asking = true;
    broker_actor_send(actor, &call, &request);
}

static struct batch *find_batch(struct idempotent *self, uint64_t first, size_t *ret_at)
{
    for (size_t i = 0; i < self->batch_count; i++) {
        if (self->batches[i].first == first) {
            *ret_at = i;
            return &self->batches[i];
        }
    }
    return NULL;
}

static void take_ack(struct broker_actor *actor, size_t at, int64_t base_offset)
{
    struct idempotent *self = actor->self;
    const struct batch *batch = &self->batches[at];

    if (at > 0 && !actor->world->model.logs[self->log].is_void)
        coord_trace_complain(&actor->world->trace,
                             "idempotent %" PRIu32 ": sequence %d is taken before %d",
                             actor->number, batch->sequence, self->batches[0].sequence);
    if (actor->world->model.records[batch->first].offset >= 0)
        actor->world->coverage.duplicates++;
    bind(actor, self->log, batch->first, batch->count, base_offset);
    self->batch_count--;
    memmove(&self->batches[at], &self->batches[at + 1],
            (self->batch_count - at) * sizeof *self->batches);
    self->is_careful = false;
}

/* Of a batch that all before it were acknowledged of. */
static void take_gap(struct broker_actor *actor, const struct batch *batch)
{
    struct idempotent *self = actor->self;
    const struct broker_log *log = log_of(actor, self->log);

    if (log->losses == self->losses && !log->is_void)
        coord_trace_complain(&actor->world->trace,
                             "idempotent %" PRIu32 ": sequence %d of producer %" PRId64
                             " in %s-%d is out of order, though nothing was lost",
                             actor->number, batch->sequence, self->producer_id,
                             broker_topic_name(log->topic), log->partition);
    begin_anew(self);
}

static void end_batch(struct broker_actor *actor, const struct broker_call *call,
                      const union broker_answer *answer)
{
    struct idempotent *self = actor->self;
    size_t at = 0;
    struct batch *batch = find_batch(self, call->numbers[0], &at);

    if (batch == NULL || call->numbers[1] != self->restarts)
        return;
    batch->is_under_way = false;
    if (answer == NULL) {
        self->is_careful = true;
        return;
    }
    const struct kafka_produce_response_partition *part = &answer->produce.topics[0].partitions[0];
    if (part->error_code == KAFKA_NONE) {
        take_ack(actor, at, part->base_offset);
        return;
    }
    coord_trace_add(&actor->world->trace, "idempotent %" PRIu32 ": sequence %d: %s", actor->number,
                    batch->sequence, kafka_error_name(part->error_code));
    actor->world->coverage.refused++;
    self->is_careful = true;
    if (part->error_code == KAFKA_UNKNOWN_TOPIC_OR_PARTITION)
        begin_anew(self);
    else if (part->error_code == KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER && at == 0)
        take_gap(actor, batch);
    else if (part->error_code != KAFKA_STORAGE_ERROR &&
             part->error_code != KAFKA_NOT_LEADER_OR_FOLLOWER && /* the same, for old clients */
             part->error_code != KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER)
        coord_trace_complain(&actor->world->trace, "idempotent %" PRIu32 ": %s", actor->number,
                             kafka_error_name(part->error_code));
}

static void send_batch(struct broker_actor *actor, struct batch *batch)
{
    struct idempotent *self = actor->self;
    const struct broker_log *log = log_of(actor, self->log);
    const char *name = broker_topic_name(log->topic);
    struct kafka_produce_request_partition partition = {
        .partition = log->partition,
        .records = {.data = batch->bytes, .length = (int32_t)batch->bytes_size}};
    struct kafka_produce_request_topic topic = {
        .name = {name, (int32_t)strlen(name)}, .partitions = &partition, .partition_count = 1};
    const struct kafka_produce_request request = {.transactional_id = KAFKA_STRING_NULL,
                                                  .acks = -1,
                                                  .timeout_ms = LIMIT_MS,
                                                  .topics = &topic,
                                                  .topic_count = 1};
    const struct broker_call call = {
        .api = KAFKA_PRODUCE,
        .version = (int16_t)(VERSION_FIRST + broker_actor_draw(actor, VERSION_LAST - 2)),
        .limit_ms = LIMIT_MS,
        .numbers = {batch->first, self->restarts},
        .end = end_batch};

    batch->is_under_way = true;
    batch->was_sent = true;
    broker_actor_send(actor, &call, &request);
}

static void draw_batch(struct broker_actor *actor)
{
    struct idempotent *self = actor->self;
    struct broker_model *model = &actor->world->model;
    struct batch *batch = &self->batches[self->batch_count++];

    *batch = (struct batch){.sequence = self->sequence};
    draw_records(actor, batch, log_of(actor, self->log));
    encode(actor, batch, self->producer_id, self->epoch);
    self->sequence += batch->count;
    for (int32_t i = 0; i < batch->count; i++) {
        uint64_t serial = batch->first + (uint64_t)i;
        model->records[serial].previous = self->last;
        if (self->last != 0)
            model->records[self->last].next = serial;
        self->last = serial;
    }
}

static bool is_current(const struct broker_actor *actor)
{
    const struct idempotent *self = actor->self;
    struct broker_model *model = &actor->world->model;
    const struct broker_log *log = &model->logs[self->log];

    return broker_model_log(model, log->topic, log->partition) == log;
}

static size_t count_under_way(const struct idempotent *self)
{
    size_t count = 0;

    for (size_t i = 0; i < self->batch_count; i++)
        count += self->batches[i].is_under_way;
    return count;
}

/* In their order: while one is under way that was sent again, no other is. */
static void send_more(struct broker_actor *actor)
{
    struct idempotent *self = actor->self;
    size_t under_way = count_under_way(self);

    if (self->is_careful) {
        if (under_way == 0 && self->batch_count > 0)
            send_batch(actor, &self->batches[0]);
        return;
    }
    for (size_t i = 0; i < self->batch_count; i++) {
        if (!self->batches[i].is_under_way) {
            send_batch(actor, &self->batches[i]);
            return;
        }
    }
}

static void act_idempotent(struct broker_actor *actor)
{
    struct idempotent *self = actor->self;

    if (self->producer_id < 0) {
        if (!self->is_asking)
            ask_id(actor);
        return;
    }
    if (!is_current(actor) ||
        (self->batch_count == 0 && broker_actor_draw(actor, MOVES_ONE_IN) == 0)) {
        begin_anew(self);
        return;
    }
    if (self->batch_count < WINDOW && !actor->world->is_calm)
        draw_batch(actor);
    send_more(actor);
}

static bool is_idempotent_settled(const struct broker_actor *actor)
{
    const struct idempotent *self = actor->self;

    return actor->call_count == 0 && self->batch_count == 0;
}

const struct broker_actor_operations broker_idempotent = {
    .name = "idempotent",
    .new = new_idempotent,
    .destroy = free,
    .act = act_idempotent,
    .is_settled = is_idempotent_settled,
};
