/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three nimbuses under random requests, faults, restarts, and supervisors that come and go. What has to
 * hold in every state of the cluster: no name twice, no slot in two assignments, versions and
 * epochs that only grow. And when the faults stop: one leader, all answered, all placed, or gone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/assignment_state.h"
#include "coord/state/paths.h"
#include "coord/state/topology_state.h"
#include "tests/support/suite.h"
#include "tests/unit/nimbus/rig.h"

enum {
    SEEDS = 15,
    TURNS = 3000,
    NAMES = 4,
    SUPERVISORS = 3,
    SLOTS = 3,     /* enough for all names, each with two workers */
    IDS_MAX = 512, /* ever made */
    KNOWN_MAX = 64,
};

/* What was seen of a topology's records: they may not go back. */
struct known {
    char id[PATHS_ID_MAX + 1];
    uint64_t epoch;
    uint64_t assignment_epoch;
    uint64_t version;
};

struct world {
    struct rig *rig;
    uint64_t seed;
    bool is_up[SUPERVISORS];
    size_t known_count;
    struct known known[IDS_MAX];
    struct rig_nimbus *asked[RIG_ANSWERS_MAX]; /* by id; NULL: no answer is owed */
    /* of the state that is looked at */
    char names[KNOWN_MAX][64];
    size_t name_count;
    bool slots[SUPERVISORS][SLOTS];
};

static uint32_t draw(struct world *world, uint32_t bound)
{
    return rng_below(coord_model_rng(world->rig->model), bound);
}

/* ---- What has to hold ---------------------------------------------------------------------- */

static struct known *know(struct world *world, const char *id)
{
    for (size_t i = 0; i < world->known_count; i++)
        if (strcmp(world->known[i].id, id) == 0)
            return &world->known[i];
    ck_assert_uint_lt(world->known_count, IDS_MAX);
    struct known *known = &world->known[world->known_count++];
    *known = (struct known){.epoch = 0};
    (void)snprintf(known->id, sizeof known->id, "%s", id);
    return known;
}

static void check_assignment(struct world *world, const char *id, struct known *known)
{
    const char *data = coord_model_data(world->rig->model, paths_assignment(id).text);
    struct assignment_state assignment;

    if (data == NULL)
        return;
    ck_assert_int_eq(assignment_state_decode(data, strlen(data), &assignment, NULL), ERR_OK);
    ck_assert_uint_ge(assignment.epoch, known->assignment_epoch);
    ck_assert_uint_ge(assignment.version, known->version);
    known->assignment_epoch = assignment.epoch;
    known->version = assignment.version;
    for (size_t w = 0; w < assignment.worker_count; w++) {
        bool *slot =
            &world->slots[assignment.workers[w].supervisor[1] - '0'][assignment.workers[w].slot];
        ck_assert_msg(!*slot, "seed %" PRIu64 ": %s slot %" PRIu32 " twice", world->seed,
                      assignment.workers[w].supervisor, assignment.workers[w].slot);
        *slot = true;
    }
    assignment_state_done(&assignment);
}

static void check_topology(struct world *world, const char *id)
{
    const char *data = coord_model_data(world->rig->model, paths_topology(id).text);
    struct known *known = know(world, id);
    struct topology_state state;

    if (data == NULL)
        return;
    ck_assert_int_eq(topology_state_decode(data, strlen(data), &state, NULL), ERR_OK);
    ck_assert_uint_ge(state.epoch, known->epoch);
    known->epoch = state.epoch;
    for (size_t i = 0; i < world->name_count; i++)
        ck_assert_msg(strcmp(world->names[i], state.name) != 0, "seed %" PRIu64 ": %s twice",
                      world->seed, state.name);
    (void)snprintf(world->names[world->name_count++], sizeof world->names[0], "%s", state.name);
    topology_state_done(&state);
}

