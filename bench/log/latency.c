/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open loop: each record is due at a time that does not depend on how the others fared, carries that time, and is measured
 * from it. So waiting behind others counts.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/histogram.h"
#include "base/mem.h"
#include "bench/fatal.h"
#include "bench/log/load.h"

enum {
    WAIT_MS = 1000,
    PATIENCE = 30,
    FLUSH_TIMEOUT_MS = 60000,
    NS_PER_S = 1000000000,
};

struct trial {
    const struct load *load;
    atomic_bool has_begun; /* the consumer has had its first record */
};

static rd_kafka_t *open_producer(const struct load *load)
{
    rd_kafka_conf_t *conf = load_conf(load);

    load_set(conf, "acks", load->acks);
    load_set(conf, "linger.ms", load->linger_ms);
    load_set(conf, "compression.codec", load->codec);
    load_set(conf, "queue.buffering.max.messages", "1000000");
    return load_open(RD_KAFKA_PRODUCER, conf);
}

static void sleep_until(uint64_t due_ns)
{
    struct timespec due = {.tv_sec = (time_t)(due_ns / NS_PER_S),
                           .tv_nsec = (long)(due_ns % NS_PER_S)};

    if (clock_now_ns() < due_ns)
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static void put(rd_kafka_topic_t *topic, int32_t partition, char *value, uint32_t size,
                uint64_t due_ns)
{
    bytes_put_u64(value, due_ns);
    if (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, value, size, NULL, 0, NULL) != 0)
        fatal("cannot produce", rd_kafka_err2str(rd_kafka_last_error()));
}

static void *produce(void *context)
{
    struct trial *trial = context;
    const struct load *load = trial->load;
    rd_kafka_t *client = open_producer(load);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, load->topic, NULL);
    char *value = load_value(load->size, 1);

    /* Makes the topic, if it is not there; the consumer waits for it. */
    put(topic, 0, value, load->size, clock_now_ns());
    while (!atomic_load(&trial->has_begun))
        (void)rd_kafka_poll(client, 1);

    uint64_t began_ns = clock_now_ns();
    for (uint64_t i = 0; i < load->count; i++) {
        uint64_t due_ns = began_ns + i * NS_PER_S / load->rate;
        sleep_until(due_ns);
        put(topic, (int32_t)(i % load->partitions), value, load->size, due_ns);
        (void)rd_kafka_poll(client, 0);
    }
    if (rd_kafka_flush(client, FLUSH_TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        fatal("cannot produce", "not all records were taken in time");
    free(value);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
    return NULL;
}

static rd_kafka_t *open_consumer(const struct load *load)
{
    rd_kafka_conf_t *conf = load_conf(load);
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)load->partitions);

    load_set(conf, "group.id", "bench");
    load_set(conf, "enable.auto.commit", "false");
    load_set(conf, "fetch.wait.max.ms", "100");
    rd_kafka_t *client = load_open(RD_KAFKA_CONSUMER, conf);
    for (uint32_t i = 0; i < load->partitions; i++)
        rd_kafka_topic_partition_list_add(list, load->topic, (int32_t)i)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    if (rd_kafka_assign(client, list) != RD_KAFKA_RESP_ERR_NO_ERROR)
        fatal("cannot assign", load->topic);
    rd_kafka_topic_partition_list_destroy(list);
    return client;
}

/* The first tenth is for the machine to get used to it. */
static void consume(rd_kafka_t *client, struct trial *trial, struct histogram *histogram)
{
    const struct load *load = trial->load;
    int patience = PATIENCE;

    for (uint64_t seen = 0; seen < load->count + 1 && patience > 0;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(client, WAIT_MS);
        if (message == NULL) {
            patience--;
            continue;
        }
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            fatal("cannot consume", rd_kafka_message_errstr(message));
        seen++;
        atomic_store(&trial->has_begun, true);
        if (seen > load->count / 10)
            histogram_add(histogram, clock_now_ns() - bytes_get_u64(message->payload));
        rd_kafka_message_destroy(message);
    }
    if (patience <= 0)
        fatal("nothing comes any more", load->topic);
}

void load_latency(const struct load *load)
{
    struct histogram *histogram = NEW(struct histogram);
    rd_kafka_t *client = open_consumer(load);
    struct trial trial = {.load = load};
    pthread_t producer;

    if (load->size < sizeof(uint64_t))
        fatal("size", "must be 8 at least");
    if (pthread_create(&producer, NULL, produce, &trial) != 0)
        fatal("cannot start a thread", "the system has none left");
    consume(client, &trial, histogram);
    (void)pthread_join(producer, NULL);
    (void)printf("{\"records\": %" PRIu64 ", \"p50_ns\": %" PRIu64 ", \"p99_ns\": %" PRIu64
                 ", \"max_ns\": %" PRIu64 "}\n",
                 load->count, histogram_quantile(histogram, 0.5),
                 histogram_quantile(histogram, 0.99), histogram_max(histogram));
    (void)rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    free(histogram);
}
