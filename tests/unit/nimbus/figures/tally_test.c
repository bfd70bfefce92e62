/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tally against a naive model: workers come, count, die, are replaced; their sets come late, twice, in
 * pieces, or not at all. Sums never shrink, are never above the truth, and at the end are the truth.
 */
#include "nimbus/figures/tally.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nimbus/figures/glance.h"
#include "tests/support/suite.h"
#include "tests/unit/nimbus/parts.h"

#define YOUNG_NS UINT64_C(1000000000)
#define OLD_NS   UINT64_C(60000000000)

static void report(struct places *places, const char *supervisor, uint32_t slot,
                   uint64_t incarnation)
{
    json_t *worker = json_pack("{s:s, s:i, s:I, s:s}", "topology", "t", "slot", (int)slot,
                               "incarnation", (json_int_t)incarnation, "phase", "running");

    places_begin(places, supervisor);
    places_put(places, supervisor, worker, 1);
    json_decref(worker);
}

static bool say(struct tally *tally, uint64_t incarnation, uint64_t uptime_ns,
                struct parts_task task)
{
    struct parts *parts = NEW(struct parts);
    struct tally_source source = {"s1", 0, incarnation};

    parts_make_bolt(parts, &(struct parts_worker){.uptime_ns = uptime_ns}, &task, 1);
    bool is_taken = tally_take(tally, &source, &parts->part);
    free(parts);
    return is_taken;
}

static struct glance_counts total(const struct tally *tally, const char *component)
{
    struct marks marks = {.bytes = 0};
    struct glance *glance = NEW(struct glance);
    struct glance_counts counts = {0};

    glance_init(glance, tally, &marks, 0, NULL, 0);
    const struct glance_component *found = glance_find(glance, component);
    if (found != NULL)
        counts = found->total;
    glance_done(glance);
    free(glance);
    return counts;
}

START_TEST(nothing_is_shown_before_the_tick)
{
    struct tally tally = {.tick = 0};
    struct places places = {0};

    ck_assert(say(&tally, 1, YOUNG_NS, (struct parts_task){.count = 5}));
    ck_assert_uint_eq(total(&tally, PARTS_BOLT).executed, 0);
    tally_freeze(&tally, &(struct tally_world){&places, NULL}, 1);
    ck_assert_uint_eq(total(&tally, PARTS_BOLT).executed, 5);
    ck_assert(say(&tally, 1, YOUNG_NS, (struct parts_task){.count = 9}));
    ck_assert_uint_eq(total(&tally, PARTS_BOLT).executed, 5);
    tally_done(&tally);
}
END_TEST

START_TEST(what_a_dead_incarnation_has_counted_stays)
{
    struct tally tally = {.tick = 0};
    struct places places = {0};

    ck_assert(say(&tally, 1, YOUNG_NS, (struct parts_task){.count = 100}));
    ck_assert(say(&tally, 2, YOUNG_NS, (struct parts_task){.count = 7}));
    tally_freeze(&tally, &(struct tally_world){&places, NULL}, 1);
    ck_assert_uint_eq(total(&tally, PARTS_BOLT).executed, 107);
    ck_assert(say(&tally, 1, YOUNG_NS, (struct parts_task){.count = 120})); /* its last words */
    ck_assert(say(&tally, 3, YOUNG_NS, (struct parts_task){.count = 1}));
    ck_assert(!say(&tally, 1, YOUNG_NS, (struct parts_task){.count = 500}));
    tally_freeze(&tally, &(struct tally_world){&places, NULL}, 2);
    ck_assert_uint_eq(total(&tally, PARTS_BOLT).executed, 128);
    tally_done(&tally);
}
END_TEST

START_TEST(only_workers_that_live_have_something_open)
{
    struct tally tally = {.tick = 0};
    struct places places = {0};

    ck_assert(say(&tally, 3, YOUNG_NS, (struct parts_task){.count = 1, .open = 4}));
    tally_freeze(&tally, &(struct tally_world){&places, NULL}, 1);
    ck_assert_uint_eq(tally.components[0].tasks[0].now.open, 0);
    report(&places, "s1", 0, 3);
    tally_freeze(&tally, &(struct tally_world){&places, NULL}, 2);
    ck_assert_uint_eq(tally.components[0].tasks[0].now.open, 4);
    report(&places, "s1", 0, 4); /* the next incarnation has not said anything */
    tally_freeze(&tally, &(struct tally_world){&places, NULL}, 3);
    ck_assert_uint_eq(tally.components[0].tasks[0].now.open, 0);
    places_done(&places);
    tally_done(&tally);
}
END_TEST

