/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/slot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static const struct slot_limits limits = {
    .start_timeout_ms = 120000,
    .beat_timeout_ms = 30000,
    .shutdown_ms = 3000,
    .backoff_min_ms = 100,
    .backoff_max_ms = 1000,
};

/* A slot, the time, and the effects of the last step. */
struct stage {
    struct slot slot;
    uint64_t now_ms;
    unsigned effects;
};

static struct stage make(void)
{
    struct stage stage = {.now_ms = 1000};

    slot_init(&stage.slot, &limits, 40);
    return stage;
}

static unsigned step(struct stage *stage, struct slot_event event)
{
    stage->effects = slot_step(&stage->slot, &event, stage->now_ms);
    return stage->effects;
}

static unsigned want(struct stage *stage, const char *topology)
{
    return step(stage, (struct slot_event){.kind = SLOT_WANT, .topology = topology});
}

static unsigned tick_after(struct stage *stage, uint64_t ms)
{
    stage->now_ms += ms;
    return step(stage, (struct slot_event){.kind = SLOT_TICK});
}

static unsigned ready(struct stage *stage, const char *topology)
{
    return step(stage, (struct slot_event){.kind = SLOT_BLOBS_READY, .topology = topology});
}

static unsigned beat(struct stage *stage)
{
    return step(stage, (struct slot_event){.kind = SLOT_BEAT, .text = "running"});
}

static unsigned leave(struct stage *stage, const char *how, int code)
{
    return step(stage, (struct slot_event){.kind = SLOT_EXITED, .text = how, .code = code});
}

/* From blobs that are wanted to a process. */
static void start(struct stage *stage, const char *topology)
{
    ck_assert_uint_ne(ready(stage, topology) & SLOT_START, 0);
    ck_assert_int_eq(stage->slot.state, SLOT_STARTING);
    step(stage, (struct slot_event){.kind = SLOT_STARTED, .pid = 77, .born = 5});
}

static struct stage run(const char *topology)
{
    struct stage stage = make();

    ck_assert_uint_ne(want(&stage, topology) & SLOT_FETCH, 0);
    start(&stage, topology);
    beat(&stage);
    ck_assert_int_eq(stage.slot.state, SLOT_RUNNING);
    return stage;
}

START_TEST(what_is_wanted_is_fetched_started_and_runs)
{
    struct stage stage = make();

    ck_assert_str_eq(slot_phase(&stage.slot), "");
    want(&stage, "t");
    ck_assert_str_eq(slot_phase(&stage.slot), "fetching");
    ck_assert_uint_eq(ready(&stage, "another"), 0);
    ck_assert_uint_eq(ready(&stage, "t"), SLOT_REMEMBER | SLOT_START | SLOT_REPORT);
    ck_assert_uint_eq(stage.slot.incarnation, 41);
    step(&stage, (struct slot_event){.kind = SLOT_STARTED, .pid = 77, .born = 5});
    ck_assert_uint_eq(stage.effects, SLOT_REMEMBER | SLOT_REPORT);
    step(&stage, (struct slot_event){.kind = SLOT_BOUND, .text = "127.0.0.1:1"});
    ck_assert_uint_eq(stage.effects, SLOT_PUBLISH);
    ck_assert_uint_eq(beat(&stage), SLOT_REPORT);
    ck_assert_str_eq(slot_phase(&stage.slot), "running");
    ck_assert_uint_eq(beat(&stage), 0);
    ck_assert_uint_eq(want(&stage, "t"), 0);
}
END_TEST

START_TEST(a_dead_worker_is_started_again_at_once_and_then_later_and_later)
{
    static const uint64_t pauses_ms[] = {0, 100, 200, 400, 800, 1000, 1000};
    struct stage stage = run("t");

    for (size_t i = 0; i < COUNT_OF(pauses_ms); i++) {
        leave(&stage, "exit 1", 1);
        ck_assert_uint_eq(stage.effects,
                          SLOT_REMEMBER | SLOT_UNPUBLISH | SLOT_COMPLAIN | SLOT_REPORT);
        ck_assert_uint_eq(stage.slot.due_ms - stage.now_ms, pauses_ms[i]);
        if (pauses_ms[i] > 0)
            ck_assert_uint_eq(tick_after(&stage, pauses_ms[i] - 1), 0);
        ck_assert_uint_ne(tick_after(&stage, 1) & SLOT_FETCH, 0);
        start(&stage, "t");
        beat(&stage);
    }
}
END_TEST

