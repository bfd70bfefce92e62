/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load on a broker that speaks Kafka's protocol, by librdkafka as clients use it: what each job of log_load is
 * told, and does. Results go to stdout as one line of JSON.
 */
#ifndef BENCH_LOG_LOAD_H
#define BENCH_LOG_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

struct load {
    const char *brokers;
    const char *topic;
    const char *acks;
    const char *codec;
    const char *linger_ms;
    uint32_t partitions; /* that the topic has: records go to them in turn */
    uint32_t size;       /* of a value, in bytes */
    uint64_t count;      /* records */
    uint64_t rate;       /* records per second, for latency */
    bool is_idempotent;
};

/* Starts a mock cluster of librdkafka's, in memory, says where it is, and stays until stdin ends. */
void load_mock(const struct load *load);

/* Produces `count` records as quickly as it can. */
void load_produce(const struct load *load);

/* Consumes `count` records from the beginning; there are as many. */
void load_consume(const struct load *load);

/* Produces at a fixed rate, whatever happens, and consumes it; how long each took from when it was due. */
void load_latency(const struct load *load);

/* ---- for all of them ---- */

/* Sets what the load asks for, and ends the program if the library does not take it. */
rd_kafka_conf_t *load_conf(const struct load *load);
void load_set(rd_kafka_conf_t *conf, const char *key, const char *value);
rd_kafka_t *load_open(rd_kafka_type_t type, rd_kafka_conf_t *conf);

/* A value of `size` bytes that compresses as log lines do: words, drawn from a list. The caller frees it. */
char *load_value(uint32_t size, uint64_t seed);

/* User and system time of this process so far. */
double load_cpu_s(void);

#endif
