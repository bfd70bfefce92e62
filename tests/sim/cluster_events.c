/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to the simulated cluster, and what nimbus and the supervisors make of it.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "tests/sim/cluster_world.h"

#define MS UINT64_C(1000000)

#define LOOK_NS     (5 * MS)
#define WARM_UP_NS  (400 * MS) /* mostly, before harm is done, so that all are linked */
#define PROCESS_MAX (CLUSTER_ENDS_MAX - 16u) /* beyond, no more harm is done */

/* ---- the agenda ---- */

static void plan_event(struct cluster_world *world, uint64_t in_ns, enum cluster_event_kind kind,
                       uint32_t of, uint64_t incarnation)
{
    ASSERT(world->event_count < CLUSTER_EVENTS_MAX);
    world->events[world->event_count++] = (struct cluster_event){
        .due_ns = world->now_ns + in_ns, .kind = kind, .of = of, .incarnation = incarnation};
}

static uint32_t find_next(const struct cluster_world *world)
{
    uint32_t next = 0;

    for (uint32_t i = 1; i < world->event_count; i++) {
        if (world->events[i].due_ns < world->events[next].due_ns)
            next = i;
    }
    return next;
}

uint64_t cluster_events_due_ns(const struct cluster_world *world)
{
    return world->event_count == 0 ? UINT64_MAX : world->events[find_next(world)].due_ns;
}

/* From microseconds to the longest, each order of magnitude as likely. */
static uint64_t draw_ns(struct cluster_world *world, uint64_t longest_ns)
{
    uint32_t orders = rng_below(&world->rng, 4);

    for (; orders > 0 && longest_ns > 10000; orders--)
        longest_ns /= 10;
    return 1 + rng_next(&world->rng) % longest_ns;
}

static bool one_in(struct cluster_world *world, uint32_t count)
{
    return rng_below(&world->rng, count) == 0;
}

static void note_harm(struct cluster_world *world, uint64_t until_ns)
{
    if (until_ns > world->last_harm_ns)
        world->last_harm_ns = until_ns;
}

static void trace(struct cluster_world *world, enum trace_event event, uint64_t a, uint64_t b,
                  uint64_t c)
{
    trace_add(&world->options.scene->trace, event, a, b, c);
}

/* ---- assignments ---- */

static uint64_t usable_places(const struct cluster_world *world)
{
    uint64_t usable = 0;

    for (uint32_t i = 0; i < world->state.place_count; i++)
        usable |= world->places[i].is_lost ? 0 : UINT64_C(1) << i;
    return usable;
}

static void start_places(struct cluster_world *world, uint32_t version)
{
    for (uint32_t i = 0; i < world->state.place_count; i++) {
        if (cluster_state_has(&world->state, version, i) && cluster_world_current(world, i) == NULL)
            plan_event(world, draw_ns(world, 300 * MS), CLUSTER_EVENT_START, i, 0);
    }
}

static void assign(struct cluster_world *world, const struct cluster_draw *draw)
{
    uint32_t version = cluster_state_assign(&world->state, draw, &world->rng);
    struct cluster_view *view = cluster_state_change(&world->state, CLUSTER_ASSIGNMENT);

    view->assignment = version;
    trace(world, TRACE_ASSIGN, version, world->state.assignments[version].worker_count, 0);
    cluster_world_notify(world, CLUSTER_ASSIGNMENT);
    start_places(world, version);
    if (!cluster_state_is_whole(&world->state, version))
        plan_event(world, draw_ns(world, 3000 * MS), CLUSTER_EVENT_REPAIR, 0, 0);
}

static struct cluster_draw draw_move(struct cluster_world *world)
{
    return (struct cluster_draw){.plan = world->options.plan,
                                 .usable = usable_places(world),
                                 .keep = one_in(world, 4) ? 0 : 1000 - rng_below(&world->rng, 400),
                                 .unassigned = one_in(world, 3) ? world->options.unassigned : 0,
                                 .recut = one_in(world, 6),
                                 .loops_max = world->options.loops_max};
}

