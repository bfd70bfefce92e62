/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who commits offsets: alone, without being a member, or as a member of a group that shares the partitions of one topic.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/protocol/errors.h"
#include "tests/sim/broker_commits.h"
#include "tests/sim/broker_world.h"

enum {
    COMMIT_VERSION = 7,
    FETCH_VERSION = 5,
    JOIN_VERSION = 5,
    SYNC_VERSION = 3,
    HEARTBEAT_VERSION = 3,
    LEAVE_VERSION = 3,
    LIMIT_MS = 20000,
    SESSION_MS = 6000,
    REBALANCE_MS = 8000,
    JOIN_LIMIT_MS = 2 * REBALANCE_MS + LIMIT_MS,
    PARTY = 2, /* group */
    MEMBERS_MAX = 16,
    NAME_MAX_BYTES = 128,
    STALLS_ONE_IN = 40,
    LEAVES_ONE_IN = 60,
    STALL_MAX_MS = 12000,
};

/* ---- Commits ------------------------------------------------------------------------------- */

/* Who asks: a member, or nobody. */
struct identity {
    int32_t generation;
    const char *member;
    const char *instance; /* or NULL */
};

static struct kafka_string text(const char *data)
{
    if (data == NULL)
        return KAFKA_STRING_NULL;
    return (struct kafka_string){data, (int32_t)strlen(data)};
}

static const struct broker_log *log_of(const struct broker_actor *actor, uint64_t number)
{
    return &actor->world->model.logs[number];
}

static bool is_current(struct broker_actor *actor, const struct broker_log *log)
{
    return broker_model_log(&actor->world->model, log->topic, log->partition) == log;
}

/* numbers: group, log, number, end. The error of the commit. */
static int16_t take_commit(struct broker_actor *actor, const struct broker_call *call,
                           const struct kafka_offset_commit_response *answer)
{
    int16_t error = answer->topics[0].partitions[0].error_code;
    const struct broker_commit commit = {(int64_t)call->numbers[2], (int64_t)call->list[0]};

    if (error == KAFKA_NONE) {
        actor->world->coverage.commits++;
        broker_commits_acknowledge(actor->world->commits, (uint32_t)call->numbers[0],
                                   log_of(actor, call->numbers[1]), commit);
    }
    return error;
}

static void commit(struct broker_actor *actor, uint32_t group, const struct broker_log *log,
                   const struct identity *identity,
                   void (*end)(struct broker_actor *actor, const struct broker_call *call,
                               const union broker_answer *answer))
{
    struct broker_commits *commits = actor->world->commits;
    struct kafka_offset_commit_request_partition partition = {
        .partition = log->partition,
        .committed_offset = broker_commits_begin(commits, group, log),
        .committed_leader_epoch = -1,
        .committed_metadata = text("")};
    struct kafka_offset_commit_request_topic topic = {.name = text(broker_topic_name(log->topic)),
                                                      .partitions = &partition,
                                                      .partition_count = 1};
    const struct kafka_offset_commit_request request = {.group_id = broker_commits_group(group),
                                                        .generation_id = identity->generation,
                                                        .member_id = text(identity->member),
                                                        .group_instance_id =
                                                            text(identity->instance),
                                                        .topics = &topic,
                                                        .topic_count = 1};
    const struct broker_call call = {
        .api = KAFKA_OFFSET_COMMIT,
        .version = COMMIT_VERSION,
        .limit_ms = LIMIT_MS,
        .numbers = {group, log->number, (uint64_t)partition.committed_offset},
        .end = end};

    broker_actor_send(actor, &call, &request);
    if (actor->call_count > 0)
        actor->calls[actor->call_count - 1].list[0] = (uint64_t)broker_commits_end(commits, group);
}

static void end_look(struct broker_actor *actor, const struct broker_call *call,
                     const union broker_answer *answer)
{
    if (answer == NULL)
        return;
    broker_model_look(&actor->world->model);
    const struct broker_log *log = log_of(actor, call->numbers[1]);
    const struct kafka_offset_fetch_response_partition *part =
        &answer->offset_fetch.topics[0].partitions[0];
    if (part->error_code != KAFKA_NONE || answer->offset_fetch.error_code != KAFKA_NONE)
        coord_trace_complain(&actor->world->trace, "offsets cannot be fetched: %s",
                             kafka_error_name(part->error_code));
    else if (is_current(actor, log) && call->numbers[2] == actor->world->acts)
        broker_commits_check(actor->world->commits, (uint32_t)call->numbers[0], log,
                             part->committed_offset);
}

