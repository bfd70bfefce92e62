/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays topologies in the simulated worker, seed by seed, and checks that every message got what it
 * was promised. A seed decides everything: topology, settings, harm and order of events.
 *
 *     GALE_SIM_SEEDS=n            how many seeds (default: what a sanitizer does in 20 s)
 *     GALE_SIM_SEED=n             this one alone
 *     GALE_SIM_TRACE=1            prints what happens, with the virtual time in microseconds
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/settings.h"
#include "sdk/src/describe.h"
#include "tests/sim/machine.h"
#include "tests/sim/seeds.h"
#include "tests/sim/topologies.h"
#include "wire/config.h"
#include "wire/plan.h"
#include "worker/worker.h"

#define SEEDS_DEFAULT 5000
#define REPEAT_EVERY  16 /* seeds, of which one is run twice to compare */

/* What a seed may do to a run. */
enum mood {
    MOOD_CALM,   /* nothing goes wrong */
    MOOD_FAILS,  /* bolts fail tuples and emit what is too large */
    MOOD_STALLS, /* and loops stall beyond the timeout */
    MOOD_LOSES,  /* and tasks crash, and blocks are lost */
    MOODS_COUNT,
};

struct run {
    uint64_t seed;
    struct rng rng;
    enum mood mood;
    const struct sim_topology *topology;
    struct plan *plan;
    struct settings *settings;
    struct config *config;
    struct worker *worker;
    struct scene scene;
    struct machine machine;
};

/* ---- settings, drawn from the seed ---- */

static void put(struct run *run, const char *component, const char *key, uint64_t value)
{
    char line[128];

    (void)snprintf(line, sizeof line, "%s%s%s=%" PRIu64, component, component[0] == '\0' ? "" : ".",
                   key, value);
    enum err err = settings_put_line(run->settings, line, "seed", NULL);
    ASSERT(err == ERR_OK);
}

static bool one_in(struct run *run, uint32_t count)
{
    return rng_below(&run->rng, count) == 0;
}

static void draw_sizes(struct run *run)
{
    static const uint32_t sizes[][2] = {{4096, 65536},  {4096, 65536},  {4096, 1 << 20},
                                        {16384, 65536}, {32768, 65536}, {65536, 65536}};
    const uint32_t *size = sizes[rng_below(&run->rng, COUNT_OF(sizes))];

    put(run, "", "topology.block.bytes", size[0]);
    put(run, "", "topology.link.bytes", size[1]);
    run->scene.tuple_bytes_max = 8192 + rng_below(&run->rng, 40000);
    put(run, "", "topology.tuple.bytes.max", run->scene.tuple_bytes_max);
    put(run, "", "topology.emit.bytes.max", 65536u << rng_below(&run->rng, 4));
}

static void draw_pending(struct run *run)
{
    if (one_in(run, 2))
        return;
    run->scene.max_pending = 1 + rng_below(&run->rng, one_in(run, 2) ? 4 : 400);
    put(run, "", "topology.max.spout.pending", run->scene.max_pending);
}

static void draw_component(struct run *run, const struct plan_component *component)
{
    bool is_global = strcmp(component->name, "total") == 0;

    if (!is_global && one_in(run, 2))
        put(run, component->name, "tasks", 1 + rng_below(&run->rng, 4));
    else if (component->tasks > 1 && one_in(run, 3))
        put(run, component->name, "executors", 1 + rng_below(&run->rng, component->tasks));
    if (one_in(run, 8)) {
        char line[64];
        (void)snprintf(line, sizeof line, "%s.own_loop=true", component->name);
        enum err err = settings_put_line(run->settings, line, "seed", NULL);
        ASSERT(err == ERR_OK);
    }
    if (component->role == PLAN_BOLT && one_in(run, 8))
        put(run, component->name, "tick_ms", 1 + rng_below(&run->rng, 50));
}

/* Calm runs never get near the timeout; others run into it when something is lost. A number of
 * pending trees that is set by hand must drain in time, or replays never end. */
static void draw_timeout(struct run *run)
{
    uint32_t timeout_s = run->mood <= MOOD_FAILS      ? 600
                         : run->scene.max_pending > 4 ? 100
                                                      : 1 + rng_below(&run->rng, 5);

    put(run, "", "topology.message.timeout.secs", timeout_s);
    put(run, "", "topology.spout.idle.max.ms", one_in(run, 4) ? 1000 : 10);
}

static void draw_settings(struct run *run)
{
    draw_sizes(run);
    draw_pending(run);
    draw_timeout(run);
    if (one_in(run, 16)) {
        run->scene.ledger.acks_mean_done = false;
        enum err err = settings_put_line(run->settings, "topology.acking=false", "seed", NULL);
        ASSERT(err == ERR_OK);
    }
    for (uint32_t i = 0; i < run->plan->component_count; i++)
        draw_component(run, &run->plan->components[i]);
}

