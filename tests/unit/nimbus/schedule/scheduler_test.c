/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/schedule/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

/*
 * Clusters are written down as values, and where a topology runs is drawn as a text: for each
 * worker, in the order of supervisors and slots, "supervisor/slot:" and its executors.
 */

static const char *const gpu[] = {"gpu"};
static const char *const gpu_ssd[] = {"ssd", "gpu"};

static struct scheduler_supervisor machine(const char *id, uint32_t slots)
{
    return (struct scheduler_supervisor){.id = id, .slots = slots, .cores = 4};
}

static struct scheduler_supervisor machine_with_gpu(const char *id, uint32_t slots)
{
    struct scheduler_supervisor supervisor = machine(id, slots);

    supervisor.labels = gpu;
    supervisor.label_count = 1;
    return supervisor;
}

static struct scheduler_component component(const char *name, uint32_t executors)
{
    return (struct scheduler_component){.name = name, .executors = executors};
}

static struct scheduler_topology topology(const char *id, uint32_t workers,
                                          const struct scheduler_component *components,
                                          size_t count)
{
    struct scheduler_topology it = {
        .id = id, .workers = workers, .component_count = count, .components = components};

    for (size_t i = 0; i < count; i++)
        it.executor_count += components[i].executors;
    return it;
}

static struct scheduler_place at(uint32_t supervisor, uint32_t slot)
{
    return (struct scheduler_place){.supervisor = supervisor, .slot = slot};
}

static const struct scheduler_place nowhere = {.supervisor = SCHEDULER_NOWHERE};

struct lab {
    struct scheduler_cluster cluster;
    struct scheduler_result *results;
    char *drawing; /* the last one */
};

static struct lab run(const struct scheduler_supervisor *supervisors, size_t supervisor_count,
                      const struct scheduler_topology *topologies, size_t topology_count)
{
    struct lab lab = {.cluster = {.supervisor_count = supervisor_count,
                                  .supervisors = supervisors,
                                  .topology_count = topology_count,
                                  .topologies = topologies}};

    lab.results = scheduler_run(&lab.cluster);
    return lab;
}

static void lab_done(struct lab *lab)
{
    scheduler_results_destroy(&lab->results, lab->cluster.topology_count);
    mem_free_text(&lab->drawing);
}

static void draw_worker(const struct lab *lab, size_t index, struct scheduler_place place,
                        struct text *out)
{
    bool is_first = true;

    for (size_t i = 0; i < lab->cluster.topologies[index].executor_count; i++) {
        struct scheduler_place it = lab->results[index].places[i];
        if (it.supervisor != place.supervisor || it.slot != place.slot)
            continue;
        if (is_first)
            text_add(out, "%s%u/%u:", text_size(out) > 0 ? ", " : "", place.supervisor, place.slot);
        text_add(out, " %zu", i);
        is_first = false;
    }
}

static const char *draw(struct lab *lab, size_t index)
{
    struct text out;

    text_init(&out);
    for (uint32_t i = 0; i < lab->cluster.supervisor_count; i++) {
        for (uint32_t slot = 0; slot < lab->cluster.supervisors[i].slots; slot++)
            draw_worker(lab, index, at(i, slot), &out);
    }
    mem_free_text(&lab->drawing);
    return lab->drawing = text_take(&out);
}

static void expect(struct lab *lab, size_t index, const char *drawing, const char *why_not)
{
    const struct scheduler_result *result = &lab->results[index];

    ck_assert_str_eq(draw(lab, index), drawing);
    if (why_not == NULL)
        ck_assert_ptr_null(result->why_not);
    else
        ck_assert_str_eq(result->why_not == NULL ? "" : result->why_not, why_not);
}

/* ---- spread ---- */