static void look(struct broker_actor *actor, uint32_t group, const struct broker_log *log)
{
    int32_t partition = log->partition;
    struct kafka_offset_fetch_request_topic topic = {.name = text(broker_topic_name(log->topic)),
                                                     .partitions = &partition,
                                                     .partition_count = 1};
    const struct kafka_offset_fetch_request request = {
        .group_id = broker_commits_group(group), .topics = &topic, .topic_count = 1};
    const struct broker_call call = {.api = KAFKA_OFFSET_FETCH,
                                     .version = FETCH_VERSION,
                                     .limit_ms = LIMIT_MS,
                                     .numbers = {group, log->number, actor->world->acts},
                                     .end = end_look};

    broker_actor_send(actor, &call, &request);
    broker_actor_take(actor); /* now, as nothing else has happened */
}

/* ---- Alone --------------------------------------------------------------------------------- */

static void *new_committer(struct broker_actor *actor)
{
    (void)actor;
    return NULL;
}

static void end_commit(struct broker_actor *actor, const struct broker_call *call,
                       const union broker_answer *answer)
{
    if (answer == NULL)
        return;
    int16_t error = take_commit(actor, call, &answer->offset_commit);
    if (error != KAFKA_NONE)
        coord_trace_add(&actor->world->trace, "commit: %s", kafka_error_name(error));
}

static void act_committer(struct broker_actor *actor)
{
    static const struct identity nobody = {.generation = -1, .member = ""};

    if (actor->call_count > 0)
        return;
    broker_model_look(&actor->world->model);
    const struct broker_log *log = broker_actor_choose_log(actor);
    if (log == NULL)
        return;
    if (actor->world->is_calm || broker_actor_draw(actor, 2) == 0)
        look(actor, actor->number % 2, log);
    else
        commit(actor, actor->number % 2, log, &nobody, end_commit);
}

static bool is_committer_settled(const struct broker_actor *actor)
{
    return actor->call_count == 0;
}

const struct broker_actor_operations broker_committer = {
    .name = "committer",
    .new = new_committer,
    .destroy = free,
    .act = act_committer,
    .is_settled = is_committer_settled,
};

/* ---- Members ------------------------------------------------------------------------------- */

enum state {
    OUT,
    JOINED, /* and is to sync */
    MEMBER,
};

/* What a leader writes for a member. */
struct assignment {
    uint64_t round;
    uint64_t mask; /* a bit for each partition */
};

struct member {
    enum state state;
    char id[NAME_MAX_BYTES];
    char instance[NAME_MAX_BYTES]; /* "": dynamic */
    int32_t generation;
    bool is_leader;
    char others[MEMBERS_MAX][NAME_MAX_BYTES]; /* of the group, for the leader */
    int32_t other_count;
    uint32_t mask;
    uint64_t heartbeat_ms;
    uint64_t stalled_until_ms;
};

static void *new_member(struct broker_actor *actor)
{
    struct member *self = NEW(struct member);

    if (actor->number % 2 == 0)
        (void)snprintf(self->instance, sizeof self->instance, "static-%" PRIu32, actor->number);
    return self;
}

static const char *instance_of(const struct member *self)
{
    return self->instance[0] == '\0' ? NULL : self->instance;
}

static void copy(char *to, struct kafka_string from)
{
    size_t size = from.length > 0 && from.length < NAME_MAX_BYTES ? (size_t)from.length : 0;

    memcpy(to, from.data == NULL ? "" : from.data, size);
    to[size] = '\0';
}

/* What an error means to a member. */
static void stumble(struct broker_actor *actor, int16_t error)
{
    struct member *self = actor->self;

    coord_trace_add(&actor->world->trace, "member %" PRIu32 ": %s", actor->number,
                    kafka_error_name(error));
    switch (error) {
    case KAFKA_REBALANCE_IN_PROGRESS:
    case KAFKA_ILLEGAL_GENERATION:
        self->state = OUT;
        return;
    case KAFKA_UNKNOWN_MEMBER_ID:
    case KAFKA_FENCED_INSTANCE_ID:
        self->state = OUT;
        self->id[0] = '\0';
        return;
    case KAFKA_COORDINATOR_NOT_AVAILABLE:
    case KAFKA_NOT_COORDINATOR:
    case KAFKA_STORAGE_ERROR:
    case KAFKA_UNKNOWN_TOPIC_OR_PARTITION:
    case KAFKA_MEMBER_ID_REQUIRED:
        return;
    default:
        coord_trace_complain(&actor->world->trace, "member %" PRIu32 ": %s", actor->number,
                             kafka_error_name(error));
    }
}

