/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The offsets that a group has committed, and those on their way to the log.
 *
 * Every change (a commit, a tombstone) carries the ticket of its store. Tickets go up in the order of the log, so of
 * two changes the one with the higher ticket is the one that a restart would find; completions may come in any
 * order. An offset stays as long as it has a value, a change on its way, or owes the log a tombstone.
 * Pure; part of the coordinator.
 */
#ifndef BROKER_GROUP_OFFSETS_H
#define BROKER_GROUP_OFFSETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/group/group.h"

struct offset {
    struct names_node by_place; /* in group->offsets: topic and partition */
    struct kafka_string topic;
    bool has_value;
    bool is_owed;                     /* its value is gone, its tombstone is not yet in the log */
    uint32_t changes;                 /* on their way */
    uint64_t ticket;                  /* of the change that made it what it is; 0: loaded */
    struct group_record_offset value; /* its metadata is a copy */
    size_t bytes;                     /* counted for it */
};

struct offset *offsets_find(const struct group *group, struct kafka_string topic,
                            int32_t partition);

/* Finds it or makes an empty one. */
struct offset *offsets_need(struct group *group, struct kafka_string topic, int32_t partition);

/* Sets the value (copied), or takes it away (NULL), unless a later ticket did. */
void offsets_apply(struct offset *offset, uint64_t ticket, const struct group_record_offset *value);

/* Frees it if it is of no use. True if it did. */
bool offsets_drop_if_unused(struct group *group, struct offset *offset);

/* Frees it, whatever it has. */
void offsets_remove(struct group *group, struct offset *offset);

struct offset *offsets_next(const struct group *group, const struct offset *offset);

/* Those with a value, by topic and partition. The caller frees the array. */
struct offset **offsets_sorted(const struct group *group, size_t *ret_count);

/* What it takes in memory. */
size_t offsets_size(const struct offset *offset);

#endif
