/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/sim/wreck.h"
#include "worker/loop.h"

#define STEPS_MAX        UINT64_C(20000000)
#define STOP_AFTER_STEPS 20000u
#define CHANCE_BASE      100000u
#define INACTIVE_NS_MAX  50000000u
#define LONG_TURN_NS     3000000u /* long enough for a loop to shorten its turns */

static struct loop *loop_at(const struct machine *machine, uint32_t index)
{
    return machine->options.worker->loops[index];
}

static struct trace *trace_of(const struct machine *machine)
{
    return &machine->options.scene->trace;
}

/* ---- harm ---- */

/* Its tasks lose their state and what they hold, and its input is gone; nobody is told. Then they
 * are opened anew. */
static void crash(struct stage *stage)
{
    struct loop *loop = stage->loop;
    struct block_queue *queue = &loop->queues[stage->component_index];
    struct block *block = stage->reading;

    stage->reading = NULL;
    if (block != NULL)
        loop_send_home(loop, block);
    /* What is read makes room for more on a local lane: that is lost as well. */
    while ((block = block_queue_pop(queue)) != NULL)
        loop_send_home(loop, block);
    for (uint32_t i = 0; i < stage->task_count; i++) {
        struct task *task = &stage->tasks[i];
        wreck_held(task);
        free(task->self);
        task->self = NULL;
        task->is_open = false;
        (void)task_open(task);
    }
    stage->is_finished = false;
}

static void crash_some(struct machine *machine, struct loop *loop)
{
    struct stage *stage = loop->order[rng_below(&machine->rng, loop->stage_count)];

    if (!loop->running || stage->acker != NULL)
        return;
    trace_add(trace_of(machine), TRACE_CRASH, loop->index, stage->component_index, 0);
    machine->coverage.crashes++;
    machine->harm++;
    crash(stage);
}

/* A block is lost on its way here; its credit is not. */
static void drop_some(struct machine *machine, struct loop *loop)
{
    struct link *link = loop->in[rng_below(&machine->rng, loop->worker->loop_count)];
    struct block *block = link == NULL ? NULL : ring_pop(&link->forward);

    if (block == NULL)
        return;
    trace_add(trace_of(machine), TRACE_DROP, loop->index, block->head.kind, block->head.count);
    machine->coverage.drops++;
    machine->harm++;
    loop->taken++;
    link_return(link, block);
}

static void wake_loops(const struct machine *machine)
{
    for (uint32_t i = 0; i < machine->options.worker->loop_count; i++)
        parker_wake(&loop_at(machine, i)->parker);
}

static void set_active(struct machine *machine, bool active)
{
    trace_add(trace_of(machine), TRACE_ACTIVE, active, 0, 0);
    machine->activate_ns = active ? UINT64_MAX
                                  : machine->now_ns + rng_below(&machine->rng, INACTIVE_NS_MAX) /
                                                          (1 + rng_below(&machine->rng, 1000));
    atomic_store(&machine->options.worker->is_active, active);
    wake_loops(machine);
}

static void stop(struct machine *machine, uint64_t drain_ms)
{
    trace_add(trace_of(machine), TRACE_STOP, drain_ms, 0, 0);
    machine->was_stopped = true;
    conductor_stop(&machine->conductor, machine->now_ns, drain_ms);
    parker_wake(&machine->options.worker->conductor);
}

static bool strikes(struct machine *machine, uint32_t chance)
{
    return chance > 0 && machine->harm < machine->options.harm_max &&
           rng_below(&machine->rng, CHANCE_BASE) < chance;
}