/* ---- building ---- */

static void make_noise(struct scene *scene)
{
    scene->noise = mem_alloc(SCENE_NOISE_BYTES);
    for (uint32_t i = 0; i < SCENE_NOISE_BYTES; i++)
        scene->noise[i] = (char)(i * 31 % 251);
}

static void draw_scene(struct run *run)
{
    struct scene *scene = &run->scene;

    rng_init(&scene->rng, rng_next(&run->rng));
    scene->owed = run->topology->owed;
    scene->pad_max = run->topology->pad_max;
    scene->small_pads = one_in(run, 3) ? 20 : 80;
    scene->messages = 1 + rng_below(&run->rng, one_in(run, 3) ? SCENE_MESSAGES_MAX : 40);
    scene->is_calm = run->mood == MOOD_CALM;
    scene->may_time_out = run->mood >= MOOD_STALLS;
    scene->replays_at_once = one_in(run, 3);
    if (run->mood >= MOOD_FAILS) {
        scene->fail_chance = rng_below(&run->rng, one_in(run, 4) ? 1000 : 100);
        scene->refuse_chance = rng_below(&run->rng, 50);
        scene->hurt_attempts = 3;
    }
}

static void ignore_log(enum gale_log_level level, const char *component, uint32_t task_index,
                       const char *message)
{
    (void)level;
    (void)component;
    (void)task_index;
    (void)message;
}

static bool build(struct run *run, const char *const *args, struct error *error)
{
    enum err err = describe(run->topology->topology, &run->plan, error);

    if (err == ERR_OK)
        err = plan_check(run->plan, error);
    if (err != ERR_OK)
        return false;
    run->settings = settings_new();
    draw_settings(run);
    err = config_make(run->plan, run->settings, &run->config, error);
    if (err != ERR_OK)
        return false;
    int32_t left = plan_find(run->plan, "left");
    run->scene.left_tasks = left < 0 ? 0 : run->plan->components[left].tasks;

    struct worker_options options = {.topology = run->topology->topology,
                                     .plan = run->plan,
                                     .config = run->config,
                                     .loops = 1 + rng_below(&run->rng, 4),
                                     .seed = rng_next(&run->rng),
                                     .args = args,
                                     .arg_count = 1,
                                     .log = ignore_log};
    return worker_new(&options, &run->worker, error) == ERR_OK;
}

static struct machine_options draw_machine(struct run *run)
{
    static const uint32_t turns_ns[] = {2000, 100000, 1500000}; /* the last keeps turns short */
    struct machine_options options = {.worker = run->worker,
                                      .scene = &run->scene,
                                      .seed = rng_next(&run->rng),
                                      .stall_ns = run->config->timeout_ms * 3000000,
                                      .harm_max = rng_below(&run->rng, 30),
                                      .turn_ns =
                                          turns_ns[rng_below(&run->rng, COUNT_OF(turns_ns))]};

    for (uint32_t i = 0; i <= run->worker->loop_count; i++)
        options.slowness[i] = one_in(run, 3) ? rng_below(&run->rng, 200) : 0;
    if (one_in(run, 8))
        options.chances.deactivate = 5000;
    if (one_in(run, 16))
        options.chances.stop = 500;
    if (run->mood >= MOOD_STALLS)
        options.chances.stall = rng_below(&run->rng, 3000);
    if (run->mood >= MOOD_LOSES) {
        options.chances.crash = rng_below(&run->rng, 5000);
        options.chances.drop = rng_below(&run->rng, 20000);
    }
    return options;
}

/* ---- what must hold in the end ---- */

static void check_untracked(struct run *run)
{
    const struct scene *scene = &run->scene;

    if (scene->untracked_seen != scene->untracked_sent ||
        scene->untracked_total != scene->untracked_sent)
        ledger_complain(&run->scene.ledger,
                        "%" PRIu64 " untracked tuples were sent, %" PRIu64 " seen, %" PRIu64
                        " reported",
                        scene->untracked_sent, scene->untracked_seen, scene->untracked_total);
}

/* Nothing failed, so each message was emitted once, and all that it owes was done. */
static void check_all_done(struct run *run)
{
    struct ledger *ledger = &run->scene.ledger;

    for (uint32_t i = 0; i < ledger->emit_count; i++) {
        if (ledger->emits[i].attempt > 0)
            ledger_complain(ledger, "emit %u is a second one, but nothing went wrong", i);
        if (ledger->emits[i].done != ledger->emits[i].owed)
            ledger_complain(ledger, "emit %u did not do all it should", i);
    }
    check_untracked(run);
}

