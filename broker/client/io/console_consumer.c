/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one topic. Without a group its partitions are read from a place that is found before, and no
 * broker hears of a group; with one the library joins it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "broker/client/io/console_parts.h"

struct console_consumer {
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;  /* without a group */
    rd_kafka_queue_t *queue;  /* where records arrive */
    rd_kafka_message_t *held; /* whose record was given out; NULL: none */
    struct console_header *headers;
    rd_kafka_topic_partition_list_t *partitions; /* without a group */
    rd_kafka_topic_partition_list_t *ended;      /* whose end was seen */
    rd_kafka_topic_partition_list_t *taken;      /* offsets behind the last records */
    int ready;                                   /* eventfd */
    bool has_group;
    bool is_troubled; /* not told yet */
    bool has_ended;   /* and it was told */
};

static void note_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    struct console_consumer *consumer = opaque;

    (void)client;
    (void)reason;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        consumer->is_troubled = true;
}

/* ---- opening ---- */

static rd_kafka_conf_t *configure(const struct console_consumer_options *options,
                                  struct console_consumer *consumer)
{
    bool from_earliest = options->from.kind == CONSOLE_PLACE_EARLIEST;
    bool has_group = options->group != NULL;
    const struct console_property properties[] = {
        {"enable.partition.eof", "true"},
        {"enable.auto.offset.store", "false"},
        {"enable.auto.commit", has_group ? "true" : "false"},
        {"auto.offset.reset", from_earliest ? "earliest" : "latest"},
        {"group.id", options->group},
    };

    rd_kafka_conf_t *conf = console_conf(properties, COUNT_OF(properties) - (has_group ? 0 : 1));
    rd_kafka_conf_set_opaque(conf, consumer);
    rd_kafka_conf_set_error_cb(conf, note_error);
    return conf;
}

/* All of the topic, or the one that is wanted. */
static enum err choose_partitions(const struct console_consumer_options *options,
                                  const rd_kafka_metadata_topic_t *topic,
                                  rd_kafka_topic_partition_list_t *list, struct error *error)
{
    for (int i = 0; i < topic->partition_cnt; i++) {
        if (options->partition == -1 || options->partition == topic->partitions[i].id)
            (void)rd_kafka_topic_partition_list_add(list, topic->topic, topic->partitions[i].id);
    }
    if (list->cnt > 0)
        return ERR_OK;
    return error_set(error, ERR_NOT_FOUND, "topic '%s' has no partition %" PRId32, options->topic,
                     options->partition);
}

static enum err look_at_topic(struct console_consumer *consumer,
                              const struct console_consumer_options *options, struct error *error)
{
    const rd_kafka_metadata_t *metadata;
    const rd_kafka_metadata_topic_t *topic;

    enum err err = console_metadata(consumer->client, console_timeout(options->servers.timeout_ms),
                                    &metadata, error);
    if (err != ERR_OK)
        return err;
    err = console_topic(metadata, options->topic, &topic, error);
    if (err == ERR_OK)
        err = choose_partitions(options, topic, consumer->partitions, error);
    rd_kafka_metadata_destroy(metadata);
    return err;
}

static enum err find_places(struct console_consumer *consumer,
                            const struct console_consumer_options *options, struct error *error)
{
    struct console_spans spans;

    enum err err =
        console_find_places(consumer->client, console_timeout(options->servers.timeout_ms),
                            consumer->partitions, options->from, &spans, error);
    if (err != ERR_OK)
        return err;
    for (int i = 0; i < consumer->partitions->cnt; i++)
        consumer->partitions->elems[i].offset = spans.places->elems[i].offset;
    console_spans_done(&spans);
    return ERR_OK;
}

static enum err start_reading(struct console_consumer *consumer,
                              const struct console_consumer_options *options, struct error *error)
{
    enum err err = find_places(consumer, options, error);

    if (err != ERR_OK)
        return err;
    consumer->topic = rd_kafka_topic_new(consumer->client, options->topic, NULL);
    consumer->queue = rd_kafka_queue_new(consumer->client);
    for (int i = 0; i < consumer->partitions->cnt; i++) {
        const rd_kafka_topic_partition_t *one = &consumer->partitions->elems[i];

        if (rd_kafka_consume_start_queue(consumer->topic, one->partition, one->offset,
                                         consumer->queue) != 0)
            return console_refuse(error, rd_kafka_last_error(), NULL, "topic '%s'", options->topic);
    }
    return ERR_OK;
}