START_TEST(a_long_life_makes_the_pause_short_again)
{
    struct stage stage = run("t");

    for (int i = 0; i < 4; i++) {
        leave(&stage, "exit 1", 1);
        tick_after(&stage, 1000);
        start(&stage, "t");
    }
    ck_assert_uint_eq(stage.slot.backoff_ms, 800);
    stage.now_ms += SLOT_SHORT_LIFE_MS; /* not so short, not so long: as it was */
    leave(&stage, "exit 1", 1);
    ck_assert_uint_eq(stage.slot.due_ms - stage.now_ms, 800);
    ck_assert_uint_eq(stage.slot.backoff_ms, 800);
    tick_after(&stage, 1000);
    start(&stage, "t");
    stage.now_ms += SLOT_LONG_LIFE_MS;
    leave(&stage, "exit 1", 1);
    ck_assert_uint_eq(stage.slot.due_ms, stage.now_ms);
}
END_TEST

START_TEST(five_exits_within_five_minutes_are_a_loop)
{
    struct stage stage = run("t");

    for (int i = 1; i <= SLOT_LOOP_EXITS; i++) {
        ck_assert(!slot_is_looping(&stage.slot, stage.now_ms));
        leave(&stage, "exit 1", 1);
        if (i == SLOT_LOOP_EXITS)
            break;
        tick_after(&stage, 1000);
        start(&stage, "t");
    }
    ck_assert(slot_is_looping(&stage.slot, stage.now_ms));
    ck_assert(!slot_is_looping(&stage.slot, stage.now_ms + SLOT_LOOP_MS));
}
END_TEST

START_TEST(what_is_not_wanted_is_stopped_and_then_killed)
{
    struct stage stage = run("t");

    ck_assert_uint_eq(want(&stage, NULL), SLOT_TERM | SLOT_REPORT);
    ck_assert_uint_eq(tick_after(&stage, limits.shutdown_ms - 1), 0);
    ck_assert_uint_eq(tick_after(&stage, 1), SLOT_KILL);
    ck_assert_uint_eq(tick_after(&stage, limits.shutdown_ms), SLOT_KILL);
    ck_assert_uint_eq(leave(&stage, "killed by SIGKILL", -1),
                      SLOT_REMEMBER | SLOT_UNPUBLISH | SLOT_REPORT);
    ck_assert_int_eq(stage.slot.state, SLOT_EMPTY);
    ck_assert_uint_eq(tick_after(&stage, 1000000), 0);
}
END_TEST

START_TEST(another_topology_waits_for_the_death_of_the_first)
{
    struct stage stage = run("t");

    ck_assert_uint_ne(want(&stage, "u") & SLOT_TERM, 0);
    ck_assert_uint_eq(ready(&stage, "u"), 0);
    leave(&stage, "exit 0", 0);
    ck_assert_uint_ne(stage.effects & SLOT_UNPUBLISH, 0);
    ck_assert_str_eq(stage.slot.topology, "t"); /* whose node goes */
    ck_assert_uint_eq(stage.effects & SLOT_COMPLAIN, 0);
    ck_assert_uint_ne(tick_after(&stage, 0) & SLOT_FETCH, 0);
    ck_assert_str_eq(stage.slot.topology, "u");
    ck_assert_uint_eq(stage.slot.starts, 0);
    ck_assert_str_eq(stage.slot.last_exit, "");
    start(&stage, "u");
    ck_assert_uint_eq(stage.slot.incarnation, 42);
}
END_TEST

START_TEST(who_is_wanted_again_while_it_stops_has_not_crashed)
{
    struct stage stage = run("t");

    want(&stage, NULL);
    want(&stage, "t");
    ck_assert_int_eq(stage.slot.state, SLOT_STOPPING);
    ck_assert_uint_eq(leave(&stage, "exit 0", 0) & SLOT_COMPLAIN, 0);
    ck_assert_uint_eq(stage.slot.exits_ms[0], 0);
    ck_assert_uint_ne(tick_after(&stage, 0) & SLOT_FETCH, 0);
}
END_TEST

