/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes records from the consumer by the batch, and emits them one by one, as the runtime asks.
 */
#include "sdk/log/io/reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sdk/log/io/reader_parts.h"

#define GAUGE_MS 1000

/* ---- partitions ---- */

static uint32_t find_part(const struct gale_log_reader *reader, uint32_t topic, int32_t partition)
{
    for (uint32_t i = 0; i < reader->part_count; i++) {
        if (reader->parts[i].partition == partition && reader->parts[i].topic == topic)
            return i;
    }
    return UINT32_MAX;
}

static void add_part(struct gale_log_reader *reader, const struct scout_part *found)
{
    if (find_part(reader, found->topic, found->partition) != UINT32_MAX)
        return;
    if (reader->part_count == reader->part_capacity) {
        reader->part_capacity = reader->part_capacity > 0 ? reader->part_capacity * 2 : 8;
        reader->parts = mem_resize(reader->parts, reader->part_capacity, sizeof *reader->parts);
    }
    struct reader_part *part = &reader->parts[reader->part_count++];
    *part = (struct reader_part){.topic = found->topic,
                                 .partition = found->partition,
                                 .position = found->start,
                                 .end = found->end,
                                 .committed = PROGRESS_NONE,
                                 .committing = PROGRESS_NONE};
    progress_init(&part->progress, found->start);
    gale_set(reader->partitions, reader->part_count);
}

static void take_found(struct gale_log_reader *reader)
{
    struct scout_part found;
    char text[ERROR_TEXT_MAX];

    while (scout_take(reader->scout, &found))
        add_part(reader, &found);
    if (scout_take_complaint(reader->scout, text))
        gale_warn(reader->task, "%s", text);
}

static COLD bool look_up_part(struct gale_log_reader *reader, const rd_kafka_message_t *message)
{
    uint32_t topic =
        spread_topics_find(&reader->settings.topics, rd_kafka_topic_name(message->rkt));
    uint32_t index = find_part(reader, topic, message->partition);

    if (index == UINT32_MAX) {
        take_found(reader);
        index = find_part(reader, topic, message->partition);
    }
    if (index == UINT32_MAX)
        return false;
    reader->last_topic = message->rkt;
    reader->last_part = index;
    return true;
}

/* Whose part it is, in reader->last_part. Records come in runs of one partition. */
static inline bool select_part(struct gale_log_reader *reader, const rd_kafka_message_t *message)
{
    return (message->rkt == reader->last_topic &&
            reader->parts[reader->last_part].partition == message->partition) ||
           look_up_part(reader, message);
}

/* ---- slots ---- */

static COLD void grow_slots(struct gale_log_reader *reader)
{
    uint32_t count = reader->slot_capacity > 0 ? reader->slot_capacity * 2 : 256;

    reader->slots = mem_resize(reader->slots, count, sizeof *reader->slots);
    for (uint32_t i = count; i > reader->slot_capacity; i--) {
        reader->slots[i - 1] = (struct reader_slot){.next_free = reader->free_slot};
        reader->free_slot = i - 1;
    }
    reader->slot_capacity = count;
}

static uint32_t take_slot(struct gale_log_reader *reader, rd_kafka_message_t *message)
{
    if (reader->free_slot == READER_NO_SLOT)
        grow_slots(reader);
    uint32_t index = reader->free_slot;
    struct reader_slot *slot = &reader->slots[index];
    struct progress *progress = &reader->parts[reader->last_part].progress;

    reader->free_slot = slot->next_free;
    slot->message = message;
    slot->part = reader->last_part;
    if (!reader->settings.is_at_most_once)
        slot->number = progress_open(progress, message->offset);
    return index;
}

/* ---- emitting ---- */

static bool decode(struct gale_log_reader *reader, const rd_kafka_message_t *message,
                   struct error *error)
{
    const struct fields_record record = {
        .key = message->key,
        .key_size = message->key_len,
        .value = message->payload,
        .value_size = message->len,
        .topic = reader_topic(reader, &reader->parts[reader->last_part]),
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms =
            reader->needs_time ? rd_kafka_message_timestamp(message, &reader->time_kind) : 0,
    };

