/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the log's spout share: reader.c reads and emits, reader_fate.c sees to what became
 * of records, and commits.
 *
 * A record stands in a slot from being taken until it is done with: acked, dead-lettered or dropped. The
 * slot's number is its message id. The record's bytes stay where librdkafka has put them, so nothing is
 * copied for a retry; they keep the fetched batch in memory that they are of.
 *
 * Internal to sdk/log/io.
 */
#ifndef SDK_LOG_IO_READER_PARTS_H
#define SDK_LOG_IO_READER_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include <gale/ready_log.h>
#include <librdkafka/rdkafka.h>

#include "base/err.h"
#include "broker/client/io/consumer.h"
#include "broker/client/io/producer.h"
#include "broker/client/io/scout.h"
#include "broker/client/progress.h"
#include "broker/client/retries.h"
#include "sdk/log/fields.h"
#include "sdk/log/io/reader_settings.h"

#define READER_FAILED_MAX 10000u /* waiting to be emitted again; beyond, nothing new is taken */

struct reader_part {
    uint32_t topic;
    int32_t partition;
    int64_t position; /* of the next record to come */
    int64_t end;      /* for settings.ends */
    struct progress progress;
    int64_t committed;  /* PROGRESS_NONE: nothing by us */
    int64_t committing; /* what is on its way */
};

struct reader_slot {
    rd_kafka_message_t *message; /* NULL: free */
    uint64_t number;             /* in the partition's progress */
    uint32_t part;
    uint32_t failures;
    char *reason; /* not NULL: it is for the dead letters, and why */
    uint32_t next_free;
};

#define READER_NO_SLOT UINT32_MAX

/* At most once: what was taken is emitted once it is committed. */
enum reader_batch_state {
    READER_BATCH_READY,
    READER_BATCH_TO_COMMIT,
    READER_BATCH_COMMITTING,
};

struct gale_log_reader {
    struct gale_task *task;
    const struct gale_task_service *host;
    const struct gale_stream *stream;
    struct reader_settings settings;
    struct consumer *consumer;
    struct scout *scout;
    struct producer *dead_letters; /* NULL: none */
    struct fields fields;
    void *record; /* of the stream's struct */
    bool needs_time;
    rd_kafka_timestamp_type_t time_kind; /* of the last record; nobody asks */

    struct reader_part *parts;
    uint32_t part_count;
    uint32_t part_capacity;
    bool has_all_parts; /* there were at first */
    uint32_t last_part; /* of the last record: most come in runs */
    const rd_kafka_topic_t *last_topic;

    rd_kafka_message_t **batch;
    size_t batch_next;
    size_t batch_count;
    enum reader_batch_state batch_state;

    struct reader_slot *slots;
    uint32_t slot_capacity;
    uint32_t free_slot; /* READER_NO_SLOT: none */
    struct retries retries;
    uint32_t dead_count; /* on their way to the dead letters */

    uint64_t commit_due_ms;
    uint64_t gauge_due_ms;

    struct gale_counter *records;
    struct gale_counter *bytes;
    struct gale_counter *retried;
    struct gale_counter *given_up;
    struct gale_counter *dead_lettered;
    struct gale_counter *undecodable;
    struct gale_counter *commits;
    struct gale_counter *commit_failures;
    struct gale_gauge *lag;
    struct gale_gauge *partitions;
};

static inline const char *reader_topic(const struct gale_log_reader *reader,
                                       const struct reader_part *part)
{
    return reader->settings.topics.names[part->topic];
}

/* Sets the gauge, if it is time for it. */
void reader_tell_lag(struct gale_log_reader *reader);

/* ---- reader_fate.c ---- */

/* A record is done with, whatever its fate was: its slot is free. */
void reader_finish(struct gale_log_reader *reader, uint32_t index);

/* It will never be emitted again. */
void reader_give_up(struct gale_log_reader *reader, uint32_t index, const char *reason);

/* The next record that is due to be emitted again; those for the dead letters are sent meanwhile. */
bool reader_take_retry(struct gale_log_reader *reader, uint32_t *ret_slot);

/* Any thread. */
void reader_wake(void *context);

enum err reader_open_dead_letters(struct gale_log_reader *reader, struct error *error) MUST_USE;

/* What the dead letters' topic has answered. */
void reader_hear_dead_letters(struct gale_log_reader *reader);

/* Begins to commit what there is to commit, unless a commit is on its way. False if there is nothing. */
bool reader_begin_commit(struct gale_log_reader *reader);

/* Hears news, and commits if it is time for it. */
void reader_commit_in_time(struct gale_log_reader *reader);

/* News of the consumer: commits and lines. Waits so long for the first. False if there was none. */
bool reader_hear_news(struct gale_log_reader *reader, int timeout_ms);

/* At the end: commits, and waits for the answer, but not long. */
void reader_commit_last(struct gale_log_reader *reader);

#endif