static void end_join(struct broker_actor *actor, const struct broker_call *call,
                     const union broker_answer *answer)
{
    struct member *self = actor->self;

    (void)call;
    if (answer == NULL)
        return;
    const struct kafka_join_group_response *join = &answer->join_group;
    if (join->error_code == KAFKA_MEMBER_ID_REQUIRED)
        copy(self->id, join->member_id);
    if (join->error_code != KAFKA_NONE) {
        stumble(actor, join->error_code);
        return;
    }
    copy(self->id, join->member_id);
    self->generation = join->generation_id;
    self->is_leader =
        join->leader.length == join->member_id.length &&
        memcmp(join->leader.data, join->member_id.data, (size_t)join->member_id.length) == 0;
    self->other_count = join->member_count < MEMBERS_MAX ? join->member_count : MEMBERS_MAX;
    for (int32_t i = 0; i < self->other_count; i++)
        copy(self->others[i], join->members[i].member_id);
    self->state = JOINED;
}

static void join(struct broker_actor *actor)
{
    const struct member *self = actor->self;
    struct kafka_join_group_request_protocol protocol = {
        .name = text("range"), .metadata = {(const unsigned char *)"", 0}};
    const struct kafka_join_group_request request = {.group_id = broker_commits_group(PARTY),
                                                     .session_timeout_ms = SESSION_MS,
                                                     .rebalance_timeout_ms = REBALANCE_MS,
                                                     .member_id = text(self->id),
                                                     .group_instance_id = text(instance_of(self)),
                                                     .protocol_type = text("consumer"),
                                                     .protocols = &protocol,
                                                     .protocol_count = 1};
    const struct broker_call call = {.api = KAFKA_JOIN_GROUP,
                                     .version = JOIN_VERSION,
                                     .limit_ms = JOIN_LIMIT_MS,
                                     .end = end_join};

    broker_actor_send(actor, &call, &request);
}

static void end_sync(struct broker_actor *actor, const struct broker_call *call,
                     const union broker_answer *answer)
{
    struct member *self = actor->self;
    struct assignment assignment;

    if (answer == NULL || (int32_t)call->numbers[0] != self->generation)
        return;
    if (answer->sync_group.error_code != KAFKA_NONE) {
        stumble(actor, answer->sync_group.error_code);
        return;
    }
    self->state = MEMBER;
    self->heartbeat_ms = actor->world->rig->now.steady_ms;
    self->mask = 0;
    actor->world->coverage.generations++;
    if (answer->sync_group.assignment.length != sizeof assignment)
        return;
    memcpy(&assignment, answer->sync_group.assignment.data, sizeof assignment);
    self->mask = (uint32_t)assignment.mask;
    broker_commits_assign(actor->world->commits, self->generation, assignment.round, self->mask);
}

static void sync_group(struct broker_actor *actor)
{
    const struct member *self = actor->self;
    struct kafka_sync_group_request_assignment assignments[MEMBERS_MAX];
    struct assignment parts[MEMBERS_MAX] = {{0}};
    struct kafka_sync_group_request request = {.group_id = broker_commits_group(PARTY),
                                               .generation_id = self->generation,
                                               .member_id = text(self->id),
                                               .group_instance_id = text(instance_of(self)),
                                               .assignments = assignments};
    const struct broker_call call = {.api = KAFKA_SYNC_GROUP,
                                     .version = SYNC_VERSION,
                                     .limit_ms = JOIN_LIMIT_MS,
                                     .numbers = {(uint64_t)self->generation},
                                     .end = end_sync};
    uint64_t round = rng_next(&actor->rng) | 1;

    if (self->is_leader && self->other_count > 0) {
        request.assignment_count = self->other_count;
        for (int32_t p = 0; p < BROKER_PARTITIONS_MAX; p++)
            parts[p % self->other_count].mask |= 1u << p;
        for (int32_t i = 0; i < self->other_count; i++) {
            parts[i].round = round;
            assignments[i] = (struct kafka_sync_group_request_assignment){
                text(self->others[i]), {(const unsigned char *)&parts[i], sizeof parts[i]}};
        }
    }
    broker_actor_send(actor, &call, &request);
}

