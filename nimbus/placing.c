/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the scheduler's results to assignments. A topology whose assignment differs from what the
 * scheduler says is written, one write at a time; whoever is busy comes again, so that in the end all is
 * as the scheduler says.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "nimbus/core_parts.h"
#include "nimbus/schedule/snapshot.h"

#define NS_PER_MS UINT64_C(1000000)

/* ---- Assignments --------------------------------------------------------------------------- */

static struct assignment_worker *find_worker(struct assignment_state *assignment,
                                             const char *supervisor, uint32_t slot)
{
    for (size_t i = 0; i < assignment->worker_count; i++) {
        struct assignment_worker *worker = &assignment->workers[i];
        if (worker->slot == slot && strcmp(worker->supervisor, supervisor) == 0)
            return worker;
    }
    return NULL;
}

static void put_executor(struct assignment_state *assignment, const char *supervisor, uint32_t slot,
                         uint32_t executor)
{
    struct assignment_worker *worker = find_worker(assignment, supervisor, slot);

    if (worker == NULL) {
        worker = &assignment->workers[assignment->worker_count++];
        *worker = (struct assignment_worker){.supervisor = mem_copy_text(supervisor), .slot = slot};
    }
    worker->executors =
        mem_resize(worker->executors, worker->executor_count + 1, sizeof *worker->executors);
    worker->executors[worker->executor_count++] = executor;
}

static struct assignment_state make_assignment(const struct snapshot *snapshot, size_t index,
                                               const struct scheduler_result *result)
{
    const struct scheduler_topology *topology = &snapshot->topologies[index];
    struct assignment_state assignment = {
        .topology = mem_copy_text(topology->id),
        .version = snapshot->records[index]->assignment.version + 1,
        .component_count = topology->component_count,
        .executors = NEW_ARRAY(uint32_t, topology->component_count),
        .workers = NEW_ARRAY(struct assignment_worker, topology->executor_count),
    };

    for (size_t i = 0; i < topology->component_count; i++)
        assignment.executors[i] = topology->components[i].executors;
    for (size_t e = 0; e < topology->executor_count; e++) {
        const struct scheduler_place *place = &result->places[e];
        if (place->supervisor == SCHEDULER_NOWHERE)
            continue;
        put_executor(&assignment, snapshot->supervisors[place->supervisor].id, place->slot,
                     (uint32_t)e);
    }
    return assignment;
}

/* How many workers of all topologies each supervisor has. */
static uint32_t *count_workers(const struct snapshot *snapshot,
                               const struct assignment_state *assignments)
{
    uint32_t *counts = NEW_ARRAY(uint32_t, snapshot->cluster.supervisor_count);

    for (size_t t = 0; t < snapshot->cluster.topology_count; t++) {
        for (size_t w = 0; w < assignments[t].worker_count; w++) {
            uint32_t index =
                snapshot_find_supervisor(snapshot, assignments[t].workers[w].supervisor);
            if (index != SCHEDULER_NOWHERE)
                counts[index]++;
        }
    }
    return counts;
}

/* A worker that stays keeps its loops, unless the topology says how many it wants: it would have to be
 * started anew. */
static void choose_loops(const struct snapshot *snapshot, size_t index, const uint32_t *counts,
                         struct assignment_state *assignment)
{
    const struct config *config = snapshot->records[index]->config;
    uint32_t wanted = config == NULL ? 0 : config->loops;
    struct assignment_state before = snapshot->records[index]->assignment;

    for (size_t w = 0; w < assignment->worker_count; w++) {
        struct assignment_worker *worker = &assignment->workers[w];
        const struct assignment_worker *old =
            find_worker(&before, worker->supervisor, worker->slot);
        uint32_t at = snapshot_find_supervisor(snapshot, worker->supervisor);
        uint32_t loops = scheduler_loops(snapshot->supervisors[at].cores, counts[at]);

        if (wanted != 0)
            loops = wanted;
        else if (old != NULL)
            loops = old->loops;
        worker->loops = loops > ASSIGNMENT_STATE_LOOPS_MAX ? ASSIGNMENT_STATE_LOOPS_MAX : loops;
    }
}

