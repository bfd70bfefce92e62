/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A writer of records, which says of each what became of it. Nothing here waits but producer_wait().
 *
 * Keys are spread over partitions as Java's clients do it (murmur2). With `is_idempotent` a record is
 * in the log once, in order, however often the client had to send it.
 *
 * One thread, which is woken through `wake` (on a thread of librdkafka's) when reports or news come to a
 * writer that had none.
 */
#ifndef BROKER_CLIENT_IO_PRODUCER_H
#define BROKER_CLIENT_IO_PRODUCER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct producer;

struct producer_options {
    const char *brokers;
    const char *client_options;
    const char *acks;        /* all, 1 or 0 */
    const char *compression; /* none, gzip, snappy, lz4 or zstd */
    bool is_idempotent;      /* needs acks=all */
    uint64_t linger_ms;      /* how long a batch waits for more */
    uint64_t timeout_ms; /* a record that is not in the log after so long is reported as failed */
    void (*wake)(void *context);
    void *context;
};

enum err producer_open(const struct producer_options *options, struct producer **ret_producer,
                       struct error *error) MUST_USE;

/* What is not reported as yet may or may not be written. Accepts NULL inside. */
void producer_close(struct producer **producer);

struct producer_header {
    const char *name;
    const void *data;
    size_t size;
};

struct producer_record {
    const char *topic;
    const void *key; /* NULL: none */
    size_t key_size;
    const void *value; /* NULL: a tombstone */
    size_t value_size;
    bool is_kept; /* the value stays where it is until the report, so it need not be copied */
    const struct producer_header *headers;
    uint32_t header_count;
    void *context; /* for the report; not NULL */
};

enum producer_put {
    PRODUCER_TAKEN,   /* a report follows */
    PRODUCER_FULL,    /* not now */
    PRODUCER_REFUSED, /* never; the error says why */
};

enum producer_put producer_put(struct producer *producer, const struct producer_record *record,
                               struct error *error);

struct producer_report {
    void *context;
    const char *why; /* NULL: it is in the log. Else borrowed until the next call */
};

/* The next report, if there is one. */
bool producer_take_report(struct producer *producer, struct producer_report *ret_report);

/* The next line for the log that came up meanwhile, of ERROR_TEXT_MAX bytes. */
bool producer_take_line(struct producer *producer, char *text);

/* Records that are not reported. */
uint32_t producer_open_count(const struct producer *producer);

/* Whether it cannot write any more: open another one, when all is reported. */
bool producer_is_broken(const struct producer *producer);

/* Waits until a report is there, or so long. */
void producer_wait(struct producer *producer, int timeout_ms);

#endif
