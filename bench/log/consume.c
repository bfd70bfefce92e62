/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/log/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/fatal.h"

enum {
    BATCH = 10000,
    WAIT_MS = 1000,
    PATIENCE = 30, /* waits without any record */
};

struct tally {
    uint64_t records;
    uint64_t bytes;
};

static void take(struct tally *tally, rd_kafka_message_t **messages, ssize_t count)
{
    for (ssize_t i = 0; i < count; i++) {
        if (messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            tally->records++;
            tally->bytes += messages[i]->len;
        } else {
            fatal("cannot consume", rd_kafka_message_errstr(messages[i]));
        }
        rd_kafka_message_destroy(messages[i]);
    }
}

static void begin(rd_kafka_t *client, const struct load *load)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)load->partitions);

    for (uint32_t i = 0; i < load->partitions; i++)
        rd_kafka_topic_partition_list_add(list, load->topic, (int32_t)i)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    if (rd_kafka_assign(client, list) != RD_KAFKA_RESP_ERR_NO_ERROR)
        fatal("cannot assign", load->topic);
    rd_kafka_topic_partition_list_destroy(list);
}

static rd_kafka_t *open_consumer(const struct load *load)
{
    rd_kafka_conf_t *conf = load_conf(load);

    load_set(conf, "group.id", "bench");
    load_set(conf, "enable.auto.commit", "false");
    load_set(conf, "check.crcs", "true");
    load_set(conf, "queued.min.messages", "1000000");
    return load_open(RD_KAFKA_CONSUMER, conf);
}

void load_consume(const struct load *load)
{
    rd_kafka_t *client = open_consumer(load);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(client);
    rd_kafka_message_t **messages = NEW_ARRAY(rd_kafka_message_t *, BATCH);
    struct tally tally = {0};
    int patience = PATIENCE;

    begin(client, load);
    while (tally.records == 0 && patience-- > 0)
        take(&tally, messages, rd_kafka_consume_batch_queue(queue, WAIT_MS, messages, 1));
    double cpu_s = load_cpu_s();
    uint64_t began_ns = clock_now_ns();
    while (tally.records < load->count && patience > 0) {
        ssize_t count = rd_kafka_consume_batch_queue(queue, WAIT_MS, messages, BATCH);
        patience = count > 0 ? PATIENCE : patience - 1;
        take(&tally, messages, count);
    }
    if (patience <= 0)
        fatal("nothing comes any more", load->topic);
    double seconds = (double)(clock_now_ns() - began_ns) / 1e9;

    (void)printf("{\"records\": %" PRIu64 ", \"bytes\": %" PRIu64
                 ", \"seconds\": %.6f, \"cpu_s\": %.6f}\n",
                 tally.records, tally.bytes, seconds, load_cpu_s() - cpu_s);
    free((void *)messages);
    rd_kafka_queue_destroy(queue);
    (void)rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
}
