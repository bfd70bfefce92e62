/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A held tuple is a copy that stays where it is until it is settled, and a record's bytes are taken from
 * there: what librdkafka sends is the tuple's own text. So nothing is settled before its report, and
 * the client is closed before the runtime fails what is left.
 */
#include "sdk/log/io/writer.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <gale/tuple.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "broker/client/io/producer.h"
#include "broker/client/spread.h"
#include "sdk/log/values.h"

#define CLOSE_NS       UINT64_C(1000000000) /* for what is not reported when the task closes */
#define FLUSH_EXTRA_MS 5000                 /* beyond the timeout after which all is reported */
#define TIMEOUT_MS_MAX 900000
#define LINGER_MS_MAX  60000
#define WAIT_MS        100

/* Which fields of a stream become what; of the stream that came last. */
struct columns {
    const struct gale_stream *stream; /* NULL: none came */
    uint32_t count;
    int32_t key;   /* -1: none */
    int32_t value; /* -1: all, as JSON */
    const char *missing;
};

struct gale_log_writer {
    struct gale_task *task;
    const struct gale_task_service *host;
    struct producer *producer;
    struct producer_options options; /* to open another one */
    const char *topic;
    const char *key;   /* "": none */
    const char *value; /* "json": all */
    struct columns columns;
    struct text text; /* of a value or key that is made for the record */
    struct text key_text;
    _Atomic bool has_news; /* any thread */

    /* Held, and not taken by the producer as yet: a ring. */
    struct gale_held **waiting;
    size_t waiting_first;
    size_t waiting_count;
    size_t waiting_capacity; /* 0 or a power of two */

    struct gale_counter *records;
    struct gale_counter *bytes;
    struct gale_counter *failed;
    struct gale_gauge *outstanding;
};

static void wake(void *context)
{
    struct gale_log_writer *writer = context;

    atomic_store(&writer->has_news, true);
    writer->host->wake(writer->task);
}

/* ---- a tuple as a record ---- */

static COLD void look_at(struct gale_log_writer *writer, const struct gale_stream *stream)
{
    struct columns columns = {
        .stream = stream, .count = gale_stream_field_count(stream), .key = -1, .value = -1};

    if (writer->key[0] != '\0') {
        columns.key = gale_stream_field(stream, writer->key);
        columns.missing = columns.key < 0 ? writer->key : NULL;
    }
    if (strcmp(writer->value, "json") != 0) {
        columns.value = gale_stream_field(stream, writer->value);
        columns.missing = columns.value < 0 ? writer->value : columns.missing;
    }
    writer->columns = columns;
}

static struct gale_str bytes_of(const struct gale_tuple *tuple, int32_t column,
                                struct text *scratch)
{
    struct gale_value value = gale_tuple_value(tuple, (uint32_t)column);

    return values_bytes(&value, scratch);
}

static struct gale_str object_of(struct gale_log_writer *writer, const struct gale_tuple *tuple)
{
    const struct columns *columns = &writer->columns;

    text_clear(&writer->text);
    for (uint32_t i = 0; i < columns->count; i++) {
        struct gale_value value = gale_tuple_value(tuple, i);
        values_add_member(&writer->text, columns->stream->fields[i].name, &value);
    }
    values_end_object(&writer->text);
    return gale_str_of(text_data(&writer->text), text_size(&writer->text));
}

static enum producer_put put_held(struct gale_log_writer *writer, struct gale_held *held,
                                  struct error *error)
{
    const struct gale_tuple *tuple = gale_held_tuple(held);
    const struct columns *columns = &writer->columns;
    struct gale_str key = {.data = NULL};

    if (gale_tuple_stream(tuple) != columns->stream)
        look_at(writer, gale_tuple_stream(tuple));
    if (columns->key >= 0)
        key = bytes_of(tuple, columns->key, &writer->key_text);
    struct gale_str value = columns->value >= 0 ? bytes_of(tuple, columns->value, &writer->text)
                                                : object_of(writer, tuple);
    struct producer_record record = {.topic = writer->topic,
                                     .key = key.data,
                                     .key_size = key.length,
                                     .value = value.data,
                                     .value_size = value.length,
                                     .is_kept = value.data != text_data(&writer->text),
                                     .context = held};
    enum producer_put put = producer_put(writer->producer, &record, error);
    if (put == PRODUCER_TAKEN) {
        gale_count(writer->records, 1);
        gale_count(writer->bytes, key.length + value.length);
    }
    return put;
}

