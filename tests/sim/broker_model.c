/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/broker_model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/server/catalog.h"
#include "broker/server/service_parts.h"

enum {
    HEADER_SIZE = 11, /* of one header: its name, and the number of the record */
    SERIAL_AT = 3,
    SERIAL_SIZE = 8,
    VALUE_MIN = 8,
    VALUE_SPREAD = 256,
};

static const char *const names[BROKER_TOPICS] = {"plain", "always", "compacted", "aging", "sized"};

const char *broker_topic_name(enum broker_topic topic)
{
    return names[topic];
}

/* ---- Life ---------------------------------------------------------------------------------- */

void broker_model_init(struct broker_model *model, struct coord_trace *trace,
                       struct broker_rig *rig)
{
    *model = (struct broker_model){.trace = trace, .rig = rig};
    model->record_capacity = 1024;
    model->record_count = 1;
    model->records = NEW_ARRAY(struct broker_record, model->record_capacity);
}

void broker_model_done(struct broker_model *model)
{
    for (size_t i = 0; i < model->log_count; i++)
        free(model->logs[i].slots);
    free(model->logs);
    free(model->records);
}

/* ---- Topics -------------------------------------------------------------------------------- */

static uint32_t add_log(struct broker_model *model, enum broker_topic topic, int32_t partition)
{
    const struct broker_topic_model *of = &model->topics[topic];

    model->logs = mem_resize(model->logs, model->log_count + 1, sizeof *model->logs);
    struct broker_log *log = &model->logs[model->log_count];
    *log = (struct broker_log){
        .number = (uint32_t)model->log_count,
        .topic = topic,
        .partition = partition,
        .is_compacted = topic == BROKER_COMPACTED,
        .is_always = of->is_always,
        .retention_ms = of->retention_ms,
        .retention_bytes = of->retention_bytes,
        .start = -1,
        .high_watermark = -1,
    };
    return (uint32_t)model->log_count++;
}

static void follow(struct broker_model *model, enum broker_topic number,
                   const struct catalog_topic *found)
{
    struct broker_topic_model *topic = &model->topics[number];

    topic->is_here = found != NULL;
    if (found == NULL)
        return;
    /* One that was as good as deleted when the disk failed may be back. */
    if (memcmp(&topic->id, &found->id, sizeof found->id) != 0)
        topic->partition_count = 0;
    topic->id = found->id;
    while (topic->partition_count < found->partition_count &&
           topic->partition_count < BROKER_PARTITIONS_MAX) {
        topic->logs[topic->partition_count] = add_log(model, number, topic->partition_count);
        topic->partition_count++;
    }
}

void broker_model_look(struct broker_model *model)
{
    const struct catalog *catalog = service_catalog(model->rig->service);

    for (int i = 0; i < BROKER_TOPICS; i++) {
        const struct kafka_string name = {names[i], (int32_t)strlen(names[i])};
        follow(model, (enum broker_topic)i, catalog_find(catalog, name));
        const struct broker_topic_model *topic = &model->topics[i];
        if (topic->must_be_here && !topic->is_here)
            coord_trace_complain(model->trace, "topic %s was created, and is not there", names[i]);
        if (topic->must_be_gone && topic->is_here)
            coord_trace_complain(model->trace, "topic %s was deleted, and is there", names[i]);
        if (topic->is_here && topic->partition_count < topic->partitions_min)
            coord_trace_complain(model->trace, "topic %s has too few partitions", names[i]);
    }
}

struct broker_log *broker_model_log(struct broker_model *model, enum broker_topic topic,
                                    int32_t partition)
{
    const struct broker_topic_model *of = &model->topics[topic];

    if (!of->is_here || partition < 0 || partition >= of->partition_count)
        return NULL;
    return &model->logs[of->logs[partition]];
}

/* ---- Records ------------------------------------------------------------------------------- */

