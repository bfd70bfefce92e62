/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/client/io/console_parts.h"

struct console_producer {
    rd_kafka_t *client;
    void (*delivered)(void *context, const struct console_delivery *delivery);
    void *context;
    size_t unsettled;
};

/* The number of a record is what the library carries for us. */
static void take_report(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    struct console_producer *producer = opaque;
    bool is_acknowledged = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    struct console_delivery delivery = {
        .number = (uint64_t)(uintptr_t)message->_private,
        .is_acknowledged = is_acknowledged,
        .partition = message->partition,
        .offset = message->offset,
        .text = is_acknowledged ? "" : console_words(message->err),
    };

    (void)client;
    producer->unsettled--;
    producer->delivered(producer->context, &delivery);
}

static rd_kafka_conf_t *configure(const struct console_producer_options *options,
                                  struct console_producer *producer)
{
    char record_max[16];
    char queue_max[16];
    char queue_kib[16];
    char give_up[24];
    bool is_all = strcmp(options->acks, "all") == 0;
    const struct console_property properties[] = {
        {"acks", options->acks},
        {"enable.idempotence", is_all ? "true" : "false"},
        {"compression.codec", options->compression},
        {"partitioner", "murmur2_random"},      /* as Java's clients, so that all agree */
        {"sticky.partitioning.linger.ms", "1"}, /* records without a key are spread soon */
        {"message.max.bytes", record_max},
        {"queue.buffering.max.messages", queue_max},
        {"queue.buffering.max.kbytes", queue_kib},
        {"message.timeout.ms", give_up},
    };

    (void)snprintf(record_max, sizeof record_max, "%d", CONSOLE_RECORD_MAX);
    (void)snprintf(queue_max, sizeof queue_max, "%d", CONSOLE_QUEUE_MAX);
    (void)snprintf(queue_kib, sizeof queue_kib, "%d", CONSOLE_QUEUE_BYTES_MAX / 1024);
    (void)snprintf(give_up, sizeof give_up, "%d", console_timeout(options->give_up_ms));
    rd_kafka_conf_t *conf = console_conf(properties, COUNT_OF(properties));
    rd_kafka_conf_set_opaque(conf, producer);
    rd_kafka_conf_set_dr_msg_cb(conf, take_report);
    return conf;
}

enum err console_producer_open(const struct console_producer_options *options,
                               struct console_producer **ret_producer, struct error *error)
{
    struct console_producer *producer = NEW(struct console_producer);

    producer->delivered = options->delivered;
    producer->context = options->context;
    enum err err = console_connect(&options->servers, configure(options, producer),
                                   RD_KAFKA_PRODUCER, &producer->client, error);
    if (err == ERR_OK)
        *ret_producer = producer;
    else
        free(producer);
    return err;
}

static rd_kafka_headers_t *make_headers(const struct console_record *record)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);

    for (size_t i = 0; i < record->header_count; i++)
        (void)rd_kafka_header_add(
            headers, record->headers[i].name, -1, record->headers[i].value,
            record->headers[i].value == NULL ? 0 : (ssize_t)record->headers[i].size);
    return headers;
}

enum err console_producer_put(struct console_producer *producer,
                              const struct console_record *record, uint64_t number,
                              struct error *error)
{
    rd_kafka_headers_t *headers = record->header_count == 0 ? NULL : make_headers(record);
    rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = record->topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = record->partition},
        {.vtype = RD_KAFKA_VTYPE_KEY,
         .u.mem = {.ptr = (void *)(uintptr_t)record->key, .size = record->key_size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {.ptr = (void *)(uintptr_t)record->value, .size = record->value_size}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(uintptr_t)number},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    size_t count = headers == NULL ? COUNT_OF(parts) - 1 : COUNT_OF(parts);

    rd_kafka_error_t *fault = rd_kafka_produceva(producer->client, parts, count);
    if (fault == NULL) {
        producer->unsettled++;
        return ERR_OK;
    }
    rd_kafka_resp_err_t code = rd_kafka_error_code(fault);
    enum err err = code == RD_KAFKA_RESP_ERR__QUEUE_FULL
                       ? error_set(error, ERR_FULL, "too many records wait")
                       : console_refuse(error, code, NULL, "topic '%s'", record->topic);
    rd_kafka_error_destroy(fault);
    if (headers != NULL)
        rd_kafka_headers_destroy(headers);
    return err;
}

size_t console_producer_turn(struct console_producer *producer, uint64_t timeout_ms)
{
    (void)rd_kafka_poll(producer->client, console_timeout(timeout_ms));
    return producer->unsettled;
}

void console_producer_close(struct console_producer **producer)
{
    if (*producer == NULL)
        return;
    if ((*producer)->unsettled > 0) {
        (void)rd_kafka_purge((*producer)->client,
                             RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        (void)rd_kafka_flush((*producer)->client, 0);
    }
    rd_kafka_destroy((*producer)->client);
    free(*producer);
    *producer = NULL;
}
