/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define NOW_MS UINT64_C(1700000000000)

static const struct verdict_node good_node = {
    .id = "s1", .host = "one", .is_there = true, .is_healthy = true, .used = 1};

struct row {
    const char *name;
    struct verdict_topology topology;
    struct verdict_worker worker;
    struct verdict_component component;
    struct verdict_node node;
    enum verdict_severity severity; /* WELL: there is no problem */
    enum verdict_kind kind;
};

#define NODE .node = {.id = "s1", .is_there = true, .is_healthy = true}

static const struct row rows[] = {
    {"all is well", .worker = {.phase = "running"}, NODE},
    {"failed", .worker = {.phase = "failed", .down_ms = 9000}, NODE, VERDICT_TROUBLE,
     VERDICT_WORKER_FAILED},
    {"three restarts", .worker = {.phase = "backoff", .restarts = 3, .down_ms = 9000}, NODE,
     VERDICT_TROUBLE, VERDICT_CRASH_LOOP},
    {"two restarts", .worker = {.phase = "running", .restarts = 2}, NODE},
    {"down for long", .worker = {.phase = NULL, .down_ms = 3001}, NODE, VERDICT_TROUBLE,
     VERDICT_WORKER_DOWN},
    {"down for a moment", .worker = {.phase = "fetching", .down_ms = 3000}, NODE},
    {"half blocked", .component = {.blocked = 0.5}, NODE},
    {"more than half blocked", .component = {.blocked = 0.51}, NODE, VERDICT_WATCH,
     VERDICT_BACK_PRESSURE},
    {"busy", .component = {.capacity = 0.95}, NODE},
    {"too busy", .component = {.capacity = 0.96}, NODE, VERDICT_WATCH, VERDICT_OVERLOADED},
    {"an error", .component = {.error = "no such file"}, NODE, VERDICT_WATCH, VERDICT_ERRORS},
    {"one in a hundred failed", .topology = {.completed = 99, .failed = 1}, NODE},
    {"more than that", .topology = {.completed = 98, .failed = 2}, NODE, VERDICT_WATCH,
     VERDICT_FAILING},
    {"more than a tenth", .topology = {.completed = 80, .failed = 20}, NODE, VERDICT_TROUBLE,
     VERDICT_FAILING},
    {"timed out", .topology = {.completed = 98, .failed = 2, .timed_out = 2}, NODE, VERDICT_WATCH,
     VERDICT_TIMING_OUT},
    {"too few to judge", .topology = {.completed = 0, .failed = 9}, NODE},
    {"unplaced", .topology = {.unplaced = 2, .why_not = "no slot is free"}, NODE, VERDICT_TROUBLE,
     VERDICT_UNPLACED},
    {"lag grows", .topology = {.has_lag = true, .lag = {1, 2, 3, 4}}, NODE, VERDICT_WATCH,
     VERDICT_LAG_GROWING},
    {"lag goes up and down",
     .topology = {.has_lag = true, .lag = {100, 200, 300, 1100}, .emitted = 6000}, NODE},
    {"lag grows by more than ten seconds' work",
     .topology = {.has_lag = true, .lag = {100, 200, 300, 1101}, .emitted = 6000}, NODE,
     VERDICT_WATCH, VERDICT_LAG_GROWING},
    {"lag stands still", .topology = {.has_lag = true, .lag = {1, 2, 2, 4}}, NODE},
    {"lag is not known for long", .topology = {.has_lag = false, .lag = {1, 2, 3, 4}}, NODE},
    {"unhealthy",
     .node = {.id = "s1", .is_there = true, .is_healthy = false, .health_text = "disk"},
     VERDICT_WATCH, VERDICT_NODE_UNHEALTHY},
};

enum {
    LONG = 60, /* ticks: longer than anything takes to begin or to end */
};

static void judge_long(struct verdict_facts *facts, struct verdict_report *report)
{
    for (int i = 0; i < LONG; i++)
        verdict_judge(facts, report);
}

