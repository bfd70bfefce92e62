/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is on its way to the log: each store is a few records of one group, with a ticket. An answer that waits for one
 * or several stores is a gather: it holds the response, which is complete when the last of them is.
 * Part of the coordinator.
 */
#ifndef BROKER_GROUP_STORES_H
#define BROKER_GROUP_STORES_H

#include "base/text.h"
#include "broker/group/groups_parts.h"
#include "broker/protocol/messages_group.h"

enum {
    STORES_RECORDS_MAX = 1000, /* of a store of tombstones: so that they fit into a batch */
};

enum stores_kind {
    STORES_ASSIGNMENT, /* a generation, complete: it becomes stable */
    STORES_REPLACED,   /* a static member came back under another id */
    STORES_EMPTIED,    /* the last member went */
    STORES_OFFSETS,    /* commits, and offsets that somebody deletes */
    STORES_EXPIRED,    /* offsets that are gone in any case */
    STORES_DELETED,    /* a part of a group's tombstones, by request */
    STORES_RETIRED,    /* the tombstone of a group that has nothing left */
};

struct stores_gather {
    struct group_waiter waiter;
    uint32_t left;   /* stores that are not complete */
    void *blocks[3]; /* what the response points to; freed with it */
    union {
        struct kafka_offset_commit_response commit;
        struct kafka_offset_delete_response offset_delete;
        struct kafka_delete_groups_response delete_groups;
    } response;
};

struct stores_change {
    struct offset *offset;
    bool has_value;                   /* else a tombstone */
    struct group_record_offset value; /* its metadata is a copy */
    int16_t *ret_error;               /* in the response of the gather; or NULL */
};

struct stores_record {
    size_t key_at; /* in bytes */
    size_t value_at;
    size_t end;
    bool is_tombstone;
};

struct stores_op {
    struct list_node by_turn;
    uint64_t ticket;
    enum stores_kind kind;
    struct group *group;
    int32_t generation;
    struct kafka_string member_id; /* REPLACED: the new one, a copy */
    struct kafka_string leader_id; /* REPLACED: who led before, a copy */
    struct text bytes;
    struct stores_record *records;
    size_t record_count;
    size_t record_capacity;
    struct stores_change *changes;
    size_t change_count;
    size_t change_capacity;
    struct stores_gather *gather; /* or NULL */
    int16_t *ret_error;           /* DELETED: in the response of the gather */
    bool is_handing;              /* the owner reads its records at the moment */
};

/* Takes the next ticket. Between begin and submit nothing else begins. */
struct stores_op *stores_begin(struct groups *groups, struct group *group, enum stores_kind kind);

/* Adds the record of the group: as it is (all members, their assignments), or its tombstone. */
void stores_put_group(struct groups *groups, struct stores_op *op);
void stores_put_group_tombstone(struct stores_op *op);

/* Adds a commit, or the tombstone of an offset; the result goes to ret_error, which may be NULL. */
void stores_put_offset(struct stores_op *op, struct offset *offset,
                       const struct group_record_offset *value, int16_t *ret_error);
void stores_put_offset_tombstone(struct stores_op *op, struct offset *offset, int16_t *ret_error);

/* It leaves when the call ends. */
void stores_submit(struct groups *groups, struct stores_op *op);

/* Hands out what was submitted, in order. */
void stores_hand_out(struct groups *groups);

/* The answer waits until all stores that are given to it are complete; the response is all zero. */
struct stores_gather *stores_gather_new(struct groups *groups, const struct request *request);
void stores_gather_add(struct stores_gather *gather, struct stores_op *op);

/* Answers and frees it, if nothing is left to wait for. */
void stores_gather_check(struct groups *groups, struct stores_gather *gather);

/* Frees everything, without answers. */
void stores_abandon(struct groups *groups);

/* ---- what becomes of it, by kind ---- */

void rebalance_assigned(struct groups *groups, const struct stores_op *op, int16_t error);
void join_replaced(struct groups *groups, const struct stores_op *op, int16_t error);
void removal_deleted(struct groups *groups, const struct stores_op *op, int16_t error);
void sweep_retired(struct groups *groups, const struct stores_op *op, int16_t error);

/* What a member is told when the log refuses its group's record, or its commit. */
int16_t stores_error_of_group(int16_t error);
int16_t stores_error_of_commit(int16_t error);

#endif