static bool may_assign(const struct cluster_world *world)
{
    return !world->is_removed && !world->has_ended && usable_places(world) != 0 &&
           world->state.assignment_count < CLUSTER_ASSIGNMENTS_MAX - 2 &&
           world->process_count < PROCESS_MAX;
}

/* What is assigned to a lost place, or to none, goes elsewhere; the rest stays. */
static void repair(struct cluster_world *world)
{
    struct cluster_draw draw = {.plan = world->options.plan,
                                .usable = usable_places(world),
                                .keep = 1000,
                                .loops_max = world->options.loops_max};

    if (world->is_removed || world->has_ended)
        return;
    ASSERT(draw.usable != 0);
    assign(world, &draw);
}

/* ---- status ---- */

static void set_status(struct cluster_world *world, enum topology_status status,
                       enum topology_status before)
{
    struct cluster_view *view = cluster_state_change(&world->state, CLUSTER_TOPOLOGY);

    view->status = status;
    view->status_before = before;
    world->status_view = world->state.view_count - 1;
    trace(world, TRACE_STATUS, status, 0, 0);
    cluster_world_notify(world, CLUSTER_TOPOLOGY);
}

static void remove_topology(struct cluster_world *world)
{
    if (world->is_removed)
        return;
    struct cluster_view *view = cluster_state_change(&world->state, CLUSTER_ASSIGNMENT);
    view->assignment = 0;
    world->is_removed = true;
    cluster_world_notify(world, CLUSTER_ASSIGNMENT);
    note_harm(world, world->now_ns);
    /* Whoever stands still does not hear of it. */
    for (uint32_t i = 0; i < world->process_count; i++) {
        const struct cluster_process *process = world->shared.processes[i];
        if (process->phase != CLUSTER_GONE && process->paused_ns > world->now_ns)
            plan_event(world, draw_ns(world, 1000 * MS), CLUSTER_EVENT_KILL, i, 0);
    }
}

static bool is_drained(const struct cluster_world *world, uint32_t place)
{
    const struct cluster_process *process = cluster_world_current(world, place);

    return process != NULL && process->phase == CLUSTER_RUNS &&
           process->paused_ns <= world->now_ns &&
           process->heard[CLUSTER_TOPOLOGY] >= world->status_view &&
           team_is_drained(process->team, world->now_ns);
}

static bool all_are_drained(const struct cluster_world *world)
{
    uint32_t version = cluster_state_now(&world->state)->assignment;

    for (uint32_t i = 0; i < world->state.place_count; i++) {
        if (cluster_state_has(&world->state, version, i) && !is_drained(world, i))
            return false;
    }
    return true;
}

/* An end without a verdict is none that was drained. */
static void check_drained(struct cluster_world *world)
{
    struct ledger *ledger = &world->options.scene->ledger;
    uint32_t version = cluster_state_now(&world->state)->assignment;

    for (uint32_t i = 0; i < world->state.place_count; i++) {
        const struct cluster_process *process = cluster_world_current(world, i);
        if (cluster_state_has(&world->state, version, i) && process != NULL &&
            ledger_open_of(ledger, process->id) > 0)
            ledger_complain(ledger, "process %u is drained, but emits have no verdict",
                            process->id);
    }
}

static void go_on(struct cluster_world *world)
{
    enum topology_status before = cluster_state_now(&world->state)->status_before;

    world->is_going_on = false;
    note_harm(world, world->now_ns);
    if (cluster_state_now(&world->state)->status == TOPOLOGY_KILLED) {
        remove_topology(world);
        return;
    }
    struct cluster_draw draw = draw_move(world);
    if (may_assign(world))
        assign(world, &draw);
    set_status(world, before, before);
}

