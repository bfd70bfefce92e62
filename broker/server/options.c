/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/settings_values.h"
#include "net/address.h"
#include "wire/broker_schema.h"
#include "wire/cluster.h"

enum {
    OFFSET_METADATA_MAX = 4096,
};

static enum err check_listen(const struct settings_values *values, struct error *error)
{
    const char *listen = settings_text(values, "broker.listen");
    const char *origin = settings_origin(values, "broker.listen");
    struct address address;

    if (address_parse(listen, &address, error) != ERR_OK)
        return error == NULL ? ERR_INVALID : error_wrap(error, "%s", origin);
    if (address_is_loopback(address.host) || settings_truth(values, "broker.public"))
        return ERR_OK;
    return error_set(error, ERR_DENIED,
                     "%s: broker.listen is '%s', which other machines may reach: they could read, "
                     "write and delete all topics, and nothing is encrypted; if that is meant, set "
                     "broker.public=true",
                     origin, listen);
}

static enum err check_advertised(const struct settings_values *values, struct error *error)
{
    const char *advertised = settings_text(values, "broker.advertised");
    struct address address;

    if (advertised[0] == '\0' || address_parse(advertised, &address, error) == ERR_OK)
        return ERR_OK;
    return error == NULL ? ERR_INVALID
                         : error_wrap(error, "%s", settings_origin(values, "broker.advertised"));
}

/* A whole number from -1, which means no limit. */
static enum err read_limit(const struct settings_values *values, const char *key,
                           int64_t *ret_value, struct error *error)
{
    const char *text = settings_text(values, key);
    char *end = NULL;

    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && value >= -1) {
        *ret_value = value;
        return ERR_OK;
    }
    return error_set(error, ERR_INVALID,
                     "%s: setting '%s' is '%s', but must be a whole number, or -1 for no limit",
                     settings_origin(values, key), key, text);
}

static enum err read_flush(const struct settings_values *values, bool *ret_always,
                           struct error *error)
{
    const char *flush = settings_text(values, "log.flush");

    if (strcmp(flush, "always") == 0 || strcmp(flush, "interval") == 0) {
        *ret_always = flush[0] == 'a';
        return ERR_OK;
    }
    return error_set(error, ERR_INVALID,
                     "%s: setting 'log.flush' is '%s', but must be always or interval",
                     settings_origin(values, "log.flush"), flush);
}

static enum err check_sessions(const struct settings_values *values, struct error *error)
{
    if (settings_u64(values, "broker.group.session.min.ms") <=
        settings_u64(values, "broker.group.session.max.ms"))
        return ERR_OK;
    return error_set(
        error, ERR_INVALID,
        "broker.group.session.min.ms (%s) is larger than broker.group.session.max.ms (%s)",
        settings_origin(values, "broker.group.session.min.ms"),
        settings_origin(values, "broker.group.session.max.ms"));
}

/* What one may write one must be able to send. */
static enum err check_sizes(const struct settings_values *values, struct error *error)
{
    uint64_t request = settings_bytes(values, "broker.request.bytes.max");
    uint64_t inflight = settings_bytes(values, "broker.inflight.bytes.max");

    if (inflight >= request)
        return ERR_OK;
    return error_set(
        error, ERR_INVALID,
        "broker.inflight.bytes.max is %llu (%s), but must not be below "
        "broker.request.bytes.max, which is %llu (%s)",
        (unsigned long long)inflight, settings_origin(values, "broker.inflight.bytes.max"),
        (unsigned long long)request, settings_origin(values, "broker.request.bytes.max"));
}

/* The file may be that of the whole cluster: keys of the other programs are checked, too, and not
 * read. */
static enum err check_all(const struct settings_values *values, struct error *error)
{
    struct setting_table tables[CLUSTER_TABLES];

    cluster_tables(tables);
    return settings_check_tables(values->settings, tables, CLUSTER_TABLES, error);
}

static enum err check(const struct settings_values *values, struct error *error)
{
    enum err err = check_all(values, error);

    if (err == ERR_OK)
        err = check_listen(values, error);
    if (err == ERR_OK)
        err = check_advertised(values, error);
    if (err == ERR_OK)
        err = check_sessions(values, error);
    if (err == ERR_OK)
        err = check_sizes(values, error);
    return err;
}

static enum err read_partition(const struct settings_values *values,
                               struct partition_options *partition, struct error *error)
{
    enum err err = read_limit(values, "log.retention.ms", &partition->retention_ms, error);

    if (err == ERR_OK)
        err = read_limit(values, "log.retention.bytes", &partition->retention_bytes, error);
    if (err == ERR_OK)
        err = read_flush(values, &partition->flush_always, error);
    partition->segment_bytes = settings_bytes(values, "log.segment.bytes");
    partition->segment_ms = settings_u64(values, "log.segment.ms");
    partition->index_interval_bytes = (uint32_t)settings_bytes(values, "log.index.interval.bytes");
    partition->batch_bytes_max = (uint32_t)settings_bytes(values, "log.message.bytes.max");
    partition->deletes = true;
    partition->delete_retention_ms = settings_u64(values, "log.delete.retention.ms");
    partition->dirty_ratio = 0.5;
    partition->clean_bytes_max = settings_bytes(values, "log.cleaner.bytes.max");
    partition->preallocates = true;
    partition->producers_max = (uint32_t)settings_u64(values, "broker.producers.max");
    partition->producer_expiry_ms = settings_ms(values, "broker.producer.expiry.secs");
    return err;
}