uint64_t broker_model_record(struct broker_model *model, const struct broker_log *log, int32_t key,
                             bool is_tombstone, int64_t timestamp_ms)
{
    if (model->record_count == model->record_capacity) {
        model->record_capacity *= 2;
        model->records = mem_resize(model->records, model->record_capacity, sizeof *model->records);
    }
    model->records[model->record_count] = (struct broker_record){
        .log = log->number,
        .key = key,
        .is_tombstone = is_tombstone,
        .timestamp_ms = timestamp_ms,
        .offset = -1,
    };
    return model->record_count++;
}

static size_t value_size(uint64_t serial)
{
    return VALUE_MIN + (size_t)(serial * 37 % VALUE_SPREAD);
}

struct record broker_model_fill(const struct broker_model *model, uint64_t serial, int32_t delta,
                                unsigned char *scratch)
{
    const struct broker_record *of = &model->records[serial];
    unsigned char *header = scratch;
    unsigned char *key = scratch + HEADER_SIZE;
    unsigned char *value = key + 1;

    memcpy(header, "\x02s\x10", SERIAL_AT);
    memcpy(header + SERIAL_AT, &serial, SERIAL_SIZE);
    *key = (unsigned char)of->key;
    for (size_t i = 0; i < value_size(serial); i++)
        value[i] = (unsigned char)(serial * 131 + i * i);
    return (struct record){
        .offset = delta,
        .timestamp_ms = of->timestamp_ms,
        .key = key,
        .key_size = of->key == BROKER_NO_KEY ? RECORDS_ABSENT : 1,
        .value = value,
        .value_size = of->is_tombstone ? RECORDS_ABSENT : (int32_t)value_size(serial),
        .headers = header,
        .headers_size = HEADER_SIZE,
        .header_count = 1,
    };
}

static bool is_same(const struct record *left, const struct record *right)
{
    if (left->key_size != right->key_size || left->value_size != right->value_size)
        return false;
    if (left->key_size > 0 && memcmp(left->key, right->key, (size_t)left->key_size) != 0)
        return false;
    return left->value_size <= 0 ||
           memcmp(left->value, right->value, (size_t)left->value_size) == 0;
}

uint64_t broker_model_read(struct broker_model *model, const struct broker_log *log,
                           const struct record *record)
{
    unsigned char scratch[BROKER_SCRATCH];
    uint64_t serial = 0;

    if (record->headers_size == HEADER_SIZE)
        memcpy(&serial, record->headers + SERIAL_AT, SERIAL_SIZE);
    if (serial == 0 || serial >= model->record_count) {
        coord_trace_complain(model->trace, "%s-%d: a record at %" PRId64 " that nobody sent",
                             names[log->topic], log->partition, record->offset);
        return 0;
    }
    struct record sent = broker_model_fill(model, serial, 0, scratch);
    if (!is_same(&sent, record)) {
        coord_trace_complain(model->trace, "%s-%d: record %" PRIu64 " at %" PRId64 " is damaged",
                             names[log->topic], log->partition, serial, record->offset);
        return 0;
    }
    return serial;
}

/* ---- What is at an offset ------------------------------------------------------------------ */

static struct broker_slot *slot_at(struct broker_log *log, int64_t offset)
{
    size_t count = (size_t)offset + 1;

    if (count > log->slot_count) {
        log->slots = mem_resize(log->slots, count, sizeof *log->slots);
        memset(log->slots + log->slot_count, 0, (count - log->slot_count) * sizeof *log->slots);
        log->slot_count = count;
    }
    return &log->slots[offset];
}

static void check_order(struct broker_model *model, const struct broker_log *log, uint64_t serial)
{
    const struct broker_record *record = &model->records[serial];
    const struct broker_record *previous = &model->records[record->previous];
    const struct broker_record *next = &model->records[record->next];

    if ((record->previous != 0 && previous->offset >= record->offset) ||
        (record->next != 0 && next->offset >= 0 && next->offset <= record->offset))
        coord_trace_complain(model->trace,
                             "%s-%d: record %" PRIu64 " of an idempotent producer is at %" PRId64
                             ", %" PRIu64 " before it at %" PRId64,
                             names[log->topic], log->partition, serial, record->offset,
                             record->previous, previous->offset);
}

