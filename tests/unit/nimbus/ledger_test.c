/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of figures when another nimbus leads: totals of workers that are over are those that were kept in the
 * cluster state, what is not known yet is null in every view, and windows begin when all is known.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/protocol/message.h"
#include "nimbus/core_parts.h"
#include "tests/support/suite.h"
#include "tests/unit/nimbus/parts.h"
#include "tests/unit/nimbus/rig.h"

enum {
    WORKERS = 2, /* of the topology, both on s1 */
};

#define OLD_NS UINT64_C(60000000000)

struct world {
    struct rig *rig;
    char id[64];
    uint64_t incarnations[WORKERS];
    uint64_t trees[WORKERS]; /* that the incarnation has completed */
    bool is_old;             /* they have lived for long when they are heard of first */
    struct histogram latency;
    struct parts parts[2];
};

static void report(struct world *world)
{
    char args[512];

    (void)snprintf(args, sizeof args,
                   "{'supervisor':'s1','healthy':true,'workers':["
                   "{'topology':'%s','slot':0,'incarnation':%" PRIu64 ",'pid':1,'phase':'running'},"
                   "{'topology':'%s','slot':1,'incarnation':%" PRIu64
                   ",'pid':1,'phase':'running'}]}",
                   world->id, world->incarnations[0], world->id, world->incarnations[1]);
    (void)rig_do(world->rig, "supervisor.report", args);
}

static void say(struct world *world, uint32_t slot)
{
    struct parts_worker all = {world->is_old ? OLD_NS : 1, &world->latency};
    struct rig_worker from = {"s1", world->id, slot, world->incarnations[slot]};
    const struct figures_part *parts[2] = {&world->parts[0].part, &world->parts[1].part};
    struct parts_task spout = {.count = world->trees[slot], .acked = world->trees[slot]};
    struct parts_task bolt = {.index = slot,
                              .count = world->trees[slot],
                              .acked = world->trees[slot],
                              .queue_bytes = 5,
                              .open = 3};

    histogram_init(&world->latency);
    histogram_add_many(&world->latency, 1000, world->trees[slot]);
    parts_make_spout(&world->parts[0], &all, &spout, 1);
    all.latency_ns = NULL;
    parts_make_bolt(&world->parts[1], &all, &bolt, 1);
    rig_figures(world->rig, &from, parts, 2);
}

static void say_all(struct world *world)
{
    report(world);
    for (uint32_t slot = 0; slot < WORKERS; slot++)
        say(world, slot);
}

static void die(struct world *world, uint32_t slot)
{
    world->incarnations[slot]++;
    world->trees[slot] = 0;
    report(world);
}

static struct world *set_up(void)
{
    struct world *world = NEW(struct world);

    world->rig = rig_new(1, 1);
    rig_settle(world->rig);
    rig_add_supervisor(world->rig, "s1", 4);
    rig_submit(world->rig, "wc", "{'topology.workers':'2'}");
    rig_settle(world->rig);
    (void)snprintf(world->id, sizeof world->id, "%s", rig_id(world->rig, "wc"));
    for (uint32_t slot = 0; slot < WORKERS; slot++)
        world->incarnations[slot] = 1;
    return world;
}

static void tear_down(struct world *world)
{
    rig_destroy(&world->rig);
    free(world);
}

static void change_leader(struct world *world)
{
    rig_restart(world->rig, 0);
    rig_settle(world->rig);
    rig_pass(world->rig, 1000);
    world->is_old = true;
}

/* ---- Looking ------------------------------------------------------------------------------- */

static const json_t *pulse(struct world *world)
{
    return rig_do(world->rig, "pulse", "{}");
}

static const json_t *line(struct world *world)
{
    return json_array_get(json_object_get(pulse(world), "topologies"), 0);
}

static const json_t *figures(struct world *world)
{
    return rig_do(world->rig, "topology.figures", "{'name':'wc'}");
}

static uint64_t completed(struct world *world)
{
    const json_t *value = json_object_get(line(world), "completed");

    ck_assert_msg(json_is_integer(value), "it is not known");
    return (uint64_t)json_integer_value(value);
}