static void look(struct cluster_world *world)
{
    if (!world->is_going_on || world->is_removed)
        return;
    bool drained = all_are_drained(world);
    if (!drained && world->now_ns < world->deadline_ns) {
        plan_event(world, LOOK_NS, CLUSTER_EVENT_LOOK, 0, 0);
        return;
    }
    if (drained)
        check_drained(world);
    world->was_drained = drained;
    go_on(world);
}

static void pause_topology(struct cluster_world *world, enum topology_status status,
                           uint64_t wait_ns)
{
    const struct cluster_view *view = cluster_state_now(&world->state);

    set_status(world, status, view->status);
    world->is_going_on = true;
    world->deadline_ns = world->now_ns + wait_ns;
    note_harm(world, world->deadline_ns);
    plan_event(world, LOOK_NS, CLUSTER_EVENT_LOOK, 0, 0);
}

/* ---- harm ---- */

static bool lives(const struct cluster_world *world, uint32_t place)
{
    const struct cluster_process *process = cluster_world_current(world, place);

    return process != NULL && process->phase == CLUSTER_RUNS;
}

/* A process that lives in its place, often the first, which leads. */
static struct cluster_process *draw_process(struct cluster_world *world)
{
    uint32_t count = world->state.place_count;
    uint32_t first = one_in(world, 3) ? 0 : rng_below(&world->rng, count);

    for (uint32_t i = 0; i < count; i++) {
        if (lives(world, (first + i) % count))
            return cluster_world_current(world, (first + i) % count);
    }
    return NULL;
}

static void pause_process(struct cluster_world *world, struct cluster_process *process,
                          uint64_t for_ns)
{
    process->paused_ns = world->now_ns + for_ns;
    note_harm(world, process->paused_ns);
    trace(world, TRACE_PAUSE, process->id, process->paused_ns, 0);
}

static void list(struct cluster_world *world, uint32_t place, uint64_t incarnation,
                 uint32_t address)
{
    struct cluster_view *view = cluster_state_change(&world->state, CLUSTER_WORKERS);

    view->incarnation[place] = incarnation;
    view->address[place] = address;
    cluster_world_notify(world, CLUSTER_WORKERS);
}

/* The supervisor has seen that it is dead. Mostly it says so before there is another. */
static void bury(struct cluster_world *world, const struct cluster_process *process)
{
    struct cluster_place *place = &world->places[process->place];

    if (place->process != process->id + 1)
        return; /* it has a successor */
    world->is_disturbed = true;
    place->process = 0;
    if (!one_in(world, 4))
        plan_event(world, draw_ns(world, 1000 * MS), CLUSTER_EVENT_UNLIST, process->place,
                   process->incarnation);
    if (!place->has_ended)
        plan_event(world, draw_ns(world, 2000 * MS), CLUSTER_EVENT_START, process->place, 0);
}

static void kill_process(struct cluster_world *world, struct cluster_process *process)
{
    if (process->phase == CLUSTER_GONE)
        return;
    cluster_process_kill(process);
    bury(world, process);
}

/* Again and again, faster than the trees of a lost worker are given up. */
static void strike(struct cluster_world *world, uint32_t place, uint64_t times)
{
    struct cluster_process *process = cluster_world_current(world, place);

    if (world->has_ended || world->is_removed || world->process_count >= PROCESS_MAX)
        return;
    if (process != NULL) {
        kill_process(world, process);
        plan_event(world, MS, CLUSTER_EVENT_START, place, 0);
    }
    if (times > 0)
        plan_event(world, 1 + world->options.config->lost_ms * MS * 3 / 5, CLUSTER_EVENT_STRIKE,
                   place, times - 1);
}

/* Its part goes to others, after a while. */
static void lose_place(struct cluster_world *world, uint32_t place)
{
    world->places[place].is_lost = true;
    world->is_disturbed = true;
    if (usable_places(world) == 0)
        world->places[place].is_lost = false;
    plan_event(world, draw_ns(world, 3000 * MS), CLUSTER_EVENT_REPAIR, 0, 0);
    plan_event(world, draw_ns(world, 10000 * MS), CLUSTER_EVENT_RESTORE, place, 0);
}

