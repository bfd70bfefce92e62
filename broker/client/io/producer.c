/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/io/producer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "base/mem.h"
#include "broker/client/io/kafka_conf.h"

struct producer {
    struct producer_options options;
    rd_kafka_t *rk;
    rd_kafka_queue_t *news;
    rd_kafka_topic_t *topic; /* of the last record: most have one */
    rd_kafka_event_t *event; /* of which reports are being taken; NULL: none */
    uint32_t open_count;
    bool is_broken;
    bool has_line;
    char line[ERROR_TEXT_MAX];
};

static void ring(rd_kafka_t *rk, void *context)
{
    const struct producer *producer = context;

    (void)rk;
    producer->options.wake(producer->options.context);
}

enum err producer_open(const struct producer_options *options, struct producer **ret_producer,
                       struct error *error)
{
    char linger[24];
    char timeout[24];
    const struct kafka_setting settings[] = {
        {"partitioner", "murmur2_random"},
        {"sticky.partitioning.linger.ms", "1"}, /* records without a key are spread soon */
        {"enable.idempotence", options->is_idempotent ? "true" : "false"},
        {"acks", options->acks},
        {"compression.codec", options->compression},
        {"linger.ms", linger},
        {"message.timeout.ms", timeout},
        {NULL, NULL},
    };
    const struct kafka_conf_options conf = {.brokers = options->brokers,
                                            .settings = settings,
                                            .client_options = options->client_options,
                                            .events = RD_KAFKA_EVENT_DR};
    rd_kafka_t *rk;

    (void)snprintf(linger, sizeof linger, "%" PRIu64, options->linger_ms);
    (void)snprintf(timeout, sizeof timeout, "%" PRIu64, options->timeout_ms);
    enum err err = kafka_conf_open(RD_KAFKA_PRODUCER, &conf, &rk, error);
    if (err != ERR_OK)
        return err;
    struct producer *producer = NEW(struct producer);
    producer->options = *options;
    producer->rk = rk;
    producer->news = rd_kafka_queue_get_main(rk);
    rd_kafka_queue_cb_event_enable(producer->news, ring, producer);
    *ret_producer = producer;
    return ERR_OK;
}

void producer_close(struct producer **producer)
{
    if (*producer == NULL)
        return;
    struct producer *old = *producer;
    rd_kafka_queue_cb_event_enable(old->news, NULL, NULL);
    if (old->event != NULL)
        rd_kafka_event_destroy(old->event);
    if (old->topic != NULL)
        rd_kafka_topic_destroy(old->topic);
    rd_kafka_queue_destroy(old->news);
    rd_kafka_destroy(old->rk);
    free(old);
    *producer = NULL;
}

/* ---- records ---- */

static enum producer_put judge(struct producer *producer, rd_kafka_resp_err_t err,
                               struct error *error)
{
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        producer->open_count++;
        return PRODUCER_TAKEN;
    }
    if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return PRODUCER_FULL;
    if (err == RD_KAFKA_RESP_ERR__FATAL) {
        producer->is_broken = true;
        return PRODUCER_FULL;
    }
    (void)error_set(error, ERR_INVALID, "%s", rd_kafka_err2str(err));
    return PRODUCER_REFUSED;
}

/* The library sends what the pointer points to, and does not write there. */
static void *as_payload(const void *value)
{
    return (void *)(uintptr_t)value;
}

static rd_kafka_topic_t *find_topic(struct producer *producer, const char *name)
{
    if (producer->topic != NULL && strcmp(rd_kafka_topic_name(producer->topic), name) == 0)
        return producer->topic;
    if (producer->topic != NULL)
        rd_kafka_topic_destroy(producer->topic);
    producer->topic = rd_kafka_topic_new(producer->rk, name, NULL);
    return producer->topic;
}

static rd_kafka_resp_err_t put_plain(struct producer *producer,
                                     const struct producer_record *record)
{
    int status =
        rd_kafka_produce(find_topic(producer, record->topic), RD_KAFKA_PARTITION_UA,
                         record->is_kept ? 0 : RD_KAFKA_MSG_F_COPY, as_payload(record->value),
                         record->value_size, record->key, record->key_size, record->context);

    return status == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
}