static uint64_t second(struct world *world)
{
    rig_pass(world->rig, 1000);
    return completed(world);
}

static void expect_null(const json_t *object, const char *const *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(json_is_null(json_object_get(object, members[i])), "'%s' is not null",
                      members[i]);
}

#define EXPECT_NULL(object, ...)                             \
    do {                                                     \
        static const char *const members_[] = {__VA_ARGS__}; \
        expect_null((object), members_, COUNT_OF(members_)); \
    } while (0)

static void expect_nothing_known(struct world *world)
{
    EXPECT_NULL(line(world), "emitted", "completed", "failed", "in_per_s", "out_per_s",
                "done_per_s", "failed_per_s", "latency_p50_ns", "latency_p99_ns", "capacity",
                "back_pressure", "lag", "restarts", "restarts_hour");
    EXPECT_NULL(json_object_get(pulse(world), "totals"), "in_per_s", "done_per_s", "failed_per_s");
    const json_t *all = figures(world);
    ck_assert_int_eq(json_integer_value(json_object_get(all, "covered_s")), 0);
    EXPECT_NULL(json_object_get(all, "trees"), "completed", "failed", "timed_out", "refused",
                "open", "in_per_s", "done_per_s", "failed_per_s", "latency");
    const json_t *component = json_array_get(json_object_get(all, "components"), 1);
    EXPECT_NULL(json_object_get(component, "total"), "emitted", "sent", "executed", "acked",
                "failed", "timed_out", "refused", "execute_ns", "process_ns", "complete_ns");
    EXPECT_NULL(json_object_get(component, "rates"), "in_per_s", "out_per_s", "failed_per_s");
    EXPECT_NULL(json_object_get(component, "queue"), "bytes", "limit_bytes", "fill");
    EXPECT_NULL(component, "execute_ns", "process_ns", "capacity", "blocked", "open", "lag");
    const json_t *edge = json_array_get(json_object_get(all, "edges"), 0);
    EXPECT_NULL(edge, "sent", "executed", "per_s", "waiting", "blocked");
    const json_t *status = rig_do(world->rig, "topology.status", "{'name':'wc'}");
    EXPECT_NULL(status, "completed", "failed");
    EXPECT_NULL(json_array_get(json_object_get(status, "components"), 0), "emitted", "acked",
                "open", "latency_p50_ns", "latency_max_ns");
    const json_t *list = rig_do(world->rig, "topology.list", "{}");
    EXPECT_NULL(json_array_get(json_object_get(list, "topologies"), 0), "completed", "failed");
    const json_t *sparks = rig_do(world->rig, "sparks", "{}");
    const json_t *values =
        json_object_get(json_array_get(json_object_get(sparks, "sparks"), 0), "values");
    ck_assert(json_is_null(json_array_get(values, json_array_size(values) - 1)));
    const json_t *history =
        rig_do(world->rig, "topology.history", "{'name':'wc','metrics':['done_per_s','open']}");
    for (size_t i = 0; i < 2; i++) {
        values = json_object_get(json_array_get(json_object_get(history, "series"), i), "values");
        ck_assert(json_is_null(json_array_get(values, json_array_size(values) - 1)));
    }
}

static int32_t writes(struct world *world)
{
    char path[256];

    (void)snprintf(path, sizeof path, "/totals/%s", world->id);
    const struct message_stat *stat = coord_model_stat(world->rig->model, path);
    return stat == NULL ? 0 : stat->version + 1;
}

/* ---- What is not known --------------------------------------------------------------------- */

START_TEST(of_a_new_topology_the_totals_are_known_and_rates_when_somebody_has_spoken)
{
    struct world *world = set_up();

    rig_pass(world->rig, 5000);
    ck_assert_uint_eq(completed(world), 0);
    EXPECT_NULL(line(world), "in_per_s", "done_per_s", "capacity");
    ck_assert_double_eq(
        json_number_value(json_object_get(json_object_get(pulse(world), "totals"), "in_per_s")), 0);
    world->trees[0] = 40;
    say_all(world);
    ck_assert_uint_eq(second(world), 40);
    /* of the one second in which anything could be heard, and not of six */
    ck_assert_double_eq(json_number_value(json_object_get(line(world), "done_per_s")), 40);
    tear_down(world);
}
END_TEST

