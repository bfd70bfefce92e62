/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group under random clients: dynamic and static ones (two of them with the same instance id), of old and new
 * versions, that join, stall, hang up, die, leave, change what they want and commit, while the log completes late, or
 * fails, and the coordinator is restarted with what the log has kept. What has to hold:
 *
 *   - who is given an assignment was in the join of its generation, and the assignment is of that generation;
 *   - those whose heartbeats are accepted at one moment are of one generation, have their parts of one
 *     assignment, and no partition twice;
 *   - joins and syncs are answered in bounded time, and everything once;
 *   - a commit that was acknowledged is not lost, nor replaced by an older one.
 *
 * GALE_PROPERTY_RUNS=1000 does more of them, GALE_PROPERTY_SEED=17 begins with another seed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/group_rig.h"

enum {
    RUNS = 40,
    STEPS = 3000,
    FENCED_REST = 200,
    CLIENTS = 10,
    STATIC_CLIENTS = 4,
    PARTITIONS = 6,
    ROUNDS_MAX = 4000, /* assignments that leaders made */
    COMMITS_MAX = 64,  /* on their way */
    TOLD_MAX = 2000,
    STORE_AGE_MS = 15000, /* the longest a store takes */
    SESSION_MS = 8000,
    REBALANCE_MS = 20000,
    /* A join waits for the slowest member, after the group was empty as long again, and for a store. */
    WAIT_MAX_MS = 2 * REBALANCE_MS + STORE_AGE_MS + 2000,
};

enum state {
    OUT,
    JOINING,
    JOINED, /* has to sync */
    SYNCING,
    MEMBER,
};

struct client {
    enum state state;
    const char *instance; /* NULL: dynamic */
    int16_t version;
    bool cooperates; /* keeps its partitions while it joins again, and tells them */
    bool stalls;
    uint32_t rests;        /* turns */
    uint32_t dawdles;      /* turns of nothing but heartbeats, whatever it is asked for */
    char id[RIG_NAME_MAX]; /* "" if it has none */
    char protocols[RIG_NAME_MAX];
    uint32_t changes;
    int32_t generation;
    uint64_t token;
    uint64_t asked_ms;
    uint64_t join;  /* token of the answer that it leads by; 0: it does not lead */
    size_t round;   /* of its assignment */
    uint32_t parts; /* bits */
};

/* What a leader assigned. */
struct round {
    int32_t generation;
    size_t count;
    char (*members)[RIG_NAME_MAX];
};

struct commit {
    uint64_t token;
    int32_t partition;
    int64_t offset;
    bool is_stale; /* of a generation that is over */
};

struct world {
    struct rng rng;
    uint64_t seed;
    size_t step;
    struct rig *rig;
    struct client clients[CLIENTS];
    struct round rounds[ROUNDS_MAX];
    size_t round_count;
    struct commit commits[COMMITS_MAX];
    size_t commit_count;
    int64_t last_offset;              /* offsets are the numbers of commits */
    int64_t acknowledged[PARTITIONS]; /* -1: none */
    int64_t attempted[PARTITIONS];
    uint32_t diligence; /* of the log, percent */
    uint64_t completed; /* the highest ticket that the log has for sure, and all before it */
    uint32_t calm;      /* so many times as rare is what disturbs */
    int32_t rebalance_ms;
    uint64_t store_age_ms;
    uint64_t stored_ms; /* since when the oldest store waits */
    size_t synced;      /* how often the aims were reached, for the test of the test */
    size_t audited;
};

/* The last of what was told says how it came about. */
static const char *told(const struct world *world)
{
    const char *text = text_data(&world->rig->told);
    size_t size = strlen(text);

    return size > TOLD_MAX ? text + size - TOLD_MAX : text;
}

