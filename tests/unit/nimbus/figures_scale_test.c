/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many topologies at once: 500 of 11 tasks, which all count. What must hold is that history stays within
 * its limit; what a tick and a pulse cost is printed, and not judged.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "nimbus/core_parts.h"
#include "tests/support/plans.h"
#include "tests/support/suite.h"
#include "tests/unit/nimbus/parts.h"
#include "tests/unit/nimbus/rig.h"

enum {
    TOPOLOGIES = 500,
    TICKS = 15,
    FEW = 8,
    SPLITTERS = 4,
};

struct world {
    struct rig *rig;
    struct rng rng;
    char ids[TOPOLOGIES][64];
    uint64_t counts[TOPOLOGIES];
    struct histogram latencies[TOPOLOGIES];
    struct parts parts[2];
};

/* Straight into the registry: the model of the cluster state is not made for so many nodes. */
static void add(struct world *world, size_t index)
{
    struct core *core = rig_leader(world->rig)->core;
    struct topology_state state = {.submitted_ms = RIG_WALL_MS};
    char name[32];

    (void)snprintf(name, sizeof name, "t%zu", index);
    (void)snprintf(world->ids[index], sizeof world->ids[index], "t%zu-1-1700000000", index);
    state.id = mem_copy_text(world->ids[index]);
    state.name = mem_copy_text(name);
    state.owner = mem_copy_text("me");
    state.plan_hash = mem_copy_text(RIG_PLAN);
    state.so_hash = mem_copy_text(RIG_SO);
    struct topology *topology = registry_add(core->registry, &state);
    topology->is_there = true;
    topology->is_plan_due = false;
    ck_assert_int_eq(plan_text_decode(PLAN_WORD_COUNT, &topology->plan, NULL), ERR_OK);
    ck_assert_int_eq(plan_check(topology->plan, NULL), ERR_OK);
    topology->assignment.worker_count = 1;
    topology->assignment.workers = NEW(struct assignment_worker);
    topology->assignment.workers[0].supervisor = mem_copy_text("s1");
    topology->assignment.workers[0].slot = (uint32_t)index;
    json_t *worker = json_pack("{s:s, s:i, s:i, s:s}", "topology", topology->id, "slot", (int)index,
                               "incarnation", 1, "phase", "running");
    places_put(&topology->places, "s1", worker, 1);
    json_decref(worker);
}

static void say(struct world *world, size_t index)
{
    struct parts_worker worker = {1, &world->latencies[index]};
    const struct figures_part *parts[2] = {&world->parts[0].part, &world->parts[1].part};
    uint64_t more = rng_below(&world->rng, 20000);
    struct parts_task spout = {.count = world->counts[index] += more};
    struct parts_task bolts[SPLITTERS];

    for (uint32_t i = 0; i < SPLITTERS; i++)
        bolts[i] = (struct parts_task){.index = i,
                                       .count = world->counts[index] / SPLITTERS,
                                       .busy_ns = world->counts[index] * 1000,
                                       .queue_bytes = rng_below(&world->rng, 1000)};
    spout.acked = spout.count;
    for (int i = 0; i < 40; i++)
        histogram_add(&world->latencies[index], 100000 + rng_below(&world->rng, 1000000));
    parts_make_spout(&world->parts[0], &worker, &spout, 1);
    parts_make_bolt(&world->parts[1], &worker, bolts, SPLITTERS);
    struct core *core = rig_leader(world->rig)->core;
    struct tally *tally = &registry_find(core->registry, world->ids[index])->insight.tally;
    struct tally_source source = {"s1", (uint32_t)index, 1};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        ck_assert(tally_take(tally, &source, parts[i]));
}

static uint64_t tick(struct world *world)
{
    struct core *core = rig_leader(world->rig)->core;

    world->rig->now_ns += UINT64_C(1000000000);
    world->rig->wall_ms += 1000;
    core->now_ns = world->rig->now_ns;
    core->wall_ms = world->rig->wall_ms;
    uint64_t begin_ns = clock_now_ns();
    tick_turn(core);
    return clock_now_ns() - begin_ns;
}

static size_t ask(struct world *world, const char *op, uint64_t *ret_ns)
{
    char head[64];
    struct rig_nimbus *nimbus = rig_leader(world->rig);
    struct core_event event = {.kind = CORE_REQUEST,
                               .peer = 1,
                               .role = ROLE_LOCAL,
                               .head = head,
                               .now_ns = world->rig->now_ns,
                               .wall_ms = world->rig->wall_ms};
    struct effect effect;
    size_t size = 0;

    event.head_size =
        (size_t)snprintf(head, sizeof head, "{\"v\":1,\"id\":1,\"op\":\"%s\",\"args\":{}}", op);
    uint64_t begin_ns = clock_now_ns();
    core_step(nimbus->core, &event, &nimbus->calls, &nimbus->effects);
    *ret_ns = clock_now_ns() - begin_ns;
    while (effects_pop(&nimbus->effects, &effect)) {
        if (effect.kind == EFFECT_REPLY && effect.text != NULL)
            size = strlen(effect.text);
        effect_done(&effect);
    }
    return size;
}

