/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds out which partitions there are, which of them are a task's, and where each begins, and has them
 * fetched. All that takes round trips to brokers, some of which may be away; so it is done on a thread
 * of its own, once and then again and again. The task takes what was found, and is woken for it.
 */
#ifndef BROKER_CLIENT_IO_SCOUT_H
#define BROKER_CLIENT_IO_SCOUT_H

#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "base/err.h"
#include "broker/client/spread.h"
#include "broker/client/start.h"

struct scout;

struct scout_options {
    rd_kafka_t *rk;                     /* a consumer that is assigned by the scout alone */
    const struct spread_topics *topics; /* borrowed for life, as everything here */
    uint32_t task;
    uint32_t task_count;
    struct start start;
    struct start fallback;
    const char *run;     /* what commits of this run say in their metadata */
    uint64_t refresh_ms; /* between looks for new partitions */
    void (*wake)(void *context);
    void *context;
};

struct scout_part {
    uint32_t topic; /* which of the topics */
    int32_t partition;
    int64_t start; /* the offset that is fetched first */
    int64_t end;   /* one after the last when it was found */
};

/* Errors: no thread. */
enum err scout_new(const struct scout_options *options, struct scout **ret_scout,
                   struct error *error) MUST_USE;

/* Waits for its thread, which may wait for a broker for a few seconds. Accepts NULL inside. */
void scout_destroy(struct scout **scout);

/* The next partition that was found; its records may come from now on, none before. */
bool scout_take(struct scout *scout, struct scout_part *ret_part);

/* Whether all topics were found, and all partitions that there were. Look here before scout_take(). */
bool scout_has_found_all(struct scout *scout);

/* What keeps it from that, each text once; in `text`, of ERROR_TEXT_MAX bytes. */
bool scout_take_complaint(struct scout *scout, char *text);

#endif