#define EXPECT(world, condition)                                                                \
    ck_assert_msg(condition, "seed %" PRIu64 " step %zu: %s\n%s", (world)->seed, (world)->step, \
                  #condition, told(world))

static uint32_t draw(struct world *world, uint32_t bound)
{
    return rng_below(&world->rng, bound);
}

/* ---- clients -------------------------------------------------------------------------------- */

static void lose_id(struct client *client)
{
    client->id[0] = '\0';
    client->state = OUT;
}

static void ask(struct world *world, struct client *client, enum state state, uint64_t token)
{
    client->state = state;
    client->token = token;
    client->asked_ms = world->rig->now_ms;
}

static void choose_protocols(struct client *client)
{
    (void)snprintf(client->protocols, sizeof client->protocols, "range=t%" PRIu32 "/%zu,other",
                   client->changes, client->cooperates ? client->round : 0);
}

static void join(struct world *world, struct client *client)
{
    if (!client->cooperates)
        client->parts = 0;
    choose_protocols(client);
    uint64_t token = rig_join(world->rig, (struct rig_joining){.member = client->id,
                                                               .instance = client->instance,
                                                               .protocols = client->protocols,
                                                               .session_ms = SESSION_MS,
                                                               .rebalance_ms = world->rebalance_ms,
                                                               .version = client->version});
    ask(world, client, JOINING, token);
}

/* What every error means to a client. */
static void take_error(struct client *client, int16_t error)
{
    client->state = OUT;
    if (error == KAFKA_UNKNOWN_MEMBER_ID || error == KAFKA_FENCED_INSTANCE_ID)
        lose_id(client);
    if (error == KAFKA_FENCED_INSTANCE_ID)
        client->rests = FENCED_REST; /* else the two with one instance would fight for ever */
}

static void take_join(struct world *world, struct client *client, const struct rig_answer *answer)
{
    if (answer->error == KAFKA_MEMBER_ID_REQUIRED) {
        (void)snprintf(client->id, sizeof client->id, "%s", answer->member);
        client->state = OUT;
        return;
    }
    if (answer->error != 0) {
        take_error(client, answer->error);
        return;
    }
    (void)snprintf(client->id, sizeof client->id, "%s", answer->member);
    client->generation = answer->generation;
    client->join = strcmp(answer->leader, answer->member) == 0 ? client->token : 0;
    client->state = JOINED;
    EXPECT(world, client->join == 0 || answer->count > 0);
}

/* Deals the partitions out, and remembers to whom. Texts: "7:acd", round and partitions. */
static void assign(struct world *world, const struct rig_answer *joined, struct text *out)
{
    size_t number = world->round_count++;
    struct round *round = &world->rounds[number];

    EXPECT(world, number < ROUNDS_MAX);
    round->generation = joined->generation;
    round->count = joined->count;
    round->members = calloc(joined->count, RIG_NAME_MAX);
    uint32_t first = draw(world, (uint32_t)joined->count);
    for (size_t i = 0; i < joined->count; i++) {
        memcpy(round->members[i], joined->members[i], RIG_NAME_MAX);
        text_add(out, "%s%s=%zu:", i == 0 ? "" : ",", joined->members[i], number);
        for (size_t p = 0; p < PARTITIONS; p++)
            if ((p + first) % joined->count == i)
                text_add(out, "%c", (char)('a' + p));
    }
}

static void sync(struct world *world, struct client *client)
{
    AUTO(text_done) struct text assignments = {0};

    if (client->join != 0)
        assign(world, rig_answer(world->rig, client->join), &assignments);
    ask(world, client, SYNCING,
        rig_sync_as(world->rig, client->id, client->instance, client->generation,
                    text_data(&assignments)));
}

static bool was_in(const struct round *round, const struct client *client)
{
    for (size_t i = 0; i < round->count; i++) {
        if (strcmp(round->members[i], client->id) == 0)
            return true;
        size_t size = client->instance == NULL ? 0 : strlen(client->instance);
        if (size > 0 && strncmp(round->members[i], client->instance, size) == 0 &&
            round->members[i][size] == '-')
            return true; /* its former self was */
    }
    return false;
}

static void take_sync(struct world *world, struct client *client, const struct rig_answer *answer)
{
    if (answer->error != 0) {
        take_error(client, answer->error);
        return;
    }
    char *end = NULL;
    client->round = strtoul(answer->assignment, &end, 10);
    EXPECT(world, end != answer->assignment && *end == ':');
    EXPECT(world, client->round < world->round_count);
    const struct round *round = &world->rounds[client->round];
    EXPECT(world, round->generation == client->generation);
    EXPECT(world, was_in(round, client));
    client->parts = 0;
    for (const char *at = end + 1; *at != '\0'; at++)
        client->parts |= 1U << (uint32_t)(*at - 'a');
    client->state = MEMBER;
    world->synced++;
}

/* Of a generation that is over nobody may believe that it goes on. */
static bool is_stale(const struct world *world, const struct client *client)
{
    int32_t last = world->rig->last_generation;

    return last >= 0 && last != client->generation;
}

static int16_t heartbeat(struct world *world, struct client *client)
{
    int16_t error = rig_error(
        world->rig, rig_heartbeat_as(world->rig, client->id, client->instance, client->generation));

    EXPECT(world, error != 0 || !is_stale(world, client));
    return error;
}

static void commit(struct world *world, const struct client *client)
{
    int32_t partition = (int32_t)draw(world, PARTITIONS);

    if (world->commit_count == COMMITS_MAX || (client->parts & 1U << (uint32_t)partition) == 0)
        return;
    struct commit *commit = &world->commits[world->commit_count++];
    commit->partition = partition;
    commit->offset = ++world->last_offset;
    commit->is_stale = is_stale(world, client);
    world->attempted[partition] = commit->offset;
    commit->token =
        rig_commit(world->rig, "g", client->id, client->generation, "t", partition, commit->offset);
}

static void work(struct world *world, struct client *client)
{
    uint32_t what = draw(world, 100);

    if (what < 60 || draw(world, 4) > 0) {
        int16_t error = heartbeat(world, client);
        if (error != 0)
            take_error(client, error);
    } else if (what < 96) {
        commit(world, client);
    } else if (what < 97 && client->instance != NULL) {
        lose_id(client); /* its process starts again */
    } else if (draw(world, world->calm) > 0) {
        return;
    } else if (what < 97) {
        (void)rig_leave(world->rig, client->id);
        lose_id(client);
    } else if (what < 98) {
        client->changes++;
        join(world, client);
    } else if (what < 99 && client->cooperates) {
        join(world, client);
    }
}

static void forget(struct world *world, struct client *client)
{
    if ((client->state == JOINING || client->state == SYNCING) &&
        rig_find(world->rig, client->token) == NULL)
        rig_forget(world->rig, client->token);
    client->state = OUT;
}

/* The process is gone, or only its connection. */
static void disturb(struct world *world, struct client *client)
{
    uint32_t what = draw(world, 10);

    if (what < 3)
        forget(world, client);
    else if (what < 5) {
        forget(world, client);
        lose_id(client);
    } else if (what < 8) {
        client->dawdles = draw(world, 300);
    } else {
        client->stalls = true;
    }
}

static void dawdle(struct world *world, struct client *client)
{
    client->dawdles--;
    int16_t error = heartbeat(world, client);
    if (error != 0 && error != KAFKA_REBALANCE_IN_PROGRESS)
        take_error(client, error);
}

static void poll(struct world *world, struct client *client)
{
    const struct rig_answer *answer = rig_find(world->rig, client->token);

    if (answer == NULL) {
        EXPECT(world, world->rig->now_ms - client->asked_ms <= WAIT_MAX_MS);
        return;
    }
    if (client->state == JOINING)
        take_join(world, client, answer);
    else
        take_sync(world, client, answer);
}

static void act(struct world *world, struct client *client)
{
    if (draw(world, 1000 * world->calm) == 0)
        disturb(world, client);
    if (client->stalls && draw(world, 20) == 0)
        client->stalls = false;
    if (client->stalls)
        return;
    if (client->rests > 0) {
        client->rests--;
        return;
    }
    if (client->dawdles > 0 && (client->state == JOINED || client->state == MEMBER)) {
        dawdle(world, client);
        return;
    }
    switch (client->state) {
    case OUT:
        if (draw(world, 4) == 0)
            join(world, client);
        return;
    case JOINING:
    case SYNCING:
        poll(world, client);
        return;
    case JOINED:
        if (draw(world, 60) == 0)
            client->dawdles = draw(world, 500);
        else if (draw(world, 3) > 0)
            sync(world, client);
        return;
    case MEMBER:
        work(world, client);
        return;
    }
}

/* ---- the log -------------------------------------------------------------------------------- */

static void take_commits(struct world *world)
{
    size_t kept = 0;

    for (size_t i = 0; i < world->commit_count; i++) {
        struct commit *commit = &world->commits[i];
        const struct rig_answer *answer = rig_find(world->rig, commit->token);
        if (answer == NULL)
            world->commits[kept++] = *commit;
        else
            EXPECT(world, answer->error != 0 || !commit->is_stale);
        if (answer != NULL && answer->error == 0 &&
            commit->offset > world->acknowledged[commit->partition])
            world->acknowledged[commit->partition] = commit->offset;
    }
    world->commit_count = kept;
}

/* The records of a ticket are not in the log after all. */
static void cut(struct rig *rig, uint64_t ticket)
{
    size_t kept = 0;

    for (size_t i = 0; i < rig->log_count; i++) {
        if (rig->log[i].ticket != ticket) {
            rig->log[kept++] = rig->log[i];
            continue;
        }
        free((void *)(uintptr_t)rig->log[i].key.data);
        free((void *)(uintptr_t)rig->log[i].value.data);
    }
    rig->log_count = kept;
}

static void complete(struct world *world)
{
    struct rig *rig = world->rig;

    if (rig->ticket_count == 0)
        return;
    int16_t error = 0;
    size_t index = draw(world, 3) > 0 ? 0 : draw(world, (uint32_t)rig->ticket_count);
    bool is_kept = true;
    if (draw(world, 12) == 0) {
        error = KAFKA_NOT_ENOUGH_REPLICAS;
        is_kept = draw(world, 2) == 0;
    }
    if (!is_kept)
        cut(rig, rig->tickets[index]);
    else if (rig->tickets[index] > world->completed)
        world->completed = rig->tickets[index];
    rig_complete_at(rig, index, error);
    if (index == 0)
        world->stored_ms = rig->now_ms;
}

static void check_offsets(struct world *world)
{
    for (int32_t i = 0; i < PARTITIONS; i++) {
        int64_t offset = rig_offset(world->rig, "g", "t", i);
        EXPECT(world, offset >= world->acknowledged[i]);
        EXPECT(world, offset <= world->attempted[i]);
    }
}

/* Of what is not complete some is in the log, and what came after it is not. */
static void lose_tail(struct world *world)
{
    struct rig *rig = world->rig;
    size_t kept = 0;

    while (kept < rig->ticket_count &&
           (rig->tickets[kept] < world->completed || draw(world, 2) == 0))
        kept++;
    for (size_t i = kept; i < rig->ticket_count; i++)
        cut(rig, rig->tickets[i]);
    /* Tickets begin anew: the old ones must not be taken for new ones. */
    for (size_t i = 0; i < rig->log_count; i++)
        rig->log[i].ticket = 0;
    world->completed = 0;
}

static bool is_at_work(const struct client *client)
{
    return client->state == MEMBER && !client->stalls;
}

/* Static members that were away may stand beside as many as there may be: then all join anew at a start. */
static bool is_too_large(const struct world *world)
{
    return strstr(text_data(&world->rig->told), "more members than it may have") != NULL;
}

/* Members of a stable generation do not notice. */
static void restart(struct world *world)
{
    struct rig *rig = world->rig;
    bool goes_on[CLIENTS] = {false};

    bool is_stable = strcmp(rig_state(rig, "g"), "Stable") == 0;
    for (size_t i = 0; is_stable && i < CLIENTS; i++)
        goes_on[i] = is_at_work(&world->clients[i]) && heartbeat(world, &world->clients[i]) == 0;
    lose_tail(world);
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &world->clients[i];
        if ((client->state == JOINING || client->state == SYNCING) &&
            rig_find(rig, client->token) == NULL)
            client->state = OUT;
    }
    take_commits(world);
    world->commit_count = 0;
    text_clear(&rig->told);
    rig_restart(rig);
    check_offsets(world);
    for (size_t i = 0; i < CLIENTS; i++)
        EXPECT(world,
               !goes_on[i] || heartbeat(world, &world->clients[i]) == 0 || is_too_large(world));
}

