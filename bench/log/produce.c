/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/log/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bench/fatal.h"

enum {
    VALUES = 64, /* different ones */
    FLUSH_TIMEOUT_MS = 120000,
    POLL_EVERY = 1000, /* records */
};

static void count_failure(rd_kafka_t *client, const rd_kafka_message_t *message, void *context)
{
    uint64_t *failures = context;

    (void)client;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        (*failures)++;
}

static rd_kafka_t *open_producer(const struct load *load, uint64_t *failures)
{
    rd_kafka_conf_t *conf = load_conf(load);

    load_set(conf, "acks", load->acks);
    load_set(conf, "compression.codec", load->codec);
    load_set(conf, "linger.ms", load->linger_ms);
    load_set(conf, "queue.buffering.max.messages", "1000000");
    load_set(conf, "queue.buffering.max.kbytes", "1048576");
    load_set(conf, "batch.num.messages", "100000");
    load_set(conf, "delivery.report.only.error", "true");
    if (load->is_idempotent)
        load_set(conf, "enable.idempotence", "true");
    rd_kafka_conf_set_opaque(conf, failures);
    rd_kafka_conf_set_dr_msg_cb(conf, count_failure);
    return load_open(RD_KAFKA_PRODUCER, conf);
}

/* The library holds a bounded number of records: when it has that many, it is time to wait. */
static void put(rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition, char *value,
                uint32_t size)
{
    while (rd_kafka_produce(topic, partition, 0, value, size, NULL, 0, NULL) != 0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            fatal("cannot produce", rd_kafka_err2str(rd_kafka_last_error()));
        (void)rd_kafka_poll(client, 1);
    }
}

void load_produce(const struct load *load)
{
    uint64_t failures = 0;
    rd_kafka_t *client = open_producer(load, &failures);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, load->topic, NULL);
    char *values[VALUES];

    for (uint64_t i = 0; i < VALUES; i++)
        values[i] = load_value(load->size, i);
    /* The connection and the topic's metadata are not what is measured. */
    put(client, topic, 0, values[0], load->size);
    if (rd_kafka_flush(client, FLUSH_TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        fatal("cannot produce", "the first record was not taken");

    double cpu_s = load_cpu_s();
    uint64_t began_ns = clock_now_ns();
    for (uint64_t i = 1; i < load->count; i++) {
        put(client, topic, (int32_t)(i / POLL_EVERY % load->partitions), values[i % VALUES],
            load->size);
        if (i % POLL_EVERY == 0)
            (void)rd_kafka_poll(client, 0);
    }
    if (rd_kafka_flush(client, FLUSH_TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        fatal("cannot produce", "not all records were taken in time");
    double seconds = (double)(clock_now_ns() - began_ns) / 1e9;

    (void)printf("{\"records\": %" PRIu64 ", \"failures\": %" PRIu64
                 ", \"seconds\": %.6f, \"cpu_s\": %.6f}\n",
                 load->count, failures, seconds, load_cpu_s() - cpu_s);
    for (size_t i = 0; i < VALUES; i++)
        free(values[i]);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
}
