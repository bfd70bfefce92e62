/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command line asks of brokers that speak the Kafka protocol. It is done in the module
 * gale-log.so, which alone links the client library, so that a command which needs none of it starts
 * as quickly as ever. The module (broker/client/io/module.h) hands out one table of functions.
 *
 * Everything here belongs to the one thread that calls it. Who wants SIGINT and SIGTERM for himself
 * blocks them before anything is opened, because threads are started. Errors are ERR_CLOSED if no
 * broker could be reached or answered in time, ERR_NOT_FOUND, ERR_EXISTS, ERR_CONFLICT (the state of
 * things does not allow it), ERR_INVALID (a name, number or config is wrong), ERR_DENIED, or ERR_IO for
 * whatever else a broker refuses.
 */
#ifndef BROKER_CLIENT_CONSOLE_H
#define BROKER_CLIENT_CONSOLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    CONSOLE_RECORD_MAX = 64 * 1024 * 1024,       /* bytes of key and value; brokers allow less */
    CONSOLE_QUEUE_MAX = 100000,                  /* records that wait for their acknowledgement */
    CONSOLE_QUEUE_BYTES_MAX = 256 * 1024 * 1024, /* and their size */
};

struct console; /* questions about topics and groups */
struct console_producer;
struct console_consumer;

struct console_servers {
    const char *brokers; /* "host:port,..."; without a port it is 9092 */
    uint64_t timeout_ms; /* of each answer, and of finding the first broker */
};

/* A config of a topic. */
struct console_config {
    const char *key;
    const char *value; /* NULL: back to its default */
};

/* Where in a partition something begins. */
enum console_place_kind {
    CONSOLE_PLACE_LATEST,
    CONSOLE_PLACE_EARLIEST,
    CONSOLE_PLACE_OFFSET, /* value: the offset; what is outside of the log is its nearer end */
    CONSOLE_PLACE_LAST,   /* value: so many records before the end */
    CONSOLE_PLACE_TIME,   /* value: milliseconds since 1970; the end, if all is older */
};

struct console_place {
    enum console_place_kind kind;
    int64_t value;
};

struct console_header {
    const char *name;
    const void *value; /* NULL: null */
    size_t size;
};

struct console_record {
    const char *topic;
    int32_t partition;    /* -1: chosen by the key, as Java's clients do; at random without one */
    int64_t offset;       /* of one that was read */
    int64_t timestamp_ms; /* of one that was read; -1: none */
    const void *key;      /* NULL: null */
    size_t key_size;
    const void *value; /* NULL: null */
    size_t value_size;
    const struct console_header *headers;
    size_t header_count;
};

/* What became of a record. */
struct console_delivery {
    uint64_t number; /* as it was given */
    bool is_acknowledged;
    int32_t partition;
    int64_t offset;   /* -1: the broker did not say */
    const char *text; /* why not; "" if it is acknowledged. Borrowed for the call */
};

struct console_producer_options {
    struct console_servers servers;
    const char *acks;        /* "0", "1", "all"; with "all" no record is written twice */
    const char *compression; /* "none", "gzip", "snappy", "lz4", "zstd" */
    uint64_t give_up_ms;     /* a record that is not acknowledged by then is given up */
    void (*delivered)(void *context, const struct console_delivery *delivery);
    void *context;
};

struct console_consumer_options {
    struct console_servers servers;
    const char *topic;
    const char *group;         /* NULL: none; then nothing is committed */
    int32_t partition;         /* -1: all of them; only without a group */
    struct console_place from; /* with a group: where nothing is committed; LATEST or EARLIEST */
};

enum console_event {
    CONSOLE_NOTHING, /* is there at the moment */
    CONSOLE_RECORD,
    CONSOLE_AT_END,  /* the end of every partition was seen: said once */
    CONSOLE_TROUBLE, /* no broker is connected; it goes on trying */
    CONSOLE_FAILED,
};

