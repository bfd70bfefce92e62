/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/topic_config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/nearest.h"

enum {
    SHOWN_MAX = 64, /* bytes of a client's text in an error */
    ALWAYS = 1,     /* flush.messages: what a write waits for */
};

static const char *const policies[] = {"delete", "compact", NULL};
static const char *const codecs[] = {"producer", NULL};
static const char *const timestamps[] = {"CreateTime", "LogAppendTime", NULL};

static const struct topic_key_spec specs[TOPIC_KEYS] = {
    [TOPIC_KEY_CLEANUP_POLICY] = {"cleanup.policy", "log.cleanup.policy", TOPIC_KIND_LIST, 0, 0,
                                  policies, .builtin.whole = TOPIC_DELETES,
                                  "delete: what is beyond the retention goes; compact: the last "
                                  "record of each key stays; both may be given"},
    [TOPIC_KEY_COMPRESSION_TYPE] = {"compression.type", "compression.type", TOPIC_KIND_WORD, 0, 0,
                                    codecs, .builtin.whole = 0,
                                    "producer: batches are kept as they were compressed by who "
                                    "sent them"},
    [TOPIC_KEY_DELETE_RETENTION_MS] = {"delete.retention.ms", "log.cleaner.delete.retention.ms",
                                       TOPIC_KIND_LONG, 0, INT64_MAX, NULL,
                                       .builtin.whole = 86400000,
                                       "a compacted topic keeps deletions for so long"},
    [TOPIC_KEY_FLUSH_MESSAGES] = {"flush.messages", "log.flush.interval.messages", TOPIC_KIND_LONG,
                                  1, INT64_MAX, NULL, .builtin.whole = INT64_MAX,
                                  "so many records are put on the disk together at the latest; "
                                  "1: a write is answered when it is there"},
    [TOPIC_KEY_FLUSH_MS] = {"flush.ms", "log.flush.interval.ms", TOPIC_KIND_LONG, 0, INT64_MAX,
                            NULL, .builtin.whole = 1000,
                            "what was written is put on the disk after this at the latest"},
    [TOPIC_KEY_INDEX_INTERVAL_BYTES] = {"index.interval.bytes", "log.index.interval.bytes",
                                        TOPIC_KIND_INT, 0, INT32_MAX, NULL, .builtin.whole = 4096,
                                        "so much log lies between two entries of an index"},
    [TOPIC_KEY_MAX_MESSAGE_BYTES] = {"max.message.bytes", "message.max.bytes", TOPIC_KIND_INT, 1,
                                     INT32_MAX, NULL, .builtin.whole = 1048588,
                                     "largest batch of records"},
    [TOPIC_KEY_MESSAGE_TIMESTAMP_TYPE] = {"message.timestamp.type", "log.message.timestamp.type",
                                          TOPIC_KIND_WORD, 0, 0, timestamps, .builtin.whole = 0,
                                          "CreateTime: records have the time that their producer "
                                          "gave; LogAppendTime: the broker's"},
    [TOPIC_KEY_MIN_CLEANABLE_DIRTY_RATIO] = {"min.cleanable.dirty.ratio",
                                             "log.cleaner.min.cleanable.ratio", TOPIC_KIND_DOUBLE,
                                             0, 1, NULL, .builtin.real = 0.5,
                                             "a compaction begins when so much of the log was "
                                             "written since the last one"},
    [TOPIC_KEY_MIN_COMPACTION_LAG_MS] = {"min.compaction.lag.ms",
                                         "log.cleaner.min.compaction.lag.ms", TOPIC_KIND_LONG, 0,
                                         INT64_MAX, NULL, .builtin.whole = 0,
                                         "younger records are not compacted"},
    [TOPIC_KEY_MIN_INSYNC_REPLICAS] = {"min.insync.replicas", "min.insync.replicas", TOPIC_KIND_INT,
                                       1, 1, NULL, .builtin.whole = 1,
                                       "copies that acks=all waits for; there is one"},
    [TOPIC_KEY_PREALLOCATE] = {"preallocate", "log.preallocate", TOPIC_KIND_BOOL, 0, 1, NULL,
                               .builtin.whole = 1,
                               "room for a segment is reserved ahead of its end"},
    [TOPIC_KEY_RETENTION_BYTES] = {"retention.bytes", "log.retention.bytes", TOPIC_KIND_LONG, -1,
                                   INT64_MAX, NULL, .builtin.whole = -1,
                                   "oldest segments go while a partition is larger; -1: never"},
    [TOPIC_KEY_RETENTION_MS] = {"retention.ms", "log.retention.ms", TOPIC_KIND_LONG, -1, INT64_MAX,
                                NULL, .builtin.whole = 604800000,
                                "segments whose records are all older are deleted; -1: never"},
    [TOPIC_KEY_SEGMENT_BYTES] = {"segment.bytes", "log.segment.bytes", TOPIC_KIND_INT, 1024,
                                 INT32_MAX, NULL, .builtin.whole = 1 << 30, "size of a segment"},
    [TOPIC_KEY_SEGMENT_MS] = {"segment.ms", "log.roll.ms", TOPIC_KIND_LONG, 1, INT64_MAX, NULL,
                              .builtin.whole = 604800000, "time that a segment covers at most"},
};

