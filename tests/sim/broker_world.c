/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/broker_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/sim/broker_reading.h"

enum {
    STEPS = 2500,
    JOB_AGE_MAX_MS = 1500, /* the longest that a job waits and runs */
    PASS_MAX_MS = 30,
    LONG_PASS_MS = 1500,
    CALM_MAX_MS = 180000,
    CALM_STEP_MS = 20,
    PLAN_OPERATIONS = 80, /* in which a planned fault comes */
    START_OPERATIONS = 60,
    STARTS_MAX = 20,
    FULL_MAX_MS = 4000,
    FULL_SLACK = 3000,
    SPINS_MAX = 10,
    RESTARTS_ONE_IN = 40, /* steps after a disk has failed */
    NAMES_MAX = 16,
};

uint32_t broker_world_draw(struct broker_world *world, uint32_t bound)
{
    return rng_below(&world->rng, bound);
}

/* ---- A world from a seed ------------------------------------------------------------------- */

static void set_text(struct broker_world *world, const char *key, const char *value)
{
    ASSERT(world->setting_count + 2 < BROKER_SETTINGS_MAX);
    world->settings[world->setting_count++] = key;
    world->settings[world->setting_count++] = value;
}

/* A number from min on, below min + spread, over `scale`. */
static void set_number(struct broker_world *world, const char *key, uint32_t min, uint32_t spread,
                       double scale)
{
    char *text = world->numbers[world->setting_count];

    (void)snprintf(text, sizeof world->numbers[0], "%g",
                   (double)(min + broker_world_draw(world, spread)) / scale);
    set_text(world, key, text);
}

static void draw_settings(struct broker_world *world)
{
    set_text(world, "log.auto.create.topics", "false");
    set_text(world, "log.flush", broker_world_draw(world, 4) == 0 ? "always" : "interval");
    set_number(world, "log.flush.ms", 50, 2000, 1);
    set_number(world, "log.flush.bytes", 4096, 60000, 1);
    set_number(world, "log.retention.check.secs", 5, 50, 10);
    set_number(world, "log.cleaner.check.secs", 2, 50, 10);
    set_number(world, "broker.files.max", 16, 64, 1);
    set_number(world, "broker.inflight.requests.max", 2, 10, 1);
    set_number(world, "broker.fetch.bytes.max", 2000, 60000, 1);
    set_number(world, "broker.group.initial.rebalance.delay.ms", 0, 500, 1);
    set_text(world, "broker.disk.free.min", "1MiB");
}

static void add_actors(struct broker_world *world, const struct broker_actor_operations *operations,
                       uint32_t count)
{
    for (uint32_t i = 0; i < count && world->actor_count < BROKER_ACTORS_MAX; i++) {
        broker_actor_init(&world->actors[world->actor_count], world, (uint32_t)world->actor_count,
                          operations);
        world->actor_count++;
    }
}

void broker_world_init(struct broker_world *world, const struct broker_world_options *options)
{
    *world = (struct broker_world){.options = *options};
    rng_init(&world->rng, options->seed);
    coord_trace_init(&world->trace, options->trace);
    draw_settings(world);
    world->rig = broker_rig_new(options->seed, world->settings);
    world->rig->dies_of_faults = true;
    broker_model_init(&world->model, &world->trace, world->rig);
    world->commits = NEW(struct broker_commits);
    world->commits->model = &world->model;
    add_actors(world, &broker_admin, 1);
    add_actors(world, &broker_producer, 1 + broker_world_draw(world, 3));
    add_actors(world, &broker_idempotent, 1 + broker_world_draw(world, 3));
    add_actors(world, &broker_consumer, 1 + broker_world_draw(world, 3));
    add_actors(world, &broker_committer, 1 + broker_world_draw(world, 2));
    add_actors(world, &broker_member, broker_world_draw(world, 4));
}

void broker_world_done(struct broker_world *world)
{
    for (size_t i = 0; i < world->actor_count; i++)
        broker_actor_done(&world->actors[i]);
    broker_rig_destroy(&world->rig);
    broker_model_done(&world->model);
    coord_trace_done(&world->trace);
    free(world->commits);
}

/* ---- Lives of the broker ------------------------------------------------------------------- */

static bool is_deadly(enum sim_files_fault fault)
{
    return fault == SIM_FILES_KILL || fault == SIM_FILES_POWER_CUT;
}

static bool has_struck(const struct broker_world *world)
{
    return is_deadly(world->planned) && sim_files_has_struck(world->rig->files);
}