/* Another is born in its place, or elsewhere; then it goes on, until somebody ends it. */
static void make_zombie(struct cluster_world *world, struct cluster_process *process)
{
    uint64_t until_ns = draw_ns(world, 3000 * MS);

    world->is_disturbed = true;
    pause_process(world, process, until_ns);
    if (one_in(world, 3)) {
        lose_place(world, process->place);
        plan_event(world, until_ns + draw_ns(world, 20000 * MS), CLUSTER_EVENT_KILL, process->id,
                   0);
        return;
    }
    world->places[process->place].process = 0;
    plan_event(world, until_ns + draw_ns(world, 10000 * MS), CLUSTER_EVENT_KILL, process->id, 0);
    if (one_in(world, 2))
        plan_event(world, draw_ns(world, until_ns), CLUSTER_EVENT_UNLIST, process->place,
                   process->incarnation);
    plan_event(world, draw_ns(world, until_ns), CLUSTER_EVENT_START, process->place, 0);
}

static void cut(struct cluster_world *world, uint32_t from, uint32_t to, uint64_t down_ns)
{
    struct cluster_way *way = world->net.ways[from][to];

    if (way == NULL || !way->is_open)
        return;
    cluster_net_cut(way, world->now_ns, down_ns);
    note_harm(world, world->now_ns + down_ns);
    trace(world, TRACE_CUT, from, to, down_ns);
}

static void cut_some(struct cluster_world *world, bool is_long)
{
    uint64_t down_ns = is_long ? draw_ns(world, 10000 * MS) : rng_below(&world->rng, 20 * MS);
    const struct cluster_process *from = draw_process(world);
    const struct cluster_process *to = draw_process(world);

    if (from == NULL || from == to)
        return;
    cut(world, from->id, to->address, down_ns);
    if (!one_in(world, 3))
        cut(world, to->id, from->address, down_ns);
}

static void deafen(struct cluster_world *world, struct cluster_process *process)
{
    uint64_t until_ns = world->now_ns + draw_ns(world, 10000 * MS);

    for (int i = 0; i < CLUSTER_NEWS_COUNT; i++)
        process->heard_ns[i] = until_ns;
    note_harm(world, until_ns);
}

static void move(struct cluster_world *world)
{
    struct cluster_draw draw = draw_move(world);

    if (!may_assign(world) || world->is_going_on)
        return;
    world->is_disturbed = true;
    assign(world, &draw);
}

static void deactivate(struct cluster_world *world)
{
    const struct cluster_view *view = cluster_state_now(&world->state);

    if (view->status != TOPOLOGY_ACTIVE)
        return;
    set_status(world, TOPOLOGY_INACTIVE, TOPOLOGY_INACTIVE);
    plan_event(world, draw_ns(world, 3000 * MS), CLUSTER_EVENT_ACTIVATE, 0, 0);
}

static void activate(struct cluster_world *world)
{
    switch (cluster_state_now(&world->state)->status) {
    case TOPOLOGY_INACTIVE:
        set_status(world, TOPOLOGY_ACTIVE, TOPOLOGY_ACTIVE);
        return;
    case TOPOLOGY_REBALANCING:
        plan_event(world, 100 * MS, CLUSTER_EVENT_ACTIVATE, 0, 0);
        return;
    case TOPOLOGY_ACTIVE:
    case TOPOLOGY_KILLED:
        return;
    }
}

