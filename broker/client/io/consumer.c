/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/io/consumer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/client/io/kafka_conf.h"

struct consumer {
    struct consumer_options options;
    rd_kafka_t *rk;
    rd_kafka_queue_t *records;
    rd_kafka_queue_t *news;
    bool is_committing;
};

static void ring(rd_kafka_t *rk, void *context)
{
    const struct consumer *consumer = context;

    (void)rk;
    consumer->options.wake(consumer->options.context);
}

enum err consumer_open(const struct consumer_options *options, struct consumer **ret_consumer,
                       struct error *error)
{
    const struct kafka_setting settings[] = {
        {"group.id", options->group},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "true"},
        {"auto.offset.reset", "earliest"}, /* what is gone is gone; what follows is read */
        {"check.crcs", "true"},
        {"fetch.error.backoff.ms", "100"},
        {"queued.min.messages", "1000000"}, /* by bytes: */
        {"queued.max.messages.kbytes", "32768"},
        {"max.poll.interval.ms", "86400000"}, /* a spout that is held back is not dead */
        {NULL, NULL},
    };
    const struct kafka_conf_options conf = {.brokers = options->brokers,
                                            .settings = settings,
                                            .client_options = options->client_options,
                                            .events = RD_KAFKA_EVENT_OFFSET_COMMIT};
    rd_kafka_t *rk;
    enum err err = kafka_conf_open(RD_KAFKA_CONSUMER, &conf, &rk, error);

    if (err != ERR_OK)
        return err;
    struct consumer *consumer = NEW(struct consumer);
    consumer->options = *options;
    consumer->rk = rk;
    consumer->records = rd_kafka_queue_get_consumer(rk);
    consumer->news = rd_kafka_queue_get_main(rk);
    rd_kafka_queue_cb_event_enable(consumer->records, ring, consumer);
    rd_kafka_queue_cb_event_enable(consumer->news, ring, consumer);
    *ret_consumer = consumer;
    return ERR_OK;
}

void consumer_close(struct consumer **consumer)
{
    if (*consumer == NULL)
        return;
    rd_kafka_queue_cb_event_enable((*consumer)->records, NULL, NULL);
    rd_kafka_queue_cb_event_enable((*consumer)->news, NULL, NULL);
    rd_kafka_queue_destroy((*consumer)->records);
    rd_kafka_queue_destroy((*consumer)->news);
    rd_kafka_destroy_flags((*consumer)->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(*consumer);
    *consumer = NULL;
}

rd_kafka_t *consumer_handle(const struct consumer *consumer)
{
    return consumer->rk;
}

size_t consumer_take(struct consumer *consumer, rd_kafka_message_t **messages, size_t max)
{
    ssize_t count = rd_kafka_consume_batch_queue(consumer->records, 0, messages, max);

    return count < 0 ? 0 : (size_t)count;
}

/* ---- commits ---- */

/* librdkafka frees the metadata with the list. */
static void set_metadata(rd_kafka_topic_partition_t *part, const char *run)
{
    size_t length = strlen(run);

    if (length == 0)
        return;
    part->metadata = mem_copy_text(run);
    part->metadata_size = length;
}

void consumer_commit(struct consumer *consumer, const struct consumer_commit *commits, size_t count)
{
    ASSERT(!consumer->is_committing);

    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_t *part =
            rd_kafka_topic_partition_list_add(list, commits[i].topic, commits[i].partition);
        part->offset = commits[i].offset;
        set_metadata(part, consumer->options.run);
    }
    rd_kafka_resp_err_t err = rd_kafka_commit_queue(consumer->rk, list, consumer->news, NULL, NULL);
    rd_kafka_topic_partition_list_destroy(list);
    consumer->is_committing = err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool consumer_is_committing(const struct consumer *consumer)
{
    return consumer->is_committing;
}

/* ---- news ---- */

/* The whole may be answered well and a partition of it not. */
static rd_kafka_resp_err_t commit_error(rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t err = rd_kafka_event_error(event);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);

    for (int i = 0; list != NULL && err == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++)
        err = list->elems[i].err;
    return err;
}

static enum consumer_news note_commit(struct consumer *consumer, rd_kafka_event_t *event,
                                      char *text)
{
    rd_kafka_resp_err_t err = commit_error(event);

    consumer->is_committing = false;
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return CONSUMER_COMMITTED;
    (void)snprintf(text, ERROR_TEXT_MAX, "%s", rd_kafka_err2str(err));
    return CONSUMER_COMMIT_FAILED;
}

static enum consumer_news read_event(struct consumer *consumer, rd_kafka_event_t *event, char *text)
{
    const char *facility = "";
    const char *line = "";
    int level;

    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_OFFSET_COMMIT:
        return note_commit(consumer, event, text);
    case RD_KAFKA_EVENT_LOG:
        (void)rd_kafka_event_log(event, &facility, &line, &level);
        if (strcmp(facility, "FAIL") == 0)
            return CONSUMER_IS_TOLD; /* an error of the same words comes, too */
        break;
    case RD_KAFKA_EVENT_ERROR:
        line = rd_kafka_event_error_string(event);
        break;
    default:
        return CONSUMER_IS_TOLD;
    }
    (void)snprintf(text, ERROR_TEXT_MAX, "%s", line);
    return CONSUMER_SAYS;
}

enum consumer_news consumer_poll(struct consumer *consumer, int timeout_ms, char *text)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(consumer->news, timeout_ms);

    if (event == NULL)
        return CONSUMER_NO_NEWS;
    enum consumer_news news = read_event(consumer, event, text);
    rd_kafka_event_destroy(event);
    return news;
}

bool consumer_lag(const struct consumer *consumer, const char *topic, int32_t partition,
                  int64_t position, uint64_t *ret_lag)
{
    int64_t low;
    int64_t high;

    if (rd_kafka_get_watermark_offsets(consumer->rk, topic, partition, &low, &high) !=
            RD_KAFKA_RESP_ERR_NO_ERROR ||
        high < 0 || position < 0)
        return false;
    *ret_lag = high <= position ? 0 : (uint64_t)(high - position);
    return true;
}