    return fields_decode(&reader->fields, &record, reader->record, error) == ERR_OK;
}

static COLD void refuse(struct gale_log_reader *reader, uint32_t slot, const struct error *error)
{
    char reason[ERROR_TEXT_MAX + 32];

    (void)snprintf(reason, sizeof reason, "cannot be decoded: %s", error->text);
    gale_count(reader->undecodable, 1);
    reader_give_up(reader, slot, reason);
}

static void emit_tracked(struct gale_log_reader *reader, rd_kafka_message_t *message)
{
    uint32_t slot = take_slot(reader, message);
    struct error error;

    if (decode(reader, message, &error))
        gale_emit_tracked_record(reader->task, reader->stream, slot, reader->record);
    else
        refuse(reader, slot, &error);
}

static void emit_untracked(struct gale_log_reader *reader, rd_kafka_message_t *message)
{
    struct error error;

    if (!decode(reader, message, &error)) {
        refuse(reader, take_slot(reader, message), &error);
        return;
    }
    gale_emit_record(reader->task, reader->stream, reader->record);
    rd_kafka_message_destroy(message);
}

static void emit_again(struct gale_log_reader *reader, uint32_t slot)
{
    rd_kafka_message_t *message = reader->slots[slot].message;
    struct error error;

    reader->last_part = reader->slots[slot].part;
    reader->last_topic = message->rkt;
    gale_count(reader->retried, 1);
    if (decode(reader, message, &error)) /* it did before */
        gale_emit_tracked_record(reader->task, reader->stream, slot, reader->record);
    else
        refuse(reader, slot, &error);
}

static COLD void note_failure(struct gale_log_reader *reader, rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && select_part(reader, message))
        reader->parts[reader->last_part].position = message->offset;
    else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
        gale_warn(reader->task, "the log: %s", rd_kafka_message_errstr(message));
    rd_kafka_message_destroy(message);
}

static void emit(struct gale_log_reader *reader, rd_kafka_message_t *message)
{
    gale_count(reader->records, 1);
    gale_count(reader->bytes, message->len + message->key_len);
    if (reader->settings.is_at_most_once) {
        emit_untracked(reader, message);
        return;
    }
    reader->parts[reader->last_part].position = message->offset + 1;
    emit_tracked(reader, message);
}

/* ---- batches ---- */

static bool is_time(const struct gale_log_reader *reader, uint64_t *due_ms, uint64_t every_ms)
{
    uint64_t now_ms = gale_now_ms(reader->task);

    if (now_ms < *due_ms)
        return false;
    *due_ms = now_ms + every_ms;
    return true;
}

/* In all partitions; what is not known is no number. */
static void set_lag(struct gale_log_reader *reader)
{
    uint64_t all = 0;
    bool is_known = reader->part_count > 0 || scout_has_found_all(reader->scout);

    for (uint32_t i = 0; i < reader->part_count && is_known; i++) {
        const struct reader_part *part = &reader->parts[i];
        int64_t at =
            reader->settings.is_at_most_once ? part->position : progress_offset(&part->progress);
        uint64_t lag = 0;
        is_known =
            consumer_lag(reader->consumer, reader_topic(reader, part), part->partition, at, &lag);
        all += lag;
    }
    gale_set(reader->lag, is_known ? (double)all : (double)NAN);
}

void reader_tell_lag(struct gale_log_reader *reader)
{
    if (is_time(reader, &reader->gauge_due_ms, GAUGE_MS))
        set_lag(reader);
}

/* What is to be done now and then. */
static void keep_house(struct gale_log_reader *reader)
{
    take_found(reader);
    reader_commit_in_time(reader);
    reader_hear_dead_letters(reader);
    reader_tell_lag(reader);
}

