/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of a topic: which there are, what their values may be, and what a log makes of them. One
 * table has them all, with Kafka's names, kinds and meanings; what the table does not have is refused.
 *
 * Each topic has overrides; what it does not override it takes from the broker, whose settings are given
 * as a whole struct topic_settings. Pure; any thread.
 */
#ifndef BROKER_SERVER_TOPIC_CONFIG_H
#define BROKER_SERVER_TOPIC_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "broker/log/partition.h"
#include "broker/protocol/types.h"

enum topic_key {
    TOPIC_KEY_CLEANUP_POLICY, /* whole: bits TOPIC_DELETES, TOPIC_COMPACTS */
    TOPIC_KEY_COMPRESSION_TYPE,
    TOPIC_KEY_DELETE_RETENTION_MS,
    TOPIC_KEY_FLUSH_MESSAGES,
    TOPIC_KEY_FLUSH_MS,
    TOPIC_KEY_INDEX_INTERVAL_BYTES,
    TOPIC_KEY_MAX_MESSAGE_BYTES,
    TOPIC_KEY_MESSAGE_TIMESTAMP_TYPE, /* whole: 1 is LogAppendTime */
    TOPIC_KEY_MIN_CLEANABLE_DIRTY_RATIO,
    TOPIC_KEY_MIN_COMPACTION_LAG_MS,
    TOPIC_KEY_MIN_INSYNC_REPLICAS,
    TOPIC_KEY_PREALLOCATE,
    TOPIC_KEY_RETENTION_BYTES,
    TOPIC_KEY_RETENTION_MS,
    TOPIC_KEY_SEGMENT_BYTES,
    TOPIC_KEY_SEGMENT_MS,
    TOPIC_KEYS, /* how many there are */
};

enum {
    TOPIC_DELETES = 1,
    TOPIC_COMPACTS = 2,
    TOPIC_VALUE_MAX = 32, /* a value as text, with its NUL */
};

/* The numbers are those of Kafka's DescribeConfigs. */
enum topic_kind {
    TOPIC_KIND_BOOL = 1,
    TOPIC_KIND_WORD = 2,
    TOPIC_KIND_INT = 3,
    TOPIC_KIND_LONG = 5,
    TOPIC_KIND_DOUBLE = 6,
    TOPIC_KIND_LIST = 7,
};

union topic_value {
    int64_t whole; /* bool: 0, 1; word: its number; list: a bit for each word */
    double real;   /* TOPIC_KIND_DOUBLE */
};

struct topic_key_spec {
    const char *name;
    const char *broker_name; /* Kafka's name for the broker's default of it */
    enum topic_kind kind;
    int64_t min; /* of INT, LONG, DOUBLE */
    int64_t max;
    const char *const *words; /* of WORD, LIST: NULL behind the last */
    union topic_value builtin;
    const char *help;
};

/* A value for each key. */
struct topic_settings {
    union topic_value values[TOPIC_KEYS];
};

/* What a topic has that is not the broker's. Zero bytes override nothing. */
struct topic_config {
    uint32_t overrides;             /* bit 1 << key */
    struct topic_settings settings; /* only those of the bits mean something; the rest is zero */
};

const struct topic_key_spec *topic_key_spec(enum topic_key key);

/* False, with an error that names the nearest, if there is no such key. `error` may be NULL. */
bool topic_key_find(struct kafka_string name, enum topic_key *ret_key,
                    struct error *error) MUST_USE;

/* What a broker has that nobody has given any settings. */
struct topic_settings topic_settings_builtin(void);

/* Overrides the key with what the text says. ERR_INVALID names key, text, and what it must be. */
enum err topic_config_set(struct topic_config *config, enum topic_key key, struct kafka_string text,
                          struct error *error) MUST_USE;

enum topic_list_change {
    TOPIC_LIST_APPEND,
    TOPIC_LIST_SUBTRACT,
};

/* Adds words to a key that is a list, or takes them away, beginning with what the topic has now.
 * ERR_INVALID: not a list, not a word of it, or nothing would be left. */
enum err topic_config_change_list(struct topic_config *config,
                                  const struct topic_settings *defaults, enum topic_key key,
                                  enum topic_list_change change, struct kafka_string text,
                                  struct error *error) MUST_USE;

void topic_config_unset(struct topic_config *config, enum topic_key key);

bool topic_config_has(const struct topic_config *config, enum topic_key key);

/* The overrides over the broker's. */
struct topic_settings topic_config_merge(const struct topic_config *config,
                                         const struct topic_settings *defaults);

/* The value as topic_config_set() reads it. */
void topic_value_write(enum topic_key key, union topic_value value, char text[TOPIC_VALUE_MAX]);

bool topic_value_equals(enum topic_key key, union topic_value one, union topic_value other);

/* What the log is to do. Sets all of the options that a topic decides on, and leaves the others. flush.messages and
 * flush.ms beyond "always" are the matter of whoever flushes. */
void topic_settings_to_options(const struct topic_settings *settings,
                               struct partition_options *options);

#endif