/* Ids are made of a name, a counter and the seconds since 1970: all that there can be. */
static void check(struct world *world)
{
    char id[64];

    world->name_count = 0;
    memset(world->slots, 0, sizeof world->slots);
    for (char name = 'a'; name < 'a' + NAMES; name++) {
        for (uint32_t counter = 1; counter < 20; counter++) {
            for (uint64_t second = RIG_WALL_MS / 1000; second <= world->rig->wall_ms / 1000;
                 second++) {
                (void)snprintf(id, sizeof id, "%c-%" PRIu32 "-%" PRIu64, name, counter, second);
                if (coord_model_stat(world->rig->model, paths_topology(id).text) == NULL)
                    continue;
                check_topology(world, id);
                check_assignment(world, id, know(world, id));
            }
        }
    }
}

/* ---- What happens -------------------------------------------------------------------------- */

/* Mostly the one that leads, if there is one. */
static struct rig_nimbus *choose(struct world *world)
{
    struct rig_nimbus *nimbus = &world->rig->nimbuses[draw(world, RIG_NIMBUSES_MAX)];

    for (size_t i = 0; i < RIG_NIMBUSES_MAX && draw(world, 8) > 0; i++)
        if (core_state(world->rig->nimbuses[i].core) == OFFICE_ACTING)
            return &world->rig->nimbuses[i];
    return nimbus;
}

static void ask(struct world *world, const char *op, char name, const char *more)
{
    char args[512];
    struct rig_nimbus *nimbus = choose(world);

    (void)snprintf(args, sizeof args, "{'name':'%c'%s}", name, more);
    world->asked[rig_ask(world->rig, nimbus, op, args, NULL)] = nimbus;
}

/* A process that was killed answers nobody. */
static void restart(struct world *world)
{
    size_t index = draw(world, RIG_NIMBUSES_MAX);

    rig_restart(world->rig, index);
    for (size_t i = 0; i < RIG_ANSWERS_MAX; i++)
        if (world->asked[i] == &world->rig->nimbuses[index])
            world->asked[i] = NULL;
}

/* A worker of any incarnation, and whatever has become of it. */
static void report(struct world *world)
{
    static const char *const phases[] = {"starting", "running", "backoff", "failed", "ended"};
    struct rig_nimbus *nimbus = choose(world);
    char args[512];

    (void)snprintf(args, sizeof args,
                   "{'supervisor':'s%" PRIu32 "','workers':[{'topology':'%c-%" PRIu32 "-%" PRIu64
                   "','slot':%" PRIu32 ",'incarnation':%" PRIu32 ",'restarts':1,'phase':'%s',"
                   "'last_exit':'exit 1'}]}",
                   draw(world, SUPERVISORS), 'a' + (char)draw(world, NAMES), 1 + draw(world, 3),
                   world->rig->wall_ms / 1000, draw(world, SLOTS), draw(world, 3),
                   phases[draw(world, COUNT_OF(phases))]);
    world->asked[rig_ask(world->rig, nimbus, "supervisor.report", args, NULL)] = nimbus;
}

static void change_supervisor(struct world *world)
{
    uint32_t index = draw(world, SUPERVISORS);
    char id[] = {'s', (char)('0' + index), '\0'};

    if (world->is_up[index])
        rig_remove_supervisor(world->rig, id);
    else
        rig_add_supervisor(world->rig, id, SLOTS);
    world->is_up[index] = !world->is_up[index];
}

static void request(struct world *world)
{
    char name = (char)('a' + draw(world, NAMES));

    switch (draw(world, 11)) {
    case 8:
        ask(world, "topology.log_level", name, ",'level':'debug','for_ms':3000");
        break;
    case 9:
        ask(world, "topology.debug", name, ",'percent':7");
        break;
    case 10:
        ask(world, "worker.restart", name, ",'supervisor':'s0','slot':0");
        break;
    case 0:
        ask(world, "topology.kill", name, ",'wait_ms':1000");
        break;
    case 1:
        ask(world, "topology.deactivate", name, "");
        break;
    case 2:
        ask(world, "topology.activate", name, "");
        break;
    case 3:
        ask(world, "topology.rebalance", name, ",'workers':2,'wait_ms':500");
        break;
    case 4:
        ask(world, "topology.status", name, "");
        break;
    default:
        ask(world, "topology.submit", name,
            ",'plan':'" RIG_PLAN "','so':'" RIG_SO "','settings':{},'args':[]");
        break;
    }
}