static void pass(struct world *world, uint64_t ms)
{
    while (world->rig->ticket_count > 0 &&
           world->rig->now_ms + ms > world->stored_ms + world->store_age_ms)
        complete(world);
    rig_pass(world->rig, ms);
    if (world->rig->ticket_count == 0)
        world->stored_ms = world->rig->now_ms;
}

/* ---- the checks ----------------------------------------------------------------------------- */

/* All at one moment. */
static void audit(struct world *world)
{
    const struct client *alive[CLIENTS];
    size_t count = 0;
    uint32_t parts = 0;

    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &world->clients[i];
        if (!is_at_work(client))
            continue;
        if (heartbeat(world, client) == 0)
            alive[count++] = client;
    }
    for (size_t i = 0; i < count; i++) {
        EXPECT(world, alive[i]->generation == alive[0]->generation);
        EXPECT(world, alive[i]->round == alive[0]->round);
        EXPECT(world, (parts & alive[i]->parts) == 0);
        parts |= alive[i]->parts;
    }
    world->audited += count > 1 ? 1 : 0;
    take_commits(world);
    check_offsets(world);
}

static void step(struct world *world)
{
    uint32_t what = draw(world, 1000);

    for (size_t i = 0; i < CLIENTS / 3; i++)
        act(world, &world->clients[draw(world, CLIENTS)]);
    if (what < 400)
        return;
    if (what < 850 && draw(world, 100) < world->diligence)
        complete(world);
    else if (what < 980)
        pass(world, draw(world, 400));
    else if (what < 990)
        audit(world);
    else if (what < 993)
        pass(world, draw(world, 12000));
    else if (what < 995)
        restart(world);
    take_commits(world);
}