static enum err join(struct console_consumer *consumer,
                     const struct console_consumer_options *options, struct error *error)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);

    (void)rd_kafka_poll_set_consumer(consumer->client);
    (void)rd_kafka_topic_partition_list_add(topics, options->topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer->client, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return console_refuse(error, code, NULL, "group '%s'", options->group);
    consumer->queue = rd_kafka_queue_get_consumer(consumer->client);
    return ERR_OK;
}

static enum err watch(struct console_consumer *consumer, struct error *error)
{
    static const uint64_t one = 1;

    consumer->ready = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK); /* there may be something already */
    if (consumer->ready < 0)
        return error_set(error, ERR_IO, "cannot make an eventfd: %s",
                         /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
                         strerror(errno));
    rd_kafka_queue_io_event_enable(consumer->queue, consumer->ready, &one, sizeof one);
    return ERR_OK;
}

enum err console_consumer_open(const struct console_consumer_options *options,
                               struct console_consumer **ret_consumer, struct error *error)
{
    struct console_consumer *consumer = NEW(struct console_consumer);

    consumer->has_group = options->group != NULL;
    consumer->ready = -1;
    consumer->partitions = rd_kafka_topic_partition_list_new(1);
    consumer->ended = rd_kafka_topic_partition_list_new(1);
    consumer->taken = rd_kafka_topic_partition_list_new(1);
    enum err err = console_connect(&options->servers, configure(options, consumer),
                                   RD_KAFKA_CONSUMER, &consumer->client, error);
    if (err == ERR_OK)
        err = look_at_topic(consumer, options, error);
    if (err == ERR_OK)
        err = consumer->has_group ? join(consumer, options, error)
                                  : start_reading(consumer, options, error);
    if (err == ERR_OK)
        err = watch(consumer, error);
    if (err == ERR_OK)
        *ret_consumer = consumer;
    else
        console_consumer_close(&consumer);
    return err;
}

/* ---- closing ---- */

static void drop_held(struct console_consumer *consumer)
{
    if (consumer->held != NULL)
        rd_kafka_message_destroy(consumer->held);
    free(consumer->headers);
    consumer->held = NULL;
    consumer->headers = NULL;
}

static void stop(struct console_consumer *consumer)
{
    if (consumer->queue != NULL)
        rd_kafka_queue_io_event_enable(consumer->queue, -1, NULL, 0);
    if (consumer->has_group)
        (void)rd_kafka_consumer_close(consumer->client);
    for (int i = 0; consumer->topic != NULL && i < consumer->partitions->cnt; i++)
        (void)rd_kafka_consume_stop(consumer->topic, consumer->partitions->elems[i].partition);
    if (consumer->queue != NULL)
        rd_kafka_queue_destroy(consumer->queue);
    if (consumer->topic != NULL)
        rd_kafka_topic_destroy(consumer->topic);
    rd_kafka_destroy(consumer->client);
}

void console_consumer_close(struct console_consumer **consumer)
{
    if (*consumer == NULL)
        return;
    drop_held(*consumer);
    if ((*consumer)->client != NULL)
        stop(*consumer);
    if ((*consumer)->ready >= 0)
        (void)close((*consumer)->ready);
    rd_kafka_topic_partition_list_destroy((*consumer)->partitions);
    rd_kafka_topic_partition_list_destroy((*consumer)->ended);
    rd_kafka_topic_partition_list_destroy((*consumer)->taken);
    free(*consumer);
    *consumer = NULL;
}

/* ---- records ---- */