START_TEST(a_new_leader_knows_nothing_until_all_have_spoken)
{
    struct world *world = set_up();

    world->trees[0] = 1000;
    world->trees[1] = 500;
    say_all(world);
    ck_assert_uint_eq(second(world), 1500);
    change_leader(world);
    expect_nothing_known(world);
    report(world);
    say(world, 0);
    rig_pass(world->rig, 1000);
    world->trees[0] += 70;
    say(world, 0);
    rig_pass(world->rig, 1000);
    expect_nothing_known(world); /* of the other one */
    say(world, 1);
    ck_assert_uint_eq(second(world), 1570);
    EXPECT_NULL(line(world), "done_per_s", "in_per_s", "capacity");
    world->trees[0] += 20;
    world->trees[1] += 10;
    say_all(world);
    ck_assert_uint_eq(second(world), 1600);
    ck_assert_double_eq(json_number_value(json_object_get(line(world), "done_per_s")), 30);
    ck_assert_int_eq(json_integer_value(json_object_get(figures(world), "covered_s")), 1);
    tear_down(world);
}
END_TEST

START_TEST(whoever_never_speaks_is_not_waited_for_for_ever)
{
    struct world *world = set_up();

    say_all(world);
    rig_pass(world->rig, 1000);
    change_leader(world);
    for (int i = 0; i < INSIGHT_SETTLING + 1; i++) {
        report(world);
        say(world, 0);
        rig_pass(world->rig, 1000);
    }
    ck_assert_uint_eq(completed(world), 0);
    tear_down(world);
}
END_TEST

/* All windows at each age: rates are those of the time that is covered. */
START_TEST(rates_are_of_the_time_that_is_covered)
{
    static const uint32_t windows[] = {1, 10, 60, 600, 10800, 86400, 0};
    struct world *world = set_up();

    for (uint64_t age = 0; age < 25; age++) {
        for (uint32_t slot = 0; slot < WORKERS; slot++)
            world->trees[slot] += 50;
        say_all(world);
        rig_pass(world->rig, 1000);
        if (age == 12)
            change_leader(world);
        for (size_t i = 0; i < COUNT_OF(windows); i++) {
            char args[64];
            (void)snprintf(args, sizeof args, "{'name':'wc','window_s':%" PRIu32 "}", windows[i]);
            const json_t *all = rig_do(world->rig, "topology.figures", args);
            const json_t *rate = json_object_get(json_object_get(all, "trees"), "done_per_s");
            uint64_t covered = (uint64_t)json_integer_value(json_object_get(all, "covered_s"));
            ck_assert_msg(covered == 0 ? json_is_null(rate) : json_number_value(rate) == 100,
                          "age %" PRIu64 ", window %" PRIu32 ": %f", age, windows[i],
                          json_number_value(rate));
            ck_assert_msg(covered > 0 || age == 12 || age == 13, "nothing is covered");
        }
    }
    tear_down(world);
}
END_TEST

/* ---- What is kept -------------------------------------------------------------------------- */

START_TEST(totals_outlive_worker_and_leader)
{
    struct world *world = set_up();

    world->trees[0] = 1000;
    world->trees[1] = 500;
    say_all(world);
    ck_assert_uint_eq(second(world), 1500);
    ck_assert_int_eq(writes(world), 0);
    die(world, 0);
    ck_assert_uint_eq(second(world), 1500);
    rig_settle(world->rig);
    ck_assert_int_eq(writes(world), 1); /* at once */
    change_leader(world);
    say_all(world);
    ck_assert_uint_eq(second(world), 1500);
    world->trees[0] = 7;
    say_all(world);
    ck_assert_uint_eq(second(world), 1507);
    die(world, 1);
    rig_pass(world->rig, 12000);
    change_leader(world);
    change_leader(world);
    say_all(world);
    ck_assert_uint_eq(second(world), 1507);
    const json_t *edge = json_array_get(json_object_get(figures(world), "edges"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(edge, "sent")), 1507);
    ck_assert_int_eq(json_integer_value(json_object_get(edge, "executed")), 1507);
    tear_down(world);
}
END_TEST