static void begin(struct world *world, uint64_t seed)
{
    static const char *const instances[STATIC_CLIENTS] = {"i0", "i1", "i2", "i2"};
    static const int16_t versions[] = {3, 4, 5};
    struct groups_options options = rig_options();

    rng_init(&world->rng, seed);
    world->seed = seed;
    options.seed = seed;
    options.initial_delay_ms = draw(world, 2) * 1000;
    options.members_max = 6 + draw(world, 10);
    world->rig = rig_new_with(&options);
    world->rig->storing = RIG_STORES_LATER;
    world->calm = draw(world, 2) == 0 ? 1 : 8;
    world->rebalance_ms = draw(world, 2) == 0 ? REBALANCE_MS : REBALANCE_MS / 6;
    world->store_age_ms = draw(world, 2) == 0 ? STORE_AGE_MS : STORE_AGE_MS / 15;
    world->diligence = 1 + draw(world, 100);
    world->stored_ms = world->rig->now_ms;
    for (size_t i = 0; i < PARTITIONS; i++)
        world->acknowledged[i] = world->attempted[i] = -1;
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *client = &world->clients[i];
        client->instance = i < STATIC_CLIENTS ? instances[i] : NULL;
        client->version = client->instance != NULL ? (draw(world, 2) == 0 ? 5 : 9)
                                                   : versions[draw(world, COUNT_OF(versions))];
        client->cooperates = client->instance == NULL && draw(world, 2) == 0;
    }
}

