/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A librdkafka configuration, made of what all clients have in common and of what the caller adds.
 * Log lines and errors come as events (kafka_conf_drain()) on the main queue: nothing is written to
 * standard error, and no callback runs on a thread of the library's.
 */
#ifndef BROKER_CLIENT_IO_KAFKA_CONF_H
#define BROKER_CLIENT_IO_KAFKA_CONF_H

#include <librdkafka/rdkafka.h>

#include "base/err.h"

struct kafka_setting {
    const char *name;
    const char *value;
};

struct kafka_conf_options {
    const char *brokers;                  /* HOST:PORT,... */
    const struct kafka_setting *settings; /* ends at the first without a name */
    const char *client_options;           /* the user's own, "a=b,c=d"; they come last. "": none */
    int events;                           /* RD_KAFKA_EVENT_..., besides errors and log lines */
};

/* The caller owns *ret_rk. Errors: a setting that librdkafka does not know or take. */
enum err kafka_conf_open(rd_kafka_type_t type, const struct kafka_conf_options *options,
                         rd_kafka_t **ret_rk, struct error *error) MUST_USE;

#endif
