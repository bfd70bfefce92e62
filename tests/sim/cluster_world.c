/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/cluster_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "worker/runtime.h"

#define STEPS_MAX    UINT64_C(3000000)
#define LONG_STEP_NS 3000000u
#define END_NS       UINT64_C(60000000000) /* after the last harm: that long at most */
#define ACTORS_MAX   256u

/* ---- processes ---- */

struct cluster_process *cluster_world_current(const struct cluster_world *world, uint32_t place)
{
    uint32_t number = world->places[place].process;

    return number == 0 ? NULL : world->shared.processes[number - 1];
}

void cluster_world_notify(struct cluster_world *world, enum cluster_news news)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        struct cluster_process *process = world->shared.processes[i];
        if (process->phase != CLUSTER_GONE)
            cluster_process_notify(process, news, world->now_ns);
    }
}

/* NULL if it has no part in the assignment that it finds. */
struct cluster_process *cluster_world_add(struct cluster_world *world, uint32_t place)
{
    const struct cluster_options *options = &world->options;
    uint32_t id = world->process_count;

    ASSERT(id < CLUSTER_ENDS_MAX);
    world->options.scene->process = world->options.scene->ledger.owner = id;
    struct cluster_process_options from = {.shared = &world->shared,
                                           .plan = options->make_plan(options->context),
                                           .id = id,
                                           .place = place,
                                           .address = id,
                                           .incarnation = ++world->places[place].incarnation,
                                           .seed = rng_next(&world->rng),
                                           .now_ns = world->now_ns};
    struct cluster_process *process = cluster_process_new(&from);
    if (process == NULL)
        return NULL;
    world->births++;
    world->shared.processes[world->process_count++] = process;
    world->places[place].process = id + 1;
    return process;
}

static bool hosts(void *context, uint32_t process, const char *component)
{
    const struct cluster_world *world = context;
    int32_t index = plan_find(world->options.plan, component);

    return (world->shared.processes[process]->hosts >> (uint32_t)index & 1) != 0;
}

/* ---- steps ---- */

static void spend_time(struct cluster_world *world)
{
    uint32_t most_ns = rng_below(&world->rng, 256) == 0 ? LONG_STEP_NS : world->options.turn_ns;

    world->now_ns += 1 + rng_below(&world->rng, most_ns);
}

struct choice {
    uint32_t process;
    uint32_t actor;
};

static uint32_t slowness_of(const struct cluster_world *world, const struct choice *choice)
{
    return world->shared.processes[choice->process]->actors[choice->actor].slowness;
}

/* One that is slow is passed over, mostly, while others may run. */
static struct choice choose(struct cluster_world *world, const struct choice ready[],
                            uint32_t count)
{
    for (;;) {
        struct choice pick = ready[rng_below(&world->rng, count)];
        uint32_t slowness = slowness_of(world, &pick);
        if (count == 1 || slowness == 0 || rng_below(&world->rng, slowness) == 0)
            return pick;
    }
}

/* Those who may run; if nobody may, when somebody will. */
static uint32_t find_ready(const struct cluster_world *world, struct choice ready[],
                           uint64_t *ret_next_ns)
{
    uint32_t count = 0;

    *ret_next_ns = UINT64_MAX;
    for (uint32_t p = 0; p < world->process_count; p++) {
        const struct cluster_process *process = world->shared.processes[p];
        for (uint32_t a = 0; process->phase != CLUSTER_GONE && a < process->actor_count; a++) {
            uint64_t chance_ns = UINT64_MAX;
            if (count < ACTORS_MAX &&
                cluster_process_may_run(process, a, world->now_ns, &chance_ns))
                ready[count++] = (struct choice){.process = p, .actor = a};
            else if (chance_ns < *ret_next_ns)
                *ret_next_ns = chance_ns;
        }
    }
    return count;
}

