/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/client/io/console_parts.h"
#include "broker/client/io/reach.h"

enum {
    LIBRARY_TIMEOUT_MAX_MS = 300000, /* what the library accepts for every one of its timeouts */
};

/* ---- errors ---- */

static enum err judge(rd_kafka_resp_err_t code)
{
    /* NOLINTNEXTLINE(clang-diagnostic-switch-enum): the others are all alike */
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
        return ERR_CLOSED;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND:
        return ERR_NOT_FOUND;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
        return ERR_EXISTS;
    case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC:
        return ERR_CONFLICT;
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
        return ERR_INVALID;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        return ERR_DENIED;
    default:
        return ERR_IO;
    }
}

const char *console_words(rd_kafka_resp_err_t code)
{
    const char *words = rd_kafka_err2str(code);
    const char *colon = strstr(words, ": ");

    return colon == NULL ? words : colon + 2;
}

enum err console_refuse(struct error *error, rd_kafka_resp_err_t code, const char *words,
                        const char *format, ...)
{
    char what[ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(error, judge(code), "%s: %s", what,
                     words == NULL || words[0] == '\0' ? console_words(code) : words);
}

/* ---- clients ---- */

int console_timeout(uint64_t timeout_ms)
{
    return timeout_ms > LIBRARY_TIMEOUT_MAX_MS ? LIBRARY_TIMEOUT_MAX_MS : (int)timeout_ms;
}

rd_kafka_conf_t *console_conf(const struct console_property *properties, size_t count)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[ERROR_TEXT_MAX];

    for (size_t i = 0; i < count; i++) {
        bool is_set = rd_kafka_conf_set(conf, properties[i].key, properties[i].value, text,
                                        sizeof text) == RD_KAFKA_CONF_OK;
        ASSERT(is_set);
    }
    return conf;
}

enum err console_connect(const struct console_servers *servers, rd_kafka_conf_t *conf,
                         rd_kafka_type_t type, rd_kafka_t **ret_client, struct error *error)
{
    char text[ERROR_TEXT_MAX];

    enum err err = reach_any(servers->brokers, servers->timeout_ms, error);
    if (err == ERR_OK &&
        (rd_kafka_conf_set(conf, "bootstrap.servers", servers->brokers, text, sizeof text) !=
             RD_KAFKA_CONF_OK ||
         rd_kafka_conf_set(conf, "client.id", "gale", text, sizeof text) != RD_KAFKA_CONF_OK))
        err = error_set(error, ERR_INVALID, "%s", text);
    rd_kafka_conf_set_log_cb(conf, NULL); /* what matters comes back as an error */
    rd_kafka_t *client = err == ERR_OK ? rd_kafka_new(type, conf, text, sizeof text) : NULL;
    if (client != NULL) {
        *ret_client = client;
        return ERR_OK;
    }
    rd_kafka_conf_destroy(conf);
    return err == ERR_OK ? error_set(error, ERR_IO, "cannot start the client: %s", text) : err;
}

/* ---- what is there ---- */

enum err console_metadata(rd_kafka_t *client, int timeout_ms,
                          const rd_kafka_metadata_t **ret_metadata, struct error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_metadata(client, 1, NULL, ret_metadata, timeout_ms);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return ERR_OK;
    return console_refuse(error, code, NULL, "no broker says which topics there are");
}

enum err console_topic(const rd_kafka_metadata_t *metadata, const char *topic,
                       const rd_kafka_metadata_topic_t **ret_topic, struct error *error)
{
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const rd_kafka_metadata_topic_t *one = &metadata->topics[i];

        if (strcmp(one->topic, topic) != 0)
            continue;
        if (one->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            return console_refuse(error, one->err, NULL, "topic '%s'", topic);
        *ret_topic = one;
        return ERR_OK;
    }
    return error_set(error, ERR_NOT_FOUND, "there is no topic '%s'", topic);
}

enum err console_offsets(rd_kafka_t *client, int timeout_ms, rd_kafka_topic_partition_list_t *list,
                         struct error *error)
{
    if (list->cnt == 0)
        return ERR_OK;
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client, list, timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return console_refuse(error, code, NULL, "no broker says which offsets there are");
    for (int i = 0; i < list->cnt; i++) {
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR || list->elems[i].offset < 0)
            list->elems[i].offset = -1;
    }
    return ERR_OK;
}

/* ---- places ---- */

static int64_t within(int64_t offset, int64_t first, int64_t end)
{
    if (offset < first)
        return first;
    return offset > end ? end : offset;
}

