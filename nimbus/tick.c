/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tick: once a second the figures of all topologies are frozen, entered into their history, and
 * judged. Until the next one every view answers from it, so that whoever asks sees the same.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"

#define TICK_NS (TICK_MS * UINT64_C(1000000))
#define NS_MS   UINT64_C(1000000)

enum {
    NODES_MAX = 4096, /* that are remembered */
};

void tick_done(struct tick *tick)
{
    for (size_t i = 0; i < tick->node_count; i++) {
        free(tick->nodes[i].id);
        free(tick->nodes[i].host);
    }
    free(tick->nodes);
    verdict_report_done(&tick->verdict);
    *tick = (struct tick){.nodes = NULL};
}

uint64_t tick_deadline_ns(const struct core *core)
{
    bool is_acting = office_state(core->office) == OFFICE_ACTING;

    return is_acting ? core->tick.next_ns : UINT64_MAX;
}

/* ---- Topologies ---------------------------------------------------------------------------- */

size_t executors_of(const struct topology *topology,
                    struct executors_component ret_components[PLAN_COMPONENTS_MAX])
{
    const struct assignment_state *assignment = &topology->assignment;

    if (topology->plan == NULL || assignment->component_count != topology->plan->component_count)
        return 0;
    for (size_t i = 0; i < assignment->component_count; i++) {
        uint32_t tasks = topology->plan->components[i].tasks;
        if (assignment->executors[i] == 0 || assignment->executors[i] > tasks)
            return 0;
        ret_components[i] = (struct executors_component){tasks, assignment->executors[i]};
    }
    return assignment->component_count;
}

size_t tick_shapes(const struct topology *topology,
                   struct glance_shape ret_shapes[PLAN_COMPONENTS_MAX])
{
    struct executors_component executors[PLAN_COMPONENTS_MAX];
    size_t assigned = executors_of(topology, executors);
    const struct plan *plan = topology->plan;

    if (plan == NULL)
        return 0;
    for (uint32_t i = 0; i < plan->component_count; i++)
        ret_shapes[i] = (struct glance_shape){
            .component = plan->components[i].name,
            .tasks = plan->components[i].tasks,
            .executors = assigned > 0 ? executors[i].executors : plan->components[i].executors,
        };
    return plan->component_count;
}

/* A worker that is only being started has nothing to say yet. */
static bool can_speak(const struct place *place)
{
    const char *phase = json_string_value(json_object_get(place->said, "phase"));

    return place->is_live && place->has_process && phase != NULL &&
           (strcmp(phase, "running") == 0 || strcmp(phase, "stopping") == 0);
}

/* Whether all that is to be heard of one place was heard: its supervisor has said that there is nobody to speak, or
 * whoever is there has spoken. One that is gone for good says nothing. */
static bool has_spoken(const struct core *core, const struct topology *topology,
                       const struct assignment_worker *worker)
{
    const struct supervisor *supervisor = registry_supervisor(core->registry, worker->supervisor);
    const struct place *place = places_find(&topology->places, worker->supervisor, worker->slot);

    if (supervisor == NULL)
        return true;
    if (!supervisor->has_reported)
        return false;
    if (place == NULL || !can_speak(place))
        return true;
    struct tally_source source = {worker->supervisor, worker->slot, place->incarnation};
    return tally_has_heard(&topology->insight.tally, &source);
}

static bool have_all_spoken(const struct core *core, const struct topology *topology)
{
    const struct assignment_state *assignment = &topology->assignment;
    size_t w = 0;

    while (w < assignment->worker_count && has_spoken(core, topology, &assignment->workers[w]))
        w++;
    return w == assignment->worker_count;
}

static void freeze(struct core *core, struct topology *topology, uint64_t number, bool is_last)
{
    struct glance_shape shapes[PLAN_COMPONENTS_MAX];
    struct insight_tick tick = {
        .tick = number,
        .world = {&topology->places, topology->is_assigned ? &topology->assignment : NULL},
        .has_all_spoken =
            is_last || topology->insight.is_settled || have_all_spoken(core, topology),
        .shapes = shapes,
    };

    tick.shape_count = tick_shapes(topology, shapes);
    insight_freeze(&topology->insight, &tick);
    watch_note_restarts(&topology->insight.watch, topology->places.restarts, core->now_ns);
}