/* ---- what waits ---- */

static void push_waiting(struct gale_log_writer *writer, struct gale_held *held)
{
    if (writer->waiting_count == writer->waiting_capacity) {
        size_t capacity = writer->waiting_capacity > 0 ? writer->waiting_capacity * 2 : 64;
        struct gale_held **ring = NEW_ARRAY(struct gale_held *, capacity);
        for (size_t i = 0; i < writer->waiting_count; i++)
            ring[i] = writer->waiting[(writer->waiting_first + i) & (writer->waiting_capacity - 1)];
        free(writer->waiting);
        writer->waiting = ring;
        writer->waiting_first = 0;
        writer->waiting_capacity = capacity;
    }
    size_t last = writer->waiting_first + writer->waiting_count++;
    writer->waiting[last & (writer->waiting_capacity - 1)] = held;
}

static void refuse(struct gale_log_writer *writer, struct gale_held *held, const char *why)
{
    gale_count(writer->failed, 1);
    (void)gale_fail_with(writer->task, "cannot write to topic '%s': %s", writer->topic, why);
    gale_settle(&held, GALE_FAIL);
}

/* Gives the producer what it had no room for, in order. */
static void put_waiting(struct gale_log_writer *writer)
{
    struct error error;

    while (writer->waiting_count > 0) {
        struct gale_held *held =
            writer->waiting[writer->waiting_first & (writer->waiting_capacity - 1)];
        enum producer_put put = put_held(writer, held, &error);
        if (put == PRODUCER_FULL)
            return;
        writer->waiting_first++;
        writer->waiting_count--;
        if (put == PRODUCER_REFUSED)
            refuse(writer, held, error.text);
    }
}

/* ---- reports ---- */

static void reopen(struct gale_log_writer *writer)
{
    struct error error;
    struct producer *fresh;

    if (producer_open(&writer->options, &fresh, &error) != ERR_OK) {
        gale_log_error(writer->task, "%s", error.text);
        return; /* tried again at the next poll */
    }
    producer_close(&writer->producer);
    writer->producer = fresh;
}

static void take_reports(struct gale_log_writer *writer)
{
    struct producer_report report;
    char line[ERROR_TEXT_MAX];

    while (producer_take_report(writer->producer, &report)) {
        struct gale_held *held = report.context;
        if (report.why == NULL)
            gale_settle(&held, GALE_ACK);
        else
            refuse(writer, held, report.why);
    }
    if (producer_take_line(writer->producer, line))
        gale_warn(writer->task, "the log: %s", line);
    if (producer_is_broken(writer->producer) && producer_open_count(writer->producer) == 0)
        reopen(writer);
    gale_set(writer->outstanding,
             (double)(producer_open_count(writer->producer) + writer->waiting_count));
}

void writer_poll(struct gale_log_writer *writer)
{
    atomic_store(&writer->has_news, false);
    take_reports(writer);
    put_waiting(writer);
}

enum gale_verdict writer_put(struct gale_log_writer *writer, const struct gale_tuple *tuple)
{
    struct error error;

    if (atomic_load_explicit(&writer->has_news, memory_order_relaxed))
        writer_poll(writer);
    if (gale_tuple_stream(tuple) != writer->columns.stream)
        look_at(writer, gale_tuple_stream(tuple));
    if (writer->columns.missing != NULL)
        return gale_fail_with(writer->task, "stream '%s' has no field '%s'",
                              writer->columns.stream->name, writer->columns.missing);