static void note_changes(struct cluster_world *world, struct cluster_process *process,
                         bool had_ended)
{
    if (process->has_ended && !had_ended)
        cluster_events_note_ended(world, process);
    if (process->phase == CLUSTER_GONE)
        cluster_events_note_gone(world, process);
    else if (order_kind(atomic_load(&team_worker(process->team)->order)) == ORDER_FINISH ||
             order_kind(atomic_load(&team_worker(process->team)->order)) == ORDER_CLOSE)
        cluster_events_note_finishing(world);
}

static void step_actor(struct cluster_world *world, const struct choice *choice)
{
    struct cluster_process *process = world->shared.processes[choice->process];
    bool had_ended = process->has_ended;

    cluster_process_step(process, choice->actor, world->now_ns);
    note_changes(world, process, had_ended);
}

static bool is_over(const struct cluster_world *world)
{
    if (world->options.scene->ledger.has_complaint)
        return true;
    if (!world->is_removed)
        return false;
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (world->shared.processes[i]->phase != CLUSTER_GONE)
            return false;
    }
    return true;
}

/* For whoever has to find out why a run does not end. */
static void print_state(const struct cluster_world *world)
{
    const struct cluster_view *view = cluster_state_now(&world->state);

    fprintf(stderr, "at %" PRIu64 " us: assignment %u, status %d, %u views, %u events\n",
            world->now_ns / 1000, view->assignment, (int)view->status, world->state.view_count,
            world->event_count);
    for (uint32_t i = 0; i < world->process_count; i++)
        cluster_process_print(world->shared.processes[i]);
}

static void step(struct cluster_world *world)
{
    struct choice ready[ACTORS_MAX];
    uint64_t next_ns;

    world->options.scene->trace.now_ns = world->now_ns;
    if (cluster_events_due_ns(world) <= world->now_ns) {
        cluster_events_step(world);
        return;
    }
    uint32_t count = find_ready(world, ready, &next_ns);
    if (count > 0) {
        struct choice pick = choose(world, ready, count);
        step_actor(world, &pick);
        spend_time(world);
        return;
    }
    if (cluster_events_due_ns(world) < next_ns)
        next_ns = cluster_events_due_ns(world);
    if (next_ns == UINT64_MAX) {
        print_state(world);
        ledger_complain(&world->options.scene->ledger, "all sleep for ever");
        return;
    }
    world->now_ns = next_ns;
}

static void check_bounds(struct cluster_world *world)
{
    if (world->now_ns < world->last_harm_ns + END_NS && world->steps < STEPS_MAX)
        return;
    print_state(world);
    ledger_complain(&world->options.scene->ledger,
                    "the run does not end: %" PRIu64 " ms after the last harm, %" PRIu64 " steps",
                    (world->now_ns - world->last_harm_ns) / 1000000, world->steps);
}

void cluster_world_run(struct cluster_world *world, const struct cluster_options *options)
{
    *world = (struct cluster_world){.options = *options, .now_ns = 1};
    rng_init(&world->rng, options->seed);
    cluster_net_init(&world->net, &world->rng);
    world->net.delay_ns = options->delay_ns;
    world->net.slow_chance = options->slow_chance;
    cluster_state_init(&world->state, options->places);
    world->shared = (struct cluster_shared){.code = options->code,
                                            .roster_plan = options->make_plan(options->context),
                                            .config = options->config,
                                            .scene = options->scene,
                                            .net = &world->net,
                                            .state = &world->state,
                                            .rng = &world->rng,
                                            .news_ns = options->news_ns};
    options->scene->hosts = hosts;
    options->scene->context = world;
    cluster_events_begin(world);
    while (!is_over(world)) {
        world->steps++;
        step(world);
        check_bounds(world);
    }
}

void cluster_world_done(struct cluster_world *world)
{
    for (uint32_t i = 0; i < world->process_count; i++)
        cluster_process_destroy(&world->shared.processes[i]);
    plan_destroy(&world->shared.roster_plan);
    cluster_state_done(&world->state);
    cluster_net_done(&world->net);
}