void tick_settle(struct core *core, struct topology *topology)
{
    freeze(core, topology, core->tick.number + 1, true);
}

static void freeze_all(struct core *core)
{
    const struct roll *topologies = registry_topologies(core->registry);

    for (size_t i = 0; i < topologies->count; i++) {
        struct topology *topology = topologies->items[i];
        if (topology->is_there && !topology->is_removing)
            freeze(core, topology, core->tick.number, false);
    }
}

/* ---- Memory -------------------------------------------------------------------------------- */

/* Whose history it is: a topology that is there, or one that has ended. */
struct holder {
    size_t bytes;
    struct insight *insight;
    struct chart **ended;
};

static void find_ended(struct core *core, struct holder *largest, size_t *all_bytes)
{
    struct history *history = &core->history;

    for (size_t i = 0; i < HISTORY_MAX; i++) {
        size_t bytes = history->charts[i] == NULL ? 0 : chart_bytes(history->charts[i]);
        *all_bytes += bytes;
        if (bytes > largest->bytes)
            *largest = (struct holder){.bytes = bytes, .ended = &history->charts[i]};
    }
}

/* The largest gives way; so what is small stays whole, whoever else is there. */
static struct holder find_largest(struct core *core, size_t *ret_bytes)
{
    const struct roll *topologies = registry_topologies(core->registry);
    struct holder largest = {.bytes = 0};

    *ret_bytes = 0;
    find_ended(core, &largest, ret_bytes);
    for (size_t i = 0; i < topologies->count; i++) {
        struct topology *topology = topologies->items[i];
        size_t bytes = insight_bytes(&topology->insight);
        *ret_bytes += bytes;
        if (bytes > largest.bytes && topology->insight.spent_tick != core->tick.number)
            largest = (struct holder){.bytes = bytes, .insight = &topology->insight};
    }
    return largest;
}

/* Of what has ended, the last piece goes, too. */
static void drop_oldest(const struct core *core, const struct holder *holder)
{
    if (holder->insight == NULL) {
        if (!chart_drop_oldest(*holder->ended))
            chart_destroy(holder->ended);
    } else if (!insight_drop_oldest(holder->insight)) {
        holder->insight->spent_tick = core->tick.number;
    }
}

static void keep_within_memory(struct core *core)
{
    uint64_t max = core->options.history_bytes_max;
    struct holder largest = find_largest(core, &core->tick.history_bytes);

    while (max > 0 && core->tick.history_bytes > max && largest.bytes > 0) {
        drop_oldest(core, &largest);
        largest = find_largest(core, &core->tick.history_bytes);
    }
}

/* ---- Nodes --------------------------------------------------------------------------------- */