static void plan(struct broker_world *world, enum sim_files_fault fault, uint32_t operations)
{
    uint32_t at = operations == 0 ? 0 : broker_world_draw(world, operations);

    if (fault != SIM_FILES_FINE)
        coord_trace_add(&world->trace, "planned: fault %d at operation %" PRIu32, (int)fault, at);
    world->planned = fault;
    world->rig->dies_of_faults = is_deadly(fault);
    sim_files_plan(world->rig->files, fault, at);
}

static void make_room(struct broker_world *world)
{
    world->rig->room = UINT64_C(1) << 30;
    world->full_until_ms = 0;
    sim_files_set_room(world->rig->files, 0);
}

/* Whether an operation has failed, and the process goes on. */
static bool has_failed(const struct broker_world *world)
{
    return world->planned == SIM_FILES_ERROR && sim_files_has_struck(world->rig->files);
}

static void doubt(struct broker_world *world)
{
    coord_trace_add(&world->trace, "an operation on a file has failed");
    world->coverage.failed_syncs++;
    world->commits->may_be_stale = true;
    world->commits->is_doubtful = true;
    broker_model_doubt(&world->model);
}

/* What is left behind by a process that is gone, or a machine without power. */
static void come_down(struct broker_world *world, bool is_power_cut)
{
    broker_rig_kill(world->rig);
    if (has_failed(world))
        doubt(world);
    if (is_power_cut) {
        broker_model_note_power_cut(&world->model);
        broker_commits_note_power_cut(world->commits);
    }
    if (is_power_cut || has_struck(world))
        sim_files_restart(world->rig->files);
    plan(world, SIM_FILES_FINE, 0);
}

/* What the broker has to say goes to the trace, line by line. */
static void listen(struct broker_world *world)
{
    char *told = text_take(&world->rig->told);
    char *end;

    for (char *line = told; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        coord_trace_add(&world->trace, "  %s", line);
    }
    free(told);
}

/* One attempt; true if it is up. */
static bool try_start(struct broker_world *world, bool *had_power_cut)
{
    struct error error = {.text = ""};

    if (!world->is_calm && broker_world_draw(world, 4) == 0)
        plan(world, broker_world_draw(world, 2) == 0 ? SIM_FILES_KILL : SIM_FILES_POWER_CUT,
             START_OPERATIONS);
    enum err err = broker_rig_start(world->rig, &error);
    listen(world);
    coord_trace_add(&world->trace, "start: %s", err == ERR_OK ? "up" : error.text);
    if (has_struck(world)) {
        bool is_power_cut = world->planned == SIM_FILES_POWER_CUT;
        world->coverage.start_faults++;
        *had_power_cut = *had_power_cut || is_power_cut;
        come_down(world, is_power_cut);
        return false;
    }
    plan(world, SIM_FILES_FINE, 0);
    if (err != ERR_OK && world->full_until_ms == 0)
        coord_trace_complain(&world->trace, "the broker does not start: %s", error.text);
    if (err != ERR_OK)
        make_room(world);
    return err == ERR_OK;
}

static void come_up(struct broker_world *world, bool had_power_cut)
{
    bool is_up = false;

    for (int i = 0; i < STARTS_MAX && !is_up && !world->trace.has_complaint; i++)
        is_up = try_start(world, &had_power_cut);
    if (!is_up) {
        coord_trace_complain(&world->trace, "the broker does not come up");
        return;
    }
    world->has_failed_sync = false;
    broker_model_begin_life(&world->model);
    broker_commits_begin_life(world->commits);
    broker_reading_audit(&world->model, &world->rng, had_power_cut);
}

/* The bytes of answers that are on their way may still arrive, or not. */
static void lose_connections(struct broker_world *world)
{
    bool do_arrive = broker_world_draw(world, 2) == 0;

    for (size_t i = 0; i < world->actor_count; i++) {
        if (do_arrive)
            broker_actor_take(&world->actors[i]);
        broker_actor_cut(&world->actors[i]);
    }
}

static void die(struct broker_world *world, bool is_power_cut)
{
    coord_trace_add(&world->trace, "%s%s", is_power_cut ? "power cut" : "kill",
                    has_struck(world) ? " in an operation" : "");
    world->coverage.struck += has_struck(world);
    world->commits->may_be_stale = world->commits->may_be_stale || has_struck(world);
    world->coverage.power_cuts += is_power_cut;
    world->coverage.kills += !is_power_cut;
    if (!has_struck(world))
        plan(world, SIM_FILES_FINE, 0); /* not while it goes down */
    lose_connections(world);
    broker_model_before_end(&world->model);
    broker_commits_before_end(world->commits);
    come_down(world, is_power_cut);
    come_up(world, is_power_cut);
}