START_TEST(a_new_topology_takes_the_first_slot_of_each_supervisor_then_the_second)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 2), machine("b", 4)};
    const struct scheduler_component parts[] = {component("spout", 2), component("bolt", 5)};
    const struct scheduler_topology topologies[] = {topology("wc", 3, parts, 2)};
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 1);

    /* b has most free slots: b's first, a's first, b's second */
    expect(&lab, 0, "0/0: 1 4, 1/0: 0 3 6, 1/1: 2 5", NULL);
    ck_assert(lab.results[0].is_changed);
    ck_assert_uint_eq(lab.results[0].workers, 3);
    ck_assert_uint_eq(lab.results[0].unplaced, 0);
}
END_TEST

START_TEST(what_is_placed_stays)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 4), machine("b", 4)};
    const struct scheduler_component parts[] = {component("spout", 4)};
    const struct scheduler_place odd[] = {at(1, 3), at(1, 1), at(1, 1), at(1, 3)};
    struct scheduler_topology topologies[] = {topology("old", 2, parts, 1),
                                              topology("new", 2, parts, 1)};

    topologies[0].current = odd;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 2);
    expect(&lab, 0, "1/1: 1 2, 1/3: 0 3", NULL);
    ck_assert(!lab.results[0].is_changed);
    expect(&lab, 1, "0/0: 0 2, 1/0: 1 3", NULL);
}
END_TEST

START_TEST(more_workers_take_only_the_surplus_of_the_others)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 1), machine("b", 1),
                                                       machine("c", 1)};
    const struct scheduler_component parts[] = {component("spout", 3), component("bolt", 3)};
    const struct scheduler_place two[] = {at(0, 0), at(1, 0), at(0, 0),
                                          at(1, 0), at(0, 0), at(1, 0)};
    struct scheduler_topology topologies[] = {topology("wc", 3, parts, 2)};

    topologies[0].current = two;
    AUTO(lab_done) struct lab lab = run(supervisors, 3, topologies, 1);
    expect(&lab, 0, "0/0: 0 4, 1/0: 1 3, 2/0: 2 5", NULL);
}
END_TEST

START_TEST(fewer_workers_empty_the_smallest)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 4)};
    const struct scheduler_component parts[] = {component("spout", 7)};
    const struct scheduler_place three[] = {at(0, 0), at(0, 1), at(0, 2), at(0, 0),
                                            at(0, 1), at(0, 2), at(0, 0)};
    struct scheduler_topology topologies[] = {topology("wc", 2, parts, 1)};

    topologies[0].current = three;
    AUTO(lab_done) struct lab lab = run(supervisors, 1, topologies, 1);
    expect(&lab, 0, "0/0: 0 2 3 6, 0/1: 1 4 5", NULL);
    ck_assert_uint_eq(lab.results[0].workers, 2);
}
END_TEST

START_TEST(of_many_workers_the_fullest_stays)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 4)};
    const struct scheduler_component parts[] = {component("spout", 7)};
    const struct scheduler_place four[] = {at(0, 0), at(0, 1), at(0, 1), at(0, 2),
                                           at(0, 2), at(0, 3), at(0, 3)};
    struct scheduler_topology topologies[] = {topology("wc", 1, parts, 1)};

    topologies[0].current = four;
    AUTO(lab_done) struct lab lab = run(supervisors, 1, topologies, 1);
    expect(&lab, 0, "0/1: 0 1 2 3 4 5 6", NULL);
}
END_TEST

START_TEST(executors_of_a_dead_supervisor_are_placed_anew)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 2), machine("b", 2)};
    const struct scheduler_component parts[] = {component("spout", 6)};
    const struct scheduler_place gone[] = {at(0, 0), at(1, 0), nowhere,
                                           at(0, 0), at(1, 0), at(7, 0)};
    struct scheduler_topology topologies[] = {topology("wc", 3, parts, 1)};

    topologies[0].current = gone;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 1);
    expect(&lab, 0, "0/0: 0 3, 0/1: 2 5, 1/0: 1 4", NULL);
}
END_TEST