void broker_model_bind(struct broker_model *model, struct broker_log *log, int64_t offset,
                       uint64_t serial)
{
    struct broker_record *record = &model->records[serial];

    if (log->is_void)
        return;
    if (offset < 0 || offset > INT32_MAX || record->log != log->number || record->is_bad) {
        coord_trace_complain(model->trace,
                             "%s-%d: record %" PRIu64 " of log %" PRIu32 " %s at %" PRId64
                             " of log %" PRIu32,
                             names[log->topic], log->partition, serial, record->log,
                             record->is_bad ? "(refused)" : "", offset, log->number);
        return;
    }
    struct broker_slot *slot = slot_at(log, offset);
    if (slot->serial != 0 && slot->serial != serial)
        coord_trace_complain(model->trace,
                             "%s-%d: offset %" PRId64 " is record %" PRIu64 " and record %" PRIu64,
                             names[log->topic], log->partition, offset, slot->serial, serial);
    if (record->offset >= 0 && record->offset != offset && record->offset >= log->start)
        coord_trace_complain(model->trace,
                             "%s-%d: record %" PRIu64 " is at %" PRId64 " and at %" PRId64,
                             names[log->topic], log->partition, serial, record->offset, offset);
    slot->serial = serial;
    slot->is_durable = slot->is_durable || log->is_always;
    record->offset = offset;
    check_order(model, log, serial);
}

static bool is_too_old(const struct broker_model *model, const struct broker_log *log,
                       int64_t offset)
{
    if (log->retention_ms == INT64_MAX || (size_t)offset >= log->slot_count)
        return log->retention_ms != INT64_MAX;
    const struct broker_slot *slot = &log->slots[offset];
    int64_t age_ms = model->rig->now.wall_ms - model->records[slot->serial].timestamp_ms;
    return slot->serial == 0 || age_ms >= log->retention_ms;
}

/* At least so much is behind it. */
static bool is_far_back(const struct broker_model *model, const struct broker_log *log,
                        int64_t offset)
{
    int64_t bytes = 0;

    if (log->retention_bytes == INT64_MAX)
        return false;
    for (int64_t i = offset + 1; i < log->end && bytes < log->retention_bytes; i++) {
        /* One that is not known was nevertheless appended. */
        uint64_t serial = (size_t)i < log->slot_count ? log->slots[i].serial : 0;
        bytes += serial == 0 ? BROKER_SCRATCH : model->records[serial].size;
    }
    return bytes >= log->retention_bytes;
}

bool broker_model_may_be_gone(const struct broker_model *model, const struct broker_log *log,
                              int64_t offset)
{
    return log->is_void || offset < log->deleted_before || offset < log->start_max ||
           is_too_old(model, log, offset) || is_far_back(model, log, offset);
}

void broker_model_note_start(struct broker_model *model, struct broker_log *log, int64_t start)
{
    if (log->is_void)
        return;
    if (start < log->start)
        coord_trace_complain(model->trace, "%s-%d: the log begins at %" PRId64 ", after %" PRId64,
                             names[log->topic], log->partition, start, log->start);
    for (int64_t i = log->start < 0 ? 0 : log->start; i < start && (size_t)i < log->slot_count;
         i++) {
        if (log->slots[i].serial == 0)
            continue;
        if (broker_model_may_be_gone(model, log, i))
            model->retired++;
        else
            coord_trace_complain(model->trace,
                                 "%s-%d: the log begins at %" PRId64 ", and record %" PRIu64
                                 " at %" PRId64 " may not go yet",
                                 names[log->topic], log->partition, start, log->slots[i].serial, i);
    }
    log->start = start;
    if (start > log->start_max)
        log->start_max = start;
}