static bool is_same_worker(const struct assignment_worker *a, const struct assignment_worker *b)
{
    return b != NULL && a->loops == b->loops && a->executor_count == b->executor_count &&
           memcmp(a->executors, b->executors, a->executor_count * sizeof *a->executors) == 0;
}

static bool is_same(struct assignment_state *a, struct assignment_state *b)
{
    if (a->component_count != b->component_count || a->worker_count != b->worker_count ||
        memcmp(a->executors, b->executors, a->component_count * sizeof *a->executors) != 0)
        return false;
    for (size_t w = 0; w < a->worker_count; w++)
        if (!is_same_worker(&a->workers[w],
                            find_worker(b, a->workers[w].supervisor, a->workers[w].slot)))
            return false;
    return true;
}

/* ---- Turns --------------------------------------------------------------------------------- */

static void note_result(struct topology *topology, const struct scheduler_result *result)
{
    topology->workers = result->workers;
    topology->unplaced = result->unplaced;
    mem_free_text(&topology->why_not);
    if (result->why_not != NULL)
        topology->why_not = mem_copy_text(result->why_not);
}

static bool has_slot_of(const struct topology *other, const struct assignment_state *assignment)
{
    struct assignment_state theirs = other->assignment;

    for (size_t w = 0; w < assignment->worker_count; w++)
        if (find_worker(&theirs, assignment->workers[w].supervisor, assignment->workers[w].slot) !=
            NULL)
            return true;
    return false;
}

/* Whether a slot of it still belongs to another topology, which is about to leave it: nobody shall see
 * two in one slot. */
static bool is_early(const struct core *core, const struct topology *topology,
                     const struct assignment_state *assignment)
{
    const struct roll *all = registry_topologies(core->registry);

    for (size_t i = 0; i < all->count; i++)
        if (all->items[i] != topology && has_slot_of(all->items[i], assignment))
            return true;
    return false;
}

static void write_if_changed(struct core *core, struct topology *topology,
                             struct assignment_state *assignment)
{
    bool is_wanted = topology->is_assigned ? !is_same(&topology->assignment, assignment)
                                           : assignment->worker_count > 0;

    if (!is_wanted)
        return;
    if (topology->write.kind != WRITE_NONE || is_early(core, topology, assignment)) {
        core->is_placing_due = true;
        return;
    }
    effects_log(core->effects, EFFECT_INFO, "topology.placed",
                "topology=%s version=%" PRIu64 " workers=%zu unplaced=%" PRIu32, topology->id,
                assignment->version, assignment->worker_count, topology->unplaced);
    struct events_item *event = chronicle_of_assignment(core, topology, assignment);
    write_assign(core, topology, assignment);
    write_note(topology, event);
}

static void apply(struct core *core, const struct snapshot *snapshot,
                  const struct scheduler_result *results)
{
    size_t count = snapshot->cluster.topology_count;
    struct assignment_state *assignments = NEW_ARRAY(struct assignment_state, count);

    for (size_t t = 0; t < count; t++)
        assignments[t] = make_assignment(snapshot, t, &results[t]);
    uint32_t *counts = count_workers(snapshot, assignments);
    for (size_t t = 0; t < count; t++) {
        struct topology *topology = registry_find(core->registry, snapshot->topologies[t].id);
        note_result(topology, &results[t]);
        choose_loops(snapshot, t, counts, &assignments[t]);
        if (!snapshot->topologies[t].is_fixed)
            write_if_changed(core, topology, &assignments[t]);
    }
    for (size_t t = 0; t < count; t++)
        assignment_state_done(&assignments[t]);
    free(assignments);
    free(counts);
}

/* One that cannot be placed at all, because its plan cannot be read, says so. */
static void note_faulty(struct core *core)
{
    const struct roll *all = registry_topologies(core->registry);

    for (size_t i = 0; i < all->count; i++) {
        struct topology *topology = all->items[i];
        if (topology->plan_fault == NULL)
            continue;
        mem_free_text(&topology->why_not);
        topology->why_not = mem_copy_text(topology->plan_fault);
    }
}