START_TEST(executors_of_a_slot_that_is_gone_are_placed_anew)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 1)};
    const struct scheduler_component parts[] = {component("spout", 2)};
    const struct scheduler_place places[] = {at(0, 0), at(0, 1)};
    struct scheduler_topology topologies[] = {topology("wc", 1, parts, 1)};

    topologies[0].current = places;
    AUTO(lab_done) struct lab lab = run(supervisors, 1, topologies, 1);
    expect(&lab, 0, "0/0: 0 1", NULL);
}
END_TEST

START_TEST(new_executors_of_a_component_are_spread)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 2)};
    const struct scheduler_component parts[] = {component("spout", 2), component("bolt", 4)};
    const struct scheduler_place crowded[] = {at(0, 0), at(0, 1), at(0, 0),
                                              at(0, 0), at(0, 0), at(0, 0)};
    struct scheduler_topology topologies[] = {topology("wc", 2, parts, 2)};

    topologies[0].current = crowded;
    AUTO(lab_done) struct lab lab = run(supervisors, 1, topologies, 1);
    expect(&lab, 0, "0/0: 0 2 3, 0/1: 1 4 5", NULL);
}
END_TEST

START_TEST(no_more_workers_than_executors)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 4)};
    const struct scheduler_component parts[] = {component("spout", 2)};
    const struct scheduler_topology topologies[] = {topology("wc", 4, parts, 1)};
    AUTO(lab_done) struct lab lab = run(supervisors, 1, topologies, 1);

    expect(&lab, 0, "0/0: 0, 0/1: 1", NULL);
}
END_TEST

/* ---- too little ---- */

START_TEST(a_topology_runs_in_part_and_says_so)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 1), machine("b", 1)};
    const struct scheduler_component parts[] = {component("spout", 4)};
    const struct scheduler_topology topologies[] = {topology("x", 4, parts, 1)};
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 1);

    expect(&lab, 0, "0/0: 0 2, 1/0: 1 3",
           "topology 'x' asks for 4 workers, but only 2 slots are free: add slots "
           "(supervisor.slots) or supervisors");
}
END_TEST

START_TEST(without_a_slot_nothing_runs)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 0)};
    const struct scheduler_component parts[] = {component("spout", 2)};
    const struct scheduler_topology topologies[] = {topology("x", 1, parts, 1)};
    AUTO(lab_done) struct lab lab = run(supervisors, 1, topologies, 1);
    AUTO(lab_done) struct lab empty = run(NULL, 0, topologies, 1);

    expect(&lab, 0, "",
           "topology 'x' does not run: no slot is free: add slots (supervisor.slots) or "
           "supervisors");
    ck_assert_uint_eq(lab.results[0].unplaced, 2);
    ck_assert(!lab.results[0].is_changed);
    expect(&empty, 0, "",
           "topology 'x' does not run: there is no supervisor: start one (gale-supervisor)");
}
END_TEST

START_TEST(no_topology_is_nothing_to_do)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 1)};
    AUTO(lab_done) struct lab lab = run(supervisors, 1, NULL, 0);

    ck_assert_ptr_nonnull(lab.results);
}
END_TEST

START_TEST(nobody_goes_without_so_that_another_has_more)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 3)};
    const struct scheduler_component parts[] = {component("spout", 4)};
    const struct scheduler_topology topologies[] = {topology("greedy", 4, parts, 1),
                                                    topology("late", 1, parts, 1)};
    AUTO(lab_done) struct lab lab = run(supervisors, 1, topologies, 2);

    ck_assert_uint_eq(lab.results[0].workers, 2);
    ck_assert_uint_eq(lab.results[1].workers, 1);
    ck_assert_uint_eq(lab.results[0].unplaced + lab.results[1].unplaced, 0);
}
END_TEST

/* ---- labels ---- */

