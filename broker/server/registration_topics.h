/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a broker has, as the cluster state is to show it: topics in the order of their names, each with
 * what its nodes hold. Made by the broker's loop, given to another thread as a whole. Pure.
 */
#ifndef BROKER_SERVER_REGISTRATION_TOPICS_H
#define BROKER_SERVER_REGISTRATION_TOPICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"

struct registration_topic {
    char *name;
    char *id; /* 22 characters */
    int32_t partition_count;
    char *config; /* what its node of settings holds */
};

struct registration_topics {
    int32_t leader_epoch; /* of all partitions */
    struct registration_topic *items;
    size_t count;
    size_t capacity;
};

struct registration_setting {
    const char *name;
    const char *value;
};

/* A topic as it is told. */
struct registration_new_topic {
    const char *name;
    const char *id; /* 22 characters */
    int32_t partition_count;
    const struct registration_setting *settings; /* that differ from the broker's */
    size_t setting_count;
};

struct registration_topics *registration_topics_new(int32_t leader_epoch) MUST_USE;
void registration_topics_destroy(struct registration_topics **topics);

/* Copies. No name comes twice. */
void registration_topics_add(struct registration_topics *topics,
                             const struct registration_new_topic *topic);

/* The index, or the count if there is none of that name. */
size_t registration_topics_find(const struct registration_topics *topics, const char *name);

/* Whether both are to be shown in the same way. */
bool registration_topic_equals(const struct registration_topic *one,
                               const struct registration_topic *other);

/* ---- what the nodes hold, to be freed by the caller ---- */

/* All replicas are on the broker. */
char *registration_topic_write(const struct registration_topic *topic, int32_t broker) MUST_USE;

/* What a topic's node says. */
struct registration_found {
    char id[23];  /* "" if it says none */
    bool is_ours; /* it can be read, and all its replicas are on the broker alone */
};

struct registration_found registration_topic_read(const char *data, size_t size, int32_t broker);

#endif