/* Our copies do not show yet which slots are taken. */
static bool is_writing(const struct core *core)
{
    const struct roll *all = registry_topologies(core->registry);

    for (size_t i = 0; i < all->count; i++) {
        const struct topology *topology = all->items[i];
        if (topology->write.kind == WRITE_ASSIGN || topology->write.kind == WRITE_UNASSIGN)
            return true;
    }
    return false;
}

void placing_turn(struct core *core)
{
    if (registry_take_news(core->registry) || core->now_ns >= core->place_ns)
        core->is_placing_due = true;
    if (!core->is_placing_due || !registry_is_complete(core->registry) || is_writing(core))
        return;
    core->is_placing_due = false;
    core->place_ns = core->now_ns + core->options.monitor_ms * NS_PER_MS;
    AUTO(snapshot_destroy) struct snapshot *snapshot = snapshot_new(core->registry, NULL, NULL);
    struct scheduler_result *results = scheduler_run(&snapshot->cluster);
    apply(core, snapshot, results);
    scheduler_results_destroy(&results, snapshot->cluster.topology_count);
    note_faulty(core);
}

/* ---- Previews ------------------------------------------------------------------------------ */

uint32_t workers_wanted(const struct topology *topology)
{
    return topology->config != NULL ? topology->config->workers
                                    : (uint32_t)topology->assignment.worker_count;
}

static uint32_t count_moves(const struct scheduler_topology *topology,
                            const struct scheduler_result *result)
{
    uint32_t moves = 0;

    for (size_t e = 0; e < topology->executor_count; e++) {
        const struct scheduler_place *from = &topology->current[e];
        const struct scheduler_place *to = &result->places[e];
        moves += from->supervisor != to->supervisor ||
                 (from->supervisor != SCHEDULER_NOWHERE && from->slot != to->slot);
    }
    return moves;
}

void placing_preview(struct core *core, const struct topology *candidate,
                     const struct topology *instead, struct placing_preview *ret_preview)
{
    AUTO(snapshot_destroy)
    struct snapshot *snapshot = snapshot_new(core->registry, candidate, instead);
    struct scheduler_result *results = scheduler_run(&snapshot->cluster);
    size_t index = snapshot_find(snapshot, candidate);

    ASSERT(index < snapshot->cluster.topology_count); /* it has a plan */
    *ret_preview = (struct placing_preview){
        .workers = results[index].workers,
        .wanted = workers_wanted(candidate),
        .unplaced = results[index].unplaced,
        .moves = count_moves(&snapshot->topologies[index], &results[index]),
        .why_not = results[index].why_not == NULL ? NULL : mem_copy_text(results[index].why_not),
    };
    scheduler_results_destroy(&results, snapshot->cluster.topology_count);
}

static json_t *split_lines(const char *text)
{
    json_t *lines = json_array();

    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        if (size > 0)
            (void)json_array_append_new(lines, json_stringn(text, size));
        text += size + (text[size] == '\n' ? 1 : 0);
    }
    return lines;
}

json_t *placing_explain(struct core *core, const struct topology *topology)
{
    AUTO(snapshot_destroy) struct snapshot *snapshot = snapshot_new(core->registry, NULL, NULL);
    struct scheduler_result *results = scheduler_run(&snapshot->cluster);
    size_t index = snapshot_find(snapshot, topology);
    json_t *all = json_object();

    for (uint32_t i = 0; topology->plan != NULL && i < topology->plan->component_count &&
                         index < snapshot->cluster.topology_count;
         i++) {
        const char *name = topology->plan->components[i].name;
        struct text text;
        text_init(&text);
        scheduler_explain(&snapshot->cluster, index, results, name, &text);
        (void)json_object_set_new(all, name, split_lines(text_data(&text)));
        text_done(&text);
    }
    scheduler_results_destroy(&results, snapshot->cluster.topology_count);
    return all;
}
