/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A nimbus, its cluster state, and simulated workers that count, die and are started again, whose
 * supervisors send on what they say, whole, in pieces, late, twice. What has to hold: ticks grow, totals
 * never shrink and are never above the truth, history goes on second by second, all views of a tick say
 * the same; and at the end the totals are what the last sets said, to the one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"
#include "tests/support/suite.h"
#include "tests/unit/nimbus/parts.h"
#include "tests/unit/nimbus/rig.h"

enum {
    SEEDS = 12,
    STEPS = 260,
    WORKERS = 2, /* of the topology, both on s1 */
};

struct worker {
    uint64_t incarnation;
    uint64_t uptime_ns;
    struct parts_task spout;
    struct parts_task bolt;
    struct histogram latency;
    uint64_t said; /* trees that its last set had */
};

struct world {
    struct rig *rig;
    uint64_t seed;
    struct rng rng;
    char id[64];
    struct worker workers[WORKERS];
    uint64_t truth; /* trees completed by anybody */
    uint64_t lost;  /* ..., and died with their worker before a set told of them */
    uint64_t seen;
    uint64_t tick;
    struct parts parts[2];
};

static uint64_t number(const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);

    ck_assert_msg(json_is_integer(value), "'%s' is no number", member);
    return (uint64_t)json_integer_value(value);
}

static const json_t *member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    ck_assert_msg(value != NULL, "there is no '%s'", name);
    return value;
}

static void report(struct world *world)
{
    char args[512];

    (void)snprintf(
        args, sizeof args,
        "{'supervisor':'s1','healthy':true,'workers':["
        "{'topology':'%s','slot':0,'incarnation':%" PRIu64 ",'pid':1,'phase':'running'},"
        "{'topology':'%s','slot':1,'incarnation':%" PRIu64 ",'pid':1,'phase':'running'}]}",
        world->id, world->workers[0].incarnation, world->id, world->workers[1].incarnation);
    (void)rig_do(world->rig, "supervisor.report", args);
}

static void say(struct world *world, uint32_t slot)
{
    struct worker *worker = &world->workers[slot];
    struct parts_worker all = {worker->uptime_ns, &worker->latency};
    struct rig_worker from = {"s1", world->id, slot, worker->incarnation};
    const struct figures_part *parts[2] = {&world->parts[0].part, &world->parts[1].part};
    uint32_t way = rng_below(&world->rng, 4);

    parts_make_spout(&world->parts[0], &all, &worker->spout, 1);
    all.latency_ns = NULL;
    parts_make_bolt(&world->parts[1], &all, &worker->bolt, 1);
    if (way == 0) { /* two messages, the second one twice */
        rig_figures(world->rig, &from, parts, 1);
        rig_figures(world->rig, &from, parts + 1, 1);
        rig_figures(world->rig, &from, parts + 1, 1);
    } else {
        rig_figures(world->rig, &from, parts, 2);
    }
    worker->said = worker->spout.acked;
}

static void work(struct world *world, uint32_t slot)
{
    struct worker *worker = &world->workers[slot];
    uint64_t trees = rng_below(&world->rng, 500);

    worker->spout.count += trees;
    worker->spout.acked += trees;
    worker->bolt.count += trees;
    worker->bolt.acked += trees;
    histogram_add_many(&worker->latency, 1000 + rng_below(&world->rng, 100000), trees);
    worker->uptime_ns += 1000;
    world->truth += trees;
}

static void die(struct world *world, uint32_t slot)
{
    struct worker *worker = &world->workers[slot];

    world->lost += worker->spout.acked - worker->said;
    worker->incarnation++;
    worker->uptime_ns = 1;
    worker->spout.count = worker->spout.acked = worker->bolt.count = worker->bolt.acked = 0;
    worker->said = 0;
    histogram_init(&worker->latency);
    report(world);
}

/* ---- What has to hold ---------------------------------------------------------------------- */