START_TEST(components_run_where_their_labels_are)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 4), machine_with_gpu("b", 1)};
    struct scheduler_component parts[] = {component("spout", 2), component("model", 2)};
    struct scheduler_topology topologies[] = {topology("ai", 2, parts, 2)};

    parts[1].labels = gpu;
    parts[1].label_count = 1;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 1);
    expect(&lab, 0, "0/0: 0 1, 1/0: 2 3", NULL);
}
END_TEST

START_TEST(labels_may_ask_for_one_worker_more)
{
    const struct scheduler_supervisor supervisors[] = {machine_with_gpu("a", 1), machine("b", 1)};
    struct scheduler_component parts[] = {component("spout", 2), component("model", 2)};
    const struct scheduler_place places[] = {at(1, 0), at(1, 0), nowhere, nowhere};
    struct scheduler_topology topologies[] = {topology("ai", 1, parts, 2)};

    parts[1].labels = gpu;
    parts[1].label_count = 1;
    topologies[0].current = places;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 1);
    /* the model fits on a only, and there the spout fits as well: one worker is enough */
    expect(&lab, 0, "0/0: 0 1 2 3", NULL);
}
END_TEST

START_TEST(labels_that_go_away_take_their_executors_along)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 1), machine_with_gpu("b", 1)};
    struct scheduler_component parts[] = {component("spout", 1), component("model", 1)};
    const struct scheduler_place places[] = {at(0, 0), at(0, 0)};
    struct scheduler_topology topologies[] = {topology("ai", 2, parts, 2)};

    parts[1].labels = gpu;
    parts[1].label_count = 1;
    topologies[0].current = places;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 1);
    expect(&lab, 0, "0/0: 0, 1/0: 1", NULL);
}
END_TEST

START_TEST(labels_that_nobody_has_are_named)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 2), machine_with_gpu("b", 2)};
    struct scheduler_component parts[] = {component("spout", 1), component("model", 2)};
    struct scheduler_topology topologies[] = {topology("ai", 1, parts, 2)};

    parts[1].labels = gpu_ssd;
    parts[1].label_count = 2;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 1);
    expect(&lab, 0, "0/0: 0",
           "topology 'ai' runs without 2 of its 3 executors: component 'model' needs the labels "
           "'ssd', 'gpu', which no supervisor has that it may use: add to supervisor.labels of "
           "one, or change model.labels");
}
END_TEST

/* ---- CPU and memory ---- */

START_TEST(capacities_are_not_exceeded)
{
    struct scheduler_supervisor supervisors[] = {machine("a", 2), machine("b", 2)};
    struct scheduler_component parts[] = {component("spout", 1), component("heavy", 5)};
    struct scheduler_topology topologies[] = {topology("x", 2, parts, 2)};

    supervisors[0].cpu_percent = 100;
    supervisors[1].cpu_percent = 200;
    parts[1].cpu_percent = 80;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 1);
    expect(&lab, 0, "0/0: 0 2, 1/0: 1 3",
           "topology 'x' runs without 2 of its 6 executors: component 'heavy' needs 80% CPU for "
           "an executor, but 'b', the supervisor with most left, has 40% of 200%: add "
           "supervisors, or lower heavy.cpu_percent");
}
END_TEST

START_TEST(memory_that_nobody_has_is_named)
{
    struct scheduler_supervisor supervisors[] = {machine("a", 2), machine("b", 2)};
    struct scheduler_component parts[] = {component("heavy", 1)};
    struct scheduler_topology topologies[] = {topology("x", 1, parts, 1)};

    supervisors[0].memory_mb = 1000;
    supervisors[1].memory_mb = 500;
    parts[0].memory_mb = 2000;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 1);
    expect(&lab, 0, "",
           "topology 'x' does not run: component 'heavy' needs 2000 MB for an executor, but 'a', "
           "the supervisor with most left, has 1000 MB of 1000 MB: add supervisors, or lower "
           "heavy.memory_mb");
}
END_TEST