START_TEST(each_kind_of_problem_is_found_and_only_it)
{
    struct verdict_report *report = NEW(struct verdict_report);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct verdict_topology topology = rows[i].topology;
        struct verdict_worker worker = rows[i].worker;
        struct verdict_component component = rows[i].component;
        struct verdict_facts facts = {.now_ms = NOW_MS,
                                      .topology_count = 1,
                                      .topologies = &topology,
                                      .node_count = 1,
                                      .nodes = &rows[i].node};
        worker.supervisor = "s1";
        component.name = "counter";
        topology.name = "wc";
        topology.worker_count = topology.component_count = 1;
        topology.workers = &worker;
        topology.components = &component;
        judge_long(&facts, report);
        ck_assert_msg(report->total == (rows[i].severity != VERDICT_WELL), "%s", rows[i].name);
        ck_assert_msg(report->severity == rows[i].severity, "%s", rows[i].name);
        if (report->count == 0)
            continue;
        ck_assert_msg(report->problems[0].kind == rows[i].kind, "%s: %s", rows[i].name,
                      report->problems[0].text);
        ck_assert_ptr_nonnull(report->problems[0].remedy);
        if (report->problems[0].topology != NULL)
            ck_assert_msg(topology.health == rows[i].severity, "%s", rows[i].name);
    }
    verdict_report_done(report);
    free(report);
}
END_TEST

static enum verdict_severity judge_node(struct verdict_node node, struct verdict_report *report)
{
    struct verdict_node nodes[2] = {good_node, node};
    struct verdict_facts facts = {.now_ms = NOW_MS, .node_count = 2, .nodes = nodes};

    judge_long(&facts, report);
    ck_assert(report->count == 0 || report->problems[0].kind == VERDICT_NODE_LOST);
    return report->severity;
}

START_TEST(a_lost_node_is_trouble_while_it_has_workers_and_watched_for_an_hour)
{
    struct verdict_report *report = NEW(struct verdict_report);
    struct verdict_node node = {.id = "s2", .gone_ms = 10, .is_healthy = true, .used = 1};

    ck_assert_int_eq(judge_node(node, report), VERDICT_TROUBLE);
    node.used = 0;
    ck_assert_int_eq(judge_node(node, report), VERDICT_WATCH);
    node.gone_ms = VERDICT_LOST_MS;
    ck_assert_int_eq(judge_node(node, report), VERDICT_WELL);
    verdict_report_done(report);
    free(report);
}
END_TEST

START_TEST(without_supervisors_nothing_can_run)
{
    struct verdict_report *report = NEW(struct verdict_report);
    struct verdict_topology topology = {.name = "wc"};
    struct verdict_facts facts = {.now_ms = NOW_MS, .topologies = &topology};

    verdict_judge(&facts, report);
    ck_assert_int_eq(report->severity, VERDICT_WATCH);
    facts.topology_count = 1;
    verdict_judge(&facts, report);
    ck_assert_int_eq(report->severity, VERDICT_TROUBLE);
    ck_assert_int_eq(report->problems[0].kind, VERDICT_NO_SUPERVISORS);
    verdict_report_done(report);
    free(report);
}
END_TEST

START_TEST(a_problem_keeps_its_beginning_while_it_lasts)
{
    struct verdict_report *report = NEW(struct verdict_report);
    struct verdict_topology topology = {.name = "wc", .unplaced = 1};
    struct verdict_facts facts = {.now_ms = NOW_MS,
                                  .topology_count = 1,
                                  .topologies = &topology,
                                  .node_count = 1,
                                  .nodes = &good_node};

    verdict_judge(&facts, report);
    facts.now_ms += 5000;
    verdict_judge(&facts, report);
    ck_assert_uint_eq(report->problems[0].since_ms, NOW_MS);
    topology.unplaced = 0;
    judge_long(&facts, report);
    ck_assert_uint_eq(report->count, 0);
    topology.unplaced = 1;
    verdict_judge(&facts, report);
    ck_assert_uint_eq(report->problems[0].since_ms, NOW_MS + 5000);
    verdict_report_done(report);
    free(report);
}
END_TEST

