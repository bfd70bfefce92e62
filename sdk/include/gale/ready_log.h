/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spout that reads topics of the log, and a bolt that writes to one: gale-broker's, or whatever speaks
 * Kafka's protocol. Where it is says the setting `log.brokers`.
 *
 *     struct line { struct gale_str text; int64_t offset; };
 *     GALE_STREAM(lines, struct line, GALE_FIELD(struct line, text), GALE_FIELD(struct line, offset));
 *
 *     static const struct gale_component reader = {
 *         .name = "reader",
 *         .tasks = 2,
 *         .spout = GALE_LOG_SPOUT,
 *         .emits = {&lines.stream},
 *         .settings = {GALE_LOG_SETTINGS},
 *     };
 *
 * ---- the spout ----
 *
 * It emits on the first of the component's `.emits`, which is the user's own stream. Fields are filled
 * by their names: `value` or `text` (struct gale_str or gale_bytes), `key`, `topic`, `partition`,
 * `offset`, `timestamp_ms` (int64_t or uint64_t). With format=json every other name is a member of the
 * JSON object that the value must be then. With format=raw nothing is looked at, with text and json a
 * struct gale_str is UTF-8. A nullable field is null where the record has nothing.
 *
 * Partitions are spread over the component's tasks by a rule (partition p of the t-th topic by name
 * belongs to task (t + p) mod tasks), so there is no group to join; new partitions are found while it
 * runs. Within a partition records are emitted in order.
 *
 * at_least_once: records are tracked, and the group's offset of a partition is committed up to the
 * lowest one whose tree is not complete. What fails is emitted again after retry.ms, doubled each time;
 * after `retries` failures it is written to the topic `dead_letter`, with headers that say where it comes
 * from and why, and counts as done when it is there. Without such a topic it is dropped; the log and the
 * counter `given_up` say so. What does not decode goes the same way at once. While 10,000 records wait to
 * be emitted again, or 1,048,576 of a partition wait for an earlier one, the task reads no further.
 * at_most_once: records are committed before they are emitted, untracked.
 *
 * A worker that is started again in the same run goes on where it was, whatever `start` is.
 *
 * ---- the sink ----
 *
 * GALE_LOG_SINK holds a tuple until the broker has acknowledged its record, and fails it, with the
 * reason, if that does not come within timeout.ms, which should be below topology.message.timeout.secs.
 * How many it holds, topology.held.max limits. Keys are spread over partitions as Java's clients do.
 * With value=json the value is an object of all fields (bytes as hexadecimal digits), else the named
 * field as it is: text and bytes as they are, numbers in digits, null as a tombstone.
 *
 * What is done with librdkafka is in gale-log.so, which the runtime loads: a topology links nothing.
 */
#ifndef GALE_READY_LOG_H
#define GALE_READY_LOG_H

#include <gale/gale.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gale_log_reader;
struct gale_log_writer;

/* "log/1". Entries are only ever added at the end. */
struct gale_log_service {
    uint32_t size; /* of this table, in bytes */

    /* Reads its settings from the task. GALE_ERROR with the reason given; nothing is to be closed then. */
    enum gale_err (*reader_open)(struct gale_task *task, struct gale_log_reader **ret_reader);
    enum gale_next (*reader_next)(struct gale_log_reader *reader);
    void (*reader_ack)(struct gale_log_reader *reader, uint64_t id);
    void (*reader_fail)(struct gale_log_reader *reader, uint64_t id,
                        const struct gale_failure *why);
    void (*reader_commit)(struct gale_log_reader *reader); /* now, not at the next interval */
    void (*reader_close)(struct gale_log_reader *reader);

    enum gale_err (*writer_open)(struct gale_task *task, struct gale_log_writer **ret_writer);
    enum gale_verdict (*writer_put)(struct gale_log_writer *writer, const struct gale_tuple *tuple);
    void (*writer_poll)(struct gale_log_writer *writer);  /* settles what was acknowledged */
    void (*writer_flush)(struct gale_log_writer *writer); /* waits until all is */
    void (*writer_close)(struct gale_log_writer *writer);
};

/* ---- the spout ---- */

/* clang-format off */
#define GALE_LOG_SPOUT                                                                             \
    {sizeof(struct gale_log_spout), gale_log_spout_open, gale_log_spout_next, gale_log_spout_ack,  \
     gale_log_spout_fail, NULL, gale_log_spout_deactivate, NULL, gale_log_spout_close}

/* The settings, with the topics that are read unless others are set. */
#define GALE_LOG_SETTINGS_FOR(topics)                                                              \
    {"topics", topics, "topics to read: a,b"},                                                     \
    {"group", "", "whose offsets are committed; empty: TOPOLOGY.COMPONENT"},                       \
    {"start", "committed", "committed, earliest, latest, or milliseconds since 1970"},             \
    {"fallback", "earliest", "where nothing is committed: earliest, latest, or milliseconds"},     \
    {"end", "never", "latest: end where the topics end when it starts"},                           \
    {"format", "text", "text, raw or json"},                                                       \
    {"semantics", "at_least_once", "at_least_once or at_most_once"},                               \
    {"retries", "10", "how often a record may fail; 0: for ever"},                                 \
    {"retry.ms", "100", "before a failed record is emitted again; doubled each time"},             \
    {"retry.max.ms", "10000", "the longest of these pauses"},                                      \
    {"dead_letter", "", "topic for records that are given up; empty: they are dropped"},           \
    {"batch", "1000", "records that are taken from the client at once"},                           \
    {"commit.ms", "1000", "how often offsets are committed"},                                      \
    {"refresh.secs", "30", "how often it looks for new partitions"},                               \
    {"client.options", "", "settings of librdkafka: NAME=VALUE,..."}