static struct world *set_up(size_t count)
{
    struct world *world = NEW(struct world);

    world->rig = rig_new(5, 1);
    rng_init(&world->rng, 5);
    rig_settle(world->rig);
    for (size_t i = 0; i < count; i++)
        add(world, i);
    return world;
}

static uint64_t pass(struct world *world, size_t count, int ticks)
{
    uint64_t ns = 0;

    for (int i = 0; i < ticks; i++) {
        for (size_t t = 0; t < count; t++)
            say(world, t);
        ns += tick(world);
    }
    return ns / (uint64_t)ticks;
}

/* A value of each 15 seconds of a whole spark; the seconds between are left out. */
static void fill_sparks(struct world *world, size_t count)
{
    struct core *core = rig_leader(world->rig)->core;
    struct chart_row row;

    for (int i = 0; i < CHART_METRICS; i++)
        row.values[i] = SERIES_NONE;
    row.step_p50 = row.step_p99 = SERIES_NONE;
    for (int i = 0; i < SPARK_POINTS; i++) {
        core->tick.number += SPARK_SECONDS;
        for (size_t t = 0; t < count; t++) {
            struct chart *chart = registry_find(core->registry, world->ids[t])->insight.chart;
            row.values[CHART_IN_PER_S] = row.values[CHART_DONE_PER_S] =
                rng_below(&world->rng, 20000);
            chart_begin(chart, core->tick.number);
            chart_put(chart, &row);
            chart_end(chart);
        }
    }
}

START_TEST(many_topologies_are_shown_in_one_pulse)
{
    struct world *world = set_up(TOPOLOGIES);
    uint64_t pulse_ns;

    uint64_t tick_ns = pass(world, TOPOLOGIES, TICKS);
    size_t size = ask(world, "pulse", &pulse_ns);
    (void)printf("a tick: %" PRIu64 " ns, a pulse: %" PRIu64 " ns and %zu bytes, history after %d "
                 "ticks: %zu bytes\n",
                 tick_ns, pulse_ns, size, TICKS, rig_leader(world->rig)->core->tick.history_bytes);
    ck_assert_uint_gt(size, (size_t)TOPOLOGIES * 100);
    ck_assert_uint_lt(size, 8u << 20);
    rig_destroy(&world->rig);
    free(world);
}
END_TEST

START_TEST(sparks_of_many_topologies_are_one_answer)
{
    struct world *world = set_up(TOPOLOGIES);
    uint64_t ns;

    (void)pass(world, TOPOLOGIES, 1); /* makes the charts */
    fill_sparks(world, TOPOLOGIES);
    size_t size = ask(world, "sparks", &ns);
    (void)printf("sparks: %" PRIu64 " ns and %zu bytes\n", ns, size);
    ck_assert_uint_gt(size, (size_t)TOPOLOGIES * SPARK_POINTS * 4);
    ck_assert_uint_lt(size, 8u << 20);
    rig_destroy(&world->rig);
    free(world);
}
END_TEST

START_TEST(history_stays_within_its_limit_and_the_oldest_goes_first)
{
    struct world *world = set_up(FEW);
    struct core *core = rig_leader(world->rig)->core;

    (void)pass(world, FEW, 3 * SERIES_CHUNK_ROWS);
    size_t bytes = core->tick.history_bytes;
    core->options.history_bytes_max = bytes - bytes / 20;
    (void)pass(world, FEW, 3 * SERIES_CHUNK_ROWS);
    ck_assert_uint_le(core->tick.history_bytes, core->options.history_bytes_max);
    const struct topology *topology = registry_find(core->registry, world->ids[0]);
    ck_assert_uint_lt(chart_rows(topology->insight.chart, false), 6 * SERIES_CHUNK_ROWS);
    ck_assert_uint_eq(chart_rows(topology->insight.chart, true),
                      6 * SERIES_CHUNK_ROWS / CHART_STEP);
    rig_destroy(&world->rig);
    free(world);
}
END_TEST

/* What has ended gives way like what runs: else that would have no history any more. */
START_TEST(history_of_what_has_ended_is_within_the_limit_too)
{
    struct world *world = set_up(FEW);
    struct core *core = rig_leader(world->rig)->core;

    (void)pass(world, FEW, 3 * SERIES_CHUNK_ROWS);
    size_t bytes = core->tick.history_bytes;
    size_t ended = 0;
    for (size_t i = 1; i < FEW; i++) {
        struct insight *insight = &registry_find(core->registry, world->ids[i])->insight;
        ended += chart_bytes(insight->chart);
        history_put(&core->history, json_pack("{s:s}", "id", world->ids[i]), TAKE(insight->chart));
    }
    core->options.history_bytes_max = bytes - ended / 2;
    (void)pass(world, 1, 1);
    ck_assert_uint_le(core->tick.history_bytes, core->options.history_bytes_max);
    rig_destroy(&world->rig);
    free(world);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        many_topologies_are_shown_in_one_pulse,
        sparks_of_many_topologies_are_one_answer,
        history_stays_within_its_limit_and_the_oldest_goes_first,
        history_of_what_has_ended_is_within_the_limit_too,
    };

    return suite_run("figures_scale", tests, COUNT_OF(tests));
}