static void read_limits(const struct settings_values *values, struct broker_options *options)
{
    options->connections_max = (size_t)settings_u64(values, "broker.connections.max");
    options->idle_max_ms = settings_ms(values, "broker.connections.idle.secs");
    options->request_bytes_max = (size_t)settings_bytes(values, "broker.request.bytes.max");
    options->stall_max_ms = settings_ms(values, "broker.request.stall.secs");
    options->inflight_bytes_max = settings_bytes(values, "broker.inflight.bytes.max");
    options->inflight_requests_max = (uint32_t)settings_u64(values, "broker.inflight.requests.max");
    options->fetch_bytes_max = (size_t)settings_bytes(values, "broker.fetch.bytes.max");
    options->disk_free_min = settings_bytes(values, "broker.disk.free.min");
    options->files_max = (uint32_t)settings_u64(values, "broker.files.max");
    options->topics_max = (uint32_t)settings_u64(values, "broker.topics.max");
    options->partitions_max = (uint32_t)settings_u64(values, "broker.partitions.max");
}

static struct groups_options read_groups(const struct settings_values *values)
{
    return (struct groups_options){
        .session_min_ms = settings_u64(values, "broker.group.session.min.ms"),
        .session_max_ms = settings_u64(values, "broker.group.session.max.ms"),
        .initial_delay_ms = settings_u64(values, "broker.group.initial.rebalance.delay.ms"),
        .offsets_retention_ms = settings_ms(values, "broker.group.offsets.retention.secs"),
        .groups_max = (uint32_t)settings_u64(values, "broker.group.count.max"),
        .members_max = (uint32_t)settings_u64(values, "broker.group.members.max"),
        .offsets_max = (uint32_t)settings_u64(values, "broker.group.offsets.max"),
        .metadata_bytes_max = OFFSET_METADATA_MAX,
    };
}

enum err broker_options_make(const struct settings *settings, struct broker_options *ret_options,
                             struct error *error)
{
    struct settings_values values = {.settings = settings};
    struct broker_options options = {0};

    values.table.specs = broker_schema_specs(&values.table.count);
    enum err err = check(&values, error);

    if (err == ERR_OK)
        err = settings_log_level(&values, "broker.log.level", &options.log_level, error);
    if (err == ERR_OK)
        err = read_partition(&values, &options.partition, error);
    if (err != ERR_OK)
        return err;
    read_limits(&values, &options);
    options.groups = read_groups(&values);
    options.listen = settings_text(&values, "broker.listen");
    options.advertised = settings_text(&values, "broker.advertised");
    options.data = settings_text(&values, "broker.data");
    options.id = (int32_t)settings_u64(&values, "broker.id");
    options.registers = settings_truth(&values, "broker.register");
    options.topic_partitions = (uint32_t)settings_u64(&values, "log.partitions");
    options.auto_creates = settings_truth(&values, "log.auto.create.topics");
    options.retention_check_ms = settings_ms(&values, "log.retention.check.secs");
    options.flush_ms = settings_u64(&values, "log.flush.ms");
    options.flush_bytes = settings_bytes(&values, "log.flush.bytes");
    options.cleaner_check_ms = settings_ms(&values, "log.cleaner.check.secs");
    *ret_options = options;
    return ERR_OK;
}

struct topic_settings broker_options_topic(const struct broker_options *options)
{
    struct topic_settings settings = topic_settings_builtin();
    const struct partition_options *partition = &options->partition;

    settings.values[TOPIC_KEY_DELETE_RETENTION_MS].whole = (int64_t)partition->delete_retention_ms;
    if (partition->flush_always)
        settings.values[TOPIC_KEY_FLUSH_MESSAGES].whole = 1;
    settings.values[TOPIC_KEY_FLUSH_MS].whole = (int64_t)options->flush_ms;
    settings.values[TOPIC_KEY_INDEX_INTERVAL_BYTES].whole = partition->index_interval_bytes;
    settings.values[TOPIC_KEY_MAX_MESSAGE_BYTES].whole = partition->batch_bytes_max;
    settings.values[TOPIC_KEY_PREALLOCATE].whole = partition->preallocates;
    settings.values[TOPIC_KEY_RETENTION_BYTES].whole = partition->retention_bytes;
    settings.values[TOPIC_KEY_RETENTION_MS].whole = partition->retention_ms;
    settings.values[TOPIC_KEY_SEGMENT_BYTES].whole = (int64_t)partition->segment_bytes;
    settings.values[TOPIC_KEY_SEGMENT_MS].whole = (int64_t)partition->segment_ms;
    return settings;
}