/* Settings of Kafka's topics that nothing here would heed: better refused by name than taken and forgotten. */
static const char *const unheeded[] = {
    "file.delete.delay.ms",
    "follower.replication.throttled.replicas",
    "leader.replication.throttled.replicas",
    "local.retention.bytes",
    "local.retention.ms",
    "max.compaction.lag.ms",
    "message.downconversion.enable",
    "message.format.version",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "message.timestamp.difference.max.ms",
    "remote.storage.enable",
    "segment.index.bytes",
    "segment.jitter.ms",
    "unclean.leader.election.enable",
};

const struct topic_key_spec *topic_key_spec(enum topic_key key)
{
    ASSERT((int)key >= 0 && key < TOPIC_KEYS);
    return &specs[key];
}

/* ---- texts of clients ---- */

struct shown {
    char text[SHOWN_MAX + 4];
};

/* Printable, and short. */
static struct shown show(struct kafka_string text)
{
    struct shown shown = {.text = ""};
    int32_t length = text.length < SHOWN_MAX ? text.length : SHOWN_MAX;

    for (int32_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        shown.text[i] = c < 0x20 || c > 0x7e ? '?' : (char)c;
    }
    if (text.length > SHOWN_MAX)
        memcpy(shown.text + SHOWN_MAX, "...", 4);
    return shown;
}

static struct kafka_string trim(struct kafka_string text)
{
    while (text.length > 0 && isspace((unsigned char)text.data[0]) != 0) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && isspace((unsigned char)text.data[text.length - 1]) != 0)
        text.length--;
    return text;
}

static bool equals(struct kafka_string text, const char *word)
{
    size_t length = strlen(word);

    return text.length >= 0 && (size_t)text.length == length &&
           memcmp(text.data, word, length) == 0;
}

static bool equals_in_any_case(struct kafka_string text, const char *word)
{
    if (text.length < 0 || (size_t)text.length != strlen(word))
        return false;
    for (int32_t i = 0; i < text.length; i++) {
        if (tolower((unsigned char)text.data[i]) != word[i])
            return false;
    }
    return true;
}

/* ---- keys ---- */

static const char *nearest_key(const char *name)
{
    const char *names[TOPIC_KEYS];

    for (size_t i = 0; i < TOPIC_KEYS; i++)
        names[i] = specs[i].name;
    return nearest(name, names, TOPIC_KEYS);
}

static void refuse_key(struct kafka_string name, struct error *error)
{
    struct shown shown = show(name);
    const char *meant = nearest_key(shown.text);

    for (size_t i = 0; i < COUNT_OF(unheeded); i++) {
        if (equals(name, unheeded[i])) {
            (void)error_set(error, ERR_UNSUPPORTED,
                            "this broker does not heed the topic setting '%s': leave it out",
                            unheeded[i]);
            return;
        }
    }
    if (meant == NULL)
        (void)error_set(error, ERR_NOT_FOUND, "unknown topic setting '%s'", shown.text);
    else
        (void)error_set(error, ERR_NOT_FOUND, "unknown topic setting '%s'; did you mean '%s'?",
                        shown.text, meant);
}