static size_t find_index(const struct tick *tick, const char *id)
{
    size_t begin = 0;
    size_t end = tick->node_count;

    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (strcmp(tick->nodes[middle].id, id) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

/* NULL: there are too many. */
static struct tick_node *make_node(struct tick *tick, const char *id)
{
    size_t index = find_index(tick, id);

    if (index < tick->node_count && strcmp(tick->nodes[index].id, id) == 0)
        return &tick->nodes[index];
    if (tick->node_count == NODES_MAX)
        return NULL;
    tick->nodes = mem_resize(tick->nodes, tick->node_count + 1, sizeof *tick->nodes);
    memmove(&tick->nodes[index + 1], &tick->nodes[index],
            (tick->node_count - index) * sizeof *tick->nodes);
    tick->node_count++;
    tick->nodes[index] = (struct tick_node){.id = mem_copy_text(id)};
    return &tick->nodes[index];
}

static void see_supervisors(struct core *core)
{
    const struct roll *supervisors = registry_supervisors(core->registry);

    for (size_t i = 0; i < supervisors->count; i++) {
        const struct supervisor *supervisor = supervisors->items[i];
        struct tick_node *node =
            supervisor->is_there ? make_node(&core->tick, supervisor->id) : NULL;
        if (node == NULL)
            continue;
        node->is_there = true;
        node->gone_ns = 0;
        free(node->host);
        node->host = mem_copy_text(supervisor->state.host);
    }
}

static void see_assignments(struct core *core)
{
    const struct roll *topologies = registry_topologies(core->registry);

    for (size_t i = 0; i < topologies->count; i++) {
        const struct topology *topology = topologies->items[i];
        for (size_t w = 0; w < topology->assignment.worker_count; w++) {
            struct tick_node *node =
                make_node(&core->tick, topology->assignment.workers[w].supervisor);
            if (node != NULL)
                node->used++;
        }
    }
}

static uint64_t gone_ms(const struct core *core, const struct tick_node *node)
{
    return node->is_there ? 0 : (core->now_ns - node->gone_ns) / NS_MS;
}

static void forget_nodes(struct core *core)
{
    struct tick *tick = &core->tick;
    size_t kept = 0;

    for (size_t i = 0; i < tick->node_count; i++) {
        struct tick_node *node = &tick->nodes[i];
        if (!node->is_there && node->gone_ns == 0)
            node->gone_ns = core->now_ns;
        if (!node->is_there && node->used == 0 && gone_ms(core, node) >= VERDICT_LOST_MS) {
            free(node->id);
            free(node->host);
            continue;
        }
        tick->nodes[kept++] = *node;
    }
    tick->node_count = kept;
}

static void see_nodes(struct core *core)
{
    for (size_t i = 0; i < core->tick.node_count; i++) {
        core->tick.nodes[i].is_there = false;
        core->tick.nodes[i].used = 0;
    }
    see_supervisors(core);
    see_assignments(core);
    forget_nodes(core);
}

static void fill_nodes(const struct core *core, struct verdict_node *nodes)
{
    for (size_t i = 0; i < core->tick.node_count; i++) {
        const struct tick_node *node = &core->tick.nodes[i];
        const struct supervisor *supervisor = registry_supervisor(core->registry, node->id);
        bool is_known = node->is_there && supervisor != NULL && supervisor->has_reported;
        nodes[i] = (struct verdict_node){
            .id = node->id,
            .host = node->host,
            .is_there = node->is_there,
            .gone_ms = gone_ms(core, node),
            .is_healthy = !is_known || supervisor->is_healthy,
            .health_text = is_known ? supervisor->health_text : NULL,
            .used = node->used,
        };
    }
}

/* ---- Workers ------------------------------------------------------------------------------- */

static bool is_running(const struct topology *topology)
{
    return topology->state.status == TOPOLOGY_ACTIVE || topology->state.status == TOPOLOGY_INACTIVE;
}

/* Without a process, where one should be by now: its supervisor is there and has spoken. */
static bool is_down(const struct core *core, const struct topology *topology,
                    const struct assignment_worker *worker, const struct place *place)
{
    const struct supervisor *supervisor = registry_supervisor(core->registry, worker->supervisor);

    if (!is_running(topology) || supervisor == NULL || !supervisor->is_there ||
        !supervisor->has_reported)
        return false;
    if (place == NULL || !place->is_live)
        return true;
    return !place->has_process && !place->is_ended;
}

static void fill_worker(const struct core *core, const struct place *place,
                        struct verdict_worker *worker)
{
    uint64_t loop_ns = VERDICT_LOOP_MS * NS_MS;

    if (place == NULL || !place->is_live)
        return;
    worker->phase = json_string_value(json_object_get(place->said, "phase"));
    worker->last_exit = json_string_value(json_object_get(place->said, "last_exit"));
    worker->restarts = place_restarts(place, core->now_ns > loop_ns ? core->now_ns - loop_ns : 0);
}

static struct verdict_worker *list_workers(const struct core *core, struct topology *topology)
{
    const struct assignment_state *assignment = &topology->assignment;
    struct verdict_worker *workers = NEW_ARRAY(struct verdict_worker, assignment->worker_count);
    struct watch_down *downs = NEW_ARRAY(struct watch_down, assignment->worker_count);
    size_t *indices = NEW_ARRAY(size_t, assignment->worker_count);
    size_t down_count = 0;

    for (size_t w = 0; w < assignment->worker_count; w++) {
        const struct assignment_worker *worker = &assignment->workers[w];
        const struct place *place =
            places_find(&topology->places, worker->supervisor, worker->slot);
        workers[w] =
            (struct verdict_worker){.supervisor = worker->supervisor, .slot = worker->slot};
        fill_worker(core, place, &workers[w]);
        if (!is_down(core, topology, worker, place))
            continue;
        indices[down_count] = w;
        downs[down_count++] = (struct watch_down){worker->supervisor, worker->slot, core->now_ns};
    }
    watch_put_downs(&topology->insight.watch, downs, down_count);
    for (size_t i = 0; i < down_count; i++)
        workers[indices[i]].down_ms = (core->now_ns - downs[i].since_ns) / NS_MS;
    free(downs);
    free(indices);
    return workers;
}

/* ---- Components ---------------------------------------------------------------------------- */

/* All that the plan has: a component that never came so far as to be heard of may have errors, too. */
static struct verdict_component *list_components(const struct core *core,
                                                 const struct topology *topology, size_t *ret_count)
{
    const struct plan *plan = topology->plan;
    const struct insight *insight = &topology->insight;
    size_t count = plan == NULL ? 0 : plan->component_count;
    struct verdict_component *components = NEW_ARRAY(struct verdict_component, count);

    for (size_t i = 0; i < count; i++) {
        const char *name = plan->components[i].name;
        const struct insight_component *known = insight_find(insight, name);
        const struct watch_error *error = watch_find_error(&insight->watch, name);
        bool is_new = error != NULL && core->now_ns - error->last_ns < VERDICT_ERROR_MS * NS_MS;
        components[i] = (struct verdict_component){
            .name = name,
            .blocked = known == NULL ? 0 : known->minute_blocked,
            .capacity = known == NULL ? 0 : known->minute_capacity,
            .error = is_new ? error->text : NULL,
        };
    }
    *ret_count = count;
    return components;
}

static struct verdict_topology show_facts(const struct core *core, struct topology *topology)
{
    const struct insight *insight = &topology->insight;
    struct verdict_topology facts = {
        .name = topology->state.name,
        .unplaced = is_running(topology) ? topology->unplaced : 0,
        .why_not = topology->why_not,
        .completed = insight->minute.acked,
        .failed = insight->minute.failed,
        .timed_out = insight->minute.timed_out,
        .emitted = insight->minute.emitted,
        .worker_count = topology->assignment.worker_count,
        .workers = list_workers(core, topology),
    };

    facts.components = list_components(core, topology, &facts.component_count);
    if (facts.timed_out > facts.failed)
        facts.timed_out = facts.failed; /* they may have come in different parts */
    facts.has_lag = watch_lags(&insight->watch, core->tick.number, facts.lag);
    return facts;
}

/* ---- The verdict --------------------------------------------------------------------------- */

static void judge(struct core *core)
{
    const struct roll *topologies = registry_topologies(core->registry);
    struct verdict_topology *facts = NEW_ARRAY(struct verdict_topology, topologies->count);
    struct topology **judged = NEW_ARRAY(struct topology *, topologies->count);
    struct verdict_node *nodes = NEW_ARRAY(struct verdict_node, core->tick.node_count);
    struct verdict_facts all = {.now_ms = core->wall_ms,
                                .topologies = facts,
                                .node_count = core->tick.node_count,
                                .nodes = nodes};

    for (size_t i = 0; i < topologies->count; i++) {
        struct topology *topology = topologies->items[i];
        if (!topology->is_there || topology->is_removing)
            continue;
        judged[all.topology_count] = topology;
        facts[all.topology_count++] = show_facts(core, topology);
    }
    fill_nodes(core, nodes);
    verdict_judge(&all, &core->tick.verdict);
    for (size_t i = 0; i < all.topology_count; i++) {
        judged[i]->insight.health = facts[i].health;
        free((void *)facts[i].workers);
        free((void *)facts[i].components);
    }
    free(nodes);
    free((void *)judged);
    free(facts);
}

/* ---- The tick ------------------------------------------------------------------------------ */

void tick_turn(struct core *core)
{
    struct tick *tick = &core->tick;

    if (core->now_ns < tick->next_ns)
        return;
    if (core->start_ns == 0)
        core->start_ns = core->now_ns;
    tick->number = (core->now_ns - core->start_ns) / TICK_NS + 1;
    tick->next_ns = core->start_ns + tick->number * TICK_NS;
    tick->at_ms = core->wall_ms;
    freeze_all(core);
    keep_within_memory(core);
    see_nodes(core);
    judge(core);
    ledger_tick(core);
}