static void harm_process(struct cluster_world *world, enum cluster_harm harm,
                         struct cluster_process *process)
{
    if (process == NULL)
        return;
    switch (harm) {
    case CLUSTER_HARM_KILL:
        strike(world, process->place, one_in(world, 4) ? 5 : 0);
        return;
    case CLUSTER_HARM_LOSE:
        lose_place(world, process->place);
        kill_process(world, process);
        return;
    case CLUSTER_HARM_STALL:
        pause_process(world, process, draw_ns(world, 3000 * MS));
        return;
    case CLUSTER_HARM_ZOMBIE:
        make_zombie(world, process);
        return;
    case CLUSTER_HARM_DEAFEN:
        deafen(world, process);
        return;
    case CLUSTER_HARM_CUT:
    case CLUSTER_HARM_PARTITION:
    case CLUSTER_HARM_MOVE:
    case CLUSTER_HARM_REBALANCE:
    case CLUSTER_HARM_DEACTIVATE:
    case CLUSTER_HARM_KILL_TOPOLOGY:
    case CLUSTER_HARMS_COUNT:
        UNREACHABLE();
    }
}

static void do_harm(struct cluster_world *world, enum cluster_harm harm)
{
    world->harm++;
    world->happened[harm]++;
    switch (harm) {
    case CLUSTER_HARM_KILL:
    case CLUSTER_HARM_LOSE:
    case CLUSTER_HARM_STALL:
    case CLUSTER_HARM_ZOMBIE:
    case CLUSTER_HARM_DEAFEN:
        harm_process(world, harm, draw_process(world));
        return;
    case CLUSTER_HARM_CUT:
        cut_some(world, false);
        return;
    case CLUSTER_HARM_PARTITION:
        cut_some(world, true);
        return;
    case CLUSTER_HARM_MOVE:
        move(world);
        return;
    case CLUSTER_HARM_REBALANCE:
        if (!world->is_going_on) {
            world->is_disturbed = true;
            pause_topology(world, TOPOLOGY_REBALANCING, draw_ns(world, 10000 * MS));
        }
        return;
    case CLUSTER_HARM_DEACTIVATE:
        if (!world->is_going_on)
            deactivate(world);
        return;
    case CLUSTER_HARM_KILL_TOPOLOGY:
        if (!world->is_going_on) {
            world->was_killed = true;
            pause_topology(world, TOPOLOGY_KILLED, 20000 * MS);
        }
        return;
    case CLUSTER_HARMS_COUNT:
        UNREACHABLE();
    }
}

static bool draw_harm(struct cluster_world *world, enum cluster_harm *ret_harm)
{
    uint32_t sum = 0;

    for (int i = 0; i < CLUSTER_HARMS_COUNT; i++)
        sum += world->options.harms[i];
    if (sum == 0)
        return false;
    uint32_t pick = rng_below(&world->rng, sum);
    uint32_t harm = 0;
    for (; pick >= world->options.harms[harm]; harm++)
        pick -= world->options.harms[harm];
    *ret_harm = (enum cluster_harm)harm;
    return true;
}

static void harm_some(struct cluster_world *world)
{
    enum cluster_harm harm;

    if (world->harm >= world->options.harm_max || world->has_ended || world->was_killed ||
        world->process_count >= PROCESS_MAX || !draw_harm(world, &harm))
        return;
    do_harm(world, harm);
    plan_event(world, draw_ns(world, world->options.harm_ns), CLUSTER_EVENT_HARM, 0, 0);
}

/* ---- supervisors ---- */

static void start(struct cluster_world *world, uint32_t place)
{
    uint32_t version = cluster_state_now(&world->state)->assignment;

    if (world->places[place].is_lost || world->places[place].has_ended ||
        cluster_world_current(world, place) != NULL ||
        !cluster_state_has(&world->state, version, place))
        return;
    struct cluster_process *process = cluster_world_add(world, place);
    if (process != NULL)
        list(world, place, process->incarnation, process->address);
}

static void unlist(struct cluster_world *world, uint32_t place, uint64_t incarnation)
{
    if (cluster_state_now(&world->state)->incarnation[place] == incarnation)
        list(world, place, 0, 0);
}