bool topic_key_find(struct kafka_string name, enum topic_key *ret_key, struct error *error)
{
    for (size_t i = 0; i < TOPIC_KEYS; i++) {
        if (equals(name, specs[i].name)) {
            *ret_key = (enum topic_key)i;
            return true;
        }
    }
    refuse_key(name, error);
    return false;
}

struct topic_settings topic_settings_builtin(void)
{
    struct topic_settings settings;

    for (size_t i = 0; i < TOPIC_KEYS; i++)
        settings.values[i] = specs[i].builtin;
    return settings;
}

/* ---- reading values ---- */

static enum err refuse_value(const struct topic_key_spec *spec, struct kafka_string text,
                             const char *rule, struct error *error)
{
    if (text.length == KAFKA_NULL)
        return error_set(error, ERR_INVALID, "topic setting '%s' has no value, but must be %s",
                         spec->name, rule);
    return error_set(error, ERR_INVALID, "topic setting '%s' is '%s', but must be %s", spec->name,
                     show(text).text, rule);
}

static enum err refuse_number(const struct topic_key_spec *spec, struct kafka_string text,
                              struct error *error)
{
    const char *kind = spec->kind == TOPIC_KIND_DOUBLE ? "a number" : "a whole number";
    char rule[96];

    if (spec->min == spec->max)
        (void)snprintf(rule, sizeof rule, "%" PRId64, spec->min);
    else
        (void)snprintf(rule, sizeof rule, "%s from %" PRId64 " to %" PRId64, kind, spec->min,
                       spec->max);
    return refuse_value(spec, text, rule, error);
}

static enum err refuse_word(const struct topic_key_spec *spec, struct kafka_string text,
                            struct error *error)
{
    char rule[96];
    size_t used = 0;

    for (size_t i = 0; spec->words[i] != NULL && used < sizeof rule; i++) {
        const char *between = spec->words[i + 1] == NULL ? " or " : ", ";
        int size = snprintf(rule + used, sizeof rule - used, "%s%s", i == 0 ? "" : between,
                            spec->words[i]);
        used += (size_t)size;
    }
    return refuse_value(spec, text, rule, error);
}

/* A text with a NUL for the functions of libc; false if it is too long to be any value. */
static bool copy_short(struct kafka_string text, char copy[TOPIC_VALUE_MAX])
{
    if (text.length <= 0 || text.length >= TOPIC_VALUE_MAX)
        return false;
    memcpy(copy, text.data, (size_t)text.length);
    copy[text.length] = '\0';
    return strlen(copy) == (size_t)text.length;
}

static enum err read_whole(const struct topic_key_spec *spec, struct kafka_string text,
                           union topic_value *ret_value, struct error *error)
{
    char copy[TOPIC_VALUE_MAX];
    char *end = NULL;

    if (!copy_short(text, copy))
        return refuse_number(spec, text, error);
    errno = 0;
    long long value = strtoll(copy, &end, 10);
    if (errno != 0 || end == copy || *end != '\0' || value < spec->min || value > spec->max)
        return refuse_number(spec, text, error);
    ret_value->whole = value;
    return ERR_OK;
}

/* The digits alone: strtod() knows words and other bases. */
static enum err read_real(const struct topic_key_spec *spec, struct kafka_string text,
                          union topic_value *ret_value, struct error *error)
{
    char copy[TOPIC_VALUE_MAX];
    char *end = NULL;

    if (!copy_short(text, copy) || copy[strspn(copy, "0123456789.eE+-")] != '\0')
        return refuse_number(spec, text, error);
    double value = strtod(copy, &end);
    if (end == copy || *end != '\0' || !isfinite(value) || value < (double)spec->min ||
        value > (double)spec->max)
        return refuse_number(spec, text, error);
    ret_value->real = value;
    return ERR_OK;
}

static enum err read_bool(const struct topic_key_spec *spec, struct kafka_string text,
                          union topic_value *ret_value, struct error *error)
{
    bool is_true = equals_in_any_case(text, "true");

