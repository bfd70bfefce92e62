/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "net/address.h"
#include "wire/broker_schema.h"
#include "wire/cluster.h"

enum {
    OFFSET_METADATA_MAX = 4096,
};

/* The value in force: that of the settings, or the table's. */
static const char *value_of(const struct settings *settings, const char *key)
{
    const struct setting *setting = settings_find(settings, key);

    if (setting != NULL)
        return setting->value;
    struct setting_table table;
    table.specs = broker_schema_specs(&table.count);
    const struct setting_spec *spec = setting_table_find(&table, key);
    ASSERT(spec != NULL);
    return spec->fallback;
}

static const char *origin_of(const struct settings *settings, const char *key)
{
    const struct setting *setting = settings_find(settings, key);

    return setting == NULL ? "default" : setting->origin;
}

/* These were checked before: parsing cannot fail. */
static uint64_t number_of(const struct settings *settings, const char *key)
{
    uint64_t value = 0;
    bool good = setting_parse_u64(value_of(settings, key), &value);

    ASSERT(good);
    return value;
}

static uint64_t bytes_of(const struct settings *settings, const char *key)
{
    uint64_t value = 0;
    bool good = setting_parse_bytes(value_of(settings, key), &value);

    ASSERT(good);
    return value;
}

static uint64_t ms_of(const struct settings *settings, const char *key)
{
    double value_s = 0;
    bool good = setting_parse_duration_s(value_of(settings, key), &value_s);

    ASSERT(good);
    return (uint64_t)(value_s * 1000.0 + 0.5);
}

static bool truth_of(const struct settings *settings, const char *key)
{
    return strcmp(value_of(settings, key), "true") == 0;
}

/* A name may be any address, but for the one that everybody has. */
static bool is_loopback(const char *host)
{
    bool is_numeric = host[strspn(host, "0123456789.")] == '\0';

    return (is_numeric && strncmp(host, "127.", 4) == 0) || strcmp(host, "localhost") == 0 ||
           strcmp(host, "::1") == 0;
}

static enum err check_listen(const struct settings *settings, struct error *error)
{
    const char *listen = value_of(settings, "broker.listen");
    const char *origin = origin_of(settings, "broker.listen");
    struct address address;

    if (address_parse(listen, &address, error) != ERR_OK)
        return error == NULL ? ERR_INVALID : error_wrap(error, "%s", origin);
    if (is_loopback(address.host) || truth_of(settings, "broker.public"))
        return ERR_OK;
    return error_set(error, ERR_DENIED,
                     "%s: broker.listen is '%s', which other machines may reach: they could read, "
                     "write and delete all topics, and nothing is encrypted; if that is meant, set "
                     "broker.public=true",
                     origin, listen);
}

static enum err check_advertised(const struct settings *settings, struct error *error)
{
    const char *advertised = value_of(settings, "broker.advertised");
    struct address address;

    if (advertised[0] == '\0' || address_parse(advertised, &address, error) == ERR_OK)
        return ERR_OK;
    return error == NULL ? ERR_INVALID
                         : error_wrap(error, "%s", origin_of(settings, "broker.advertised"));
}

/* A whole number from -1, which means no limit. */
static enum err read_limit(const struct settings *settings, const char *key, int64_t *ret_value,
                           struct error *error)
{
    const char *text = value_of(settings, key);
    char *end = NULL;

    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && value >= -1) {
        *ret_value = value;
        return ERR_OK;
    }
    return error_set(error, ERR_INVALID,
                     "%s: setting '%s' is '%s', but must be a whole number, or -1 for no limit",
                     origin_of(settings, key), key, text);
}

static enum err read_level(const struct settings *settings, uint32_t *ret_level,
                           struct error *error)
{
    const char *level = value_of(settings, "broker.log.level");

    if (setting_parse_log_level(level, ret_level))
        return ERR_OK;
    return error_set(
        error, ERR_INVALID,
        "%s: setting 'broker.log.level' is '%s', but must be debug, info, warn or error",
        origin_of(settings, "broker.log.level"), level);
}

static enum err read_flush(const struct settings *settings, bool *ret_always, struct error *error)
{
    const char *flush = value_of(settings, "log.flush");

    if (strcmp(flush, "always") == 0 || strcmp(flush, "interval") == 0) {
        *ret_always = flush[0] == 'a';
        return ERR_OK;
    }
    return error_set(error, ERR_INVALID,
                     "%s: setting 'log.flush' is '%s', but must be always or interval",
                     origin_of(settings, "log.flush"), flush);
}

static enum err check_sessions(const struct settings *settings, struct error *error)
{
    if (number_of(settings, "broker.group.session.min.ms") <=
        number_of(settings, "broker.group.session.max.ms"))
        return ERR_OK;
    return error_set(
        error, ERR_INVALID,
        "broker.group.session.min.ms (%s) is larger than broker.group.session.max.ms (%s)",
        origin_of(settings, "broker.group.session.min.ms"),
        origin_of(settings, "broker.group.session.max.ms"));
}

/* What one may write one must be able to send. */
static enum err check_sizes(const struct settings *settings, struct error *error)
{
    uint64_t request = bytes_of(settings, "broker.request.bytes.max");
    uint64_t inflight = bytes_of(settings, "broker.inflight.bytes.max");