static void take_headers(struct console_consumer *consumer, struct console_record *record)
{
    rd_kafka_headers_t *headers;

    if (rd_kafka_message_headers(consumer->held, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    record->header_count = rd_kafka_header_cnt(headers);
    consumer->headers = NEW_ARRAY(struct console_header, record->header_count);
    record->headers = consumer->headers;
    for (size_t i = 0; i < record->header_count; i++) {
        struct console_header *header = &consumer->headers[i];

        (void)rd_kafka_header_get_all(headers, i, &header->name, &header->value, &header->size);
    }
}

static struct console_record make_record(struct console_consumer *consumer)
{
    const rd_kafka_message_t *message = consumer->held;
    rd_kafka_timestamp_type_t kind;
    int64_t timestamp_ms = rd_kafka_message_timestamp(message, &kind);
    struct console_record record = {
        .topic = rd_kafka_topic_name(message->rkt),
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms = kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp_ms,
        .key = message->key,
        .key_size = message->key_len,
        .value = message->payload,
        .value_size = message->len,
    };

    take_headers(consumer, &record);
    return record;
}

static void note_taken(struct console_consumer *consumer)
{
    const char *topic = rd_kafka_topic_name(consumer->held->rkt);
    int32_t id = consumer->held->partition;
    rd_kafka_topic_partition_t *one =
        rd_kafka_topic_partition_list_find(consumer->taken, topic, id);

    if (one == NULL)
        one = rd_kafka_topic_partition_list_add(consumer->taken, topic, id);
    one->offset = consumer->held->offset + 1;
}

/* ---- ends ---- */

static bool all_in(const rd_kafka_topic_partition_list_t *list,
                   rd_kafka_topic_partition_list_t *others)
{
    for (int i = 0; i < list->cnt; i++) {
        if (rd_kafka_topic_partition_list_find(others, list->elems[i].topic,
                                               list->elems[i].partition) == NULL)
            return false;
    }
    return list->cnt > 0;
}

/* Of a group it is the ends of what this member has that matter. */
static bool has_seen_all(struct console_consumer *consumer)
{
    rd_kafka_topic_partition_list_t *own;

    if (!consumer->has_group)
        return all_in(consumer->partitions, consumer->ended);
    if (rd_kafka_assignment(consumer->client, &own) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    bool all = all_in(own, consumer->ended);
    rd_kafka_topic_partition_list_destroy(own);
    return all;
}

static enum console_event note_end(struct console_consumer *consumer,
                                   const rd_kafka_message_t *message)
{
    const char *topic = rd_kafka_topic_name(message->rkt);

    if (rd_kafka_topic_partition_list_find(consumer->ended, topic, message->partition) == NULL)
        (void)rd_kafka_topic_partition_list_add(consumer->ended, topic, message->partition);
    if (consumer->has_ended || !has_seen_all(consumer))
        return CONSOLE_NOTHING;
    consumer->has_ended = true;
    return CONSOLE_AT_END;
}

/* What goes over by itself is nobody's business. */
static bool is_passing(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
           code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__RESOLVE ||
           code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS ||
           code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
           code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
}

/* Takes the message. */
static enum console_event take_message(struct console_consumer *consumer,
                                       rd_kafka_message_t *message,
                                       struct console_record *ret_record, struct error *error)
{
    enum console_event event = CONSOLE_NOTHING;

    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        consumer->held = message;
        *ret_record = make_record(consumer);
        note_taken(consumer);
        return CONSOLE_RECORD;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        event = note_end(consumer, message);
    } else if (!is_passing(message->err)) {
        (void)console_refuse(error, message->err, rd_kafka_message_errstr(message),
                             "reading failed");
        event = CONSOLE_FAILED;
    }
    rd_kafka_message_destroy(message);
    return event;
}

int console_consumer_fd(const struct console_consumer *consumer)
{
    return consumer->ready;
}

/* Of a group everything comes by the one queue; without, what is not a record comes by another. */
static rd_kafka_message_t *poll_once(struct console_consumer *consumer)
{
    if (consumer->has_group)
        return rd_kafka_consumer_poll(consumer->client, 0);
    (void)rd_kafka_poll(consumer->client, 0);
    return rd_kafka_consume_queue(consumer->queue, 0);
}

/* The queue is looked at once more after the mark is gone: what comes later sets it again. */
static rd_kafka_message_t *poll_next(struct console_consumer *consumer)
{
    rd_kafka_message_t *message = poll_once(consumer);
    uint64_t count;

    if (message != NULL || read(consumer->ready, &count, sizeof count) < 0)
        return message;
    return poll_once(consumer);
}

enum console_event console_consumer_take(struct console_consumer *consumer,
                                         struct console_record *ret_record, struct error *error)
{
    enum console_event event = CONSOLE_NOTHING;
    rd_kafka_message_t *message;

    drop_held(consumer);
    while (event == CONSOLE_NOTHING && (message = poll_next(consumer)) != NULL)
        event = take_message(consumer, message, ret_record, error);
    if (event == CONSOLE_NOTHING && consumer->is_troubled) {
        consumer->is_troubled = false;
        event = CONSOLE_TROUBLE;
    }
    return event;
}

/* A partition that is not ours any more is passed over: somebody else reads it again. */
void console_consumer_keep(struct console_consumer *consumer)
{
    if (consumer->has_group && consumer->taken->cnt > 0)
        (void)rd_kafka_offsets_store(consumer->client, consumer->taken);
    rd_kafka_topic_partition_list_destroy(consumer->taken);
    consumer->taken = rd_kafka_topic_partition_list_new(1);
}