static void check_history(struct world *world)
{
    const json_t *history =
        rig_do(world->rig, "topology.history", "{'name':'wc','metrics':['done_per_s','open']}");
    const json_t *series = member(history, "series");
    size_t length = json_array_size(member(json_array_get(series, 0), "values"));

    ck_assert_uint_eq(json_array_size(series), 2);
    ck_assert_uint_le(length, 900);
    ck_assert_uint_eq(length, json_array_size(member(json_array_get(series, 1), "values")));
    ck_assert_uint_eq(number(history, "from_ms") + (length - 1) * 1000, number(history, "at_ms"));
}

/* The last mean is that of the seconds of history since the last multiple of 15. */
static void check_spark(struct world *world)
{
    const json_t *sparks = rig_do(world->rig, "sparks", "{}");
    const json_t *spark = json_array_get(member(sparks, "sparks"), 0);
    const json_t *history =
        rig_do(world->rig, "topology.history", "{'name':'wc','metrics':['done_per_s','in_per_s']}");
    bool is_tracked = strcmp(json_string_value(member(spark, "metric")), "done_per_s") == 0;
    const json_t *values =
        member(json_array_get(member(history, "series"), is_tracked ? 0 : 1), "values");
    size_t seconds = number(sparks, "tick") % 15 + 1;
    double sum = 0;
    size_t count = 0;

    ck_assert_uint_eq(json_array_size(member(spark, "values")), 60);
    for (size_t i = 1; i <= seconds && i <= json_array_size(values); i++) {
        const json_t *value = json_array_get(values, json_array_size(values) - i);
        sum += json_number_value(value);
        count += json_is_number(value);
    }
    const json_t *last = json_array_get(member(spark, "values"), 59);
    ck_assert_int_eq(json_is_null(last), count == 0);
    if (count > 0)
        ck_assert_double_eq_tol(json_number_value(last), sum / (double)count, 0.5001);
}

/* One tick, one truth. */
static void check(struct world *world)
{
    const json_t *pulse = rig_do(world->rig, "pulse", "{}");
    const json_t *line = json_array_get(member(pulse, "topologies"), 0);
    const json_t *figures = rig_do(world->rig, "topology.figures", "{'name':'wc','window_s':0}");
    const json_t *status = rig_do(world->rig, "topology.status", "{'name':'wc'}");
    uint64_t completed = number(line, "completed");
    uint64_t tick = number(pulse, "tick");

    ck_assert_uint_ge(tick, world->tick);
    ck_assert_uint_eq(number(figures, "tick"), tick);
    ck_assert_uint_eq(number(status, "tick"), tick);
    ck_assert_uint_eq(number(member(figures, "trees"), "completed"), completed);
    ck_assert_uint_eq(number(status, "completed"), completed);
    ck_assert_msg(completed >= world->seen, "seed %" PRIu64 ": a total has shrunk", world->seed);
    ck_assert_msg(completed <= world->truth, "seed %" PRIu64 ": counted twice", world->seed);
    world->seen = completed;
    world->tick = tick;
    check_history(world);
    check_spark(world);
}

/* Counts of a window and of history are of the same seconds. */
static void check_window(struct world *world)
{
    const json_t *figures = rig_do(world->rig, "topology.figures", "{'name':'wc','window_s':10}");
    const json_t *reader = json_array_get(member(figures, "components"), 0);
    uint64_t counted = number(member(reader, "window"), "acked");
    uint64_t seconds = number(figures, "covered_s");
    const json_t *history =
        rig_do(world->rig, "topology.history", "{'name':'wc','metrics':['done_per_s']}");
    const json_t *values = member(json_array_get(member(history, "series"), 0), "values");
    uint64_t sum = 0;

    ck_assert_uint_le(seconds, 10);
    for (size_t i = json_array_size(values) - seconds; i < json_array_size(values); i++)
        sum += (uint64_t)json_integer_value(json_array_get(values, i));
    ck_assert_msg(sum == counted, "seed %" PRIu64 ": %" PRIu64 " of %" PRIu64, world->seed, sum,
                  counted);
}