static int64_t place_in(struct console_place place, int64_t first, int64_t end, int64_t at_time)
{
    switch (place.kind) {
    case CONSOLE_PLACE_LATEST:
        return end;
    case CONSOLE_PLACE_EARLIEST:
        return first;
    case CONSOLE_PLACE_OFFSET:
        return within(place.value, first, end);
    case CONSOLE_PLACE_LAST:
        return place.value > end - first ? first : end - place.value;
    case CONSOLE_PLACE_TIME:
        return at_time < 0 ? end : within(at_time, first, end);
    }
    UNREACHABLE();
}

rd_kafka_topic_partition_list_t *console_copy_list(const rd_kafka_topic_partition_list_t *list,
                                                   int64_t offset)
{
    rd_kafka_topic_partition_list_t *copy = rd_kafka_topic_partition_list_copy(list);

    for (int i = 0; i < copy->cnt; i++)
        copy->elems[i].offset = offset;
    return copy;
}

void console_spans_done(struct console_spans *spans)
{
    rd_kafka_topic_partition_list_destroy(spans->first);
    rd_kafka_topic_partition_list_destroy(spans->end);
    rd_kafka_topic_partition_list_destroy(spans->places);
}

static enum err put_places(struct console_spans *spans, struct console_place place,
                           struct error *error)
{
    for (int i = 0; i < spans->places->cnt; i++) {
        rd_kafka_topic_partition_t *one = &spans->places->elems[i];

        if (spans->first->elems[i].offset < 0 || spans->end->elems[i].offset < 0)
            return error_set(error, ERR_IO, "partition %" PRId32 " of '%s': no broker leads it",
                             one->partition, one->topic);
        one->offset = place_in(place, spans->first->elems[i].offset, spans->end->elems[i].offset,
                               one->offset);
    }
    return ERR_OK;
}

enum err console_find_places(rd_kafka_t *client, int timeout_ms,
                             const rd_kafka_topic_partition_list_t *list,
                             struct console_place place, struct console_spans *ret_spans,
                             struct error *error)
{
    struct console_spans spans = {.first = console_copy_list(list, RD_KAFKA_OFFSET_BEGINNING),
                                  .end = console_copy_list(list, RD_KAFKA_OFFSET_END),
                                  .places = console_copy_list(list, place.value)};

    enum err err = console_offsets(client, timeout_ms, spans.first, error);
    if (err == ERR_OK)
        err = console_offsets(client, timeout_ms, spans.end, error);
    if (err == ERR_OK && place.kind == CONSOLE_PLACE_TIME)
        err = console_offsets(client, timeout_ms, spans.places, error);
    if (err == ERR_OK)
        err = put_places(&spans, place, error);
    if (err == ERR_OK)
        *ret_spans = spans;
    else
        console_spans_done(&spans);
    return err;
}

/* ---- opening ---- */

static void close_console(struct console **console)
{
    if (*console == NULL)
        return;
    rd_kafka_queue_destroy((*console)->answers);
    rd_kafka_destroy((*console)->client);
    free(*console);
    *console = NULL;
}

static enum err open_console(const struct console_servers *servers, struct console **ret_console,
                             struct error *error)
{
    rd_kafka_t *client;

    enum err err =
        console_connect(servers, console_conf(NULL, 0), RD_KAFKA_PRODUCER, &client, error);
    if (err != ERR_OK)
        return err;
    struct console *console = NEW(struct console);
    console->client = client;
    console->answers = rd_kafka_queue_new(client);
    console->timeout_ms = console_timeout(servers->timeout_ms);
    *ret_console = console;
    return ERR_OK;
}

const struct log_console log_console = {
    .open = open_console,
    .close = close_console,
    .list_topics = admin_list_topics,
    .describe_topic = admin_describe_topic,
    .create_topic = admin_create_topic,
    .delete_topic = admin_delete_topic,
    .add_partitions = admin_add_partitions,
    .alter_configs = admin_alter_configs,
    .list_groups = admin_list_groups,
    .describe_group = admin_describe_group,
    .delete_group = admin_delete_group,
    .find_places = admin_find_places,
    .alter_offsets = admin_alter_offsets,
    .open_producer = console_producer_open,
    .produce = console_producer_put,
    .turn_producer = console_producer_turn,
    .close_producer = console_producer_close,
    .open_consumer = console_consumer_open,
    .consumer_fd = console_consumer_fd,
    .take = console_consumer_take,
    .keep = console_consumer_keep,
    .close_consumer = console_consumer_close,
};