START_TEST(what_was_counted_before_it_was_heard_of_is_in_no_window)
{
    struct tally tally = {.tick = 0};
    struct marks marks = {.bytes = 0};
    struct places places = {0};
    struct marks_table tables[TALLY_COMPONENTS_MAX];
    struct glance *glance = NEW(struct glance);

    marks_begin(&marks, 9);
    ck_assert(say(&tally, 1, OLD_NS, (struct parts_task){.count = 1000}));
    ck_assert(say(&tally, 1, OLD_NS, (struct parts_task){.count = 1003}));
    tally_freeze(&tally, &(struct tally_world){&places, NULL}, 10);
    marks_put(&marks, 10, tables, tally_tables(&tally, tables));
    glance_init(glance, &tally, &marks, 10, NULL, 0);
    ck_assert_uint_eq(glance->components[0].total.executed, 1003);
    ck_assert_uint_eq(glance->components[0].window.executed, 3);
    ck_assert_uint_eq(glance->seconds, 1);
    glance_done(glance);
    free(glance);
    marks_done(&marks);
    tally_done(&tally);
}
END_TEST

START_TEST(a_loop_s_queue_is_counted_once)
{
    struct tally tally = {.tick = 0};
    struct places places = {0};
    struct parts *parts = NEW(struct parts);
    struct tally_source source = {"s1", 0, 1};
    const struct parts_task tasks[3] = {{.index = 0, .loop = 1, .queue_bytes = 600},
                                        {.index = 1, .loop = 1, .queue_bytes = 600},
                                        {.index = 2, .loop = 2, .queue_bytes = 100}};
    struct marks marks = {.bytes = 0};
    struct glance *glance = NEW(struct glance);

    parts_make_bolt(parts, &(struct parts_worker){.uptime_ns = 1}, tasks, 3);
    ck_assert(tally_take(&tally, &source, &parts->part));
    report(&places, "s1", 0, 1);
    tally_freeze(&tally, &(struct tally_world){&places, NULL}, 1);
    glance_init(glance, &tally, &marks, 10, NULL, 0);
    ck_assert_uint_eq(glance->components[0].queue_bytes, 700);
    ck_assert_uint_eq(glance->components[0].queue_limit_bytes, 2000);
    ck_assert(glance->components[0].fill > 0.59 && glance->components[0].fill < 0.61);
    glance_done(glance);
    free(glance);
    free(parts);
    places_done(&places);
    tally_done(&tally);
}
END_TEST

START_TEST(what_is_beyond_the_limits_is_refused)
{
    struct tally tally = {.tick = 0};

    ck_assert(!say(&tally, 1, 1, (struct parts_task){.index = TALLY_TASKS_MAX}));
    ck_assert_uint_eq(tally.component_count, 0);
    tally_done(&tally);
}
END_TEST

/* ---- Against a naive model ---- */

enum {
    SEEDS = 60,
    STEPS = 400,
    PLACES = 4,
    TASKS = 6,
    OLD_SETS = 8,
};

struct set {
    uint64_t incarnation;
    struct parts_task tasks[TASKS]; /* those of count 0 are not there */
    struct histogram *latency;
    uint64_t uptime_ns;
};

struct life {
    uint64_t incarnation;
    uint64_t uptime_ns;
    struct parts_task tasks[TASKS];
    struct histogram latency;
    bool has_said_all; /* nothing was counted since its last set has come */
    size_t old_count;
    struct set old[OLD_SETS];
};

struct world {
    uint64_t seed;
    struct rng rng;
    struct tally tally;
    struct places places;
    struct assignment_worker seats[PLACES]; /* all of them: nobody is over but by the next one */
    char names[PLACES][16];
    struct assignment_state assignment;
    struct life lives[PLACES];
    uint64_t truth[TASKS]; /* counted by anybody */
    uint64_t lost[TASKS];  /* ..., and never said */
    uint64_t seen[TASKS];
    uint64_t values, values_lost;
    bool has_other_leader; /* sums of single tasks, and latencies, begin anew with each */
    uint64_t all;          /* of all tasks, as seen last */
    uint64_t tick;
    struct parts parts;
};