void broker_model_note_high_watermark(struct broker_model *model, struct broker_log *log,
                                      int64_t high_watermark)
{
    if (log->is_void)
        return;
    if (high_watermark < log->high_watermark)
        coord_trace_complain(
            model->trace, "%s-%d: the high watermark is %" PRId64 ", after %" PRId64,
            names[log->topic], log->partition, high_watermark, log->high_watermark);
    log->high_watermark = high_watermark;
}

/* ---- Lives --------------------------------------------------------------------------------- */

static struct replica *replica_of(const struct broker_model *model, const struct broker_log *log)
{
    const struct kafka_string name = {names[log->topic], (int32_t)strlen(names[log->topic])};

    return service_find_replica(model->rig->service, name, log->partition);
}

static void each_log(struct broker_model *model,
                     void (*visit)(struct broker_model *model, struct broker_log *log))
{
    for (int t = 0; t < BROKER_TOPICS; t++) {
        for (int32_t p = 0; p < model->topics[t].partition_count; p++) {
            struct broker_log *log = broker_model_log(model, (enum broker_topic)t, p);
            if (log != NULL)
                visit(model, log);
        }
    }
}

static void keep_flushed(struct broker_model *model, struct broker_log *log)
{
    const struct replica *replica = replica_of(model, log);

    if (replica != NULL)
        log->flushed = partition_flushed_offset(replica->log);
}

void broker_model_before_end(struct broker_model *model)
{
    each_log(model, keep_flushed);
}

static void keep_all(struct broker_model *model, struct broker_log *log)
{
    (void)model;
    log->flushed = INT64_MAX;
}

void broker_model_note_stopped(struct broker_model *model)
{
    each_log(model, keep_all);
}

static void lose_doubtful(struct broker_model *model, struct broker_log *log)
{
    (void)model;
    log->is_void = log->is_void || log->is_doubtful;
    log->losses++;
}

void broker_model_note_power_cut(struct broker_model *model)
{
    each_log(model, lose_doubtful);
}

static void watch(struct broker_model *model, struct broker_log *log)
{
    const struct replica *replica = replica_of(model, log);

    if (replica == NULL)
        return;
    log->end = partition_end_offset(replica->log);
    broker_model_note_high_watermark(model, log, partition_high_watermark(replica->log));
    broker_model_note_start(model, log, partition_start_offset(replica->log));
}

void broker_model_watch(struct broker_model *model)
{
    broker_model_look(model);
    each_log(model, watch);
}

static void doubt(struct broker_model *model, struct broker_log *log)
{
    (void)model;
    log->is_doubtful = true;
    log->losses++;
}

void broker_model_doubt(struct broker_model *model)
{
    each_log(model, doubt);
}

static void begin(struct broker_model *model, struct broker_log *log)
{
    (void)model;
    log->start = -1;
    log->high_watermark = -1;
}

void broker_model_begin_life(struct broker_model *model)
{
    int32_t life = service_leader_epoch(model->rig->service);

    if (life <= model->life)
        coord_trace_complain(model->trace, "life %d comes after life %d", life, model->life);
    model->life = life;
    broker_model_look(model);
    each_log(model, begin);
}

/* ---- All that is there --------------------------------------------------------------------- */

/* What was not durable may be gone after a power cut, also from the middle. */
static bool may_be_lost(const struct broker_log *log, const struct broker_findings *findings,
                        int64_t offset)
{
    return findings->had_power_cut && !log->slots[offset].is_durable && offset >= log->flushed;
}

static void forget(struct broker_model *model, struct broker_log *log, int64_t offset)
{
    model->records[log->slots[offset].serial].offset = -1;
    log->slots[offset] = (struct broker_slot){.serial = 0};
    model->cut_off++;
}