#define GALE_LOG_SETTINGS GALE_LOG_SETTINGS_FOR(NULL)
/* clang-format on */

struct gale_log_spout {
    const struct gale_log_service *service;
    struct gale_log_reader *reader; /* NULL: not open */
};

static inline enum gale_err gale_log_spout_open(void *self, struct gale_task *task)
{
    struct gale_log_spout *spout = (struct gale_log_spout *)self;

    spout->service = (const struct gale_log_service *)gale_service(task, "log/1");
    if (spout->service == NULL)
        return GALE_ERROR;
    return spout->service->reader_open(task, &spout->reader);
}

static inline enum gale_next gale_log_spout_next(void *self, struct gale_task *task)
{
    struct gale_log_spout *spout = (struct gale_log_spout *)self;

    (void)task;
    return spout->service->reader_next(spout->reader);
}

static inline void gale_log_spout_ack(void *self, struct gale_task *task, uint64_t id)
{
    struct gale_log_spout *spout = (struct gale_log_spout *)self;

    (void)task;
    spout->service->reader_ack(spout->reader, id);
}

static inline void gale_log_spout_fail(void *self, struct gale_task *task, uint64_t id,
                                       const struct gale_failure *why)
{
    struct gale_log_spout *spout = (struct gale_log_spout *)self;

    (void)task;
    spout->service->reader_fail(spout->reader, id, why);
}

static inline void gale_log_spout_deactivate(void *self, struct gale_task *task)
{
    struct gale_log_spout *spout = (struct gale_log_spout *)self;

    (void)task;
    spout->service->reader_commit(spout->reader);
}

static inline void gale_log_spout_close(void *self, struct gale_task *task)
{
    struct gale_log_spout *spout = (struct gale_log_spout *)self;

    (void)task;
    spout->service->reader_close(spout->reader);
    spout->reader = NULL;
}

/* ---- the sink ---- */

/* clang-format off */
#define GALE_LOG_SINK                                                                              \
    {sizeof(struct gale_log_sink), gale_log_sink_open, gale_log_sink_execute, gale_log_sink_poll,  \
     gale_log_sink_finish, gale_log_sink_close}

/* The settings, with what is written where unless others are set. */
#define GALE_LOG_SINK_SETTINGS_FOR(topic, key, value)                                              \
    {"topic", topic, "topic to write to"},                                                         \
    {"key", key, "the field that is the record's key; empty: it has none"},                        \
    {"value", value, "the field that is the record's value; json: all of them"},                   \
    {"acks", "all", "all, 1 or 0: who must have a record before it is acknowledged"},              \
    {"idempotent", "true", "never twice by the client's own doing; needs acks=all"},               \
    {"linger.ms", "5", "how long a batch waits for more"},                                         \
    {"compression", "none", "none, gzip, snappy, lz4 or zstd"},                                    \
    {"timeout.ms", "20000", "a record that is not acknowledged after so long fails"},              \
    {"client.options", "", "settings of librdkafka: NAME=VALUE,..."}

#define GALE_LOG_SINK_SETTINGS GALE_LOG_SINK_SETTINGS_FOR(NULL, "", "json")
/* clang-format on */

struct gale_log_sink {
    const struct gale_log_service *service;
    struct gale_log_writer *writer; /* NULL: not open */
};

static inline enum gale_err gale_log_sink_open(void *self, struct gale_task *task)
{
    struct gale_log_sink *sink = (struct gale_log_sink *)self;

    sink->service = (const struct gale_log_service *)gale_service(task, "log/1");
    if (sink->service == NULL)
        return GALE_ERROR;
    return sink->service->writer_open(task, &sink->writer);
}

static inline enum gale_verdict gale_log_sink_execute(void *self, struct gale_task *task,
                                                      const struct gale_tuple *tuple)
{
    struct gale_log_sink *sink = (struct gale_log_sink *)self;

    (void)task;
    return sink->service->writer_put(sink->writer, tuple);
}

/* Its tick: the runtime calls it when there is news from the broker, so no tick_ms is needed. */
static inline void gale_log_sink_poll(void *self, struct gale_task *task)
{
    struct gale_log_sink *sink = (struct gale_log_sink *)self;

    (void)task;
    sink->service->writer_poll(sink->writer);
}

static inline void gale_log_sink_finish(void *self, struct gale_task *task)
{
    struct gale_log_sink *sink = (struct gale_log_sink *)self;

    (void)task;
    sink->service->writer_flush(sink->writer);
}

static inline void gale_log_sink_close(void *self, struct gale_task *task)
{
    struct gale_log_sink *sink = (struct gale_log_sink *)self;

    (void)task;
    sink->service->writer_close(sink->writer);
    sink->writer = NULL;
}

#ifdef __cplusplus
}
#endif

#endif