/* Answers are objects that the caller owns:
 *
 *   list_topics     {"topics": [{"name", "partitions": 3, "internal": false}]}, sorted
 *   describe_topic  {"name", "partitions": [{"partition", "leader", "replicas": [0], "in_sync": [0],
 *                   "first": 0, "next": 17}], "configs": {"retention.ms": "1000"}}: offsets are null
 *                   where nobody answers for them; configs are those that the topic itself has
 *   list_groups     {"groups": [{"name", "state": "Stable", "simple": false}]}, sorted
 *   describe_group  {"name", "state", "assignor", "coordinator", "members": [{"id", "instance" or null,
 *                   "client", "host", "partitions": [{"topic", "partition"}]}], "offsets": [{"topic",
 *                   "partition", "committed" or null, "first", "end", "lag" or null, "member" or
 *                   null}]}: of every partition of the topics in which it has an offset or a member has
 *                   a partition; without a committed offset the lag counts from the first
 *   find_places     {"partitions": [{"partition", "first", "end", "offset"}]}
 */
struct log_console {
    /* Looks first whether anybody listens. */
    enum err (*open)(const struct console_servers *servers, struct console **ret_console,
                     struct error *error);
    void (*close)(struct console **console);

    enum err (*list_topics)(struct console *console, json_t **ret_answer, struct error *error);
    enum err (*describe_topic)(struct console *console, const char *topic, json_t **ret_answer,
                               struct error *error);
    /* `partitions` is -1 for as many as the broker's settings say. */
    enum err (*create_topic)(struct console *console, const char *topic, int32_t partitions,
                             const struct console_config *configs, size_t config_count,
                             struct error *error);
    enum err (*delete_topic)(struct console *console, const char *topic, struct error *error);
    /* Brings their number to `partitions`. */
    enum err (*add_partitions)(struct console *console, const char *topic, int32_t partitions,
                               struct error *error);
    /* All other configs stay. Somebody else's change at the same moment may be lost. */
    enum err (*alter_configs)(struct console *console, const char *topic,
                              const struct console_config *configs, size_t config_count,
                              struct error *error);

    enum err (*list_groups)(struct console *console, json_t **ret_answer, struct error *error);
    /* ERR_NOT_FOUND if it has neither members nor offsets. */
    enum err (*describe_group)(struct console *console, const char *group, json_t **ret_answer,
                               struct error *error);
    enum err (*delete_group)(struct console *console, const char *group, struct error *error);
    enum err (*find_places)(struct console *console, const char *topic, struct console_place place,
                            json_t **ret_answer, struct error *error);
    /* `partitions` is a list as find_places gives it. */
    enum err (*alter_offsets)(struct console *console, const char *group, const char *topic,
                              const json_t *partitions, struct error *error);

    enum err (*open_producer)(const struct console_producer_options *options,
                              struct console_producer **ret_producer, struct error *error);
    /* Copies the record. ERR_FULL: as many wait as may; ask again after a turn. */
    enum err (*produce)(struct console_producer *producer, const struct console_record *record,
                        uint64_t number, struct error *error);
    /* Waits so long for something to report, and calls delivered() for what is there. Returns how many
     * records are not settled. */
    size_t (*turn_producer)(struct console_producer *producer, uint64_t timeout_ms);
    /* Records that are not settled are given up, and reported. */
    void (*close_producer)(struct console_producer **producer);

    enum err (*open_consumer)(const struct console_consumer_options *options,
                              struct console_consumer **ret_consumer, struct error *error);
    /* Readable when there may be something to take; to be looked at each second at least. */
    int (*consumer_fd)(const struct console_consumer *consumer);
    /* Does not wait. The record is borrowed until the next call. */
    enum console_event (*take)(struct console_consumer *consumer, struct console_record *ret_record,
                               struct error *error);
    /* All that was taken is dealt with: its offsets are committed soon, and at the close. */
    void (*keep)(struct console_consumer *consumer);
    /* Leaves the group. */
    void (*close_consumer)(struct console_consumer **consumer);
};

/* Of the module. */
extern const struct log_console log_console;

#endif