START_TEST(a_silent_worker_is_killed)
{
    struct stage stage = run("t");

    stage.now_ms += limits.beat_timeout_ms - 1;
    beat(&stage);
    ck_assert_uint_eq(tick_after(&stage, limits.beat_timeout_ms - 1), 0);
    ck_assert_uint_ne(tick_after(&stage, 1) & SLOT_KILL, 0);
    ck_assert_uint_eq(beat(&stage), 0); /* too late */
    ck_assert_uint_ne(leave(&stage, "killed by SIGKILL", -1) & SLOT_COMPLAIN, 0);
    ck_assert_str_eq(stage.slot.last_exit, "killed: no sign of life for 30000 ms");
}
END_TEST

START_TEST(one_that_never_comes_up_is_killed)
{
    struct stage stage = make();

    want(&stage, "t");
    start(&stage, "t");
    ck_assert_uint_eq(tick_after(&stage, limits.start_timeout_ms - 1), 0);
    ck_assert_uint_ne(tick_after(&stage, 1) & SLOT_KILL, 0);
    leave(&stage, "killed by SIGKILL", -1);
    ck_assert_str_eq(stage.slot.last_exit, "killed: no sign of life for 120000 ms after the start");
}
END_TEST

START_TEST(a_pause_of_the_supervisor_is_no_silence)
{
    struct stage stage = run("t");

    stage.now_ms += 10 * limits.beat_timeout_ms;
    step(&stage, (struct slot_event){.kind = SLOT_PAUSED});
    ck_assert_uint_eq(tick_after(&stage, limits.beat_timeout_ms - 1), 0);
    ck_assert_uint_ne(tick_after(&stage, 1) & SLOT_KILL, 0);
}
END_TEST

START_TEST(what_cannot_be_fetched_or_started_is_tried_again)
{
    struct stage stage = make();
    uint64_t last_ms = 0;

    want(&stage, "t");
    for (int i = 0; i < 6; i++) {
        bool is_fetch = i % 2 == 0;
        if (!is_fetch)
            ready(&stage, "t");
        step(&stage, (struct slot_event){
                         .kind = is_fetch ? SLOT_BLOBS_MISSING : SLOT_START_FAILED,
                         .topology = "t",
                         .text = "no room",
                     });
        ck_assert_uint_eq(stage.effects, SLOT_COMPLAIN | SLOT_REPORT);
        ck_assert_str_eq(slot_phase(&stage.slot), "failed");
        ck_assert_str_eq(stage.slot.fault, "no room");
        uint64_t pause_ms = stage.slot.due_ms - stage.now_ms;
        ck_assert(pause_ms >= last_ms && pause_ms <= limits.backoff_max_ms);
        last_ms = pause_ms;
        ck_assert_uint_ne(tick_after(&stage, pause_ms) & SLOT_FETCH, 0);
    }
    start(&stage, "t");
    ck_assert_str_eq(stage.slot.fault, "");
}
END_TEST

START_TEST(a_topology_that_has_ended_is_not_started_again)
{
    struct stage stage = run("t");

    step(&stage, (struct slot_event){.kind = SLOT_HAS_ENDED});
    ck_assert_uint_eq(leave(&stage, "exit 0", 0), SLOT_REMEMBER | SLOT_UNPUBLISH | SLOT_REPORT);
    ck_assert_str_eq(slot_phase(&stage.slot), "ended");
    ck_assert_uint_eq(tick_after(&stage, 1000000), 0);
    want(&stage, NULL);
    want(&stage, "t");
    ck_assert_str_eq(slot_phase(&stage.slot), "ended");
    ck_assert_uint_ne(want(&stage, "u") & SLOT_FETCH, 0);
}
END_TEST

START_TEST(a_worker_without_a_place_has_not_crashed)
{
    struct stage stage = run("t");

    ck_assert_uint_eq(leave(&stage, "exit 70", SLOT_EXIT_UNPLACED) & SLOT_COMPLAIN, 0);
    ck_assert_int_eq(stage.slot.state, SLOT_BACKOFF);
}
END_TEST

static unsigned restart(struct stage *stage, const char *topology, uint64_t incarnation)
{
    return step(stage, (struct slot_event){
                           .kind = SLOT_RESTART, .topology = topology, .incarnation = incarnation});
}