static void check_messages(struct run *run)
{
    struct ledger *ledger = &run->scene.ledger;
    uint32_t spouts = 0;

    for (uint32_t i = 0; i < run->plan->component_count; i++) {
        if (run->plan->components[i].role == PLAN_SPOUT)
            spouts += run->plan->components[i].tasks;
    }
    if (ledger->open > 0)
        ledger_complain(ledger, "%u emits have no verdict", ledger->open);
    if (ledger->acked != spouts * run->scene.messages)
        ledger_complain(ledger, "%u of %u messages are acked", ledger->acked,
                        spouts * run->scene.messages);
}

static void check_end(struct run *run)
{
    struct ledger *ledger = &run->scene.ledger;

    if (run->mood <= MOOD_FAILS && run->scene.timed_out > 0)
        ledger_complain(ledger, "%u trees timed out, but nothing was lost", run->scene.timed_out);
    if (run->machine.was_stopped) {
        if (ledger->open > 0 && !run->machine.conductor.is_abandoned)
            ledger_complain(ledger, "%u emits have no verdict, but the end was clean",
                            ledger->open);
        return;
    }
    check_messages(run);
    if (run->mood == MOOD_CALM)
        check_all_done(run);
}

/* ---- one seed ---- */

static void play(struct run *run, uint64_t seed, bool is_traced)
{
    *run = (struct run){.seed = seed};
    rng_init(&run->rng, seed);
    run->mood = (enum mood)(seed % MOODS_COUNT);
    run->topology = &topologies[seed / MOODS_COUNT % TOPOLOGIES_COUNT];
    trace_init(&run->scene.trace, is_traced);
    ledger_init(&run->scene.ledger, &run->scene.trace);
    make_noise(&run->scene);
    draw_scene(run);

    const char *args[] = {(const char *)&run->scene};
    struct error error;
    if (build(run, args, &error)) {
        struct machine_options options = draw_machine(run);
        machine_run(&run->machine, &options);
        if (!run->scene.ledger.has_complaint)
            check_end(run);
    } else {
        ledger_complain(&run->scene.ledger, "cannot be built: %s", error.text);
    }
    worker_destroy(&run->worker);
    config_destroy(&run->config);
    settings_destroy(&run->settings);
    plan_destroy(&run->plan);
    free(run->scene.noise);
    ledger_done(&run->scene.ledger);
}

struct totals {
    uint64_t steps;
    uint64_t acked;
    uint64_t failed;
    uint64_t timed_out;
    uint64_t stops;
    struct machine_coverage coverage;
};

static void add_totals(struct totals *totals, const struct run *run)
{
    totals->steps += run->machine.steps;
    totals->acked += run->scene.ledger.acked;
    totals->failed += run->scene.ledger.failed;
    totals->timed_out += run->scene.timed_out;
    totals->coverage.crashes += run->machine.coverage.crashes;
    totals->coverage.drops += run->machine.coverage.drops;
    totals->coverage.lanes.waiting += run->machine.coverage.lanes.waiting;
    totals->coverage.lanes.waiting_reports += run->machine.coverage.lanes.waiting_reports;
    totals->stops += run->machine.was_stopped;
}

/* False, and the reason is printed, if the seed shows an error. */
static bool try_seed(uint64_t seed, bool is_traced, struct totals *totals)
{
    static const char *const moods[] = {"calm", "fails", "stalls", "loses"};
    struct run run;

    play(&run, seed, is_traced);
    add_totals(totals, &run);
    uint64_t hash = run.scene.trace.hash;
    if (!run.scene.ledger.has_complaint && seed % REPEAT_EVERY == 0 && !is_traced) {
        play(&run, seed, false);
        if (run.scene.trace.hash != hash)
            ledger_complain(&run.scene.ledger, "two runs of the same seed differ");
    }
    if (!run.scene.ledger.has_complaint)
        return true;
    fprintf(stderr, "seed %" PRIu64 " (topology '%s', %s, max_pending %u): %s\n", seed,
            run.topology->topology->name, moods[run.mood], run.scene.max_pending,
            run.scene.ledger.complaint);
    fprintf(stderr, "  again, with a trace: GALE_SIM_SEED=%" PRIu64 " GALE_SIM_TRACE=1\n", seed);
    return false;
}

int main(void)
{
    struct seeds seeds = seeds_read("GALE_SIM_SEEDS", SEEDS_DEFAULT);
    uint64_t bad = 0;
    struct totals totals = {0};

    for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count && bad < 10; seed++)
        bad += !try_seed(seed, seeds.is_traced, &totals);
    printf("%" PRIu64 " seeds, %" PRIu64 " steps: %" PRIu64 " messages acked, %" PRIu64
           " emits failed (%" PRIu64 " timed out), %" PRIu64 " crashes, %" PRIu64
           " blocks lost, %" PRIu64 " stops, lanes full in %" PRIu64 " and %" PRIu64 " turns\n",
           seeds.count, totals.steps, totals.acked, totals.failed, totals.timed_out,
           totals.coverage.crashes, totals.coverage.drops, totals.stops,
           totals.coverage.lanes.waiting, totals.coverage.lanes.waiting_reports);
    return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
