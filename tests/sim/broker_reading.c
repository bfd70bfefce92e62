/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/broker_reading.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/log/batch.h"
#include "broker/protocol/errors.h"
#include "broker/protocol/messages.h"

enum {
    FETCH_FIRST = 4, /* versions */
    FETCH_LAST = 11,
    LIST_OFFSETS_VERSION = 4,
    BYTES_MAX = 20000,
    ANSWERS_MAX = 10000, /* of one log */
    TIME_EARLIEST = -2,
};

void broker_reading_done(struct broker_reading *reading)
{
    free(reading->found);
}

static void keep(struct broker_reading *reading, int64_t offset, uint64_t serial)
{
    if (reading->count == reading->capacity) {
        reading->capacity = reading->capacity == 0 ? 64 : 2 * reading->capacity;
        reading->found = mem_resize(reading->found, reading->capacity, sizeof *reading->found);
    }
    reading->found[reading->count++] = (struct broker_found){offset, serial};
}

static void add_batch(struct broker_reading *reading, struct broker_model *model,
                      const struct broker_log *log, const void *bytes,
                      const struct batch_head *head)
{
    struct records_reader reader = {.bytes = NULL};
    struct record record;
    struct error error;
    enum err err = records_open(&reader, bytes, head, &error);

    while (err == ERR_OK && (err = records_next(&reader, &record, &error)) == ERR_OK) {
        if (record.offset < reading->next)
            continue;
        uint64_t serial = broker_model_read(model, log, &record);
        if (serial != 0)
            keep(reading, record.offset, serial);
    }
    records_reader_done(&reader);
    if (err != ERR_NOT_FOUND)
        coord_trace_complain(model->trace, "%s-%d: a batch at %" PRId64 " cannot be read: %s",
                             broker_topic_name(log->topic), log->partition, head->base_offset,
                             error.text);
}

/* Whether it is whole and in its place. */
static bool check_batch(struct broker_reading *reading, struct broker_model *model,
                        const struct broker_log *log, const void *bytes,
                        const struct batch_head *head)
{
    const char *fault = NULL;

    if (!batch_crc_is_right(bytes, head))
        fault = "has a wrong CRC";
    else if (batch_last_offset(head) < reading->next)
        fault = "lies before what was asked for";
    else if (head->leader_epoch < reading->epoch || head->leader_epoch > model->life)
        fault = "has a wrong leader epoch";
    else
        return true;
    coord_trace_complain(model->trace, "%s-%d: a batch at %" PRId64 ", read from %" PRId64 ", %s",
                         broker_topic_name(log->topic), log->partition, head->base_offset,
                         reading->next, fault);
    return false;
}

void broker_reading_add(struct broker_reading *reading, struct broker_model *model,
                        const struct broker_log *log, const struct kafka_records *records)
{
    const unsigned char *at = records->data;
    size_t left = records->length > 0 ? (size_t)records->length : 0;
    struct batch_head head;

    while (batch_read_head(at, left, UINT32_MAX, &head) == ERR_OK) {
        if (!check_batch(reading, model, log, at, &head))
            return;
        add_batch(reading, model, log, at, &head);
        reading->next = batch_last_offset(&head) + 1;
        reading->epoch = head.leader_epoch;
        at += head.size;
        left -= head.size;
    }
    if (records->length > 0 && at == records->data)
        coord_trace_complain(model->trace, "%s-%d: no whole batch at %" PRId64,
                             broker_topic_name(log->topic), log->partition, reading->next);
}

/* ---- All of it ----------------------------------------------------------------------------- */

struct audit {
    struct broker_model *model;
    struct broker_log *log;
    struct broker_client *client;
    struct rng *rng;
    struct broker_reading reading;
    struct kafka_string name;
    int64_t end;
};