static void forget_tail(struct broker_model *model, struct broker_log *log,
                        const struct broker_findings *findings)
{
    for (int64_t i = findings->end; (size_t)i < log->slot_count; i++) {
        const struct broker_slot *slot = &log->slots[i];
        if (slot->serial == 0)
            continue;
        if (!may_be_lost(log, findings, i))
            coord_trace_complain(model->trace,
                                 "%s-%d: the log ends at %" PRId64 ", and record %" PRIu64
                                 " at %" PRId64 " is lost (%s, flushed %" PRId64 ")",
                                 names[log->topic], log->partition, findings->end, slot->serial, i,
                                 findings->had_power_cut ? "power cut" : "no power cut",
                                 log->flushed);
        forget(model, log, i);
    }
}

/* A tombstone that nobody knows the fate of: it may have been the last of its key, and may be gone by now. */
static bool may_have_ended(const struct broker_model *model, const struct broker_log *log,
                           int32_t key)
{
    for (size_t i = 1; i < model->record_count; i++) {
        const struct broker_record *record = &model->records[i];
        if (record->log == log->number && record->key == key && record->is_tombstone &&
            record->offset < 0)
            return true;
    }
    return false;
}

/* Compaction keeps the last record of a key; a tombstone may go, when it is the only one. */
static void check_key(struct broker_model *model, const struct broker_log *log,
                      const bool *is_there, int64_t start, int32_t key)
{
    size_t last = SIZE_MAX;
    bool has_older = false;

    for (size_t i = (size_t)start; i < log->slot_count; i++) {
        uint64_t serial = log->slots[i].serial;
        if (serial == 0 || model->records[serial].key != key)
            continue;
        has_older = has_older || (last != SIZE_MAX && is_there[last]);
        last = i;
    }
    if (last == SIZE_MAX || is_there[last])
        return;
    uint64_t serial = log->slots[last].serial;
    bool is_fine =
        model->records[serial].is_tombstone ? !has_older : may_have_ended(model, log, key);
    if (!is_fine)
        coord_trace_complain(model->trace,
                             "%s-%d: record %" PRIu64 " at %zu, the last of its key, is gone",
                             names[log->topic], log->partition, serial, last);
}

static void check_holes(struct broker_model *model, struct broker_log *log, const bool *is_there,
                        const struct broker_findings *findings)
{
    for (size_t i = (size_t)findings->start; i < log->slot_count; i++) {
        uint64_t serial = log->slots[i].serial;
        if (serial == 0 || is_there[i])
            continue;
        if (may_be_lost(log, findings, (int64_t)i))
            forget(model, log, (int64_t)i);
        else if (log->is_compacted)
            model->compacted++;
        else if (!broker_model_may_be_gone(model, log, (int64_t)i))
            coord_trace_complain(model->trace, "%s-%d: record %" PRIu64 " at %zu is gone",
                                 names[log->topic], log->partition, serial, i);
    }
}

void broker_model_compare(struct broker_model *model, struct broker_log *log,
                          const struct broker_findings *findings)
{
    if (log->is_void)
        return;
    model->audits++;
    forget_tail(model, log, findings);
    for (int64_t i = 0; i < findings->start && (size_t)i < log->slot_count; i++) {
        if (log->slots[i].serial != 0 && may_be_lost(log, findings, i))
            forget(model, log, i);
    }
    broker_model_note_start(model, log, findings->start);
    for (size_t i = 0; i < findings->record_count; i++)
        broker_model_bind(model, log, findings->records[i].offset, findings->records[i].serial);
    bool *is_there = NEW_ARRAY(bool, log->slot_count + 1);
    for (size_t i = 0; i < findings->record_count; i++) {
        if ((size_t)findings->records[i].offset < log->slot_count)
            is_there[findings->records[i].offset] = true;
    }
    check_holes(model, log, is_there, findings);
    for (int32_t key = 0; key < BROKER_KEYS && log->is_compacted; key++)
        check_key(model, log, is_there, findings->start, key);
    free(is_there);
}