static void do_harm(struct machine *machine, uint32_t index)
{
    const struct machine_chances *chances = &machine->options.chances;
    struct machine_actor *actor = &machine->loops[index];

    if (strikes(machine, chances->crash))
        crash_some(machine, loop_at(machine, index));
    if (strikes(machine, chances->drop))
        drop_some(machine, loop_at(machine, index));
    if (strikes(machine, chances->deactivate)) {
        machine->harm++;
        set_active(machine, false);
    }
    if (!machine->was_stopped && strikes(machine, chances->stop))
        stop(machine, rng_below(&machine->rng, 4) * UINT64_C(4000));
    if (strikes(machine, chances->stall)) {
        machine->harm++;
        actor->stalled_until_ns =
            machine->now_ns + rng_next(&machine->rng) % machine->options.stall_ns;
        trace_add(trace_of(machine), TRACE_STALL, index, actor->stalled_until_ns, 0);
    }
}

/* ---- a loop's thread, step by step ---- */

static void turn(struct machine *machine, uint32_t index)
{
    struct loop *loop = loop_at(machine, index);
    struct machine_actor *actor = &machine->loops[index];

    if (loop_is_closed(loop)) {
        actor->state = MACHINE_ENDED;
        return;
    }
    do_harm(machine, index);
    bool did = loop_turn(loop, machine->now_ns);
    trace_add(trace_of(machine), TRACE_TURN, index, did, 0);
    checks_loop(loop, &machine->options.scene->ledger, &machine->coverage.lanes);
    if (!did)
        actor->state = MACHINE_WANTS_REST;
}

static void rest(struct machine *machine, uint32_t index)
{
    struct loop *loop = loop_at(machine, index);
    struct machine_actor *actor = &machine->loops[index];

    if (!loop_rest_begin(loop)) {
        loop_rest_end(loop);
        actor->state = MACHINE_TURNS;
        return;
    }
    actor->deadline_ns = loop_deadline_ns(loop);
    actor->state = MACHINE_SLEEPS;
    trace_add(trace_of(machine), TRACE_SLEEP, index, actor->deadline_ns, 0);
}

static void wake(struct machine *machine, uint32_t index)
{
    struct loop *loop = loop_at(machine, index);

    trace_add(trace_of(machine), TRACE_WAKE, index, 0, 0);
    parker_cancel(&loop->parker);
    loop_rest_end(loop);
    machine->loops[index].state = MACHINE_TURNS;
}

static void step_loop(struct machine *machine, uint32_t index)
{
    switch (machine->loops[index].state) {
    case MACHINE_TURNS:
        turn(machine, index);
        return;
    case MACHINE_WANTS_REST:
        rest(machine, index);
        return;
    case MACHINE_SLEEPS:
        wake(machine, index);
        return;
    case MACHINE_ENDED:
        return;
    }
}

/* ---- when a run ends by itself ---- */

static void check_stage(const struct machine *machine, const struct stage *stage)
{
    struct ledger *ledger = &machine->options.scene->ledger;
    const char *name = stage->component->name;

    if (stage->reading != NULL || stage->loop->queues[stage->component_index].first != NULL)
        ledger_complain(ledger, "the run ends, but '%s' has tuples to read", name);
    if (stage->acker != NULL && acker_open_count(stage->acker) > 0)
        ledger_complain(ledger, "the run ends, but '%s' has %u trees open", name,
                        acker_open_count(stage->acker));
    for (uint32_t i = 0; i < stage->task_count; i++) {
        const struct task *task = &stage->tasks[i];
        if (task->held_count > 0 || count_read(&task->counters.open) != task->held_count)
            ledger_complain(
                ledger, "the run ends, but task %u of '%s' holds %u tuples, counts %llu", i, name,
                task->held_count, (unsigned long long)count_read(&task->counters.open));
    }
}

