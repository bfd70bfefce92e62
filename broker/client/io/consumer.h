/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader of partitions that are given to it one by one (io/scout.h), and a committer of a group's
 * offsets without being a member: no rebalance ever comes. Nothing here waits but what says so.
 *
 * One thread, which is woken through `wake` (on a thread of librdkafka's) when records or news come to a
 * reader that had none.
 */
#ifndef BROKER_CLIENT_IO_CONSUMER_H
#define BROKER_CLIENT_IO_CONSUMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "base/err.h"

struct consumer;

struct consumer_options {
    const char *brokers;
    const char *group;
    const char *client_options;
    const char *run; /* metadata of commits; borrowed for life */
    void (*wake)(void *context);
    void *context;
};

enum err consumer_open(const struct consumer_options *options, struct consumer **ret_consumer,
                       struct error *error) MUST_USE;

/* All records were given back, and nobody else uses the handle. Accepts NULL inside. */
void consumer_close(struct consumer **consumer);

/* For the scout. */
rd_kafka_t *consumer_handle(const struct consumer *consumer);

/* Records and ends of partitions (`err` says which) that have come, each to be given to
 * rd_kafka_message_destroy(). */
size_t consumer_take(struct consumer *consumer, rd_kafka_message_t **messages, size_t max);

/* An offset up to which a partition is processed. */
struct consumer_commit {
    const char *topic;
    int32_t partition;
    int64_t offset;
};

/* Begins to commit; one at a time. */
void consumer_commit(struct consumer *consumer, const struct consumer_commit *commits,
                     size_t count);
bool consumer_is_committing(const struct consumer *consumer);

enum consumer_news {
    CONSUMER_NO_NEWS,
    CONSUMER_COMMITTED,     /* what was begun */
    CONSUMER_COMMIT_FAILED, /* it may be tried again; the text says why */
    CONSUMER_SAYS,          /* a line for the log */
    CONSUMER_IS_TOLD,       /* of no interest; there may be more */
};

/* The next piece of news, waiting so long for it. `text` has ERROR_TEXT_MAX bytes. */
enum consumer_news consumer_poll(struct consumer *consumer, int timeout_ms, char *text);

/* Records between `position` and the end of the partition. False while the end is not known: before the
 * first answer to a fetch. */
bool consumer_lag(const struct consumer *consumer, const char *topic, int32_t partition,
                  int64_t position, uint64_t *ret_lag);

#endif