START_TEST(within_a_supervisor_executors_take_their_room_along)
{
    struct scheduler_supervisor supervisors[] = {machine("a", 2)};
    struct scheduler_component parts[] = {component("heavy", 2)};
    const struct scheduler_place full[] = {at(0, 0), at(0, 1)};
    struct scheduler_topology topologies[] = {topology("x", 1, parts, 1)};

    supervisors[0].memory_mb = 100;
    parts[0].memory_mb = 50;
    topologies[0].current = full;
    AUTO(lab_done) struct lab lab = run(supervisors, 1, topologies, 1);
    expect(&lab, 0, "0/0: 0 1", NULL);
}
END_TEST

START_TEST(a_worker_is_not_emptied_in_part)
{
    struct scheduler_supervisor supervisors[] = {machine("a", 1), machine("b", 1)};
    struct scheduler_component parts[] = {component("light", 3), component("heavy", 3)};
    const struct scheduler_place places[] = {at(0, 0), at(0, 0), at(1, 0),
                                             at(0, 0), at(1, 0), at(1, 0)};
    struct scheduler_topology topologies[] = {topology("x", 1, parts, 2)};

    supervisors[0].memory_mb = 100;
    supervisors[1].memory_mb = 100;
    parts[1].memory_mb = 50;
    topologies[0].current = places;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 1);
    expect(&lab, 0, "0/0: 0 1 3, 1/0: 2 4 5", NULL);
    ck_assert(!lab.results[0].is_changed);
}
END_TEST

START_TEST(a_capacity_of_zero_is_no_limit)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 1)};
    struct scheduler_component parts[] = {component("heavy", 3)};
    struct scheduler_topology topologies[] = {topology("x", 1, parts, 1)};

    parts[0].memory_mb = UINT64_MAX;
    parts[0].cpu_percent = UINT32_MAX;
    AUTO(lab_done) struct lab lab = run(supervisors, 1, topologies, 1);
    expect(&lab, 0, "0/0: 0 1 2", NULL);
}
END_TEST

START_TEST(a_capacity_that_shrinks_moves_what_is_too_much)
{
    struct scheduler_supervisor supervisors[] = {machine("a", 1), machine("b", 1)};
    struct scheduler_component parts[] = {component("heavy", 2)};
    const struct scheduler_place places[] = {at(0, 0), at(0, 0)};
    struct scheduler_topology topologies[] = {topology("x", 1, parts, 1)};

    supervisors[0].memory_mb = 100;
    parts[0].memory_mb = 100;
    topologies[0].current = places;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 1);
    ck_assert_uint_eq(lab.results[0].unplaced, 0);
    ck_assert_uint_eq(lab.results[0].workers, 1); /* both fit on b */
    expect(&lab, 0, "1/0: 0 1", NULL);
}
END_TEST

/* ---- machines of its own ---- */

START_TEST(an_isolated_topology_takes_the_machines_with_fewest_workers_of_others)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 2), machine("b", 2),
                                                       machine("c", 2)};
    const struct scheduler_component parts[] = {component("spout", 2)};
    const struct scheduler_place both[] = {at(0, 0), at(0, 1)};
    const struct scheduler_place spread[] = {at(1, 0), at(2, 0)};
    struct scheduler_topology topologies[] = {topology("old", 2, parts, 1),
                                              topology("wide", 2, parts, 1),
                                              topology("alone", 2, parts, 1)};

    topologies[0].current = both;
    topologies[1].current = spread;
    topologies[2].isolate_machines = 1;
    AUTO(lab_done) struct lab lab = run(supervisors, 3, topologies, 3);
    expect(&lab, 0, "0/0: 0, 0/1: 1", NULL);
    expect(&lab, 1, "2/0: 1, 2/1: 0", NULL);
    expect(&lab, 2, "1/0: 0, 1/1: 1", NULL);
}
END_TEST