static void send(struct world *world, uint32_t place, const struct set *set)
{
    char name[16];
    struct tally_source source = {name, place % 2, set->incarnation};
    struct parts_worker worker = {set->uptime_ns, set->latency};
    uint32_t cut = rng_below(&world->rng, TASKS + 1);

    (void)snprintf(name, sizeof name, "s%" PRIu32, place / 2);
    parts_make_bolt(&world->parts, &worker, set->tasks, cut);
    (void)tally_take(&world->tally, &source, &world->parts.part);
    worker.latency_ns = NULL; /* they stand in the first */
    parts_make_bolt(&world->parts, &worker, set->tasks + cut, TASKS - cut);
    (void)tally_take(&world->tally, &source, &world->parts.part);
}

static struct set take_set(const struct life *life)
{
    struct set set = {.incarnation = life->incarnation, .uptime_ns = life->uptime_ns};

    memcpy(set.tasks, life->tasks, sizeof set.tasks);
    set.latency = NEW(struct histogram);
    *set.latency = life->latency;
    return set;
}

static void keep(struct world *world, struct life *life, struct set set)
{
    size_t at = life->old_count < OLD_SETS ? life->old_count++ : rng_below(&world->rng, OLD_SETS);

    free(life->old[at].latency); /* NULL where there was none */
    life->old[at] = set;
}

static void count(struct world *world, struct life *life)
{
    uint32_t task = rng_below(&world->rng, TASKS);
    uint64_t more = rng_below(&world->rng, 1000);

    life->tasks[task].count += more;
    world->truth[task] += more;
    histogram_add_many(&life->latency, rng_below(&world->rng, 100000), more);
    world->values += more;
    life->has_said_all = false;
    life->uptime_ns += 1000;
}

/* What it has counted since its last set is lost with it. */
static void die(struct world *world, struct life *life, uint32_t place)
{
    struct set best = {.incarnation = 0};

    if (!life->has_said_all && rng_below(&world->rng, 2) == 0) {
        best = take_set(life); /* its last words */
        send(world, place, &best);
        free(best.latency);
        life->has_said_all = true;
    }
    if (!life->has_said_all) {
        for (uint32_t task = 0; task < TASKS; task++) {
            uint64_t said = 0;
            for (size_t i = 0; i < life->old_count; i++)
                if (life->old[i].incarnation == life->incarnation &&
                    life->old[i].tasks[task].count > said)
                    said = life->old[i].tasks[task].count;
            world->lost[task] += life->tasks[task].count - said;
        }
    }
    for (uint32_t task = 0; task < TASKS; task++)
        life->tasks[task].count = 0;
    life->incarnation++;
    histogram_init(&life->latency);
    life->uptime_ns = 0;
    life->has_said_all = true;
    /* from now on what still comes of the old one is passed over */
    struct set first = take_set(life);
    send(world, place, &first);
    free(first.latency);
}

static void check_all(struct world *world)
{
    uint64_t all = total(&world->tally, PARTS_BOLT).executed;
    uint64_t truth = 0;

    for (uint32_t task = 0; task < TASKS; task++)
        truth += world->truth[task];
    ck_assert_msg(all >= world->all, "seed %" PRIu64 ": the sum has shrunk", world->seed);
    ck_assert_msg(all <= truth, "seed %" PRIu64 ": all counted twice", world->seed);
    world->all = all;
}

static void check(struct world *world)
{
    tally_freeze(&world->tally, &(struct tally_world){&world->places, &world->assignment},
                 ++world->tick);
    const struct tally_component *bolt = tally_find(&world->tally, PARTS_BOLT);
    check_all(world);
    for (uint32_t task = 0; !world->has_other_leader && bolt != NULL && task < bolt->task_count;
         task++) {
        uint64_t at = (uint64_t)task * bolt->width + bolt->inputs[0].at + TALLY_EXECUTED;
        uint64_t sum = bolt->timed[at] + bolt->before[at];
        ck_assert_msg(sum >= world->seen[task], "seed %" PRIu64 ": a sum has shrunk", world->seed);
        ck_assert_msg(sum <= world->truth[task], "seed %" PRIu64 ": counted twice", world->seed);
        world->seen[task] = sum;
    }
}