static void check_end(struct world *world)
{
    for (uint32_t slot = 0; slot < WORKERS; slot++)
        say(world, slot);
    rig_pass(world->rig, 1000);
    check(world);
    ck_assert_msg(world->seen == world->truth - world->lost,
                  "seed %" PRIu64 ": %" PRIu64 " of %" PRIu64, world->seed, world->seen,
                  world->truth - world->lost);
    const json_t *figures = rig_do(world->rig, "topology.figures", "{'name':'wc','window_s':0}");
    const json_t *edge = json_array_get(member(figures, "edges"), 0);
    ck_assert_uint_eq(number(edge, "sent"), world->seen);
    ck_assert_uint_eq(number(edge, "executed"), world->seen);
    ck_assert_uint_eq(number(edge, "waiting"), 0);
    const json_t *latency = member(member(figures, "trees"), "latency");
    ck_assert_uint_eq(number(latency, "count"), world->seen);
}

/* ---- What happens -------------------------------------------------------------------------- */

static void step(struct world *world)
{
    uint32_t slot = rng_below(&world->rng, WORKERS);

    switch (rng_below(&world->rng, 8)) {
    case 0:
        if (rng_below(&world->rng, 4) == 0)
            die(world, slot);
        break;
    case 1:
        rig_pass(world->rig, 500 * (1 + (uint64_t)rng_below(&world->rng, 4)));
        check(world);
        break;
    case 2:
        check_window(world);
        break;
    case 3:
    case 4:
        say(world, slot);
        break;
    default:
        work(world, slot);
        break;
    }
}

static void run(uint64_t seed)
{
    struct world *world = NEW(struct world);

    world->seed = seed;
    rng_init(&world->rng, seed);
    world->rig = rig_new(seed, 1);
    rig_settle(world->rig);
    rig_add_supervisor(world->rig, "s1", 4);
    rig_submit(world->rig, "wc", "{'topology.workers':'2'}");
    rig_settle(world->rig);
    (void)snprintf(world->id, sizeof world->id, "%s", rig_id(world->rig, "wc"));
    for (uint32_t slot = 0; slot < WORKERS; slot++)
        world->workers[slot] =
            (struct worker){.incarnation = 1, .uptime_ns = 1, .spout.index = 0, .bolt.index = slot};
    report(world);
    for (uint32_t slot = 0; slot < WORKERS; slot++)
        say(world, slot);
    rig_pass(world->rig, 1000);
    for (int i = 0; i < STEPS; i++)
        step(world);
    check_end(world);
    rig_destroy(&world->rig);
    free(world);
}

START_TEST(whatever_happens_to_workers_the_totals_are_exact)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed);
}
END_TEST

/* Of a component's tasks at once, and of one: the same. */
START_TEST(all_tasks_of_a_component_are_told_at_once)
{
    struct world *world = NEW(struct world);

    world->rig = rig_new(3, 1);
    rig_settle(world->rig);
    rig_add_supervisor(world->rig, "s1", 4);
    rig_submit(world->rig, "wc", "{'topology.workers':'2'}");
    rig_settle(world->rig);
    (void)snprintf(world->id, sizeof world->id, "%s", rig_id(world->rig, "wc"));
    for (uint32_t slot = 0; slot < WORKERS; slot++)
        world->workers[slot] =
            (struct worker){.incarnation = 1, .uptime_ns = 1, .bolt.index = slot + 1};
    report(world);
    for (int i = 0; i < 5; i++) {
        for (uint32_t slot = 0; slot < WORKERS; slot++) {
            world->workers[slot].bolt.count += 10 * (slot + 1);
            say(world, slot);
        }
        rig_pass(world->rig, 1000);
    }
    const json_t *all = member(rig_do(world->rig, "topology.history",
                                      "{'name':'wc','component':'splitter','tasks':true,"
                                      "'metrics':['capacity','per_s'],'seconds':5}"),
                               "series");
    ck_assert_uint_eq(json_array_size(all), 8);
    const json_t *one = member(rig_do(world->rig, "topology.history",
                                      "{'name':'wc','component':'splitter','task':2,"
                                      "'metrics':['per_s'],'seconds':5}"),
                               "series");
    ck_assert(json_equal((json_t *)json_array_get(all, 5), (json_t *)json_array_get(one, 0)));
    const json_t *values = member(json_array_get(one, 0), "values");
    ck_assert_int_eq(json_integer_value(json_array_get(values, json_array_size(values) - 1)), 20);
    const json_t *tasks = rig_do(world->rig, "topology.tasks", "{'name':'wc'}");
    ck_assert_uint_eq(number(tasks, "tasks_total"), 11);
    const json_t *task = json_array_get(member(tasks, "tasks"), 3);
    ck_assert_uint_eq(number(task, "task"), 2);
    ck_assert_uint_eq(number(member(task, "total"), "executed"), 100);
    ck_assert_str_eq(json_string_value(member(task, "supervisor")), "s1");
    rig_destroy(&world->rig);
    free(world);
}
END_TEST