static int64_t ask_start(struct audit *audit)
{
    struct kafka_list_offsets_request_partition partition = {
        .partition = audit->log->partition, .current_leader_epoch = -1, .timestamp = TIME_EARLIEST};
    struct kafka_list_offsets_request_topic topic = {
        .name = audit->name, .partitions = &partition, .partition_count = 1};
    struct kafka_list_offsets_request request = {
        .replica_id = -1, .topics = &topic, .topic_count = 1};
    struct kafka_list_offsets_response response;

    broker_client_ask(audit->client, KAFKA_LIST_OFFSETS, LIST_OFFSETS_VERSION, &request, &response);
    return response.topics[0].partitions[0].offset;
}

/* False at the end, and where there is nothing up to the end. */
static bool fetch_more(struct audit *audit)
{
    struct kafka_fetch_request_partition partition = {
        .partition = audit->log->partition,
        .current_leader_epoch = -1,
        .fetch_offset = audit->reading.next,
        .log_start_offset = -1,
        .partition_max_bytes = (int32_t)rng_below(audit->rng, BYTES_MAX) + 1,
    };
    struct kafka_fetch_request_topic topic = {
        .name = audit->name, .partitions = &partition, .partition_count = 1};
    struct kafka_fetch_request request = {.replica_id = -1,
                                          .max_bytes = BYTES_MAX,
                                          .session_epoch = -1,
                                          .topics = &topic,
                                          .topic_count = 1,
                                          .rack_id = {"", 0}};
    struct kafka_fetch_response response;
    int16_t version = (int16_t)(FETCH_FIRST + rng_below(audit->rng, FETCH_LAST - FETCH_FIRST + 1));

    broker_client_ask(audit->client, KAFKA_FETCH, version, &request, &response);
    const struct kafka_fetch_response_partition *answer = &response.topics[0].partitions[0];
    if (answer->error_code != KAFKA_NONE) {
        coord_trace_complain(audit->model->trace, "%s-%d: cannot be read at %" PRId64 ": %s",
                             audit->name.data, audit->log->partition, audit->reading.next,
                             kafka_error_name(answer->error_code));
        return false;
    }
    audit->end = answer->high_watermark;
    int64_t before = audit->reading.next;
    broker_reading_add(&audit->reading, audit->model, audit->log, &answer->records);
    return audit->reading.next > before && audit->reading.next < audit->end;
}

static void audit_log(struct audit *audit, bool had_power_cut)
{
    uint32_t answers = 0;

    audit->reading = (struct broker_reading){.epoch = -1};
    audit->reading.next = ask_start(audit);
    if (audit->reading.next < 0)
        return; /* the disk had no room for it, and it is not open */
    audit->reading.from = audit->reading.next;
    while (fetch_more(audit) && answers < ANSWERS_MAX)
        answers++;
    const struct broker_findings findings = {.start = audit->reading.from,
                                             .end = audit->end,
                                             .records = audit->reading.found,
                                             .record_count = audit->reading.count,
                                             .had_power_cut = had_power_cut};
    if (!audit->model->trace->has_complaint) {
        broker_model_note_high_watermark(audit->model, audit->log, audit->end);
        broker_model_compare(audit->model, audit->log, &findings);
    }
    broker_reading_done(&audit->reading);
}

void broker_reading_audit(struct broker_model *model, struct rng *rng, bool had_power_cut)
{
    struct audit audit = {.model = model, .rng = rng};

    audit.client = broker_client_new(model->rig);
    for (int t = 0; t < BROKER_TOPICS; t++) {
        const char *name = broker_topic_name((enum broker_topic)t);
        audit.name = (struct kafka_string){name, (int32_t)strlen(name)};
        for (int32_t p = 0; p < BROKER_PARTITIONS_MAX; p++) {
            audit.log = broker_model_log(model, (enum broker_topic)t, p);
            if (audit.log != NULL && !audit.log->is_void)
                audit_log(&audit, had_power_cut);
        }
    }
    broker_client_destroy(&audit.client);
}