    if (!is_true && !equals_in_any_case(text, "false"))
        return refuse_value(spec, text, "true or false", error);
    ret_value->whole = is_true ? 1 : 0;
    return ERR_OK;
}

static bool find_word(const struct topic_key_spec *spec, struct kafka_string text,
                      int64_t *ret_number)
{
    for (int64_t i = 0; spec->words[i] != NULL; i++) {
        if (equals(text, spec->words[i])) {
            *ret_number = i;
            return true;
        }
    }
    return false;
}

static enum err read_word(const struct topic_key_spec *spec, struct kafka_string text,
                          union topic_value *ret_value, struct error *error)
{
    int64_t number = 0;

    if (!find_word(spec, text, &number))
        return refuse_word(spec, text, error);
    ret_value->whole = number;
    return ERR_OK;
}

static struct kafka_string take_item(struct kafka_string *rest)
{
    const char *comma = rest->length > 0 ? memchr(rest->data, ',', (size_t)rest->length) : NULL;
    struct kafka_string item = *rest;

    if (comma == NULL) {
        rest->length = 0;
        return trim(item);
    }
    item.length = (int32_t)(comma - rest->data);
    rest->data = comma + 1;
    rest->length -= item.length + 1;
    return trim(item);
}

static enum err read_list(const struct topic_key_spec *spec, struct kafka_string text,
                          union topic_value *ret_value, struct error *error)
{
    struct kafka_string rest = text;
    int64_t bits = 0;

    while (rest.length > 0) {
        struct kafka_string item = take_item(&rest);
        int64_t number = 0;

        if (!find_word(spec, item, &number))
            return refuse_word(spec, text, error);
        bits |= INT64_C(1) << number;
    }
    if (bits == 0)
        return refuse_word(spec, text, error);
    ret_value->whole = bits;
    return ERR_OK;
}

static enum err read_value(enum topic_key key, struct kafka_string text,
                           union topic_value *ret_value, struct error *error)
{
    const struct topic_key_spec *spec = topic_key_spec(key);
    struct kafka_string trimmed = trim(text);

    switch (spec->kind) {
    case TOPIC_KIND_BOOL:
        return read_bool(spec, trimmed, ret_value, error);
    case TOPIC_KIND_WORD:
        return read_word(spec, trimmed, ret_value, error);
    case TOPIC_KIND_INT:
    case TOPIC_KIND_LONG:
        return read_whole(spec, trimmed, ret_value, error);
    case TOPIC_KIND_DOUBLE:
        return read_real(spec, trimmed, ret_value, error);
    case TOPIC_KIND_LIST:
        return read_list(spec, trimmed, ret_value, error);
    }
    UNREACHABLE();
}

/* ---- overrides ---- */

static void override(struct topic_config *config, enum topic_key key, union topic_value value)
{
    config->overrides |= UINT32_C(1) << key;
    config->settings.values[key] = value;
}

enum err topic_config_set(struct topic_config *config, enum topic_key key, struct kafka_string text,
                          struct error *error)
{
    union topic_value value = {0};
    enum err err = read_value(key, text, &value, error);

    if (err == ERR_OK)
        override(config, key, value);
    return err;
}

enum err topic_config_change_list(struct topic_config *config,
                                  const struct topic_settings *defaults, enum topic_key key,
                                  enum topic_list_change change, struct kafka_string text,
                                  struct error *error)
{
    const struct topic_key_spec *spec = topic_key_spec(key);
    union topic_value value = {0};

    if (spec->kind != TOPIC_KIND_LIST)
        return error_set(error, ERR_INVALID,
                         "topic setting '%s' is no list: nothing can be added to it or taken away",
                         spec->name);
    enum err err = read_value(key, text, &value, error);
    if (err != ERR_OK)
        return err;

    int64_t bits = topic_config_merge(config, defaults).values[key].whole;
    bits = change == TOPIC_LIST_APPEND ? bits | value.whole : bits & ~value.whole;
    if (bits == 0)
        return error_set(error, ERR_INVALID, "nothing would be left of topic setting '%s'",
                         spec->name);
    value.whole = bits;
    override(config, key, value);
    return ERR_OK;
}

void topic_config_unset(struct topic_config *config, enum topic_key key)
{
    config->overrides &= ~(UINT32_C(1) << key);
    config->settings.values[key] = (union topic_value){0};
}

