/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the coordinator, for the files of this folder. Each call from outside (groups.h) notes the time,
 * does its work, and ends with groups_settle(): only there records are handed to the owner, whose completion
 * may come from within, and groups that are of no use any more are freed. So nothing that a handler holds goes away
 * under its hands.
 */
#ifndef BROKER_GROUP_GROUPS_PARTS_H
#define BROKER_GROUP_GROUPS_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/idmap.h"
#include "base/list.h"
#include "base/rng.h"
#include "base/timers.h"
#include "broker/group/group.h"
#include "broker/group/groups.h"
#include "broker/group/offsets.h"
#include "broker/protocol/errors.h"

struct groups {
    struct groups_options options;
    struct groups_owner owner;
    struct names by_name;
    struct list by_age;
    struct list idle;     /* groups that may be of no use any more */
    struct list outgoing; /* stores that are not handed out yet */
    struct timers timers;
    struct idmap waiters; /* token -> struct group_waiter that holds it */
    struct idmap stores;  /* ticket -> struct stores_op */
    struct rng rng;
    uint64_t last_ticket;
    uint64_t now_ms;
    int64_t wall_ms;
    uint64_t bytes; /* of members and offsets, as far as their size depends on clients */
    uint64_t records_skipped;
    bool is_loaded;
    bool is_settling;
    bool has_told_full; /* a limit of the whole was told, and nothing was freed since */
};

struct group *groups_find(const struct groups *groups, struct kafka_string name);

/* NULL if there are as many as there may be, which is told. */
struct group *groups_add(struct groups *groups, struct kafka_string name);

/* As groups_add(), without the limit. */
struct group *groups_add_loaded(struct groups *groups, struct kafka_string name);

/* Whether so many more bytes may be kept; told if not. */
bool groups_has_room(struct groups *groups, size_t bytes);

/* Brings up to date what is counted for it, after it was made or changed. */
void groups_count_member(struct groups *groups, struct group_member *member);
void groups_count_offset(struct groups *groups, struct offset *offset);

/* With its timer, its place in the books, and what was counted. Waiters were taken before. */
void groups_remove_member(struct groups *groups, struct group_member *member);
void groups_remove_pending(struct groups *groups, struct group_pending *pending);
bool groups_drop_offset_if_unused(struct groups *groups, struct group *group,
                                  struct offset *offset);

/* The group is looked at when the call ends: if nothing is in it, it goes. */
void groups_note_idle(struct groups *groups, struct group *group);

/* The request waits, and can be forgotten: for waiters of joins, syncs and gathers. */
void groups_wait(struct groups *groups, struct group_waiter *waiter);

void groups_tell(struct groups *groups, const char *event, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Hands out what is to be stored, and frees what is of no use. */
void groups_settle(struct groups *groups);

/* A name that can stand in a record. */
bool groups_is_name(struct kafka_string name);

/* KAFKA_NONE, or why the member may not speak for the group: unknown, or its instance id has another member. */
int16_t groups_check_member(const struct group *group, struct kafka_string id,
                            struct kafka_string instance_id);

/* ---- handlers, by api ---- */

void join_handle(struct groups *groups, const struct request *request);
void membership_sync(struct groups *groups, const struct request *request);
void membership_heartbeat(struct groups *groups, const struct request *request);
void membership_leave(struct groups *groups, const struct request *request);
void commit_handle(struct groups *groups, const struct request *request);
void look_fetch(struct groups *groups, const struct request *request);
void look_describe(struct groups *groups, const struct request *request);
void look_list(struct groups *groups, const struct request *request);
void removal_delete_groups(struct groups *groups, const struct request *request);
void removal_delete_offsets(struct groups *groups, const struct request *request);

#endif