START_TEST(all_are_counted_and_trouble_is_told_first)
{
    struct verdict_report *report = NEW(struct verdict_report);
    struct verdict_component components[150];
    char names[COUNT_OF(components)][8];
    struct verdict_topology topology = {.name = "wc",
                                        .unplaced = 1,
                                        .component_count = COUNT_OF(components),
                                        .components = components};
    struct verdict_node ill = {.id = "s1", .is_there = true, .is_healthy = false};
    struct verdict_facts facts = {.now_ms = NOW_MS,
                                  .topology_count = 1,
                                  .topologies = &topology,
                                  .node_count = 1,
                                  .nodes = &ill};

    for (size_t i = 0; i < COUNT_OF(components); i++) {
        (void)snprintf(names[i], sizeof names[i], "c%zu", i);
        components[i] = (struct verdict_component){.name = names[i], .blocked = 0.9};
    }
    judge_long(&facts, report);
    ck_assert_uint_eq(report->total, COUNT_OF(components) + 2);
    ck_assert_uint_eq(report->count, VERDICT_PROBLEMS_MAX);
    ck_assert_int_eq(report->problems[0].kind, VERDICT_UNPLACED);
    ck_assert_int_eq(topology.health, VERDICT_TROUBLE);
    verdict_report_done(report);
    free(report);
}
END_TEST

/* 200 bytes of an error are told; the last of them are in the middle of a character. */
START_TEST(a_text_is_cut_between_characters)
{
    struct verdict_report *report = NEW(struct verdict_report);
    char error[256];

    for (size_t before = 0; before < 4; before++) {
        memset(error, 'x', sizeof error);
        for (size_t i = before; i + 4 < sizeof error; i += 4)
            memcpy(&error[i], "\xF0\x9F\x98\x80", 4);
        error[252] = '\0';
        struct verdict_component component = {.name = "c", .error = error};
        struct verdict_topology topology = {
            .name = "t", .component_count = 1, .components = &component};
        struct verdict_facts facts = {.now_ms = NOW_MS,
                                      .topology_count = 1,
                                      .topologies = &topology,
                                      .node_count = 1,
                                      .nodes = &good_node};
        verdict_judge(&facts, report);
        ck_assert_uint_eq(report->count, 1);
        const char *text = strstr(report->problems[0].text, ": ") + 2;
        ck_assert_uint_eq(strlen(text), 200 - (200 - before) % 4);
        verdict_report_done(report);
    }
    free(report);
}
END_TEST

/* A topology of which each kind can be made true or not. */
struct stage {
    struct verdict_worker worker;
    struct verdict_component component;
    struct verdict_topology topology;
    struct verdict_node nodes[2];
    struct verdict_facts facts;
    struct verdict_report *report;
};

static struct stage *set_up(void)
{
    struct stage *stage = NEW(struct stage);

    stage->worker = (struct verdict_worker){.supervisor = "s1", .phase = "running"};
    stage->component = (struct verdict_component){.name = "counter"};
    stage->topology = (struct verdict_topology){.name = "wc",
                                                .worker_count = 1,
                                                .workers = &stage->worker,
                                                .component_count = 1,
                                                .components = &stage->component};
    stage->nodes[0] = good_node;
    stage->nodes[1] = good_node;
    stage->nodes[1].id = "s2";
    stage->facts = (struct verdict_facts){.now_ms = NOW_MS,
                                          .topology_count = 1,
                                          .topologies = &stage->topology,
                                          .node_count = 2,
                                          .nodes = stage->nodes};
    stage->report = NEW(struct verdict_report);
    return stage;
}

static void tear_down(struct stage *stage)
{
    verdict_report_done(stage->report);
    free(stage->report);
    free(stage);
}