    if (inflight >= request)
        return ERR_OK;
    return error_set(error, ERR_INVALID,
                     "broker.inflight.bytes.max is %llu (%s), but must not be below "
                     "broker.request.bytes.max, which is %llu (%s)",
                     (unsigned long long)inflight, origin_of(settings, "broker.inflight.bytes.max"),
                     (unsigned long long)request, origin_of(settings, "broker.request.bytes.max"));
}

/* The file may be that of the whole cluster: keys of the other programs are checked, too, and not
 * read. */
static enum err check_all(const struct settings *settings, struct error *error)
{
    struct setting_table tables[CLUSTER_TABLES];

    cluster_tables(tables);
    return settings_check_tables(settings, tables, CLUSTER_TABLES, error);
}

static enum err check(const struct settings *settings, struct error *error)
{
    enum err err = check_all(settings, error);

    if (err == ERR_OK)
        err = check_listen(settings, error);
    if (err == ERR_OK)
        err = check_advertised(settings, error);
    if (err == ERR_OK)
        err = check_sessions(settings, error);
    if (err == ERR_OK)
        err = check_sizes(settings, error);
    return err;
}

static enum err read_partition(const struct settings *settings, struct partition_options *partition,
                               struct error *error)
{
    enum err err = read_limit(settings, "log.retention.ms", &partition->retention_ms, error);

    if (err == ERR_OK)
        err = read_limit(settings, "log.retention.bytes", &partition->retention_bytes, error);
    if (err == ERR_OK)
        err = read_flush(settings, &partition->flush_always, error);
    partition->segment_bytes = bytes_of(settings, "log.segment.bytes");
    partition->segment_ms = number_of(settings, "log.segment.ms");
    partition->index_interval_bytes = (uint32_t)bytes_of(settings, "log.index.interval.bytes");
    partition->batch_bytes_max = (uint32_t)bytes_of(settings, "log.message.bytes.max");
    partition->deletes = true;
    partition->delete_retention_ms = number_of(settings, "log.delete.retention.ms");
    partition->dirty_ratio = 0.5;
    partition->clean_bytes_max = bytes_of(settings, "log.cleaner.bytes.max");
    partition->preallocates = true;
    partition->producers_max = (uint32_t)number_of(settings, "broker.producers.max");
    partition->producer_expiry_ms = ms_of(settings, "broker.producer.expiry.secs");
    return err;
}

static void read_limits(const struct settings *settings, struct broker_options *options)
{
    options->connections_max = (size_t)number_of(settings, "broker.connections.max");
    options->idle_max_ms = ms_of(settings, "broker.connections.idle.secs");
    options->request_bytes_max = (size_t)bytes_of(settings, "broker.request.bytes.max");
    options->stall_max_ms = ms_of(settings, "broker.request.stall.secs");
    options->inflight_bytes_max = bytes_of(settings, "broker.inflight.bytes.max");
    options->inflight_requests_max = (uint32_t)number_of(settings, "broker.inflight.requests.max");
    options->fetch_bytes_max = (size_t)bytes_of(settings, "broker.fetch.bytes.max");
    options->disk_free_min = bytes_of(settings, "broker.disk.free.min");
    options->files_max = (uint32_t)number_of(settings, "broker.files.max");
    options->topics_max = (uint32_t)number_of(settings, "broker.topics.max");
    options->partitions_max = (uint32_t)number_of(settings, "broker.partitions.max");
}

static struct groups_options read_groups(const struct settings *settings)
{
    return (struct groups_options){
        .session_min_ms = number_of(settings, "broker.group.session.min.ms"),
        .session_max_ms = number_of(settings, "broker.group.session.max.ms"),
        .initial_delay_ms = number_of(settings, "broker.group.initial.rebalance.delay.ms"),
        .offsets_retention_ms = ms_of(settings, "broker.group.offsets.retention.secs"),
        .groups_max = (uint32_t)number_of(settings, "broker.group.count.max"),
        .members_max = (uint32_t)number_of(settings, "broker.group.members.max"),
        .offsets_max = (uint32_t)number_of(settings, "broker.group.offsets.max"),
        .metadata_bytes_max = OFFSET_METADATA_MAX,
    };
}

enum err broker_options_make(const struct settings *settings, struct broker_options *ret_options,
                             struct error *error)
{
    struct broker_options options = {0};
    enum err err = check(settings, error);

    if (err == ERR_OK)
        err = read_level(settings, &options.log_level, error);
    if (err == ERR_OK)
        err = read_partition(settings, &options.partition, error);
    if (err != ERR_OK)
        return err;
    read_limits(settings, &options);
    options.groups = read_groups(settings);
    options.listen = value_of(settings, "broker.listen");
    options.advertised = value_of(settings, "broker.advertised");
    options.data = value_of(settings, "broker.data");
    options.id = (int32_t)number_of(settings, "broker.id");
    options.registers = truth_of(settings, "broker.register");
    options.topic_partitions = (uint32_t)number_of(settings, "log.partitions");
    options.auto_creates = truth_of(settings, "log.auto.create.topics");
    options.retention_check_ms = ms_of(settings, "log.retention.check.secs");
    options.flush_ms = number_of(settings, "log.flush.ms");
    options.flush_bytes = bytes_of(settings, "log.flush.bytes");
    options.cleaner_check_ms = ms_of(settings, "log.cleaner.check.secs");
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
