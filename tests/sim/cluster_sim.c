/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays topologies on several simulated workers, seed by seed, and checks that every message got what
 * it was promised, whatever happened to the workers and to what is between them. A seed decides
 * everything.
 *
 *     GALE_SIM_CLUSTER_SEEDS=n    how many seeds (default: what a sanitizer does in half a minute)
 *     GALE_SIM_SEED=n             this one alone
 *     GALE_SIM_TRACE=1            prints what happens, with the virtual time in microseconds
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/settings.h"
#include "sdk/src/describe.h"
#include "tests/sim/cluster_world.h"
#include "tests/sim/seeds.h"
#include "tests/sim/topologies.h"
#include "wire/config.h"
#include "wire/plan.h"

#define SEEDS_DEFAULT 1500
#define REPEAT_EVERY  32 /* seeds, of which one is run twice to compare */
#define MESSAGES_MAX  64u

/* What a seed may do to a run. */
enum mood {
    MOOD_CALM,  /* nothing goes wrong, but ways are cut */
    MOOD_FAILS, /* bolts fail tuples, and workers stand still */
    MOOD_DIES,  /* workers die, and come back, or not */
    MOOD_MOVES, /* tasks move */
    MOOD_ALL,
    MOODS_COUNT,
};

static const char *const mood_names[] = {"calm", "fails", "dies", "moves", "all"};

static const uint32_t harms[MOODS_COUNT][CLUSTER_HARMS_COUNT] = {
    [MOOD_CALM] = {[CLUSTER_HARM_CUT] = 3,
                   [CLUSTER_HARM_PARTITION] = 1,
                   [CLUSTER_HARM_DEAFEN] = 1,
                   [CLUSTER_HARM_DEACTIVATE] = 1},
    [MOOD_FAILS] = {[CLUSTER_HARM_CUT] = 3,
                    [CLUSTER_HARM_PARTITION] = 1,
                    [CLUSTER_HARM_STALL] = 2,
                    [CLUSTER_HARM_DEACTIVATE] = 1,
                    [CLUSTER_HARM_KILL_TOPOLOGY] = 1},
    [MOOD_DIES] = {[CLUSTER_HARM_KILL] = 3,
                   [CLUSTER_HARM_LOSE] = 1,
                   [CLUSTER_HARM_ZOMBIE] = 2,
                   [CLUSTER_HARM_CUT] = 1},
    [MOOD_MOVES] = {[CLUSTER_HARM_MOVE] = 2,
                    [CLUSTER_HARM_REBALANCE] = 2,
                    [CLUSTER_HARM_DEACTIVATE] = 1,
                    [CLUSTER_HARM_DEAFEN] = 1},
    [MOOD_ALL] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
};

struct run {
    uint64_t seed;
    struct rng rng;
    enum mood mood;
    const struct sim_topology *topology;
    struct plan *plan;
    struct settings *settings;
    struct config *config;
    struct scene scene;
    struct cluster_world world;
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
    static const uint32_t sizes[][2] = {
        {4096, 65536}, {4096, 65536}, {16384, 65536}, {32768, 65536}, {65536, 65536}};
    const uint32_t *size = sizes[rng_below(&run->rng, COUNT_OF(sizes))];

    put(run, "", "topology.block.bytes", size[0]);
    put(run, "", "topology.link.bytes", size[1]);
    run->scene.tuple_bytes_max = 8192 + rng_below(&run->rng, 40000);
    put(run, "", "topology.tuple.bytes.max", run->scene.tuple_bytes_max);
    put(run, "", "topology.emit.bytes.max", 65536u << rng_below(&run->rng, 4));
}

static void draw_component(struct run *run, const struct plan_component *component)
{
    bool is_global = strcmp(component->name, "total") == 0;

    if (!is_global && one_in(run, 2))
        put(run, component->name, "tasks", 1 + rng_below(&run->rng, 4));
    if (component->role == PLAN_BOLT && one_in(run, 8))
        put(run, component->name, "tick_ms", 10 + rng_below(&run->rng, 50));
}