START_TEST(one_that_is_to_be_restarted_is_stopped_and_started_at_once)
{
    struct stage stage = run("t");

    for (uint64_t i = 0; i < 2 * SLOT_LOOP_EXITS; i++) {
        uint64_t incarnation = stage.slot.incarnation;
        ck_assert_uint_eq(restart(&stage, "t", incarnation), SLOT_TERM | SLOT_REPORT);
        ck_assert_uint_eq(restart(&stage, "t", incarnation), 0);
        ck_assert_uint_eq(leave(&stage, "exit 0", 0), SLOT_REMEMBER | SLOT_UNPUBLISH | SLOT_REPORT);
        ck_assert_str_eq(stage.slot.last_exit, SLOT_RESTARTED_TEXT);
        ck_assert_uint_eq(restart(&stage, "t", incarnation), 0);
        ck_assert_uint_ne(tick_after(&stage, 0) & SLOT_FETCH, 0);
        start(&stage, "t");
        beat(&stage);
        ck_assert_uint_eq(stage.slot.incarnation, incarnation + 1);
        ck_assert_uint_eq(restart(&stage, "t", incarnation), 0); /* told once more, too late */
    }
    ck_assert(!slot_is_looping(&stage.slot, stage.now_ms));
    ck_assert_uint_eq(stage.slot.backoff_ms, 0);
    ck_assert_uint_eq(stage.slot.starts, 1 + 2 * SLOT_LOOP_EXITS);
    leave(&stage, "exit 1", 1);
    ck_assert_str_eq(stage.slot.last_exit, "exit 1");
}
END_TEST

START_TEST(one_that_does_not_obey_is_killed_and_was_restarted_all_the_same)
{
    struct stage stage = run("t");

    restart(&stage, "t", stage.slot.incarnation);
    ck_assert_uint_eq(tick_after(&stage, limits.shutdown_ms), SLOT_KILL);
    leave(&stage, "killed by SIGKILL", -1);
    ck_assert_str_eq(stage.slot.last_exit, SLOT_RESTARTED_TEXT);
    ck_assert_uint_eq(stage.slot.exits_ms[0], 0);
}
END_TEST

START_TEST(a_restart_ends_a_pause_but_once)
{
    struct stage stage = run("t");

    leave(&stage, "exit 1", 1);
    tick_after(&stage, 0);
    start(&stage, "t");
    leave(&stage, "exit 1", 1);
    ck_assert_int_eq(stage.slot.state, SLOT_BACKOFF);
    ck_assert_uint_gt(stage.slot.due_ms, stage.now_ms);
    ck_assert_uint_ne(restart(&stage, "t", stage.slot.incarnation) & SLOT_FETCH, 0);
    step(&stage,
         (struct slot_event){.kind = SLOT_BLOBS_MISSING, .topology = "t", .text = "no room"});
    ck_assert_int_eq(stage.slot.state, SLOT_FAILED);
    ck_assert_uint_eq(restart(&stage, "t", stage.slot.incarnation), 0);
}
END_TEST

START_TEST(a_restart_of_something_else_is_passed_over)
{
    struct stage stage = run("t");

    ck_assert_uint_eq(restart(&stage, "u", stage.slot.incarnation), 0);
    ck_assert_uint_eq(restart(&stage, "t", stage.slot.incarnation + 1), 0);
    want(&stage, NULL);
    ck_assert_uint_eq(restart(&stage, "t", stage.slot.incarnation), 0);
    leave(&stage, "exit 0", 0);
    ck_assert_int_eq(stage.slot.state, SLOT_EMPTY);
    ck_assert_uint_eq(restart(&stage, "t", stage.slot.incarnation), 0);
    ck_assert_str_eq(stage.slot.last_exit, "exit 0");
}
END_TEST

START_TEST(a_process_that_lives_is_taken_over)
{
    struct stage stage = make();
    struct slot_event found = {
        .kind = SLOT_ADOPT, .topology = "t", .pid = 9, .born = 8, .age_ms = 600, .incarnation = 43};

    ck_assert_uint_eq(step(&stage, found), SLOT_REMEMBER | SLOT_REPORT);
    ck_assert_str_eq(slot_phase(&stage.slot), "starting");
    ck_assert_uint_eq(stage.slot.started_ms, 400);
    ck_assert_uint_eq(want(&stage, "t"), 0);
    beat(&stage);
    ck_assert_str_eq(slot_phase(&stage.slot), "running");
    ck_assert_uint_ne(want(&stage, NULL) & SLOT_TERM, 0);
}
END_TEST

