/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One broker, its clients, and the weather: a run in virtual time that one seed decides. First comes the storm: jobs
 * of the disk finish late, connections break, the broker is stopped, killed, or loses its power, between two
 * requests or in the middle of any operation on a file; the disk is full for a while, or fails. Then all faults end, and
 * within a bounded time everybody has to have what he wants.
 *
 *     broker_actor      a connection, and what was asked on it and not answered yet
 *     broker_producer   plain and idempotent ones
 *     broker_consumer   fetches and looks for offsets
 *     broker_groups     commits, alone and as members of groups
 *     broker_admin      creates, changes and deletes topics
 *     broker_model      what must hold of all that
 */
#ifndef TESTS_SIM_BROKER_WORLD_H
#define TESTS_SIM_BROKER_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "broker/protocol/messages.h"
#include "tests/sim/broker_commits.h"
#include "tests/sim/broker_model.h"
#include "tests/sim/coord_trace.h"
#include "tests/support/broker_rig.h"

enum {
    BROKER_ACTORS_MAX = 16,
    BROKER_SETTINGS_MAX = 40,
    BROKER_CALLS_MAX = 8, /* of one actor, under way */
};

struct broker_actor;
struct broker_world;

/* All answers that actors get. */
union broker_answer {
    struct kafka_produce_response produce;
    struct kafka_fetch_response fetch;
    struct kafka_list_offsets_response list_offsets;
    struct kafka_init_producer_id_response init_producer_id;
    struct kafka_create_topics_response create_topics;
    struct kafka_delete_topics_response delete_topics;
    struct kafka_delete_records_response delete_records;
    struct kafka_create_partitions_response create_partitions;
    struct kafka_incremental_alter_configs_response alter_configs;
    struct kafka_offset_commit_response offset_commit;
    struct kafka_offset_fetch_response offset_fetch;
    struct kafka_join_group_response join_group;
    struct kafka_sync_group_response sync_group;
    struct kafka_heartbeat_response heartbeat;
    struct kafka_leave_group_response leave_group;
};

/* A request on its way. */
struct broker_call {
    int16_t api;
    int16_t version;
    int32_t correlation_id; /* set when it is sent */
    uint64_t sent_ms;       /* the same */
    uint64_t limit_ms;      /* in which it must be answered */
    uint64_t numbers[4];    /* the actor's own */
    uint64_t list[16];      /* the same */

    /* Once, with the answer, or with NULL if it will never come. */
    void (*end)(struct broker_actor *actor, const struct broker_call *call,
                const union broker_answer *answer);
};

struct broker_actor_operations {
    const char *name;
    void *(*new)(struct broker_actor *actor);
    void (*destroy)(void *self);

    /* Something that it may feel like. It is connected, and may send. */
    void (*act)(struct broker_actor *actor);

    /* In the calm: it has what it wants, and wants nothing more. */
    bool (*is_settled)(const struct broker_actor *actor);
};

struct broker_actor {
    struct broker_world *world;
    const struct broker_actor_operations *operations;
    void *self;
    uint32_t number;
    struct rng rng;
    struct broker_client *client;               /* NULL: not connected */
    struct broker_call calls[BROKER_CALLS_MAX]; /* in their order */
    size_t call_count;
    uint64_t taken_ms;  /* when it took its last answer */
    bool may_be_closed; /* it has sent something for which the broker may close the connection */
};

struct broker_world_options {
    uint64_t seed;
    enum coord_trace_mode trace;
};

/* What has happened, so that it can be told whether the seeds are any good. */
struct broker_coverage {
    uint64_t answered;
    uint64_t lost;
    uint64_t stops;
    uint64_t kills;
    uint64_t power_cuts;
    uint64_t struck; /* of these in the middle of an operation */
    uint64_t start_faults;
    uint64_t full_disks;
    uint64_t failed_syncs;
    uint64_t refused;    /* batches */
    uint64_t duplicates; /* batches that were sent again, though they had been appended */
    uint64_t commits;
    uint64_t generations;
    uint64_t by_time;
};

struct broker_world {
    struct broker_world_options options;
    struct coord_trace trace;
    struct rng rng;
    struct broker_rig *rig;
    struct broker_model model;
    struct broker_actor actors[BROKER_ACTORS_MAX];
    size_t actor_count;
    struct broker_commits *commits;
    const char *settings[BROKER_SETTINGS_MAX]; /* keys and values */
    size_t setting_count;
    char numbers[BROKER_SETTINGS_MAX][16];
    enum sim_files_fault planned; /* SIM_FILES_FINE: nothing */
    bool has_failed_sync;
    uint64_t full_until_ms;
    bool is_calm;
    uint64_t steps;
    uint64_t
        acts; /* of actors: moments between which something may have been asked of the broker */
    struct broker_coverage coverage;
};

void broker_world_init(struct broker_world *world, const struct broker_world_options *options);
void broker_world_done(struct broker_world *world);

/* All of it; what goes wrong is a complaint in the trace. */
void broker_world_run(struct broker_world *world);

uint32_t broker_world_draw(struct broker_world *world, uint32_t bound);

/* ---- for actors ---- */

void broker_actor_init(struct broker_actor *actor, struct broker_world *world, uint32_t number,
                       const struct broker_actor_operations *operations);
void broker_actor_done(struct broker_actor *actor);

/* Whether it may send now. */
bool broker_actor_may_send(const struct broker_actor *actor);

/* The request is encoded at once. On a bad day it does not reach the broker. */
void broker_actor_send(struct broker_actor *actor, const struct broker_call *call,
                       const void *request);

/* Takes the answers that have come; then it acts, if it may. */
void broker_actor_take(struct broker_actor *actor);
void broker_actor_act(struct broker_actor *actor);

/* The connection is gone. */
void broker_actor_cut(struct broker_actor *actor);

/* Whether all that it has asked will have been answered in time if nothing happens before that moment. */
void broker_actor_check(struct broker_actor *actor, uint64_t until_ms);

uint32_t broker_actor_draw(struct broker_actor *actor, uint32_t bound);

/* One that is there; NULL if there are none. */
struct broker_log *broker_actor_choose_log(struct broker_actor *actor);

extern const struct broker_actor_operations broker_producer;
extern const struct broker_actor_operations broker_idempotent;
extern const struct broker_actor_operations broker_consumer;
extern const struct broker_actor_operations broker_committer;
extern const struct broker_actor_operations broker_member;
extern const struct broker_actor_operations broker_admin;

#endif
