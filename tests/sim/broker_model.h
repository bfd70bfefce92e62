/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a broker may do, told naively: every record that was ever sent has a number of its own, and of every log it is
 * known which record was acknowledged or seen at which offset. What the broker says and shows later is held against
 * that. A log here is a partition of one incarnation of a topic; a topic that is made again has new ones.
 *
 * What goes wrong is a complaint in the trace. One thread.
 */
#ifndef TESTS_SIM_BROKER_MODEL_H
#define TESTS_SIM_BROKER_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/log/records.h"
#include "broker/protocol/types.h"
#include "tests/sim/coord_trace.h"
#include "tests/support/broker_rig.h"

enum {
    BROKER_PARTITIONS_MAX = 4,
    BROKER_KEYS = 8,
    BROKER_NO_KEY = -1,
};

/* A topic of each kind, with a name of its own. */
enum broker_topic {
    BROKER_PLAIN,
    BROKER_ALWAYS,    /* flush.messages=1: what was acknowledged or seen outlives a power cut */
    BROKER_COMPACTED, /* cleanup.policy=compact */
    BROKER_AGING,     /* retention.ms */
    BROKER_SIZED,     /* retention.bytes */
    BROKER_TOPICS,
};

struct broker_slot {
    uint64_t serial; /* of the record that is at the offset; 0: not known */
    bool is_durable; /* a power cut may not take it */
};

struct broker_log {
    uint32_t number; /* index in the model's logs */
    enum broker_topic topic;
    int32_t partition;
    bool is_compacted;
    bool is_always;
    int64_t retention_ms;    /* the smallest ever; INT64_MAX: none */
    int64_t retention_bytes; /* the same */
    int64_t deleted_before;  /* deletion up to there was asked for */
    struct broker_slot *slots;
    size_t slot_count; /* offsets that are known of */
    int64_t start_max; /* in any life: what lies before may be back after a crash, or not */
    int64_t start;     /* as told in this life of the broker; -1: not yet */
    int64_t high_watermark;
    int64_t end;     /* as it was last */
    int64_t flushed; /* before the power was cut: what the broker held to be durable */
    uint32_t losses; /* times that it may have lost something */
    bool
        is_doubtful; /* a sync has failed, and then the broker went on: a power cut may take anything */
    bool is_void; /* that has happened: nothing is checked any more */
};

struct broker_record {
    uint32_t log;
    int32_t key;
    bool is_tombstone;
    bool is_bad; /* refused for sure: must be nowhere */
    int64_t timestamp_ms;
    int64_t offset;    /* -1: not known */
    uint64_t previous; /* of the same idempotent producer in this log; 0: none */
    uint64_t next;
    uint32_t size;
};

struct broker_topic_model {
    bool is_here;
    struct kafka_uuid id;
    int32_t partition_count;
    uint32_t logs[BROKER_PARTITIONS_MAX];

    /* What an admin has asked for, and been told. */
    bool must_be_here;
    bool must_be_gone;
    int32_t partitions_min;
    int64_t retention_ms; /* that a creation asks for; as in a log */
    int64_t retention_bytes;
    bool is_always;
};

struct broker_model {
    struct coord_trace *trace;
    struct broker_rig *rig;
    struct broker_topic_model topics[BROKER_TOPICS];
    struct broker_log *logs;
    size_t log_count;
    struct broker_record *records; /* by serial; [0] is nobody's */
    size_t record_count;
    size_t record_capacity;
    int32_t life;

    /* Whether it was worth it. */
    uint64_t acked;
    uint64_t seen;
    uint64_t cut_off; /* by power cuts */
    uint64_t compacted;
    uint64_t retired; /* by retention and deletion */
    uint64_t audits;
};

const char *broker_topic_name(enum broker_topic topic);

void broker_model_init(struct broker_model *model, struct coord_trace *trace,
                       struct broker_rig *rig);
void broker_model_done(struct broker_model *model);

/* Which topics there are now, as the broker's catalog has it. */
void broker_model_look(struct broker_model *model);

/* NULL: there is no such partition now. */
struct broker_log *broker_model_log(struct broker_model *model, enum broker_topic topic,
                                    int32_t partition);

/* ---- records ---- */

/* A new record, on its way to the log. Its number. */
uint64_t broker_model_record(struct broker_model *model, const struct broker_log *log, int32_t key,
                             bool is_tombstone, int64_t timestamp_ms);

/* The bytes of a record, as its number says, for a batch that begins at offset 0. Good until the next call. */
struct record broker_model_fill(const struct broker_model *model, uint64_t serial, int32_t delta,
                                unsigned char *scratch);

enum {
    BROKER_SCRATCH = 1024, /* for one record */
};

/* ---- what the broker says ---- */

/* The record was acknowledged with, or shown at, the offset. */
void broker_model_bind(struct broker_model *model, struct broker_log *log, int64_t offset,
                       uint64_t serial);

void broker_model_note_start(struct broker_model *model, struct broker_log *log, int64_t start);
void broker_model_note_high_watermark(struct broker_model *model, struct broker_log *log,
                                      int64_t high_watermark);

/* Reads a record that was shown: its number, 0 if it is damaged, which is a complaint. */
uint64_t broker_model_read(struct broker_model *model, const struct broker_log *log,
                           const struct record *record);

/* The offset is passed over by a reader: may the record that was there be gone? */
bool broker_model_may_be_gone(const struct broker_model *model, const struct broker_log *log,
                              int64_t offset);

/* ---- lives ---- */

/* Before the broker ends: what it holds to be durable must be there after a power cut. */
void broker_model_before_end(struct broker_model *model);

/* It was stopped in order: all is durable. */
void broker_model_note_stopped(struct broker_model *model);

/* The power was cut. */
void broker_model_note_power_cut(struct broker_model *model);

/* High watermarks and starts of all logs, as they are now. */
void broker_model_watch(struct broker_model *model);

/* A sync has failed. */
void broker_model_doubt(struct broker_model *model);

/* It is up again. */
void broker_model_begin_life(struct broker_model *model);

/* The log was read from `start` to `end`, and these are the records that were there, by offset. After a power cut what
 * is gone is forgotten, if it may be. */
struct broker_found {
    int64_t offset;
    uint64_t serial;
};

struct broker_findings {
    int64_t start;
    int64_t end;
    const struct broker_found *records;
    size_t record_count;
    bool had_power_cut;
};

void broker_model_compare(struct broker_model *model, struct broker_log *log,
                          const struct broker_findings *findings);

#endif