void cluster_events_note_gone(struct cluster_world *world, const struct cluster_process *process)
{
    note_harm(world, world->now_ns);
    bury(world, process);
}

/* ---- the end ---- */

static bool all_have_ended(const struct cluster_world *world)
{
    uint32_t version = cluster_state_now(&world->state)->assignment;

    for (uint32_t i = 0; i < world->state.place_count; i++) {
        if (cluster_state_has(&world->state, version, i) && !world->places[i].has_ended)
            return false;
    }
    return true;
}

/* Those who have the same part in the run as the one that has ended. */
static void check_quiet(struct cluster_world *world, const struct cluster_process *first)
{
    for (uint32_t i = 0; i < world->state.place_count; i++) {
        const struct cluster_process *process = cluster_world_current(world, i);
        if (process != NULL && !world->is_disturbed && process->phase == CLUSTER_RUNS &&
            process != first)
            cluster_process_check_quiet(process);
    }
}

void cluster_events_note_ended(struct cluster_world *world, const struct cluster_process *process)
{
    struct cluster_place *place = &world->places[process->place];

    if (place->process != process->id + 1)
        return; /* its supervisor knows of a later one */
    place->has_ended = true;
    if (!world->has_ended)
        check_quiet(world, process);
    world->has_ended = true;
    world->ended_ns = world->now_ns;
    if (!world->options.needs_all || all_have_ended(world))
        plan_event(world, draw_ns(world, 1000 * MS), CLUSTER_EVENT_REMOVE, 0, 0);
}

void cluster_events_note_finishing(struct cluster_world *world)
{
    struct cluster_process *process;

    if (!world->options.hunts_the_end || world->has_hunted || !one_in(world, 30))
        return;
    world->has_hunted = true;
    process = one_in(world, 2) ? cluster_world_current(world, 0) : draw_process(world);
    if (process == NULL || process->phase == CLUSTER_GONE)
        return;
    world->happened[CLUSTER_HARM_KILL]++;
    note_harm(world, world->now_ns);
    kill_process(world, process);
}

/* ---- events ---- */

static void do_event(struct cluster_world *world, const struct cluster_event *event)
{
    switch (event->kind) {
    case CLUSTER_EVENT_HARM:
        harm_some(world);
        return;
    case CLUSTER_EVENT_STRIKE:
        strike(world, event->of, event->incarnation);
        return;
    case CLUSTER_EVENT_START:
        start(world, event->of);
        return;
    case CLUSTER_EVENT_UNLIST:
        unlist(world, event->of, event->incarnation);
        return;
    case CLUSTER_EVENT_KILL:
        kill_process(world, world->shared.processes[event->of]);
        return;
    case CLUSTER_EVENT_RESTORE:
        world->places[event->of].is_lost = false;
        start(world, event->of);
        return;
    case CLUSTER_EVENT_REPAIR:
        repair(world);
        return;
    case CLUSTER_EVENT_ACTIVATE:
        activate(world);
        return;
    case CLUSTER_EVENT_LOOK:
        look(world);
        return;
    case CLUSTER_EVENT_REMOVE:
        remove_topology(world);
        return;
    }
}

void cluster_events_step(struct cluster_world *world)
{
    uint32_t next = find_next(world);
    struct cluster_event event = world->events[next];

    world->events[next] = world->events[--world->event_count];
    if (event.kind != CLUSTER_EVENT_LOOK)
        note_harm(world, world->now_ns);
    do_event(world, &event);
}

void cluster_events_begin(struct cluster_world *world)
{
    struct cluster_draw draw = draw_move(world);

    draw.recut = true;
    set_status(world, TOPOLOGY_ACTIVE, TOPOLOGY_ACTIVE);
    assign(world, &draw);
    uint64_t start_ns = one_in(world, 3) ? 0 : WARM_UP_NS;
    plan_event(world, start_ns + draw_ns(world, world->options.harm_ns), CLUSTER_EVENT_HARM, 0, 0);
}