/* Before the loops close. Blocks that were read may still be on their way home. */
static void check_quiet(const struct machine *machine, struct loop *loop)
{
    struct ledger *ledger = &machine->options.scene->ledger;

    for (uint32_t s = 0; s < loop->stage_count; s++)
        check_stage(machine, loop->order[s]);
    for (uint32_t i = 0; i < loop->worker->loop_count; i++) {
        if (loop->in[i] != NULL && !ring_is_empty(&loop->in[i]->forward))
            ledger_complain(ledger, "the run ends, but loop %u has blocks to take", loop->index);
        struct block *block;
        while (i != loop->index && (block = ring_pop(&loop->out[i].back)) != NULL)
            outbox_take_back(&loop->outbox, block);
    }
    for (uint32_t i = 0; i < checks_lane_count(loop); i++) {
        const struct lane *lane = checks_lane(loop, i);
        if (lane->out > 0 || lane->open != NULL || lane->waiting_first != NULL)
            ledger_complain(ledger, "the run ends, but lane %u of loop %u has %u blocks out", i,
                            loop->index, lane->out);
    }
}

/* ---- the conductor's thread ---- */

static void step_conductor(struct machine *machine)
{
    struct parker *parker = &machine->options.worker->conductor;
    enum conductor_phase before = machine->conductor.phase;

    parker_prepare(parker);
    bool goes_on = conductor_step(&machine->conductor, machine->now_ns);
    if (machine->conductor.phase != before) {
        trace_add(trace_of(machine), TRACE_PHASE, machine->conductor.phase, 0, 0);
        parker_cancel(parker);
        machine->conducting.state = goes_on ? MACHINE_TURNS : MACHINE_ENDED;
    } else {
        machine->conducting.state = MACHINE_SLEEPS;
        machine->conducting.deadline_ns = conductor_deadline_ns(&machine->conductor);
    }
    if (machine->conductor.phase == CONDUCTOR_CLOSING && !machine->was_stopped &&
        !machine->is_checked) {
        machine->is_checked = true;
        for (uint32_t i = 0; i < machine->options.worker->loop_count; i++)
            check_quiet(machine, loop_at(machine, i));
    }
}

/* ---- who is next ---- */

static bool may_run(const struct machine *machine, const struct machine_actor *actor,
                    const struct parker *parker)
{
    if (actor->state == MACHINE_ENDED || actor->stalled_until_ns > machine->now_ns)
        return false;
    return actor->state != MACHINE_SLEEPS || actor->deadline_ns <= machine->now_ns ||
           atomic_load(&parker->state) == PARKER_AWAKE;
}

/* When an actor that may not run now may. */
static uint64_t next_chance_ns(const struct machine_actor *actor, const struct parker *parker)
{
    if (actor->state == MACHINE_ENDED)
        return UINT64_MAX;
    if (actor->state != MACHINE_SLEEPS || atomic_load(&parker->state) == PARKER_AWAKE)
        return actor->stalled_until_ns;
    return actor->deadline_ns > actor->stalled_until_ns ? actor->deadline_ns
                                                        : actor->stalled_until_ns;
}

static const struct parker *parker_of(const struct machine *machine, uint32_t index)
{
    const struct worker *worker = machine->options.worker;

    return index == worker->loop_count ? &worker->conductor : &worker->loops[index]->parker;
}

static const struct machine_actor *actor_of(const struct machine *machine, uint32_t index)
{
    return index == machine->options.worker->loop_count ? &machine->conducting
                                                        : &machine->loops[index];
}

/* All wait: the clock goes on to the next deadline. False if there is none. */
static bool let_time_pass(struct machine *machine)
{
    uint64_t next_ns = machine->activate_ns;

    for (uint32_t i = 0; i <= machine->options.worker->loop_count; i++) {
        uint64_t chance_ns = next_chance_ns(actor_of(machine, i), parker_of(machine, i));
        next_ns = chance_ns < next_ns ? chance_ns : next_ns;
    }
    if (next_ns != UINT64_MAX) {
        trace_add(trace_of(machine), TRACE_TIME, next_ns - machine->now_ns, 0, 0);
        machine->now_ns = next_ns;
        return true;
    }
    return false;
}

static void spend_time(struct machine *machine)
{
    uint32_t most_ns = rng_below(&machine->rng, 256) == 0 ? LONG_TURN_NS : machine->options.turn_ns;

    machine->now_ns += 1 + rng_below(&machine->rng, most_ns);
}