    struct gale_held *held = gale_hold(tuple);
    enum producer_put put =
        writer->waiting_count > 0 ? PRODUCER_FULL : put_held(writer, held, &error);
    if (put == PRODUCER_FULL)
        push_waiting(writer, held);
    else if (put == PRODUCER_REFUSED)
        refuse(writer, held, error.text);
    return GALE_HELD;
}

/* ---- the end ---- */

static void flush(struct gale_log_writer *writer, uint64_t wait_ns)
{
    uint64_t until_ns = clock_now_ns() + wait_ns;

    writer_poll(writer);
    while ((producer_open_count(writer->producer) > 0 || writer->waiting_count > 0) &&
           clock_now_ns() < until_ns) {
        producer_wait(writer->producer, WAIT_MS);
        writer_poll(writer);
    }
}

void writer_flush(struct gale_log_writer *writer)
{
    flush(writer, (writer->options.timeout_ms + FLUSH_EXTRA_MS) * UINT64_C(1000000));
}

static void destroy(struct gale_log_writer *writer)
{
    producer_close(&writer->producer);
    text_done(&writer->text);
    text_done(&writer->key_text);
    free(writer->waiting);
    free(writer);
}

void writer_close(struct gale_log_writer *writer)
{
    flush(writer, CLOSE_NS);
    destroy(writer);
}

/* ---- opening ---- */

static enum gale_err read_settings(struct gale_log_writer *writer)
{
    struct gale_task *task = writer->task;
    struct producer_options *options = &writer->options;

    writer->topic = gale_conf_require(task, "topic");
    writer->key = gale_conf_str(task, "key", "");
    writer->value = gale_conf_str(task, "value", "json");
    *options = (struct producer_options){
        .brokers = gale_conf_str(task, "log.brokers", "127.0.0.1:9092"),
        .client_options = gale_conf_str(task, "client.options", ""),
        .acks = gale_conf_str(task, "acks", "all"),
        .compression = gale_conf_str(task, "compression", "none"),
        .is_idempotent = gale_conf_bool(task, "idempotent", true),
        .linger_ms = gale_conf_u64(task, "linger.ms", 5),
        .timeout_ms = gale_conf_u64(task, "timeout.ms", 20000),
        .wake = wake,
        .context = writer,
    };
    if (!spread_is_name(writer->topic))
        return gale_error(task, "topic: '%s' is no name for a topic", writer->topic);
    if (options->linger_ms > LINGER_MS_MAX)
        return gale_error(task, "linger.ms is %" PRIu64 ", above %d", options->linger_ms,
                          LINGER_MS_MAX);
    if (options->timeout_ms == 0 || options->timeout_ms > TIMEOUT_MS_MAX)
        return gale_error(task, "timeout.ms is %" PRIu64 ", not within 1 .. %d",
                          options->timeout_ms, TIMEOUT_MS_MAX);
    if (options->is_idempotent && strcmp(options->acks, "all") != 0)
        return gale_error(task, "idempotent needs acks=all: set it to false for acks=%s",
                          options->acks);
    return GALE_OK;
}

static enum gale_err open_writer(struct gale_log_writer *writer)
{
    struct error error;

    if (read_settings(writer) != GALE_OK)
        return GALE_ERROR;
    if (producer_open(&writer->options, &writer->producer, &error) != ERR_OK)
        return gale_error(writer->task, "%s", error.text);
    writer->records = gale_counter(writer->task, "records");
    writer->bytes = gale_counter(writer->task, "bytes");
    writer->failed = gale_counter(writer->task, "failed_records");
    writer->outstanding = gale_gauge(writer->task, "outstanding");
    return GALE_OK;
}

enum gale_err writer_open(struct gale_task *task, struct gale_log_writer **ret_writer)
{
    const struct gale_task_service *host = gale_service(task, "task/1");

    if (host == NULL)
        return GALE_ERROR;
    struct gale_log_writer *writer = NEW(struct gale_log_writer);
    writer->task = task;
    writer->host = host;
    text_init(&writer->text);
    text_init(&writer->key_text);
    if (open_writer(writer) == GALE_OK) {
        *ret_writer = writer;
        return GALE_OK;
    }
    destroy(writer);
    return GALE_ERROR;
}
