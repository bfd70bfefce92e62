/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the console share (broker/client/console.h).
 */
#ifndef BROKER_CLIENT_IO_CONSOLE_PARTS_H
#define BROKER_CLIENT_IO_CONSOLE_PARTS_H

#include <librdkafka/rdkafka.h>

#include "broker/client/console.h"

struct console {
    rd_kafka_t *client;
    rd_kafka_queue_t *answers;
    int timeout_ms;
};

struct console_property {
    const char *key;
    const char *value;
};

/* ---- console.c ---- */

/* Looks whether anybody listens, and makes a client of that type. */
MUST_USE enum err console_connect(const struct console_servers *servers, rd_kafka_conf_t *conf,
                                  rd_kafka_type_t type, rd_kafka_t **ret_client,
                                  struct error *error);

/* Sets properties that are known to be right. */
rd_kafka_conf_t *console_conf(const struct console_property *properties, size_t count);

/* A timeout as the library takes it. */
int console_timeout(uint64_t timeout_ms);

/* What the library calls the error, without "Broker: " before it. Borrowed. */
const char *console_words(rd_kafka_resp_err_t code);

/* "topic 'x': unknown topic or partition": the words of the broker if there are any. Returns the code that
 * it comes to. */
enum err console_refuse(struct error *error, rd_kafka_resp_err_t code, const char *words,
                        const char *format, ...) PRINTF_LIKE(4, 5);

/* What the brokers know of all topics; rd_kafka_metadata_destroy() frees it. Creates none. */
MUST_USE enum err console_metadata(rd_kafka_t *client, int timeout_ms,
                                   const rd_kafka_metadata_t **ret_metadata, struct error *error);

/* The topic in it; ERR_NOT_FOUND. */
MUST_USE enum err console_topic(const rd_kafka_metadata_t *metadata, const char *topic,
                                const rd_kafka_metadata_topic_t **ret_topic, struct error *error);

/* Asks for offsets: that of every item is RD_KAFKA_OFFSET_BEGINNING, RD_KAFKA_OFFSET_END or a time before,
 * and the offset after, or -1 where nobody knows it. */
MUST_USE enum err console_offsets(rd_kafka_t *client, int timeout_ms,
                                  rd_kafka_topic_partition_list_t *list, struct error *error);

/* Offsets of some partitions, in the order of these. */
struct console_spans {
    rd_kafka_topic_partition_list_t *first;
    rd_kafka_topic_partition_list_t *end;
    rd_kafka_topic_partition_list_t *places;
};

/* Finds where the partitions of the list begin and end, and where a place is in each of them. The result
 * is ended by console_spans_done(). */
MUST_USE enum err console_find_places(rd_kafka_t *client, int timeout_ms,
                                      const rd_kafka_topic_partition_list_t *list,
                                      struct console_place place, struct console_spans *ret_spans,
                                      struct error *error);
void console_spans_done(struct console_spans *spans);

/* The same partitions with that offset. */
rd_kafka_topic_partition_list_t *console_copy_list(const rd_kafka_topic_partition_list_t *list,
                                                   int64_t offset);

/* ---- admin.c: one question, one event ---- */

rd_kafka_AdminOptions_t *admin_options(struct console *console, rd_kafka_admin_op_t operation);

/* The answer, to be destroyed by the caller. */
MUST_USE enum err admin_await(struct console *console, rd_kafka_event_t **ret_event,
                              struct error *error);

/* ---- admin_offsets.c ---- */

/* The offsets that a group has committed, -1 where there is none, of all partitions of each topic in which it
 * has one or in which one of its members has a partition; sorted. The caller owns the list. */
MUST_USE enum err admin_read_committed(struct console *console, const char *group,
                                       const json_t *members,
                                       rd_kafka_topic_partition_list_t **ret_list,
                                       struct error *error);

/* ---- the entries of the table ---- */

enum err admin_list_topics(struct console *console, json_t **ret_answer, struct error *error);
enum err admin_describe_topic(struct console *console, const char *topic, json_t **ret_answer,
                              struct error *error);
enum err admin_create_topic(struct console *console, const char *topic, int32_t partitions,
                            const struct console_config *configs, size_t config_count,
                            struct error *error);
enum err admin_delete_topic(struct console *console, const char *topic, struct error *error);
enum err admin_add_partitions(struct console *console, const char *topic, int32_t partitions,
                              struct error *error);
enum err admin_alter_configs(struct console *console, const char *topic,
                             const struct console_config *configs, size_t config_count,
                             struct error *error);
enum err admin_list_groups(struct console *console, json_t **ret_answer, struct error *error);
enum err admin_describe_group(struct console *console, const char *group, json_t **ret_answer,
                              struct error *error);
enum err admin_delete_group(struct console *console, const char *group, struct error *error);
enum err admin_find_places(struct console *console, const char *topic, struct console_place place,
                           json_t **ret_answer, struct error *error);
enum err admin_alter_offsets(struct console *console, const char *group, const char *topic,
                             const json_t *partitions, struct error *error);

enum err console_producer_open(const struct console_producer_options *options,
                               struct console_producer **ret_producer, struct error *error);
enum err console_producer_put(struct console_producer *producer,
                              const struct console_record *record, uint64_t number,
                              struct error *error);
size_t console_producer_turn(struct console_producer *producer, uint64_t timeout_ms);
void console_producer_close(struct console_producer **producer);

enum err console_consumer_open(const struct console_consumer_options *options,
                               struct console_consumer **ret_consumer, struct error *error);
int console_consumer_fd(const struct console_consumer *consumer);
enum console_event console_consumer_take(struct console_consumer *consumer,
                                         struct console_record *ret_record, struct error *error);
void console_consumer_keep(struct console_consumer *consumer);
void console_consumer_close(struct console_consumer **consumer);

#endif
