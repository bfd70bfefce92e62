/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A coordinator for tests: requests in few words, answers by the token of the request, and a log in memory, whose writes
 * complete at once, or when the test says so, or fail. An answer that comes twice ends the test.
 */
#ifndef TESTS_UNIT_BROKER_GROUP_RIG_H
#define TESTS_UNIT_BROKER_GROUP_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "broker/group/groups.h"
#include "broker/protocol/apis.h"
#include "broker/protocol/errors.h"
#include "broker/protocol/messages_group.h"

enum {
    RIG_NAME_MAX = 128,
    RIG_NOW_MS = 1000000,
    RIG_SESSION_MS = 10000,
    RIG_REBALANCE_MS = 60000,
};

#define RIG_WALL_MS INT64_C(1700000000000)

struct rig_result {
    char topic[RIG_NAME_MAX]; /* or group */
    int32_t partition;
    int16_t error;
    int64_t offset;
    int32_t leader_epoch;
    char metadata[RIG_NAME_MAX];
};

struct rig_answer {
    uint64_t token;
    int16_t api;
    int16_t version;
    bool is_there;
    bool is_forgotten;
    int16_t error;
    int32_t generation;
    char member[RIG_NAME_MAX];
    char leader[RIG_NAME_MAX];
    char protocol[RIG_NAME_MAX];
    bool skips;
    char assignment[RIG_NAME_MAX];
    char (*members)[RIG_NAME_MAX]; /* of a join; ids */
    struct rig_result *results;    /* of commits, fetches, deletions, leaves */
    size_t count;                  /* of members or results */
    char *text;                    /* of descriptions and lists */
};

struct rig_stored {
    uint64_t ticket;
    int32_t partition;
    struct kafka_bytes key;
    struct kafka_bytes value;
};

enum rig_storing {
    RIG_STORES_AT_ONCE,
    RIG_STORES_LATER, /* by rig_complete() */
};

struct rig {
    struct groups *groups;
    struct groups_options options;
    uint64_t now_ms;
    int64_t wall_ms;
    uint64_t last_token;
    struct rig_answer **answers; /* token n at n - 1 */
    size_t capacity;
    enum rig_storing storing;
    int16_t store_error; /* of those that complete at once */
    struct rig_stored *log;
    size_t log_count;
    uint64_t *tickets; /* waiting */
    size_t ticket_count;
    struct text told;
    char unknown_topic[RIG_NAME_MAX]; /* "": all are known */
    int32_t last_generation;          /* of a join that was answered since the start; -1: none */
};

struct rig *rig_new(void);
struct rig *rig_new_with(const struct groups_options *options);
struct groups_options rig_options(void);
void rig_destroy(struct rig **rig);

/* ---- requests: each returns the token ---- */

struct rig_joining {
    const char *group;     /* NULL: "g" */
    const char *member;    /* NULL: "" */
    const char *instance;  /* NULL: none */
    const char *type;      /* NULL: "consumer" */
    const char *protocols; /* "range" or "range=metadata,sticky=other"; NULL: "range" */
    const char *client;    /* NULL: "c" */
    const char *reason;
    int32_t session_ms;   /* 0: RIG_SESSION_MS */
    int32_t rebalance_ms; /* 0: RIG_REBALANCE_MS */
    int16_t version;      /* 0: 5; -1: 0 */
};

uint64_t rig_join(struct rig *rig, struct rig_joining joining);

/* Assignments are pairs "member=assignment,member=assignment"; NULL: none. */
uint64_t rig_sync(struct rig *rig, const char *member, int32_t generation, const char *assignments);
uint64_t rig_sync_as(struct rig *rig, const char *member, const char *instance, int32_t generation,
                     const char *assignments);
uint64_t rig_heartbeat(struct rig *rig, const char *member, int32_t generation);
uint64_t rig_heartbeat_as(struct rig *rig, const char *member, const char *instance,
                          int32_t generation);
uint64_t rig_leave(struct rig *rig, const char *member);
uint64_t rig_leave_as(struct rig *rig, const char *member, const char *instance);
uint64_t rig_commit(struct rig *rig, const char *group, const char *member, int32_t generation,
                    const char *topic, int32_t partition, int64_t offset);
uint64_t rig_fetch(struct rig *rig, const char *group, const char *topic, int32_t partition);
uint64_t rig_fetch_all(struct rig *rig, const char *group);
uint64_t rig_describe(struct rig *rig, const char *group);
uint64_t rig_list(struct rig *rig, const char *state);
uint64_t rig_delete(struct rig *rig, const char *group);
uint64_t rig_delete_offset(struct rig *rig, const char *group, const char *topic,
                           int32_t partition);

/* Any other request. */
uint64_t rig_request(struct rig *rig, int16_t api, int16_t version, const void *body);

/* ---- answers ---- */

/* NULL until it is there. */
const struct rig_answer *rig_find(const struct rig *rig, uint64_t token);

/* It must be there. */
const struct rig_answer *rig_answer(const struct rig *rig, uint64_t token);
int16_t rig_error(const struct rig *rig, uint64_t token);

/* The committed offset, -1 if there is none. */
int64_t rig_offset(struct rig *rig, const char *group, const char *topic, int32_t partition);

/* "Stable", "Empty", ... */
const char *rig_state(struct rig *rig, const char *group);

/* ---- time and the log ---- */

/* Lets time pass, with a tick whenever one is due. */
void rig_pass(struct rig *rig, uint64_t ms);

/* Completes the store that has waited longest. False if there is none. */
bool rig_complete(struct rig *rig, int16_t error);

/* Completes any of those that wait. */
void rig_complete_at(struct rig *rig, size_t index, int16_t error);

/* The peer that asked is gone. */
void rig_forget(struct rig *rig, uint64_t token);

/* Another coordinator with what the log has; what waited is lost. */
void rig_restart(struct rig *rig);

/* The same before groups_loaded(). */
void rig_begin_restart(struct rig *rig);

#endif