START_TEST(history_outlives_its_topology)
{
    struct rig *rig = rig_new(3, 1);

    rig_settle(rig);
    rig_add_supervisor(rig, "s1", 4);
    rig_submit(rig, "wc", "{}");
    rig_pass(rig, 5000);
    (void)rig_do(rig, "topology.kill", "{'name':'wc','wait_ms':0}");
    rig_pass(rig, 5000);
    const json_t *ended = rig_do(rig, "topology.ended_list", "{}");
    ck_assert_uint_eq(json_array_size(member(ended, "topologies")), 1);
    const json_t *history = rig_do(rig, "topology.history", "{'name':'wc','seconds':60}");
    const json_t *series = json_array_get(member(history, "series"), 0);
    ck_assert_uint_gt(json_array_size(member(series, "values")), 3);
    ck_assert_uint_lt(number(history, "from_ms"), number(history, "at_ms"));
    rig_destroy(&rig);
}
END_TEST

/* They came after the last tick, and right before the report that ends it. */
START_TEST(the_last_figures_of_a_topology_count)
{
    struct rig *rig = rig_new(3, 1);
    struct parts *parts = NEW(struct parts);
    struct parts_task task = {.count = 70, .acked = 70};
    const struct figures_part *sent[] = {&parts->part};
    char id[64];

    rig_settle(rig);
    rig_add_supervisor(rig, "s1", 4);
    rig_submit(rig, "wc", "{}");
    rig_pass(rig, 2000);
    (void)snprintf(id, sizeof id, "%s", rig_id(rig, "wc"));
    parts_make_spout(parts, &(struct parts_worker){.uptime_ns = 1}, &task, 1);
    rig_figures(rig, &(struct rig_worker){"s1", id, 0, 1}, sent, COUNT_OF(sent));
    rig_report(rig, "s1", id, ",'ended':true");
    rig_settle(rig);
    const json_t *ended = rig_do(rig, "topology.ended", "{'name':'wc'}");
    ck_assert_str_eq(json_string_value(member(ended, "status")), "ended");
    ck_assert_uint_eq(number(ended, "completed"), 70);
    free(parts);
    rig_destroy(&rig);
}
END_TEST

static void send_spout(struct rig *rig, const char *id, const struct parts_task *task,
                       void (*change)(struct parts *parts))
{
    struct parts *parts = NEW(struct parts);
    const struct figures_part *sent[] = {&parts->part};

    parts_make_spout(parts, &(struct parts_worker){.uptime_ns = 1}, task, 1);
    if (change != NULL)
        change(parts);
    rig_figures(rig, &(struct rig_worker){"s1", id, 0, 1}, sent, COUNT_OF(sent));
    free(parts);
}

static void make_component_up(struct parts *parts)
{
    parts->part.component = "made up";
}

static void make_role_up(struct parts *parts)
{
    parts->part.component = PARTS_BOLT;
}

static void make_stream_up(struct parts *parts)
{
    parts->output.stream = "made \xFF up";
}

static void make_edge_up(struct parts *parts)
{
    parts->edge.to = "made up";
}

static void make_task_up(struct parts *parts)
{
    parts->tasks[0].index = TALLY_TASKS_MAX - 1;
}

