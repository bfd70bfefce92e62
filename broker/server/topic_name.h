/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be the name of a topic. Names that differ only in '.' and '_' stand for the same in the metrics
 * of many clients, so of these only one can be there; the order of names here puts them side by side.
 * Pure; any thread.
 */
#ifndef BROKER_SERVER_TOPIC_NAME_H
#define BROKER_SERVER_TOPIC_NAME_H

#include <stdbool.h>

#include "base/attribute.h"
#include "broker/protocol/types.h"

enum {
    TOPIC_NAME_MAX = 249, /* characters; with the number of a partition it names a folder */
};

/* Keeps the offsets of groups. */
#define TOPIC_NAME_OFFSETS "__consumer_offsets"

/* NULL if it may be the name of a topic; else what is wrong, to be put behind "the topic's name ". */
const char *topic_name_fault(struct kafka_string name) MUST_USE;

/* The broker's own topics: they are there without being asked for, and clients do not change them. */
bool topic_name_is_internal(struct kafka_string name);

/* Below, at or above 0, in the order of names with each '.' taken for a '_': 0 is a collision. */
int topic_name_compare_loosely(struct kafka_string one, struct kafka_string other);

/* The same order, and then of the names as they are: 0 if they are equal. */
int topic_name_compare(struct kafka_string one, struct kafka_string other);

#endif