static void step(struct world *world)
{
    uint32_t place = rng_below(&world->rng, PLACES);
    struct life *life = &world->lives[place];

    switch (rng_below(&world->rng, 8)) {
    case 0:
    case 1: {
        struct set set = take_set(life);
        send(world, place, &set);
        keep(world, life, set);
        life->has_said_all = true;
        break;
    }
    case 2: /* an old one comes late, or again */
        if (life->old_count > 0)
            send(world, place, &life->old[rng_below(&world->rng, (uint32_t)life->old_count)]);
        break;
    case 3:
        if (rng_below(&world->rng, 5) == 0)
            die(world, life, place);
        break;
    case 4:
        check(world);
        break;
    default:
        count(world, life);
        break;
    }
}

static void say_all(struct world *world)
{
    for (uint32_t place = 0; place < PLACES; place++) {
        struct life *life = &world->lives[place];
        struct set set = take_set(life);
        send(world, place, &set);
        keep(world, life, set);
        life->has_said_all = true;
    }
}

/* The leader dies, and what it has kept is read by the next one. */
static void change_leader(struct world *world)
{
    struct totals_state totals = tally_keep(&world->tally, "t");
    char *record = totals_state_encode(&totals);
    struct totals_state read;

    totals_state_done(&totals);
    ck_assert_int_eq(totals_state_decode(record, strlen(record), &read, NULL), ERR_OK);
    free(record);
    tally_done(&world->tally);
    world->tally = (struct tally){.tick = world->tick};
    tally_inherit(&world->tally, &read);
    totals_state_done(&read);
    world->has_other_leader = true;
    say_all(world);
    check(world);
}

/* Sets are said once more by those who live: then nothing is missing but what was lost with the dead. */
static void check_end(struct world *world)
{
    say_all(world);
    check(world);
    uint64_t counted = 0;
    uint64_t lost = 0;
    uint64_t truth = 0;
    for (uint32_t task = 0; task < TASKS; task++) {
        truth += world->truth[task];
        lost += world->lost[task];
    }
    ck_assert_msg(world->all >= truth - lost, "seed %" PRIu64 ": something is missing",
                  world->seed);
    for (uint32_t task = 0; task < TASKS && !world->has_other_leader; task++) {
        ck_assert_msg(world->seen[task] >= world->truth[task] - world->lost[task] &&
                          world->seen[task] <= world->truth[task],
                      "seed %" PRIu64 ": task %" PRIu32, world->seed, task);
        counted += world->seen[task];
    }
    const struct tally_component *bolt = tally_find(&world->tally, PARTS_BOLT);
    const struct past *execute = bolt->inputs[0].execute_ns;
    if (lost == 0 && execute != NULL && !world->has_other_leader)
        ck_assert_uint_eq(execute->all.count, counted);
}

enum leaders {
    ONE_LEADER,
    SOME_LEADERS,
};

static void run(uint64_t seed, enum leaders leaders)
{
    struct world *world = NEW(struct world);

    world->seed = seed;
    rng_init(&world->rng, seed);
    world->assignment = (struct assignment_state){.worker_count = PLACES, .workers = world->seats};
    for (uint32_t place = 0; place < PLACES; place++) {
        (void)snprintf(world->names[place], sizeof world->names[place], "s%" PRIu32, place / 2);
        world->seats[place] =
            (struct assignment_worker){.supervisor = world->names[place], .slot = place % 2};
    }
    for (uint32_t place = 0; place < PLACES; place++) {
        world->lives[place].incarnation = 1;
        world->lives[place].has_said_all = true;
        for (uint32_t task = 0; task < TASKS; task++)
            world->lives[place].tasks[task].index = task;
    }
    for (int i = 0; i < STEPS; i++) {
        step(world);
        if (leaders == SOME_LEADERS && rng_below(&world->rng, 50) == 0)
            change_leader(world);
    }
    check_end(world);
    for (uint32_t place = 0; place < PLACES; place++)
        for (size_t i = 0; i < world->lives[place].old_count; i++)
            free(world->lives[place].old[i].latency);
    tally_done(&world->tally);
    free(world);
}

START_TEST(sums_never_shrink_and_are_the_truth_at_the_end)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed, ONE_LEADER);
}
END_TEST

START_TEST(sums_go_from_leader_to_leader)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed, SOME_LEADERS);
}
END_TEST