START_TEST(deaths_are_written_once_in_ten_seconds)
{
    struct world *world = set_up();

    for (int i = 0; i < 40; i++) {
        world->trees[0] = 10;
        say_all(world);
        rig_pass(world->rig, 1000);
        die(world, 0);
    }
    rig_pass(world->rig, 1000);
    ck_assert_int_ge(writes(world), 3);
    ck_assert_int_le(writes(world), 5);
    rig_pass(world->rig, 12000);
    int32_t written = writes(world);
    rig_pass(world->rig, 30000);
    ck_assert_int_eq(writes(world), written); /* nobody has died */
    change_leader(world);
    say_all(world);
    ck_assert_uint_eq(second(world), 400);
    tear_down(world);
}
END_TEST

START_TEST(what_is_lost_is_of_those_who_died_within_ten_seconds_of_the_leader)
{
    struct world *world = set_up();

    world->trees[0] = 100;
    say_all(world);
    rig_pass(world->rig, 1000);
    die(world, 0);
    rig_pass(world->rig, 2000); /* written */
    world->trees[0] = 40;
    say_all(world);
    rig_pass(world->rig, 1000);
    die(world, 0); /* too soon after it */
    rig_pass(world->rig, 1000);
    ck_assert_uint_eq(completed(world), 140);
    change_leader(world);
    say_all(world);
    ck_assert_uint_eq(second(world), 100);
    tear_down(world);
}
END_TEST

START_TEST(what_was_kept_goes_with_the_topology)
{
    struct world *world = set_up();

    world->trees[0] = 100;
    say_all(world);
    rig_pass(world->rig, 1000);
    die(world, 0);
    rig_pass(world->rig, 2000);
    ck_assert_int_eq(writes(world), 1);
    (void)rig_do(world->rig, "topology.kill", "{'name':'wc','wait_ms':0}");
    rig_pass(world->rig, 5000);
    ck_assert_str_eq(rig_status(world->rig, "wc"), "");
    rig_pass(world->rig, 2000);
    ck_assert_int_eq(writes(world), 0);
    tear_down(world);
}
END_TEST

/* Damaged, or of a later version: totals begin anew, and all else goes on. */
START_TEST(a_record_that_cannot_be_read_is_as_none)
{
    struct world *world = set_up();
    char path[256];

    (void)snprintf(path, sizeof path, "/totals/%s", world->id);
    struct coord_call call = {.kind = COORD_CREATE,
                              .mode = COORD_PERSISTENT,
                              .path = path,
                              .data = "{\"version\":99}",
                              .size = 14};
    ck_assert_int_eq(coord_model_do(world->rig->model, &call), COORD_OK);
    rig_settle(world->rig);
    change_leader(world);
    world->trees[0] = 10;
    say_all(world);
    ck_assert_uint_eq(second(world), 10);
    tear_down(world);
}
END_TEST

/* Such an id could not stand in a record. */
START_TEST(figures_of_a_supervisor_without_an_id_are_refused)
{
    struct world *world = set_up();

    ck_assert_int_eq(
        rig_refusal(world->rig, "supervisor.figures", "{'supervisor':'no id','workers':[]}"),
        CONTROL_INVALID);
    tear_down(world);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        of_a_new_topology_the_totals_are_known_and_rates_when_somebody_has_spoken,
        a_new_leader_knows_nothing_until_all_have_spoken,
        whoever_never_speaks_is_not_waited_for_for_ever,
        rates_are_of_the_time_that_is_covered,
        totals_outlive_worker_and_leader,
        deaths_are_written_once_in_ten_seconds,
        what_is_lost_is_of_those_who_died_within_ten_seconds_of_the_leader,
        what_was_kept_goes_with_the_topology,
        a_record_that_cannot_be_read_is_as_none,
        figures_of_a_supervisor_without_an_id_are_refused,
    };
    return suite_run("ledger", tests, COUNT_OF(tests));
}