/* Nothing may have to wait for the timeout: a worker that is lost is known to be. */
static void draw_settings(struct run *run)
{
    draw_sizes(run);
    if (!one_in(run, 3)) {
        run->scene.max_pending = 1 + rng_below(&run->rng, one_in(run, 2) ? 4 : 100);
        put(run, "", "topology.max.spout.pending", run->scene.max_pending);
    }
    put(run, "", "topology.message.timeout.secs", 600);
    put(run, "", "topology.worker.lost.secs", rng_below(&run->rng, 4));
    put(run, "", "topology.spout.idle.max.ms",
        run->scene.idle_chance == 0 && one_in(run, 2) ? 1000 : 10);
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
    scene->messages = 1 + rng_below(&run->rng, one_in(run, 8) ? MESSAGES_MAX : 16);
    scene->idle_chance = one_in(run, 3) ? 0 : 850 + rng_below(&run->rng, 100);
    scene->is_calm = run->mood == MOOD_CALM;
    scene->may_finish_again = run->mood >= MOOD_DIES;
    scene->replays_at_once = one_in(run, 3);
    if (run->mood == MOOD_FAILS || run->mood == MOOD_ALL) {
        scene->fail_chance = rng_below(&run->rng, one_in(run, 4) ? 1000 : 100);
        scene->refuse_chance = rng_below(&run->rng, 50);
        scene->hurt_attempts = 3;
    }
}

static struct plan *make_plan(void *context)
{
    struct run *run = context;
    struct config *config = NULL;
    struct plan *plan = NULL;
    enum err err = describe(run->topology->topology, &plan, NULL);

    if (err == ERR_OK)
        err = plan_check(plan, NULL);
    if (err == ERR_OK)
        err = config_make(plan, run->settings, &config, NULL);
    ASSERT(err == ERR_OK);
    config_destroy(&config);
    return plan;
}

static bool build(struct run *run, struct error *error)
{
    enum err err = describe(run->topology->topology, &run->plan, error);

    if (err == ERR_OK)
        err = plan_check(run->plan, error);
    if (err != ERR_OK)
        return false;
    run->settings = settings_new();
    draw_settings(run);
    if (config_make(run->plan, run->settings, &run->config, error) != ERR_OK)
        return false;
    int32_t left = plan_find(run->plan, "left");
    run->scene.left_tasks = left < 0 ? 0 : run->plan->components[left].tasks;
    return true;
}

static struct cluster_options draw_world(struct run *run)
{
    static const uint32_t turns_ns[] = {2000, 20000, 300000};
    static const uint64_t delays_ns[] = {20000, 200000, 3000000};
    static const uint64_t paces_ns[] = {3000000, 300000000, 3000000000};
    struct cluster_options options = {
        .code = run->topology->topology,
        .make_plan = make_plan,
        .context = run,
        .plan = run->plan,
        .config = run->config,
        .scene = &run->scene,
        .seed = rng_next(&run->rng),
        .places = 2 + rng_below(&run->rng, one_in(run, 3) ? CLUSTER_PLACES_MAX - 1 : 2),
        .loops_max = 1 + rng_below(&run->rng, 3),
        .turn_ns = turns_ns[rng_below(&run->rng, COUNT_OF(turns_ns))],
        .delay_ns = delays_ns[rng_below(&run->rng, COUNT_OF(delays_ns))],
        .slow_chance = one_in(run, 4) ? 300 : 0,
        .news_ns = one_in(run, 3) ? 1000000000 : 20000000,
        .harm_ns = paces_ns[rng_below(&run->rng, COUNT_OF(paces_ns))],
        .harm_max = rng_below(&run->rng, 8),
        .unassigned = run->mood >= MOOD_MOVES ? 200 : 0,
        .hunts_the_end = (run->mood == MOOD_DIES || run->mood == MOOD_ALL) && one_in(run, 3),
    };