static void happen(struct world *world)
{
    struct rig *rig = world->rig;

    switch (draw(world, 50)) {
    case 0:
        change_supervisor(world);
        break;
    case 1:
    case 2:
    case 3:
        request(world);
        break;
    case 4:
    case 5:
        rig->now_ns += UINT64_C(200000000);
        rig->wall_ms += 200;
        break;
    case 6:
        if (draw(world, 30) == 0)
            restart(world);
        break;
    case 7:
        if (draw(world, 4) == 0)
            report(world);
        break;
    default:
        rig_turn(rig, 1);
        break;
    }
}

/* ---- When the faults stop ------------------------------------------------------------------ */

/* No level outlives its time, whoever led then. */
static void check_steering(struct world *world, const char *name)
{
    char args[64];

    (void)snprintf(args, sizeof args, "{'name':'%s'}", name);
    const json_t *status = rig_do(world->rig, "topology.status", args);
    ck_assert_msg(json_is_null(json_object_get(status, "log_level")), "seed %" PRIu64, world->seed);
}

/* They begin with the leader, and their ids are without a gap. */
static void check_events(struct world *world)
{
    const json_t *ok = rig_do(world->rig, "events", "{'limit':1000}");
    const json_t *list = json_object_get(ok, "events");
    json_int_t id = json_integer_value(json_object_get(ok, "first_id"));

    ck_assert_uint_ge(json_array_size(list), 1);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 0), "kind")),
                     "leading");
    for (size_t i = 0; i < json_array_size(list); i++)
        ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(list, i), "id")), id++);
    ck_assert_int_eq(json_integer_value(json_object_get(ok, "last_id")), id - 1);
}

static void check_end(struct world *world)
{
    struct rig *rig = world->rig;

    for (uint32_t i = 0; i < SUPERVISORS; i++)
        if (!world->is_up[i])
            rig_add_supervisor(rig, (char[]){'s', (char)('0' + i), '\0'}, SLOTS);
    rig_pass(rig, 40000);
    check(world);
    ck_assert_uint_eq(rig_count_leaders(rig), 1);
    for (size_t i = 0; i < RIG_ANSWERS_MAX; i++)
        ck_assert_msg(world->asked[i] == NULL || rig->answers[i].is_there,
                      "seed %" PRIu64 ": request %zu was not answered", world->seed, i);
    const json_t *list = json_object_get(rig_do(rig, "topology.list", "{}"), "topologies");
    ck_assert_uint_eq(json_array_size(list), coord_model_children(rig->model, PATHS_TOPOLOGIES));
    ck_assert_uint_le(coord_model_children(rig->model, PATHS_ASSIGNMENTS), json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *line = json_array_get(list, i);
        const char *status = json_string_value(json_object_get(line, "status"));
        ck_assert_msg(strcmp(status, "active") == 0 || strcmp(status, "inactive") == 0,
                      "seed %" PRIu64 ": %s", world->seed, status);
        ck_assert_msg(json_integer_value(json_object_get(line, "unplaced")) == 0,
                      "seed %" PRIu64 ": %s", world->seed,
                      json_string_value(json_object_get(line, "why_not")));
        ck_assert_int_ge(json_integer_value(json_object_get(line, "workers")), 1);
        check_steering(world, json_string_value(json_object_get(line, "name")));
    }
    check_events(world);
}

static void run(uint64_t seed)
{
    struct world *world = NEW(struct world);

    world->seed = seed;
    world->rig = rig_new(seed, RIG_NIMBUSES_MAX);
    rig_settle(world->rig);
    rig_upload(world->rig);
    for (int i = 0; i < TURNS; i++) {
        happen(world);
        if (i % 8 == 0)
            check(world);
    }
    check_end(world);
    rig_destroy(&world->rig);
    free(world);
}

START_TEST(whatever_happens_the_cluster_state_is_sound)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {whatever_happens_the_cluster_state_is_sound};

    return suite_run("core_property", tests, COUNT_OF(tests));
}
