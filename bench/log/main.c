/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_load JOB KEY=VALUE...: mock, produce, consume or latency.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/settings_schema.h"
#include "bench/fatal.h"
#include "bench/log/load.h"

struct job {
    const char *name;
    void (*run)(const struct load *load);
};

static const struct job jobs[] = {
    {"mock", load_mock},
    {"produce", load_produce},
    {"consume", load_consume},
    {"latency", load_latency},
};

void load_set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char reason[256];

    if (rd_kafka_conf_set(conf, key, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
        fatal("librdkafka does not take a setting", reason);
}

rd_kafka_conf_t *load_conf(const struct load *load)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    if (load->brokers != NULL)
        load_set(conf, "bootstrap.servers", load->brokers);
    return conf;
}

rd_kafka_t *load_open(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char reason[256];
    rd_kafka_t *client = rd_kafka_new(type, conf, reason, sizeof reason);

    if (client == NULL)
        fatal("librdkafka does not start", reason);
    return client;
}

char *load_value(uint32_t size, uint64_t seed)
{
    static const char *const words[] = {"error ",       "warning ", "request ", "answered ",
                                        "peer=10.0.0.", "bytes=",   "in ",      "17 ",
                                        "4096 ",        "ms "};
    char *value = mem_alloc((size_t)size + 1);
    struct rng rng;
    size_t at = 0;

    rng_init(&rng, seed);
    while (at < size) {
        const char *word = words[rng_below(&rng, COUNT_OF(words))];
        while (at < size && *word != '\0')
            value[at++] = *word++;
    }
    return value;
}

double load_cpu_s(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static uint64_t number(const char *key, const char *value)
{
    uint64_t number = 0;

    if (!setting_parse_u64(value, &number))
        fatal(key, "must be a number");
    return number;
}

static void read_option(struct load *load, const char *key, const char *value)
{
    if (strcmp(key, "brokers") == 0)
        load->brokers = value;
    else if (strcmp(key, "topic") == 0)
        load->topic = value;
    else if (strcmp(key, "acks") == 0)
        load->acks = value;
    else if (strcmp(key, "codec") == 0)
        load->codec = value;
    else if (strcmp(key, "linger_ms") == 0)
        load->linger_ms = value;
    else if (strcmp(key, "partitions") == 0)
        load->partitions = (uint32_t)number(key, value);
    else if (strcmp(key, "size") == 0)
        load->size = (uint32_t)number(key, value);
    else if (strcmp(key, "count") == 0)
        load->count = number(key, value);
    else if (strcmp(key, "rate") == 0)
        load->rate = number(key, value);
    else if (strcmp(key, "idempotent") == 0)
        load->is_idempotent = number(key, value) != 0;
    else
        fatal("there is no such option", key);
}

int main(int count, char **words)
{
    struct load load = {.topic = "bench",
                        .acks = "1",
                        .codec = "none",
                        .linger_ms = "5",
                        .partitions = 1,
                        .size = 100,
                        .count = 1000000,
                        .rate = 1000};

    if (count < 2)
        fatal("usage", "log_load mock|produce|consume|latency KEY=VALUE...");
    for (int i = 2; i < count; i++) {
        char *equals = strchr(words[i], '=');
        if (equals == NULL)
            fatal("an option is not KEY=VALUE", words[i]);
        *equals = '\0';
        read_option(&load, words[i], equals + 1);
    }
    for (size_t i = 0; i < COUNT_OF(jobs); i++) {
        if (strcmp(jobs[i].name, words[1]) == 0) {
            jobs[i].run(&load);
            return 0;
        }
    }
    fatal("there is no such job", words[1]);
}