    memcpy(options.harms, harms[run->mood], sizeof options.harms);
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

/* Whether some emit of the message was acked. */
static bool is_acked(const struct ledger *ledger, uint64_t message)
{
    for (uint32_t i = 0; i < ledger->emit_count; i++) {
        if (ledger->emits[i].message == message && ledger->emits[i].verdict == LEDGER_ACKED)
            return true;
    }
    return false;
}

static void check_component(struct run *run, const struct plan_component *component)
{
    struct ledger *ledger = &run->scene.ledger;

    for (uint32_t t = 0; component->role == PLAN_SPOUT && t < component->tasks; t++) {
        for (uint32_t m = 0; m < run->scene.messages; m++) {
            uint64_t message = (uint64_t)(component->first_task + t) << 32 | m;
            if (!is_acked(ledger, message))
                ledger_complain(ledger, "message %" PRIx64 " was never acked", message);
        }
    }
}

static void check_messages(struct run *run)
{
    struct ledger *ledger = &run->scene.ledger;

    for (uint32_t i = 0; i < run->plan->component_count; i++)
        check_component(run, &run->plan->components[i]);
    if (ledger->open > 0)
        ledger_complain(ledger, "%u emits have neither verdict nor owner", ledger->open);
}

static void check_calm(struct run *run)
{
    struct ledger *ledger = &run->scene.ledger;

    for (uint32_t i = 0; i < ledger->emit_count; i++) {
        if (ledger->emits[i].attempt > 0)
            ledger_complain(ledger, "emit %u is a second one, but nothing went wrong", i);
    }
    if (ledger->orphaned > 0)
        ledger_complain(ledger, "%u emits got no verdict, but nobody died", ledger->orphaned);
    check_untracked(run);
}

static void check_end(struct run *run)
{
    const struct cluster_world *world = &run->world;
    struct ledger *ledger = &run->scene.ledger;

    if (run->scene.timed_out > 0)
        ledger_complain(ledger, "%u trees timed out: nothing should wait for that",
                        run->scene.timed_out);
    if (run->scene.worker_lost > 0 && !world->is_disturbed)
        ledger_complain(ledger, "%u trees fail for a lost worker, but none was lost",
                        run->scene.worker_lost);
    if (world->was_killed && !world->has_ended && !world->was_drained && !world->is_disturbed)
        ledger_complain(ledger, "a killed topology is not drained in time");
    if (world->has_ended)
        check_messages(run);
    if (world->has_ended && run->mood == MOOD_CALM)
        check_calm(run);
    if (!world->has_ended && !world->was_killed)
        ledger_complain(ledger, "the topology was removed without an end");
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

    struct error error;
    if (build(run, &error)) {
        struct cluster_options options = draw_world(run);
        cluster_world_run(&run->world, &options);
        if (!run->scene.ledger.has_complaint)
            check_end(run);
        cluster_world_done(&run->world);
    } else {
        ledger_complain(&run->scene.ledger, "cannot be built: %s", error.text);
    }
    config_destroy(&run->config);
    settings_destroy(&run->settings);
    plan_destroy(&run->plan);
    free(run->scene.noise);
    ledger_done(&run->scene.ledger);
}

struct totals {
    uint64_t steps;
    uint64_t virtual_ms;
    uint64_t births;
    uint64_t acked;
    uint64_t failed;
    uint64_t worker_lost;
    uint64_t orphaned;
    uint64_t frames;
    uint64_t frames_lost;
    uint64_t happened[CLUSTER_HARMS_COUNT];
    struct cluster_coverage coverage;
};

static void add_totals(struct totals *totals, const struct run *run)
{
    const struct cluster_coverage *coverage = &run->world.shared.coverage;

    totals->steps += run->world.steps;
    totals->virtual_ms += run->world.now_ns / 1000000;
    totals->births += run->world.births;
    totals->acked += run->scene.ledger.acked;
    totals->failed += run->scene.ledger.failed;
    totals->orphaned += run->scene.ledger.orphaned;
    totals->worker_lost += run->scene.worker_lost;
    totals->frames += run->world.net.sent;
    totals->frames_lost += run->world.net.lost;
    for (int i = 0; i < CLUSTER_HARMS_COUNT; i++)
        totals->happened[i] += run->world.happened[i];
    totals->coverage.stale += coverage->stale;
    totals->coverage.refused += coverage->refused;
    totals->coverage.again += coverage->again;
    totals->coverage.lost += coverage->lost;
    totals->coverage.astray += coverage->astray;
    totals->coverage.routings += coverage->routings;
    totals->coverage.lanes.waiting += coverage->lanes.waiting;
    totals->coverage.lanes.waiting_reports += coverage->lanes.waiting_reports;
}

static void print_totals(const struct totals *totals, uint64_t seeds)
{
    static const char *const names[] = {
        "kills", "places lost", "stalls", "zombies",          "cuts", "partitions", "deaf",
        "moves", "rebalances",  "pauses", "killed topologies"};

    printf("%" PRIu64 " seeds, %" PRIu64 " steps, %" PRIu64 " s: %" PRIu64
           " messages acked, %" PRIu64 " emits failed (%" PRIu64 " for a lost worker), %" PRIu64
           " orphaned\n",
           seeds, totals->steps, totals->virtual_ms / 1000, totals->acked, totals->failed,
           totals->worker_lost, totals->orphaned);
    printf("%" PRIu64 " processes;", totals->births);
    for (int i = 0; i < CLUSTER_HARMS_COUNT; i++)
        printf(" %s %" PRIu64, names[i], totals->happened[i]);
    printf("\n%" PRIu64 " frames, %" PRIu64 " lost; blocks: %" PRIu64 " again, %" PRIu64
           " lost, %" PRIu64 " astray; %" PRIu64 " stale frames, %" PRIu64
           " HELLOs refused, %" PRIu64 " routings, lanes full in %" PRIu64 " and %" PRIu64
           " turns\n",
           totals->frames, totals->frames_lost, totals->coverage.again, totals->coverage.lost,
           totals->coverage.astray, totals->coverage.stale, totals->coverage.refused,
           totals->coverage.routings, totals->coverage.lanes.waiting,
           totals->coverage.lanes.waiting_reports);
}

/* False, and the reason is printed, if the seed shows an error. */
static bool try_seed(uint64_t seed, bool is_traced, struct totals *totals)
{
    struct run *run = NEW(struct run);

    play(run, seed, is_traced);
    add_totals(totals, run);
    uint64_t hash = run->scene.trace.hash;
    if (!run->scene.ledger.has_complaint && seed % REPEAT_EVERY == 0 && !is_traced) {
        play(run, seed, false);
        if (run->scene.trace.hash != hash)
            ledger_complain(&run->scene.ledger, "two runs of the same seed differ");
    }
    bool is_good = !run->scene.ledger.has_complaint;
    if (!is_good) {
        fprintf(stderr, "seed %" PRIu64 " (topology '%s', %s, max_pending %u): %s\n", seed,
                run->topology->topology->name, mood_names[run->mood], run->scene.max_pending,
                run->scene.ledger.complaint);
        fprintf(stderr, "  again, with a trace: GALE_SIM_SEED=%" PRIu64 " GALE_SIM_TRACE=1\n",
                seed);
    }
    free(run);
    return is_good;
}

int main(void)
{
    struct seeds seeds = seeds_read("GALE_SIM_CLUSTER_SEEDS", SEEDS_DEFAULT);
    struct totals totals = {0};
    uint64_t bad = 0;

    for (uint64_t seed = seeds.first; seed < seeds.first + seeds.count && bad < 10; seed++)
        bad += !try_seed(seed, seeds.is_traced, &totals);
    print_totals(&totals, seeds.count);
    return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