/* At most once: the positions behind the batch are committed before any of it is emitted. */
static void commit_batch(struct gale_log_reader *reader)
{
    if (!is_time(reader, &reader->commit_due_ms, 0))
        return; /* the last commit failed just now */
    if (!reader_begin_commit(reader))
        reader->batch_state = READER_BATCH_READY; /* as far as that it was committed before */
    else if (consumer_is_committing(reader->consumer))
        reader->batch_state = READER_BATCH_COMMITTING;
}

static void move_positions(struct gale_log_reader *reader)
{
    bool has_records = false;

    for (size_t i = 0; i < reader->batch_count; i++) {
        const rd_kafka_message_t *message = reader->batch[i];
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR || !select_part(reader, message))
            continue;
        reader->parts[reader->last_part].position = message->offset + 1;
        has_records = true;
    }
    reader->batch_state = has_records ? READER_BATCH_TO_COMMIT : READER_BATCH_READY;
}

/* Whether there is something in the batch that may be emitted. */
static bool fill_batch(struct gale_log_reader *reader)
{
    keep_house(reader);
    if (reader->batch_next == reader->batch_count) {
        reader->batch_next = 0;
        reader->batch_count =
            consumer_take(reader->consumer, reader->batch, reader->settings.batch);
        if (reader->settings.is_at_most_once && reader->batch_count > 0)
            move_positions(reader);
    }
    if (reader->batch_state == READER_BATCH_TO_COMMIT)
        commit_batch(reader);
    return reader->batch_count > 0 && reader->batch_state == READER_BATCH_READY;
}

static bool is_at_end(const struct gale_log_reader *reader)
{
    if (!reader->settings.ends || !reader->has_all_parts || reader->retries.count > 0 ||
        reader->dead_count > 0)
        return false;
    for (uint32_t i = 0; i < reader->part_count; i++) {
        if (reader->parts[i].position < reader->parts[i].end)
            return false;
    }
    return true;
}

static enum gale_next rest(struct gale_log_reader *reader)
{
    if (reader->settings.ends && !reader->has_all_parts) {
        reader->has_all_parts = scout_has_found_all(reader->scout);
        take_found(reader);
    }
    return reader->batch_next == reader->batch_count && is_at_end(reader) ? GALE_DONE : GALE_IDLE;
}

/* Whether reading on would be of no use, as too much waits behind this record, or to be done again. */
static bool is_held_up(const struct gale_log_reader *reader)
{
    return reader->retries.count >= READER_FAILED_MAX ||
           (!reader->settings.is_at_most_once &&
            progress_is_full(&reader->parts[reader->last_part].progress));
}

enum gale_next reader_next(struct gale_log_reader *reader)
{
    uint32_t slot;

    if (reader->retries.count > 0 && reader_take_retry(reader, &slot)) {
        emit_again(reader, slot);
        return GALE_MORE;
    }
    bool has_batch =
        reader->batch_next < reader->batch_count && reader->batch_state == READER_BATCH_READY;
    if (!has_batch && !fill_batch(reader))
        return rest(reader);

    rd_kafka_message_t *message = reader->batch[reader->batch_next];
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        reader->batch_next++;
        note_failure(reader, message);
        return GALE_MORE;
    }
    bool is_known = select_part(reader, message);
    if (is_known && is_held_up(reader)) {
        keep_house(reader);
        return GALE_IDLE;
    }
    reader->batch_next++;
    if (is_known)
        emit(reader, message);
    else
        rd_kafka_message_destroy(message); /* of a partition that is not ours: none ever comes */
    return GALE_MORE;
}

/* ---- opening and closing ---- */

static void open_metrics(struct gale_log_reader *reader)
{
    struct gale_task *task = reader->task;

    reader->records = gale_counter(task, "records");
    reader->bytes = gale_counter(task, "bytes");
    reader->retried = gale_counter(task, "retried");
    reader->given_up = gale_counter(task, "given_up");
    reader->dead_lettered = gale_counter(task, "dead_lettered");
    reader->undecodable = gale_counter(task, "undecodable");
    reader->commits = gale_counter(task, "commits");
    reader->commit_failures = gale_counter(task, "commit_failures");
    reader->lag = gale_gauge(task, "log.lag");
    gale_set(reader->lag, (double)NAN);
    reader->partitions = gale_gauge(task, "partitions");
}