static void make_so(struct stage *stage, enum verdict_kind kind, bool is_so)
{
    struct verdict_topology *topology = &stage->topology;

    switch (kind) {
    case VERDICT_CRASH_LOOP:
        stage->worker.restarts = is_so ? 3 : 0;
        break;
    case VERDICT_WORKER_FAILED:
        stage->worker.phase = is_so ? "failed" : "running";
        break;
    case VERDICT_WORKER_DOWN:
        stage->worker.down_ms = is_so ? VERDICT_DOWN_MS + 1 : 0;
        break;
    case VERDICT_BACK_PRESSURE:
        stage->component.blocked = is_so ? 0.51 : 0.49;
        break;
    case VERDICT_OVERLOADED:
        stage->component.capacity = is_so ? 0.96 : 0.94;
        break;
    case VERDICT_ERRORS:
        stage->component.error = is_so ? "no such file" : NULL;
        break;
    case VERDICT_FAILING:
    case VERDICT_TIMING_OUT:
        topology->completed = 98;
        topology->failed = is_so ? 2 : 0;
        topology->timed_out = is_so && kind == VERDICT_TIMING_OUT ? 2 : 0;
        break;
    case VERDICT_LAG_GROWING:
        topology->has_lag = true;
        for (uint64_t i = 0; i < VERDICT_LAGS; i++)
            topology->lag[i] = is_so ? i : 0;
        break;
    case VERDICT_UNPLACED:
        topology->unplaced = is_so;
        break;
    case VERDICT_NODE_LOST:
        stage->nodes[1].is_there = !is_so;
        break;
    case VERDICT_NODE_UNHEALTHY:
        stage->nodes[1].is_healthy = !is_so;
        break;
    case VERDICT_NO_SUPERVISORS:
        stage->facts.node_count = is_so ? 0 : 2;
        break;
    case VERDICT_KINDS:
        break;
    }
}

static bool tick(struct stage *stage, enum verdict_kind kind, bool is_so)
{
    make_so(stage, kind, is_so);
    stage->facts.now_ms += 1000;
    verdict_judge(&stage->facts, stage->report);
    ck_assert_uint_le(stage->report->count, 1);
    ck_assert(stage->report->count == 0 || stage->report->problems[0].kind == kind);
    return stage->report->count == 1;
}

/* The table of docs/figures.md. */
START_TEST(a_problem_begins_and_ends_after_so_many_ticks)
{
    static const struct {
        enum verdict_kind kind;
        uint32_t begins, ends;
    } table[] = {
        {VERDICT_CRASH_LOOP, 1, 3},     {VERDICT_WORKER_FAILED, 1, 3},
        {VERDICT_WORKER_DOWN, 1, 3},    {VERDICT_UNPLACED, 1, 3},
        {VERDICT_NODE_LOST, 1, 3},      {VERDICT_ERRORS, 1, 3},
        {VERDICT_NO_SUPERVISORS, 1, 3}, {VERDICT_NODE_UNHEALTHY, 1, 10},
        {VERDICT_TIMING_OUT, 5, 15},    {VERDICT_FAILING, 5, 15},
        {VERDICT_BACK_PRESSURE, 5, 15}, {VERDICT_OVERLOADED, 5, 15},
        {VERDICT_LAG_GROWING, 5, 30},
    };

    _Static_assert(COUNT_OF(table) == VERDICT_KINDS, "all of them");
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct stage *stage = set_up();
        const char *name = verdict_kind_name(table[i].kind);
        for (uint32_t t = 1; t <= table[i].begins; t++)
            ck_assert_msg(tick(stage, table[i].kind, true) == (t == table[i].begins), "%s: %u",
                          name, t);
        ck_assert_uint_eq(stage->report->problems[0].since_ms, NOW_MS + 1000);
        for (uint32_t t = 1; t <= table[i].ends; t++)
            ck_assert_msg(tick(stage, table[i].kind, false) == (t < table[i].ends), "%s: %u", name,
                          t);
        ck_assert_int_eq(stage->topology.health, VERDICT_WELL);
        ck_assert_uint_eq(stage->report->kept_count, 0);
        tear_down(stage);
    }
}
END_TEST

/* Whatever comes, what is told changes at most once in as many ticks as it takes to begin and to end; and what
 * goes back and forth with each tick does not change it at all. */