static void check_files(struct broker_world *world)
{
    if (sim_files_open_count(world->rig->files) > 0)
        coord_trace_complain(&world->trace, "%zu files are left open",
                             sim_files_open_count(world->rig->files));
}

static void stop(struct broker_world *world)
{
    struct error error;
    bool is_faulty =
        world->planned != SIM_FILES_FINE || world->full_until_ms > 0 || world->has_failed_sync;

    coord_trace_add(&world->trace, "stop");
    world->coverage.stops++;
    lose_connections(world);
    if (service_counts(world->rig->service).held_bytes > 0)
        coord_trace_complain(&world->trace, "%" PRIu64 " bytes are held for nobody",
                             service_counts(world->rig->service).held_bytes);
    broker_model_before_end(&world->model);
    broker_commits_before_end(world->commits);
    enum err err = broker_rig_stop(world->rig, &error);
    if (err != ERR_OK && !is_faulty)
        coord_trace_complain(&world->trace, "the broker does not stop: %s", error.text);
    if (err == ERR_OK && !has_struck(world) && !has_failed(world)) {
        broker_model_note_stopped(&world->model);
        broker_commits_note_stopped(world->commits);
    }
    bool is_power_cut = has_struck(world) && world->planned == SIM_FILES_POWER_CUT;
    come_down(world, is_power_cut);
    check_files(world);
    come_up(world, is_power_cut);
}

/* ---- Time ---------------------------------------------------------------------------------- */

static void run_job(struct broker_world *world, bool is_urgent)
{
    if (!broker_rig_end_job(world->rig, is_urgent))
        (void)broker_rig_begin_job(world->rig, is_urgent);
}

static void run_late_jobs(struct broker_world *world)
{
    const struct broker_rig *rig = world->rig;

    while (rig->job_count > 0 && rig->jobs[0].submitted_ms + JOB_AGE_MAX_MS <= rig->now.steady_ms)
        run_job(world, rig->jobs[0].is_urgent);
}

/* Turn by turn, as the service asks for them. */
static void pass(struct broker_world *world, uint64_t ms)
{
    struct broker_rig *rig = world->rig;
    uint64_t until_ms = rig->now.steady_ms + ms;
    uint32_t spins = 0;

    while (rig->now.steady_ms < until_ms && !has_struck(world)) {
        uint64_t next_ms = rig->next_ms < until_ms ? rig->next_ms : until_ms;
        if (rig->job_count > 0 && rig->jobs[0].submitted_ms + JOB_AGE_MAX_MS < next_ms)
            next_ms = rig->jobs[0].submitted_ms + JOB_AGE_MAX_MS;
        spins = next_ms <= rig->now.steady_ms ? spins + 1 : 0;
        if (spins > SPINS_MAX) {
            coord_trace_complain(&world->trace, "the service wants turn after turn");
            return;
        }
        for (size_t i = 0; i < world->actor_count; i++)
            broker_actor_check(&world->actors[i], next_ms);
        broker_rig_advance(rig, next_ms > rig->now.steady_ms ? next_ms - rig->now.steady_ms : 0);
        run_late_jobs(world);
        world->trace.now_us = rig->now.steady_ms * 1000;
    }
}

/* ---- Faults -------------------------------------------------------------------------------- */

static void fill_disk(struct broker_world *world)
{
    struct broker_rig *rig = world->rig;

    world->coverage.full_disks++;
    world->commits->may_be_stale = true;
    world->full_until_ms = rig->now.steady_ms + 1 + broker_world_draw(world, FULL_MAX_MS);
    if (broker_world_draw(world, 2) == 0)
        rig->room = broker_world_draw(world, 1 << 20);
    else
        sim_files_set_room(rig->files,
                           sim_files_used(rig->files) + 1 + broker_world_draw(world, FULL_SLACK));
    coord_trace_add(&world->trace, "the disk is full");
}

