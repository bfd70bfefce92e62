/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One group: who is in it, which protocols they speak, who leads, who waits for an answer. What is here keeps the
 * books; when a group goes from one state to the next is decided in rebalance.h.
 *
 * Invariants: all members have a protocol in common; an instance id has one member; the leader is a member,
 * and there is one if there are members; awaiting_count is the number of members with a join that waits.
 * Pure; part of the coordinator.
 */
#ifndef BROKER_GROUP_GROUP_H
#define BROKER_GROUP_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/timers.h"
#include "broker/group/group_record.h"
#include "broker/group/names.h"
#include "broker/protocol/types.h"

enum {
    GROUP_PROTOCOLS_MAX = 16,         /* of a member */
    GROUP_MEMBER_BYTES_MAX = 1 << 20, /* of a member's metadata, all protocols together */
    GROUP_CLIENT_ID_MAX = 255,        /* bytes kept of it */
    GROUP_NEW_MEMBER_TIMEOUT_MS =
        300000, /* of a first join, whose member cannot send heartbeats yet */
    GROUP_REASON_MAX = 256,
};

enum group_state {
    GROUP_EMPTY,
    GROUP_PREPARING,  /* waits for all members to join */
    GROUP_COMPLETING, /* waits for the leader's assignment */
    GROUP_STABLE,
    GROUP_DELETING, /* empty; its tombstones are on their way */
};

enum group_timer {
    GROUP_TIMER_MEMBER,  /* a session, or a new member's join */
    GROUP_TIMER_PENDING, /* a member id that was given out and not yet used */
    GROUP_TIMER_PHASE,   /* the end of waiting for joins, or for syncs */
    GROUP_TIMER_SWEEP,   /* a look at offsets that are too old */
};

/* A request that is not answered yet. */
struct group_waiter {
    uint64_t token; /* 0: none */
    int16_t version;
    int kind; /* enum group_waiter_kind */
};

enum group_waiter_kind {
    GROUP_WAITER_JOIN,
    GROUP_WAITER_SYNC,
    GROUP_WAITER_STORE, /* of a gather: see stores.h */
};

/* Both are copies. */
struct group_protocol {
    struct kafka_string name;
    struct kafka_bytes metadata;
};

struct group_member {
    struct names_node by_id;
    struct names_node by_instance; /* in use if instance_id is not null */
    struct list_node by_age;
    struct timer timer;
    struct group *group;
    struct kafka_string id;
    struct kafka_string instance_id; /* or null */
    struct kafka_string client_id;
    struct kafka_string client_host;
    int32_t session_ms;
    int32_t rebalance_ms;
    struct group_protocol *protocols; /* preferred ones first */
    int32_t protocol_count;
    struct kafka_bytes assignment;
    struct group_waiter join;
    struct group_waiter sync;
    bool is_new;   /* its first join is not answered yet */
    bool knows_id; /* it was told its id before it joined, or says who it is by its instance id */
    bool is_sync_owed; /* it was answered a join of this generation, and has not synced since */
    size_t bytes;      /* counted for it */
};

struct group_pending {
    struct names_node by_id;
    struct list_node by_age;
    struct timer timer;
    struct group *group;
    struct kafka_string id;
};

struct group {
    struct names_node by_name;
    struct list_node by_age;
    struct list_node by_idleness; /* it may be of no use any more: looked at when the call ends */
    struct kafka_string name;
    enum group_state state;
    int64_t state_ms; /* wall clock; -1: not known */
    int32_t generation;
    struct kafka_string protocol_type; /* null: never had a member */
    struct kafka_string protocol;      /* of the generation; null if there is none */
    struct group_member *leader;
    struct names members;
    struct names instances;
    struct list members_by_age;
    size_t awaiting_count;
    struct names pendings;
    struct list pendings_by_age;
    struct timer phase;
    struct timer sweep;
    bool is_initial;          /* the first join after being empty: more members are waited for */
    bool has_newcomer;        /* one came since the wait began */
    uint64_t initial_left_ms; /* for how long the wait may still be extended */
    bool is_assigning;        /* the assignment of this generation is being stored */
    bool is_stored;           /* the log has, or may have, a record of it that is not a tombstone */
    char reason[GROUP_REASON_MAX]; /* why it rebalances */
    uint32_t reason_count;         /* how many reasons there were since */
    uint32_t stores;               /* on their way */
    uint32_t tombstones;           /* stores that delete it, on their way */
    int16_t tombstone_error;       /* the first of them that failed, with this */
    struct names offsets;          /* struct offset: see offsets.h */
};

/* The name Kafka gives the state. */
const char *group_state_name(enum group_state state);

struct group *group_new(struct kafka_string name, uint64_t seed);

/* Whatever is in it. Timers and waiters are no longer set. */
void group_destroy(struct group **group);

struct group_member *group_find_member(const struct group *group, struct kafka_string id);
struct group_member *group_find_instance(const struct group *group,
                                         struct kafka_string instance_id);
struct group_pending *group_find_pending(const struct group *group, struct kafka_string id);
size_t group_member_count(const struct group *group);

/* Oldest first; start with NULL; NULL at the end. */
struct group_member *group_next_member(const struct group *group,
                                       const struct group_member *member);

/* Takes the member over, with id and instance id set; the first one leads. */
void group_add_member(struct group *group, struct group_member *member);

/* Takes it out and frees it; the oldest of the others leads, if it led. */
void group_remove_member(struct group *group, struct group_member *member);

/* Its name is `id` from now on. */
void group_rename_member(struct group *group, struct group_member *member, struct kafka_string id);

struct group_pending *group_add_pending(struct group *group, struct kafka_string id);
void group_remove_pending(struct group *group, struct group_pending *pending);

/* The protocols are taken over. */
void group_set_protocols(struct group_member *member, struct group_protocol *protocols,
                         int32_t count);
void group_free_protocols(struct group_protocol *protocols, int32_t count);

/* Exactly these, in this order. */
bool group_has_protocols(const struct group_member *member, const struct group_protocol *protocols,
                         int32_t count);

/* Whether one of these is spoken by all members but `except` (or NULL). */
bool group_speaks_one_of(const struct group *group, const struct group_protocol *protocols,
                         int32_t count, const struct group_member *except);

/* The protocol that all speak with the most votes; members vote for the first they have of these. There is one. */
struct kafka_string group_vote(const struct group *group);

/* The member's metadata for the protocol; empty if it does not speak it. */
struct kafka_bytes group_metadata(const struct group_member *member, struct kafka_string protocol);

/* Waits for its join from now on; the group counts them. */
void group_set_join(struct group_member *member, uint64_t token, int16_t version);

/* The waiting request, which it waits for no more. */
struct group_waiter group_take_join(struct group_member *member);
struct group_waiter group_take_sync(struct group_member *member);

/* If the leader does not await its join, the oldest member that does leads. False if there is none. */
bool group_elect(struct group *group);

/* The longest of its members. */
uint64_t group_rebalance_ms(const struct group *group);

/* Its members are consumers, so that their metadata can be read. */
bool group_is_of_consumers(const struct group *group);

#endif