/* One that is slow is passed over, mostly, while others may run. */
static uint32_t choose(struct machine *machine, const uint32_t ready[], uint32_t count)
{
    for (;;) {
        uint32_t pick = ready[rng_below(&machine->rng, count)];
        uint32_t slowness = machine->options.slowness[pick];
        if (count == 1 || slowness == 0 || rng_below(&machine->rng, slowness) == 0)
            return pick;
    }
}

static bool step(struct machine *machine)
{
    uint32_t loops = machine->options.worker->loop_count;
    uint32_t ready[PLACEMENT_LOOPS_MAX + 1];
    uint32_t count = 0;

    trace_of(machine)->now_ns = machine->now_ns;
    if (machine->options.stop_in != CONDUCTOR_OPENING_BOLTS && !machine->was_stopped &&
        machine->options.stop_in == machine->conductor.phase && machine->steps > STOP_AFTER_STEPS)
        stop(machine, 1);
    if (machine->now_ns >= machine->activate_ns)
        set_active(machine, true);
    for (uint32_t i = 0; i <= loops; i++) {
        if (may_run(machine, actor_of(machine, i), parker_of(machine, i)))
            ready[count++] = i;
    }
    if (count == 0)
        return let_time_pass(machine);
    uint32_t pick = choose(machine, ready, count);
    if (pick == loops)
        step_conductor(machine);
    else
        step_loop(machine, pick);
    spend_time(machine);
    return true;
}

static bool is_over(const struct machine *machine)
{
    if (machine->options.scene->ledger.has_complaint || machine->conducting.state == MACHINE_ENDED)
        return true;
    return false;
}

/* For whoever has to find out why a run does not end. */
static void print_state(const struct machine *machine)
{
    const struct worker *worker = machine->options.worker;

    fprintf(stderr, "phase %d, order %" PRIu64 ", %u loops undone, active %d\n",
            (int)machine->conductor.phase, machine->conductor.number, atomic_load(&worker->undone),
            (int)atomic_load(&worker->is_active));
    for (uint32_t i = 0; i < worker->loop_count; i++) {
        const struct loop *loop = loop_at(machine, i);
        fprintf(stderr,
                "loop %u: state %d, resting %d, done %d, drained %d, held %d, sent %" PRIu64
                " (published %" PRIu64 "), received %" PRIu64 " (published %" PRIu64
                "), order %" PRIu64 ", full lanes %u and %u, dirty %u\n",
                i, (int)machine->loops[i].state, (int)atomic_load(&loop->is_resting),
                (int)atomic_load(&loop->is_done), (int)atomic_load(&loop->is_drained),
                (int)atomic_load(&loop->has_held), loop->outbox.sent, atomic_load(&loop->sent),
                loop->taken, atomic_load(&loop->received), atomic_load(&loop->done),
                loop->outbox.full_lanes, loop->outbox.full_ack_lanes, loop->outbox.dirty_count);
    }
}

void machine_run(struct machine *machine, const struct machine_options *options)
{
    *machine = (struct machine){.options = *options, .now_ns = 1, .activate_ns = UINT64_MAX};
    machine->loops = NEW_ARRAY(struct machine_actor, options->worker->loop_count);
    rng_init(&machine->rng, options->seed);
    conductor_init(&machine->conductor, options->worker);
    while (!is_over(machine) && ++machine->steps < STEPS_MAX) {
        if (step(machine))
            continue;
        print_state(machine);
        ledger_complain(&options->scene->ledger, "all sleep for ever in phase %d",
                        (int)machine->conductor.phase);
    }
    if (machine->steps == STEPS_MAX) {
        print_state(machine);
        ledger_complain(&options->scene->ledger,
                        "the run does not end: phase %d after %" PRIu64 " ms",
                        (int)machine->conductor.phase, machine->now_ns / 1000000);
    }
    free(machine->loops);
    machine->loops = NULL;
}