static rd_kafka_resp_err_t put_with_headers(struct producer *producer,
                                            const struct producer_record *record)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);
    const rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = record->topic},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = record->is_kept ? 0 : RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {.ptr = as_payload(record->value), .size = record->value_size}},
        {.vtype = RD_KAFKA_VTYPE_KEY,
         .u.mem = {.ptr = as_payload(record->key), .size = record->key_size}},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = record->context},
    };

    for (uint32_t i = 0; i < record->header_count; i++)
        (void)rd_kafka_header_add(headers, record->headers[i].name, -1, record->headers[i].data,
                                  (ssize_t)record->headers[i].size);
    rd_kafka_error_t *error = rd_kafka_produceva(producer->rk, parts, COUNT_OF(parts));
    if (error == NULL)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t err = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(headers);
    return err;
}

enum producer_put producer_put(struct producer *producer, const struct producer_record *record,
                               struct error *error)
{
    if (producer->is_broken)
        return PRODUCER_FULL;
    rd_kafka_resp_err_t err = record->header_count == 0 ? put_plain(producer, record)
                                                        : put_with_headers(producer, record);
    return judge(producer, err, error);
}

/* ---- reports ---- */

static void note_line(struct producer *producer, const char *line)
{
    (void)snprintf(producer->line, sizeof producer->line, "%s", line);
    producer->has_line = true;
}

static void note_error(struct producer *producer, rd_kafka_event_t *event)
{
    char why[256];

    if (rd_kafka_event_error_is_fatal(event)) {
        (void)rd_kafka_fatal_error(producer->rk, why, sizeof why);
        producer->is_broken = true;
        /* What waits is reported as failed, so that another producer can take over. */
        (void)rd_kafka_purge(producer->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                               RD_KAFKA_PURGE_F_NON_BLOCKING);
        note_line(producer, why);
        return;
    }
    note_line(producer, rd_kafka_event_error_string(event));
}

static void note_log(struct producer *producer, rd_kafka_event_t *event)
{
    const char *facility;
    const char *line;
    int level;

    /* Of what failed an error of the same words comes, too. */
    if (rd_kafka_event_log(event, &facility, &line, &level) == 0 && strcmp(facility, "FAIL") != 0)
        note_line(producer, line);
}

/* The next event with reports, or NULL. */
static rd_kafka_event_t *next_event(struct producer *producer, int timeout_ms)
{
    rd_kafka_event_t *event;

    while ((event = rd_kafka_queue_poll(producer->news, timeout_ms)) != NULL) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR)
            return event;
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR)
            note_error(producer, event);
        else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_LOG)
            note_log(producer, event);
        rd_kafka_event_destroy(event);
        timeout_ms = 0;
    }
    return NULL;
}

bool producer_take_report(struct producer *producer, struct producer_report *ret_report)
{
    for (;;) {
        if (producer->event == NULL)
            producer->event = next_event(producer, 0);
        if (producer->event == NULL)
            return false;
        const rd_kafka_message_t *message = rd_kafka_event_message_next(producer->event);
        if (message != NULL) {
            producer->open_count--;
            ret_report->context = message->_private;
            ret_report->why =
                message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? NULL : rd_kafka_err2str(message->err);
            return true;
        }
        rd_kafka_event_destroy(producer->event);
        producer->event = NULL;
    }
}

bool producer_take_line(struct producer *producer, char *text)
{
    bool has_line = producer->has_line;

    if (has_line)
        memcpy(text, producer->line, sizeof producer->line);
    producer->has_line = false;
    return has_line;
}

uint32_t producer_open_count(const struct producer *producer)
{
    return producer->open_count;
}

bool producer_is_broken(const struct producer *producer)
{
    return producer->is_broken;
}

void producer_wait(struct producer *producer, int timeout_ms)
{
    if (producer->event == NULL)
        producer->event = next_event(producer, timeout_ms);
}