START_TEST(an_isolated_topology_stays_on_its_machines)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 2), machine("b", 2)};
    const struct scheduler_component parts[] = {component("spout", 2)};
    const struct scheduler_place there[] = {at(1, 1), at(1, 1)};
    struct scheduler_topology topologies[] = {topology("alone", 1, parts, 1),
                                              topology("other", 4, parts, 1)};

    topologies[0].isolate_machines = 1;
    topologies[0].current = there;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 2);
    expect(&lab, 0, "1/1: 0 1", NULL);
    expect(&lab, 1, "0/0: 0, 0/1: 1", NULL);
}
END_TEST

START_TEST(too_few_machines_for_isolation_are_told)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 2)};
    const struct scheduler_component parts[] = {component("spout", 2)};
    struct scheduler_topology topologies[] = {topology("other", 1, parts, 1),
                                              topology("alone", 2, parts, 1)};

    topologies[1].isolate_machines = 2;
    AUTO(lab_done) struct lab lab = run(supervisors, 1, topologies, 2);
    expect(&lab, 0, "",
           "topology 'other' does not run: all supervisors belong to topologies that asked for "
           "machines of their own: add supervisors");
    expect(&lab, 1, "0/0: 0, 0/1: 1",
           "topology 'alone' asks for 2 machines of its own, but only 1 can be had: add "
           "supervisors");
}
END_TEST

/* ---- those that may not be moved ---- */

START_TEST(a_fixed_topology_stays_and_keeps_its_slots_and_room)
{
    struct scheduler_supervisor supervisors[] = {machine("a", 2)};
    struct scheduler_component parts[] = {component("heavy", 2)};
    const struct scheduler_place places[] = {at(0, 0), at(5, 5)};
    struct scheduler_topology topologies[] = {topology("new", 2, parts, 1),
                                              topology("killed", 2, parts, 1)};

    supervisors[0].memory_mb = 100;
    parts[0].memory_mb = 50;
    topologies[1].current = places;
    topologies[1].is_fixed = true;
    AUTO(lab_done) struct lab lab = run(supervisors, 1, topologies, 2);
    ck_assert_uint_eq(lab.results[0].workers, 1);
    ck_assert_uint_eq(lab.results[0].unplaced, 1);
    expect(&lab, 1, "0/0: 0", NULL);
    ck_assert(!lab.results[1].is_changed);
    ck_assert_uint_eq(lab.results[1].workers, 1);
    ck_assert_uint_eq(lab.results[1].places[1].supervisor, 5);
}
END_TEST

START_TEST(a_fixed_topology_keeps_the_machines_of_its_own)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 4), machine("b", 1)};
    const struct scheduler_component parts[] = {component("spout", 2)};
    const struct scheduler_place places[] = {at(0, 0), at(0, 0)};
    struct scheduler_topology topologies[] = {topology("alone", 1, parts, 1),
                                              topology("other", 2, parts, 1)};

    topologies[0].current = places;
    topologies[0].isolate_machines = 1;
    topologies[0].is_fixed = true;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 2);
    expect(&lab, 0, "0/0: 0 1", NULL);
    ck_assert_str_eq(draw(&lab, 1), "1/0: 0 1");
}
END_TEST

START_TEST(a_supervisor_that_is_leaving_gets_nothing_new)
{
    struct scheduler_supervisor supervisors[] = {machine("a", 4), machine("b", 1)};
    const struct scheduler_component parts[] = {component("spout", 4)};
    const struct scheduler_place places[] = {at(0, 0), at(0, 0), nowhere, nowhere};
    struct scheduler_topology topologies[] = {topology("old", 1, parts, 1),
                                              topology("new", 1, parts, 1)};

    supervisors[0].is_leaving = true;
    topologies[0].current = places;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 2);
    expect(&lab, 1, "",
           "topology 'new' does not run: no slot is free: add slots (supervisor.slots) or "
           "supervisors");
    ck_assert_uint_eq(lab.results[0].unplaced, 0);
    ck_assert_uint_eq(lab.results[0].places[2].supervisor, 1);
    ck_assert_uint_eq(lab.results[0].places[3].supervisor, 1);
}
END_TEST