START_TEST(a_halted_slot_starts_nothing)
{
    struct stage stage = run("t");

    ck_assert_uint_eq(step(&stage, (struct slot_event){.kind = SLOT_HALT}),
                      SLOT_TERM | SLOT_REPORT);
    ck_assert_uint_eq(want(&stage, "u"), 0);
    leave(&stage, "exit 0", 0);
    ck_assert_int_eq(stage.slot.state, SLOT_EMPTY);
    ck_assert_uint_eq(want(&stage, "u"), 0);
}
END_TEST

/* ---- Against a naive world ------------------------------------------------------------------ */

/* What there really is: at most one process, a node, and what was ordered. */
struct world {
    struct stage stage;
    struct rng rng;
    bool is_alive;
    bool is_stubborn; /* ends by KILL alone */
    bool is_termed;
    bool is_killed;
    bool is_fetching;
    bool has_node;
    uint64_t last_incarnation;
};

static const char *const topologies[] = {NULL, "t", "u"};

static void perform(struct world *world, unsigned effects)
{
    const struct slot *slot = &world->stage.slot;

    if ((effects & SLOT_UNPUBLISH) != 0)
        world->has_node = false;
    if ((effects & (SLOT_TERM | SLOT_KILL)) != 0)
        ck_assert(world->is_alive);
    world->is_termed |= (effects & SLOT_TERM) != 0;
    world->is_killed |= (effects & SLOT_KILL) != 0;
    world->is_fetching = slot->state == SLOT_FETCHING;
    if ((effects & SLOT_PUBLISH) != 0) {
        ck_assert(world->is_alive);
        world->has_node = true;
    }
    if ((effects & SLOT_START) == 0)
        return;
    ck_assert_msg(!world->is_alive, "two processes in a slot");
    ck_assert(!world->has_node);
    ck_assert_uint_ne(effects & SLOT_REMEMBER, 0);
    ck_assert_uint_gt(slot->incarnation, world->last_incarnation);
    ck_assert_str_eq(slot->topology, slot->wanted);
    world->last_incarnation = slot->incarnation;
    world->is_alive = rng_below(&world->rng, 8) != 0;
    world->is_stubborn = rng_below(&world->rng, 2) == 0;
    world->is_termed = false;
    world->is_killed = false;
}

static void check(const struct world *world)
{
    const struct slot *slot = &world->stage.slot;
    uint64_t pause_ms = slot->due_ms - world->stage.now_ms;

    ck_assert(slot_has_process(slot) == world->is_alive);
    ck_assert((slot->pid != 0) == world->is_alive);
    if (slot->state == SLOT_BACKOFF || slot->state == SLOT_FAILED)
        ck_assert(slot->due_ms <= world->stage.now_ms || pause_ms <= limits.backoff_max_ms);
    if (slot->state == SLOT_STOPPING)
        ck_assert(slot->due_ms <= world->stage.now_ms || pause_ms <= limits.shutdown_ms);
    ck_assert(!world->has_node || world->is_alive);
}

/* One event, and the one that follows from a start. */
static void drive(struct world *world, struct slot_event event)
{
    unsigned effects = step(&world->stage, event);

    perform(world, effects);
    if ((effects & SLOT_START) != 0) {
        struct slot_event next = {.kind = world->is_alive ? SLOT_STARTED : SLOT_START_FAILED,
                                  .text = "cannot",
                                  .pid = 1 + rng_below(&world->rng, 100),
                                  .born = 1};
        perform(world, step(&world->stage, next));
    }
    check(world);
}

static void die(struct world *world)
{
    world->is_alive = false;
    drive(world, (struct slot_event){.kind = SLOT_EXITED, .text = "exit 1", .code = 1});
}

static void answer_fetch(struct world *world, bool is_ready)
{
    if (world->is_fetching)
        drive(world, (struct slot_event){.kind = is_ready ? SLOT_BLOBS_READY : SLOT_BLOBS_MISSING,
                                         .topology = world->stage.slot.wanted,
                                         .text = "cannot"});
}