static void strike(struct broker_world *world)
{
    uint32_t mood = broker_world_draw(world, 100);

    if (mood < 40)
        broker_actor_cut(&world->actors[broker_world_draw(world, (uint32_t)world->actor_count)]);
    else if (mood < 47)
        stop(world);
    else if (mood < 55)
        die(world, false);
    else if (mood < 63)
        die(world, true);
    else if (mood < 70 && world->full_until_ms == 0)
        fill_disk(world);
    else if (world->planned != SIM_FILES_FINE)
        return;
    else if (mood < 80)
        plan(world, SIM_FILES_KILL, PLAN_OPERATIONS);
    else if (mood < 90)
        plan(world, SIM_FILES_POWER_CUT, PLAN_OPERATIONS);
    else if (mood < 93)
        plan(world, SIM_FILES_ERROR, PLAN_OPERATIONS);
    else if (mood < 97)
        plan(world, SIM_FILES_FULL_ONCE, PLAN_OPERATIONS);
    else
        broker_reading_audit(&world->model, &world->rng, false);
}

static void restart(struct broker_world *world)
{
    uint32_t mood = broker_world_draw(world, 3);

    if (mood == 0)
        stop(world);
    else
        die(world, mood == 1);
}

/* What follows from faults that have come. */
static void follow(struct broker_world *world)
{
    if (has_struck(world))
        die(world, world->planned == SIM_FILES_POWER_CUT);
    if (has_failed(world)) {
        doubt(world);
        world->has_failed_sync = true;
        plan(world, SIM_FILES_FINE, 0);
    }
    if (world->planned == SIM_FILES_FULL_ONCE && sim_files_has_struck(world->rig->files)) {
        world->commits->may_be_stale = true;
        plan(world, SIM_FILES_FINE, 0);
    }
    if (world->has_failed_sync && broker_world_draw(world, RESTARTS_ONE_IN) == 0)
        restart(world);
    if (world->full_until_ms > 0 && world->rig->now.steady_ms >= world->full_until_ms) {
        coord_trace_add(&world->trace, "there is room");
        make_room(world);
    }
}

/* ---- A run --------------------------------------------------------------------------------- */

static void check(struct broker_world *world)
{
    listen(world);
    if (world->trace.has_complaint || has_struck(world))
        return;
    for (size_t i = 0; i < world->actor_count; i++)
        broker_actor_check(&world->actors[i], world->rig->now.steady_ms);
    broker_model_watch(&world->model);
}

static void step(struct broker_world *world)
{
    uint32_t mood = broker_world_draw(world, 100);

    world->steps++;
    if (mood < 70)
        broker_actor_act(&world->actors[broker_world_draw(world, (uint32_t)world->actor_count)]);
    else if (mood < 84)
        run_job(world, broker_world_draw(world, 3) > 0);
    else if (mood < 98)
        pass(world, broker_world_draw(world, 20) == 0 ? broker_world_draw(world, LONG_PASS_MS)
                                                      : broker_world_draw(world, PASS_MAX_MS));
    else
        strike(world);
    if (!world->trace.has_complaint)
        follow(world);
    check(world);
}

static const struct broker_actor *find_restless(const struct broker_world *world)
{
    for (size_t i = 0; i < world->actor_count; i++) {
        const struct broker_actor *actor = &world->actors[i];
        if (!actor->operations->is_settled(actor))
            return actor;
    }
    return NULL;
}

static void settle(struct broker_world *world)
{
    uint64_t until_ms = world->rig->now.steady_ms + CALM_MAX_MS;

    while (find_restless(world) != NULL && world->rig->now.steady_ms < until_ms &&
           !world->trace.has_complaint) {
        for (size_t i = 0; i < world->actor_count; i++)
            broker_actor_act(&world->actors[i]);
        run_job(world, true);
        run_job(world, false);
        pass(world, 1 + broker_world_draw(world, CALM_STEP_MS));
        check(world);
    }
    const struct broker_actor *restless = find_restless(world);
    if (restless != NULL)
        coord_trace_complain(&world->trace, "%s %" PRIu32 " does not come to rest",
                             restless->operations->name, restless->number);
}

static void end(struct broker_world *world)
{
    world->is_calm = true;
    make_room(world);
    if (world->planned != SIM_FILES_FINE)
        plan(world, SIM_FILES_FINE, 0);
    coord_trace_add(&world->trace, "calm");
    if (world->has_failed_sync)
        die(world, false);
    settle(world);
    if (!world->trace.has_complaint)
        broker_reading_audit(&world->model, &world->rng, false);
    if (!world->trace.has_complaint)
        stop(world);
}

void broker_world_run(struct broker_world *world)
{
    come_up(world, false);
    while (world->steps < STEPS && !world->trace.has_complaint)
        step(world);
    if (!world->trace.has_complaint)
        end(world);
}