START_TEST(nothing_flaps)
{
    for (uint32_t i = 0; i < VERDICT_KINDS; i++) {
        enum verdict_kind kind = (enum verdict_kind)i;
        struct steady_rule rule = verdict_rule(kind);
        struct stage *stage = set_up();
        struct rng rng;
        uint32_t changes = 0;
        bool was_told = false;

        rng_init(&rng, i + 1);
        for (uint32_t t = 0; t < 4000; t++) {
            bool is_so = t < 2000 ? t % 2 == 0 : rng_below(&rng, 2) == 0;
            bool is_told = tick(stage, kind, is_so);
            changes += is_told != was_told;
            was_told = is_told;
            if (t == 1999)
                ck_assert_msg(changes <= (rule.begins == 1), "%s: %u", verdict_kind_name(kind),
                              changes);
        }
        ck_assert_uint_le(changes, 2 * (4000 / (rule.begins + rule.ends) + 1));
        tear_down(stage);
    }
}
END_TEST

START_TEST(trouble_and_watch_of_one_thing_do_not_take_turns)
{
    struct stage *stage = set_up();

    stage->topology.completed = 80;
    for (uint32_t t = 0; t < 100; t++) {
        stage->topology.failed = t % 2 == 0 ? 20 : 2;
        verdict_judge(&stage->facts, stage->report);
        ck_assert_int_eq(stage->report->severity, t < 4 ? VERDICT_WELL : VERDICT_WATCH);
    }
    tear_down(stage);
}
END_TEST

START_TEST(what_is_said_of_a_topology_goes_with_it)
{
    struct stage *stage = set_up();

    ck_assert(tick(stage, VERDICT_UNPLACED, true));
    stage->facts.topology_count = 0;
    verdict_judge(&stage->facts, stage->report);
    ck_assert_uint_eq(stage->report->total, 0);
    ck_assert_uint_eq(stage->report->kept_count, 0);
    tear_down(stage);
}
END_TEST

START_TEST(trouble_is_told_though_too_much_is_to_be_watched)
{
    enum {
        COMPONENTS = VERDICT_KEPT_MAX + 50
    };
    struct stage *stage = set_up();
    struct verdict_component *components = NEW_ARRAY(struct verdict_component, COMPONENTS);
    char(*names)[16] = mem_alloc(COMPONENTS * sizeof *names);

    for (size_t i = 0; i < COMPONENTS; i++) {
        (void)snprintf(names[i], sizeof names[i], "c%zu", i);
        components[i] = (struct verdict_component){.name = names[i], .error = "x"};
    }
    stage->topology.components = components;
    stage->topology.component_count = COMPONENTS;
    verdict_judge(&stage->facts, stage->report);
    ck_assert_uint_eq(stage->report->total, VERDICT_KEPT_MAX);
    stage->topology.unplaced = 1;
    verdict_judge(&stage->facts, stage->report);
    ck_assert_int_eq(stage->report->problems[0].kind, VERDICT_UNPLACED);
    ck_assert_uint_eq(stage->report->total, VERDICT_KEPT_MAX);
    tear_down(stage);
    free(names);
    free(components);
}
END_TEST

START_TEST(every_kind_has_a_name_and_a_remedy)
{
    for (int i = 0; i < VERDICT_KINDS; i++)
        ck_assert_uint_gt(strlen(verdict_kind_name((enum verdict_kind)i)), 3);
    ck_assert_str_eq(verdict_severity_name(VERDICT_WATCH), "watch");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_kind_of_problem_is_found_and_only_it,
        a_lost_node_is_trouble_while_it_has_workers_and_watched_for_an_hour,
        without_supervisors_nothing_can_run,
        a_problem_keeps_its_beginning_while_it_lasts,
        all_are_counted_and_trouble_is_told_first,
        a_text_is_cut_between_characters,
        a_problem_begins_and_ends_after_so_many_ticks,
        nothing_flaps,
        trouble_and_watch_of_one_thing_do_not_take_turns,
        what_is_said_of_a_topology_goes_with_it,
        trouble_is_told_though_too_much_is_to_be_watched,
        every_kind_has_a_name_and_a_remedy,
    };

    return suite_run("verdict", tests, COUNT_OF(tests));
}