/* When all clients are silent, all that was asked is answered, and the group is empty. */
static void end(struct world *world)
{
    while (world->rig->ticket_count > 0)
        complete(world);
    for (size_t i = 0; i < 40; i++) {
        rig_pass(world->rig, REBALANCE_MS / 2);
        while (world->rig->ticket_count > 0)
            complete(world);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        const struct client *client = &world->clients[i];
        EXPECT(world, (client->state != JOINING && client->state != SYNCING) ||
                          rig_find(world->rig, client->token) != NULL);
    }
    take_commits(world);
    EXPECT(world, world->commit_count == 0);
    check_offsets(world);
    const char *state = rig_state(world->rig, "g");
    EXPECT(world, strcmp(state, "Empty") == 0 || strcmp(state, "Dead") == 0);
}

/* What all runs together have come to. */
struct harvest {
    size_t synced;
    size_t audited;
    int64_t commits;
};

static void run(uint64_t seed, struct harvest *harvest)
{
    struct world *world = NEW(struct world);

    begin(world, seed);
    for (world->step = 0; world->step < STEPS; world->step++)
        step(world);
    end(world);
    harvest->synced += world->synced;
    harvest->audited += world->audited;
    for (size_t i = 0; i < PARTITIONS; i++)
        harvest->commits += world->acknowledged[i] >= 0 ? 1 : 0;
    for (size_t i = 0; i < world->round_count; i++)
        free(world->rounds[i].members);
    rig_destroy(&world->rig);
    free(world);
}

static uint64_t number_of(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);

    return text == NULL ? fallback : strtoull(text, NULL, 10);
}

START_TEST(a_group_keeps_its_promises_under_random_clients)
{
    uint64_t first = number_of("GALE_PROPERTY_SEED", 1);
    uint64_t runs = number_of("GALE_PROPERTY_RUNS", RUNS);

    struct harvest harvest = {0};

    for (uint64_t i = 0; i < runs; i++)
        run(first + i, &harvest);
    /* It was worth something: groups were stable, with several members at work. */
    ck_assert_uint_ge(harvest.synced, 10 * runs);
    ck_assert_uint_ge(harvest.audited, runs);
    ck_assert_int_ge(harvest.commits, (int64_t)runs);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_group_keeps_its_promises_under_random_clients};
    return suite_run("group_property", tests, COUNT_OF(tests));
}