static void end_heartbeat(struct broker_actor *actor, const struct broker_call *call,
                          const union broker_answer *answer)
{
    const struct member *self = actor->self;

    if (answer == NULL || (int32_t)call->numbers[0] != self->generation)
        return;
    if (answer->heartbeat.error_code != KAFKA_NONE)
        stumble(actor, answer->heartbeat.error_code);
}

static void heartbeat(struct broker_actor *actor)
{
    struct member *self = actor->self;
    const struct kafka_heartbeat_request request = {.group_id = broker_commits_group(PARTY),
                                                    .generation_id = self->generation,
                                                    .member_id = text(self->id),
                                                    .group_instance_id = text(instance_of(self))};
    const struct broker_call call = {.api = KAFKA_HEARTBEAT,
                                     .version = HEARTBEAT_VERSION,
                                     .limit_ms = LIMIT_MS,
                                     .numbers = {(uint64_t)self->generation},
                                     .end = end_heartbeat};

    self->heartbeat_ms = actor->world->rig->now.steady_ms;
    broker_actor_send(actor, &call, &request);
}

static void end_member_commit(struct broker_actor *actor, const struct broker_call *call,
                              const union broker_answer *answer)
{
    if (answer == NULL)
        return;
    int16_t error = take_commit(actor, call, &answer->offset_commit);
    if (error != KAFKA_NONE)
        stumble(actor, error);
}

static void commit_part(struct broker_actor *actor)
{
    const struct member *self = actor->self;
    const struct identity identity = {self->generation, self->id, instance_of(self)};
    int32_t partition = (int32_t)broker_actor_draw(actor, BROKER_PARTITIONS_MAX);

    broker_model_look(&actor->world->model);
    const struct broker_log *log = broker_model_log(&actor->world->model, BROKER_PLAIN, partition);
    if (log != NULL && (self->mask & 1u << partition) != 0)
        commit(actor, PARTY, log, &identity, end_member_commit);
    else if (log != NULL)
        look(actor, PARTY, log);
}

static void end_leave(struct broker_actor *actor, const struct broker_call *call,
                      const union broker_answer *answer)
{
    (void)actor;
    (void)call;
    (void)answer;
}

static void leave(struct broker_actor *actor)
{
    struct member *self = actor->self;
    struct kafka_leave_group_request_member member = {.member_id = text(self->id),
                                                      .group_instance_id = text(instance_of(self))};
    const struct kafka_leave_group_request request = {
        .group_id = broker_commits_group(PARTY), .members = &member, .member_count = 1};
    const struct broker_call call = {
        .api = KAFKA_LEAVE_GROUP, .version = LEAVE_VERSION, .limit_ms = LIMIT_MS, .end = end_leave};

    broker_actor_send(actor, &call, &request);
    self->state = OUT;
    self->id[0] = '\0';
}

static void act_member(struct broker_actor *actor)
{
    struct member *self = actor->self;
    uint64_t now_ms = actor->world->rig->now.steady_ms;

    if (actor->call_count > 0 || now_ms < self->stalled_until_ms)
        return;
    if (!actor->world->is_calm && broker_actor_draw(actor, STALLS_ONE_IN) == 0) {
        self->stalled_until_ms = now_ms + broker_actor_draw(actor, STALL_MAX_MS);
        return;
    }
    if (self->state == OUT) {
        join(actor);
    } else if (self->state == JOINED) {
        sync_group(actor);
    } else if (now_ms >= self->heartbeat_ms + SESSION_MS / 4) {
        heartbeat(actor);
    } else if (!actor->world->is_calm) {
        if (broker_actor_draw(actor, LEAVES_ONE_IN) == 0)
            leave(actor);
        else
            commit_part(actor);
    }
}

static bool is_member_settled(const struct broker_actor *actor)
{
    const struct member *self = actor->self;

    return self->state == MEMBER;
}

const struct broker_actor_operations broker_member = {
    .name = "member",
    .new = new_member,
    .destroy = free,
    .act = act_member,
    .is_settled = is_member_settled,
};