bool topic_config_has(const struct topic_config *config, enum topic_key key)
{
    return (config->overrides >> key & 1) != 0;
}

struct topic_settings topic_config_merge(const struct topic_config *config,
                                         const struct topic_settings *defaults)
{
    struct topic_settings merged = *defaults;

    for (int i = 0; i < TOPIC_KEYS; i++) {
        if (topic_config_has(config, (enum topic_key)i))
            merged.values[i] = config->settings.values[i];
    }
    return merged;
}

/* ---- writing ---- */

/* The shortest text that is read as the same number. */
static void write_real(double value, char text[TOPIC_VALUE_MAX])
{
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(text, TOPIC_VALUE_MAX, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

static void write_list(const struct topic_key_spec *spec, int64_t bits, char text[TOPIC_VALUE_MAX])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; spec->words[i] != NULL; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        int size = snprintf(text + used, TOPIC_VALUE_MAX - used, "%s%s", used == 0 ? "" : ",",
                            spec->words[i]);
        used += (size_t)size;
        ASSERT(used < TOPIC_VALUE_MAX);
    }
}

void topic_value_write(enum topic_key key, union topic_value value, char text[TOPIC_VALUE_MAX])
{
    const struct topic_key_spec *spec = topic_key_spec(key);

    switch (spec->kind) {
    case TOPIC_KIND_BOOL:
        (void)snprintf(text, TOPIC_VALUE_MAX, "%s", value.whole != 0 ? "true" : "false");
        return;
    case TOPIC_KIND_WORD:
        (void)snprintf(text, TOPIC_VALUE_MAX, "%s", spec->words[value.whole]);
        return;
    case TOPIC_KIND_INT:
    case TOPIC_KIND_LONG:
        (void)snprintf(text, TOPIC_VALUE_MAX, "%" PRId64, value.whole);
        return;
    case TOPIC_KIND_DOUBLE:
        write_real(value.real, text);
        return;
    case TOPIC_KIND_LIST:
        write_list(spec, value.whole, text);
        return;
    }
    UNREACHABLE();
}

bool topic_value_equals(enum topic_key key, union topic_value one, union topic_value other)
{
    return topic_key_spec(key)->kind == TOPIC_KIND_DOUBLE ? one.real == other.real
                                                          : one.whole == other.whole;
}

/* ---- what the log makes of them ---- */

void topic_settings_to_options(const struct topic_settings *settings,
                               struct partition_options *options)
{
    const union topic_value *values = settings->values;
    int64_t policy = values[TOPIC_KEY_CLEANUP_POLICY].whole;

    options->segment_bytes = (uint64_t)values[TOPIC_KEY_SEGMENT_BYTES].whole;
    options->segment_ms = (uint64_t)values[TOPIC_KEY_SEGMENT_MS].whole;
    options->index_interval_bytes = (uint32_t)values[TOPIC_KEY_INDEX_INTERVAL_BYTES].whole;
    options->batch_bytes_max = (uint32_t)values[TOPIC_KEY_MAX_MESSAGE_BYTES].whole;
    options->retention_ms = values[TOPIC_KEY_RETENTION_MS].whole;
    options->retention_bytes = values[TOPIC_KEY_RETENTION_BYTES].whole;
    options->deletes = (policy & TOPIC_DELETES) != 0;
    options->compacts = (policy & TOPIC_COMPACTS) != 0;
    options->delete_retention_ms = (uint64_t)values[TOPIC_KEY_DELETE_RETENTION_MS].whole;
    options->compaction_lag_ms = (uint64_t)values[TOPIC_KEY_MIN_COMPACTION_LAG_MS].whole;
    options->dirty_ratio = values[TOPIC_KEY_MIN_CLEANABLE_DIRTY_RATIO].real;
    options->stamps = values[TOPIC_KEY_MESSAGE_TIMESTAMP_TYPE].whole != 0;
    options->flush_always = values[TOPIC_KEY_FLUSH_MESSAGES].whole == ALWAYS;
    options->preallocates = values[TOPIC_KEY_PREALLOCATE].whole != 0;
}