/* A topology's worker may say anything. What its plan does not have would cost gigabytes and seconds: 64 components
 * of 16,384 tasks with a thousand edges each. */
START_TEST(what_a_worker_makes_up_is_not_kept)
{
    static void (*const changes[])(struct parts *) = {make_component_up, make_role_up,
                                                      make_stream_up, make_edge_up, make_task_up};
    struct rig *rig = rig_new(3, 1);
    struct parts_task task = {.count = 70, .acked = 70};
    char id[64];

    rig_settle(rig);
    rig_add_supervisor(rig, "s1", 4);
    rig_submit(rig, "wc", "{}");
    rig_pass(rig, 2000);
    (void)snprintf(id, sizeof id, "%s", rig_id(rig, "wc"));
    struct tally *tally = &registry_find(rig_leader(rig)->core->registry, id)->insight.tally;
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        send_spout(rig, id, &task, changes[i]);
        ck_assert_uint_eq(tally->component_count, 0);
    }
    send_spout(rig, id, &task, NULL);
    ck_assert_uint_eq(tally->component_count, 1);
    ck_assert_uint_eq(tally->components[0].task_count, 1);
    rig_destroy(&rig);
}
END_TEST

static bool has_problem(struct rig *rig, const char *kind)
{
    const json_t *problems = member(rig_do(rig, "pulse", "{}"), "problems");

    for (size_t i = 0; i < json_array_size(problems); i++)
        if (strcmp(json_string_value(member(json_array_get(problems, i), "kind")), kind) == 0)
            return true;
    return false;
}

START_TEST(problems_outlive_a_clock_that_is_set_back)
{
    struct rig *rig = rig_new(3, 1);
    char id[64];

    rig_settle(rig);
    rig_add_supervisor(rig, "s1", 4);
    rig_add_supervisor(rig, "s2", 4);
    rig_submit(rig, "wc", "{'topology.workers':'1'}");
    rig_pass(rig, 2000);
    (void)snprintf(id, sizeof id, "%s", rig_id(rig, "wc"));
    rig_report(rig, "s1", id, ",'errors':[{'component':'splitter','text':'no such file'}]");
    rig_remove_supervisor(rig, "s2");
    rig_pass(rig, 3000);
    ck_assert(has_problem(rig, "errors"));
    ck_assert(has_problem(rig, "node_lost"));
    rig->wall_ms -= 60000;
    rig_pass(rig, 3000);
    ck_assert(has_problem(rig, "errors"));
    ck_assert(has_problem(rig, "node_lost"));
    rig_destroy(&rig);
}
END_TEST

START_TEST(what_is_no_message_of_figures_is_refused)
{
    struct rig *rig = rig_new(3, 1);

    rig_settle(rig);
    ck_assert_int_eq(rig_refusal(rig, "supervisor.figures", "{'supervisor':'s1'}"),
                     CONTROL_INVALID);
    ck_assert_int_eq(rig_refusal(rig, "supervisor.figures",
                                 "{'supervisor':'s1','workers':[{'topology':'a','slot':0,"
                                 "'incarnation':1,'sizes':[5]}]}"),
                     CONTROL_INVALID);
    ck_assert_int_eq(rig_refusal(rig, "supervisor.figures",
                                 "{'supervisor':'s1','workers':[{'topology':'a','slot':0,"
                                 "'incarnation':1,'sizes':[-5]}]}"),
                     CONTROL_INVALID);
    ck_assert_int_eq(rig_refusal(rig, "topology.history", "{'name':'wc'}"), CONTROL_NOT_FOUND);
    rig_destroy(&rig);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        whatever_happens_to_workers_the_totals_are_exact,
        all_tasks_of_a_component_are_told_at_once,
        history_outlives_its_topology,
        the_last_figures_of_a_topology_count,
        what_a_worker_makes_up_is_not_kept,
        problems_outlive_a_clock_that_is_set_back,
        what_is_no_message_of_figures_is_refused,
    };

    return suite_run("figures_property", tests, COUNT_OF(tests));
}