static enum err open_consumer(struct gale_log_reader *reader, struct error *error)
{
    const struct consumer_options options = {
        .brokers = reader->settings.brokers,
        .group = reader->settings.group,
        .client_options = reader->settings.client_options,
        .run = reader->host->run(reader->task),
        .wake = reader_wake,
        .context = reader,
    };

    return consumer_open(&options, &reader->consumer, error);
}

static enum err open_scout(struct gale_log_reader *reader, struct error *error)
{
    const struct scout_options options = {
        .rk = consumer_handle(reader->consumer),
        .topics = &reader->settings.topics,
        .task = gale_task_index(reader->task),
        .task_count = gale_task_count(reader->task),
        .start = reader->settings.start,
        .fallback = reader->settings.fallback,
        .run = reader->host->run(reader->task),
        .refresh_ms = reader->settings.refresh_ms,
        .wake = reader_wake,
        .context = reader,
    };

    return scout_new(&options, &reader->scout, error);
}

static bool has_time(const struct fields *fields)
{
    for (uint32_t i = 0; i < fields->count; i++) {
        if (fields->items[i].source == FIELDS_TIMESTAMP)
            return true;
    }
    return false;
}

static enum err open_parts(struct gale_log_reader *reader, struct error *error)
{
    if (reader->stream == NULL)
        return error_set(error, ERR_INVALID, "it emits no stream: name one in .emits");
    enum err err = fields_init(reader->stream, reader->settings.format, &reader->fields, error);
    if (err != ERR_OK)
        return err;
    reader->needs_time = has_time(&reader->fields);
    reader->record = mem_alloc(reader->stream->size);
    reader->batch = NEW_ARRAY(rd_kafka_message_t *, reader->settings.batch);
    if (reader->settings.dead_letter[0] != '\0')
        err = reader_open_dead_letters(reader, error);
    if (err == ERR_OK)
        err = open_consumer(reader, error);
    return err == ERR_OK ? open_scout(reader, error) : err;
}

static void destroy(struct gale_log_reader *reader)
{
    for (size_t i = reader->batch_next; i < reader->batch_count; i++)
        rd_kafka_message_destroy(reader->batch[i]);
    scout_destroy(&reader->scout);
    producer_close(&reader->dead_letters); /* its records' bytes are in the slots */
    for (uint32_t i = 0; i < reader->slot_capacity; i++) {
        if (reader->slots[i].message != NULL)
            rd_kafka_message_destroy(reader->slots[i].message);
        free(reader->slots[i].reason);
    }
    consumer_close(&reader->consumer);
    for (uint32_t i = 0; i < reader->part_count; i++)
        progress_done(&reader->parts[i].progress);
    retries_done(&reader->retries);
    fields_done(&reader->fields);
    reader_settings_done(&reader->settings);
    free(reader->slots);
    free(reader->parts);
    free(reader->batch);
    free(reader->record);
    free(reader);
}

enum gale_err reader_open(struct gale_task *task, struct gale_log_reader **ret_reader)
{
    const struct gale_task_service *host = gale_service(task, "task/1");
    struct reader_settings settings;
    struct error error;

    if (host == NULL || reader_settings_read(task, host, &settings) != GALE_OK)
        return GALE_ERROR;
    struct gale_log_reader *reader = NEW(struct gale_log_reader);
    reader->task = task;
    reader->host = host;
    reader->stream = host->stream(task, 0);
    reader->settings = settings;
    reader->free_slot = READER_NO_SLOT;
    open_metrics(reader);
    if (open_parts(reader, &error) == ERR_OK) {
        *ret_reader = reader;
        return GALE_OK;
    }
    destroy(reader);
    return gale_error(task, "%s", error.text);
}

void reader_close(struct gale_log_reader *reader)
{
    if (!reader->settings.is_at_most_once)
        reader_commit_last(reader);
    destroy(reader);
}
