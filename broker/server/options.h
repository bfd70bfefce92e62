/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of gale-broker: what they come to. Pure.
 */
#ifndef BROKER_SERVER_OPTIONS_H
#define BROKER_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/settings.h"
#include "broker/group/groups.h"
#include "broker/log/partition.h"
#include "broker/server/topic_config.h"

struct broker_options {
    /* texts are borrowed from the settings */
    const char *listen;
    const char *advertised; /* "": as each client came */
    const char *data;       /* folder; "" if nobody named one */
    int32_t id;
    bool registers;
    uint32_t log_level; /* enum log_level */
    size_t connections_max;
    uint64_t idle_max_ms;
    size_t request_bytes_max;
    uint64_t stall_max_ms;
    uint64_t inflight_bytes_max;
    uint32_t inflight_requests_max;
    size_t fetch_bytes_max;
    uint64_t disk_free_min;
    uint32_t files_max;
    uint32_t topics_max;
    uint32_t partitions_max;
    uint32_t topic_partitions; /* of a topic, if nobody says how many */
    bool auto_creates;
    uint64_t retention_check_ms;
    uint64_t flush_ms;
    uint64_t flush_bytes;
    uint64_t cleaner_check_ms;
    struct partition_options partition; /* defaults of topics */
    struct groups_options groups;       /* but the seed */
};

/* Checks all and reads them; keys of other programs, which may share the file, are checked and then passed
 * over. wire/broker_schema.h has the table. Errors name the place where a value was set, and the remedy. The
 * settings outlive the options. */
enum err broker_options_make(const struct settings *settings, struct broker_options *ret_options,
                             struct error *error) MUST_USE;

/* The same defaults of topics, key by key. */
struct topic_settings broker_options_topic(const struct broker_options *options);

#endif