/* As of a supervisor that comes back after its worker was placed elsewhere, and has it still. */
START_TEST(who_was_taken_for_dead_goes_on_from_where_he_is)
{
    struct tally tally = {.tick = 0};
    struct places places = {0};
    struct tally_world world = {&places, NULL}; /* nothing is assigned, and nobody reports */

    ck_assert(say(&tally, 1, YOUNG_NS, (struct parts_task){.count = 100}));
    tally_freeze(&tally, &world, 1);
    tally_freeze(&tally, &world, 1 + TALLY_LAST_WORDS);
    ck_assert_uint_eq(tally.ends, 1);
    ck_assert(say(&tally, 1, YOUNG_NS, (struct parts_task){.count = 90})); /* an old one, again */
    ck_assert(say(&tally, 1, YOUNG_NS, (struct parts_task){.count = 130}));
    tally_freeze(&tally, &world, 1 + 2 * TALLY_LAST_WORDS - 1);
    ck_assert_uint_eq(total(&tally, PARTS_BOLT).executed, 100);
    ck_assert(say(&tally, 1, YOUNG_NS, (struct parts_task){.count = 131}));
    tally_freeze(&tally, &world, 1 + 2 * TALLY_LAST_WORDS);
    ck_assert(say(&tally, 1, YOUNG_NS, (struct parts_task){.count = 138}));
    tally_freeze(&tally, &world, 2 + 2 * TALLY_LAST_WORDS);
    ck_assert_uint_eq(total(&tally, PARTS_BOLT).executed, 107);
    tally_done(&tally);
}
END_TEST

/* Nobody writes such a record, but it is read from elsewhere. */
START_TEST(a_record_that_names_a_place_twice_is_taken)
{
    char id[] = "s1";
    struct totals_place places[] = {{id, 0, 5}, {id, 0, 3}};
    struct totals_state kept = {.place_count = COUNT_OF(places), .places = places};
    struct tally tally = {.tick = 0};
    struct places nobody = {0};
    struct tally_world world = {&nobody, NULL};

    tally_inherit(&tally, &kept);
    ck_assert(say(&tally, 5, OLD_NS, (struct parts_task){.count = 7}));
    ck_assert(say(&tally, 6, OLD_NS, (struct parts_task){.count = 1}));
    tally_freeze(&tally, &world, 1);
    ck_assert_uint_eq(total(&tally, PARTS_BOLT).executed, 1);
    tally_done(&tally);
}
END_TEST

/* Each new id is one that has moved away: of all of them next to nothing may stay. */
START_TEST(supervisors_that_are_gone_take_no_memory)
{
    enum {
        COMINGS = 3000,
        BYTES_MAX = 1000 * 1000,
    };
    struct tally tally = {.tick = 0};
    struct places places = {0};
    struct tally_world world = {&places, NULL};
    struct parts *parts = NEW(struct parts);
    struct histogram *latency = NEW(struct histogram);
    char id[32];

    for (uint64_t i = 0; i < 1000; i++)
        histogram_add_many(latency, i * i, 1);
    for (uint64_t i = 1; i <= COMINGS; i++) {
        struct tally_source source = {id, 0, 7};
        (void)snprintf(id, sizeof id, "supervisor-%" PRIu64, i);
        parts_make_bolt(parts, &(struct parts_worker){1, latency},
                        &(struct parts_task){.count = 1000}, 1);
        ck_assert(tally_take(&tally, &source, &parts->part));
        tally_freeze(&tally, &world, i);
        ck_assert_uint_le(tally_bytes(&tally), BYTES_MAX);
    }
    ck_assert_uint_eq(total(&tally, PARTS_BOLT).executed, COMINGS * UINT64_C(1000));
    free(latency);
    free(parts);
    tally_done(&tally);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        nothing_is_shown_before_the_tick,
        what_a_dead_incarnation_has_counted_stays,
        only_workers_that_live_have_something_open,
        what_was_counted_before_it_was_heard_of_is_in_no_window,
        a_loop_s_queue_is_counted_once,
        what_is_beyond_the_limits_is_refused,
        sums_never_shrink_and_are_the_truth_at_the_end,
        sums_go_from_leader_to_leader,
        who_was_taken_for_dead_goes_on_from_where_he_is,
        a_record_that_names_a_place_twice_is_taken,
        supervisors_that_are_gone_take_no_memory,
    };

    return suite_run("tally", tests, COUNT_OF(tests));
}