static void obey_signals(struct world *world)
{
    if (world->is_alive && (world->is_killed || (world->is_termed && !world->is_stubborn)))
        die(world);
}

static void do_something(struct world *world)
{
    struct rng *rng = &world->rng;

    world->stage.now_ms += rng_below(rng, 10) == 0 ? rng_below(rng, 40000) : rng_below(rng, 300);
    switch (rng_below(rng, 11)) {
    case 10:
        drive(world, (struct slot_event){.kind = SLOT_RESTART,
                                         .topology = topologies[1 + rng_below(rng, 2)],
                                         .incarnation =
                                             world->stage.slot.incarnation - rng_below(rng, 2)});
        break;
    case 0:
        drive(world,
              (struct slot_event){.kind = SLOT_WANT, .topology = topologies[rng_below(rng, 3)]});
        break;
    case 1:
    case 2:
        answer_fetch(world, rng_below(rng, 4) != 0);
        break;
    case 3:
    case 4:
        if (world->is_alive)
            drive(world, (struct slot_event){.kind = SLOT_BEAT, .text = "running"});
        break;
    case 5:
        if (world->is_alive)
            drive(world, (struct slot_event){.kind = SLOT_BOUND, .text = "127.0.0.1:1"});
        break;
    case 6:
        if (world->is_alive && rng_below(rng, 3) == 0)
            die(world);
        break;
    case 7:
        obey_signals(world);
        break;
    case 8:
        drive(world,
              (struct slot_event){.kind = rng_below(rng, 5) == 0 ? SLOT_HAS_ENDED : SLOT_PAUSED});
        break;
    default:
        drive(world, (struct slot_event){.kind = SLOT_TICK});
        break;
    }
}

/* All goes well from now on: what is wanted runs, or has ended, after a bounded time. */
static void settle(struct world *world)
{
    const struct slot *slot = &world->stage.slot;
    uint64_t begin_ms = world->stage.now_ms;

    for (int i = 0; i < 2000; i++) {
        world->stage.now_ms += 10;
        obey_signals(world);
        answer_fetch(world, true);
        if (world->is_alive)
            drive(world, (struct slot_event){.kind = SLOT_BEAT, .text = "running"});
        drive(world, (struct slot_event){.kind = SLOT_TICK});
        bool is_right = slot->wanted[0] == '\0'
                            ? slot->state == SLOT_EMPTY
                            : (slot->state == SLOT_RUNNING || slot->state == SLOT_ENDED) &&
                                  strcmp(slot->topology, slot->wanted) == 0;
        if (is_right)
            return;
    }
    ck_abort_msg("not settled after %" PRIu64 " ms: %s", world->stage.now_ms - begin_ms,
                 slot_state_name(slot->state));
}

START_TEST(never_two_processes_and_always_the_right_one_in_the_end)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct world world = {.stage = make()};

        rng_init(&world.rng, seed);
        for (int i = 0; i < 400; i++)
            do_something(&world);
        settle(&world);
        drive(&world, (struct slot_event){.kind = SLOT_HALT});
        settle(&world);
        ck_assert_msg(!world.is_alive, "seed %" PRIu64, seed);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_wanted_is_fetched_started_and_runs,
        a_dead_worker_is_started_again_at_once_and_then_later_and_later,
        a_long_life_makes_the_pause_short_again,
        five_exits_within_five_minutes_are_a_loop,
        what_is_not_wanted_is_stopped_and_then_killed,
        another_topology_waits_for_the_death_of_the_first,
        who_is_wanted_again_while_it_stops_has_not_crashed,
        a_silent_worker_is_killed,
        one_that_never_comes_up_is_killed,
        a_pause_of_the_supervisor_is_no_silence,
        what_cannot_be_fetched_or_started_is_tried_again,
        a_topology_that_has_ended_is_not_started_again,
        a_worker_without_a_place_has_not_crashed,
        one_that_is_to_be_restarted_is_stopped_and_started_at_once,
        one_that_does_not_obey_is_killed_and_was_restarted_all_the_same,
        a_restart_ends_a_pause_but_once,
        a_restart_of_something_else_is_passed_over,
        a_process_that_lives_is_taken_over,
        a_halted_slot_starts_nothing,
        never_two_processes_and_always_the_right_one_in_the_end,
    };

    return suite_run("slot", tests, COUNT_OF(tests));
}