/* ---- in words ---- */

static void expect_words(const struct lab *lab, size_t index, const char *name, const char *words)
{
    struct text out;

    text_init(&out);
    scheduler_explain(&lab->cluster, index, lab->results, name, &out);
    ck_assert_str_eq(text_data(&out), words);
    text_done(&out);
}

START_TEST(places_are_explained)
{
    const struct scheduler_supervisor supervisors[] = {machine("a", 1), machine("b", 1)};
    struct scheduler_component parts[] = {component("spout", 3), component("model", 2)};
    const struct scheduler_place places[] = {at(0, 0), nowhere, at(9, 0), at(1, 0), nowhere};
    struct scheduler_topology topologies[] = {topology("ai", 2, parts, 2)};

    parts[1].labels = gpu;
    parts[1].label_count = 1;
    topologies[0].current = places;
    AUTO(lab_done) struct lab lab = run(supervisors, 2, topologies, 1);
    expect_words(&lab, 0, "spout",
                 "supervisor 'a' slot 0: 2 of 3, 1 of which stayed where they were\n"
                 "supervisor 'b' slot 0: 1 of 3, 0 of which stayed where they were\n"
                 "1 had no place before\n"
                 "1 moved: the slot that it had is gone\n");
    expect_words(&lab, 0, "model",
                 "2 without a place: component 'model' needs the label 'gpu', which no supervisor "
                 "has that it may use: add to supervisor.labels of one, or change model.labels\n");
    expect_words(&lab, 0, "nobody", "");
}
END_TEST

START_TEST(loops_are_the_cores_shared_among_workers)
{
    static const struct {
        uint32_t cores;
        uint32_t workers;
        uint32_t loops;
    } rows[] = {{1, 1, 1}, {4, 1, 4}, {4, 2, 2}, {4, 3, 1}, {2, 5, 1}, {8, 0, 8}, {256, 1, 64}};

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ck_assert_uint_eq(scheduler_loops(rows[i].cores, rows[i].workers), rows[i].loops);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_new_topology_takes_the_first_slot_of_each_supervisor_then_the_second,
        what_is_placed_stays,
        more_workers_take_only_the_surplus_of_the_others,
        fewer_workers_empty_the_smallest,
        of_many_workers_the_fullest_stays,
        executors_of_a_dead_supervisor_are_placed_anew,
        executors_of_a_slot_that_is_gone_are_placed_anew,
        new_executors_of_a_component_are_spread,
        no_more_workers_than_executors,
        a_topology_runs_in_part_and_says_so,
        without_a_slot_nothing_runs,
        no_topology_is_nothing_to_do,
        nobody_goes_without_so_that_another_has_more,
        components_run_where_their_labels_are,
        labels_may_ask_for_one_worker_more,
        labels_that_go_away_take_their_executors_along,
        labels_that_nobody_has_are_named,
        capacities_are_not_exceeded,
        memory_that_nobody_has_is_named,
        within_a_supervisor_executors_take_their_room_along,
        a_worker_is_not_emptied_in_part,
        a_capacity_of_zero_is_no_limit,
        a_capacity_that_shrinks_moves_what_is_too_much,
        an_isolated_topology_takes_the_machines_with_fewest_workers_of_others,
        an_isolated_topology_stays_on_its_machines,
        too_few_machines_for_isolation_are_told,
        a_fixed_topology_stays_and_keeps_its_slots_and_room,
        a_fixed_topology_keeps_the_machines_of_its_own,
        a_supervisor_that_is_leaving_gets_nothing_new,
        places_are_explained,
        loops_are_the_cores_shared_among_workers,
    };
    return suite_run("scheduler", tests, COUNT_OF(tests));
}
