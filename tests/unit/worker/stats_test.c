/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/stats.h"

#include "base/mem.h"
#include "tests/unit/worker/watched.h"

static const char *const usual[] = {NULL};

/* The only task of a component on the only loop. */
static const struct task *task_of(const struct watched *watched, const char *component)
{
    return watched_stage(watched, 0, component)->tasks;
}

START_TEST(times_of_many_tuples_add_up_to_the_nanosecond)
{
    struct watched watched = {.emits = 1000, .hop_ns = 333};
    const char *args[1];

    watched_open(&watched, 1, usual, args);
    watched_run(&watched);
    const struct task *hop = task_of(&watched, "hop");
    const struct stage_input *input = &watched_stage(&watched, 0, "hop")->stats.inputs[0];
    ck_assert_uint_eq(input_executed(&hop->inputs[0]), 1000);
    ck_assert_uint_eq(input_acked(&hop->inputs[0]), 1000);
    ck_assert_uint_eq(hop->inputs[0].execute_ns, 333000);
    ck_assert_uint_eq(hop->inputs[0].process_ns, 333000);
    ck_assert_uint_eq(hop->counters.busy_ns, 333000);
    ck_assert_uint_eq(histogram_count(hop->latency), 1000);
    ck_assert_uint_eq(histogram_max(hop->latency), 333);
    ck_assert_uint_eq(histogram_count(input->execute_ns), 1000);
    ck_assert_uint_eq(histogram_quantile(input->execute_ns, 0), 333);
    ck_assert_uint_eq(histogram_count(input->process_ns), 1000);
    ck_assert_uint_eq(task_of(&watched, "sink")->counters.busy_ns, 0);
    watched_close(&watched);
}
END_TEST

/* What does not divide evenly is not lost. */
START_TEST(times_that_differ_add_up_over_tasks_too)
{
    static const char *const settings[] = {"hop.tasks=7", "hop.executors=7", NULL};
    struct watched watched = {.emits = 1000, .hop_ns = 1, .hop_more_ns = 1, .fails = true};
    const char *args[1];
    uint64_t executed = 0, execute_ns = 0, process_ns = 0, busy_ns = 0;

    watched_open(&watched, 1, settings, args);
    watched_run(&watched);
    const struct stage *stage = watched_stage(&watched, 0, "hop");
    for (uint32_t t = 0; t < stage->task_count; t++) {
        const struct task *task = &stage->tasks[t];
        ck_assert_uint_eq(histogram_count(task->latency), input_executed(&task->inputs[0]));
        executed += input_executed(&task->inputs[0]);
        execute_ns += task->inputs[0].execute_ns;
        process_ns += task->inputs[0].process_ns;
        busy_ns += task->counters.busy_ns;
    }
    ck_assert_uint_eq(executed, 1000);
    ck_assert_uint_eq(execute_ns, 1000 * 1001 / 2);
    ck_assert_uint_eq(process_ns, execute_ns);
    ck_assert_uint_eq(busy_ns, execute_ns);
    ck_assert_uint_eq(histogram_count(stage->stats.inputs[0].execute_ns), 1000);
    watched_close(&watched);
}
END_TEST

/* The first batch does not know it yet. */
START_TEST(slow_tuples_are_timed_one_by_one)
{
    struct watched watched = {
        .emits = 100, .hop_ns = 2 * STATS_SLOW_NS, .hop_more_ns = STATS_SLOW_NS};
    const char *args[1];

    watched_open(&watched, 1, usual, args);
    watched_run(&watched);
    const struct task *hop = task_of(&watched, "hop");
    ck_assert_uint_eq(histogram_count(hop->latency), 100);
    ck_assert_uint_eq(histogram_max(hop->latency), 101 * STATS_SLOW_NS);
    ck_assert_uint_eq(histogram_sum(hop->latency), hop->inputs[0].execute_ns);
    ck_assert_uint_eq(hop->inputs[0].execute_ns, (2 + 101) * 100 / 2 * STATS_SLOW_NS);
    watched_close(&watched);
}
END_TEST

START_TEST(without_stats_there_are_only_counters_and_trees)
{
    static const char *const settings[] = {"topology.stats=false", NULL};
    struct watched watched = {.emits = 100, .hop_ns = 333, .next_ns = 10};
    const char *args[1];

    watched_open(&watched, 1, settings, args);
    watched_run(&watched);
    const struct task *hop = task_of(&watched, "hop");
    ck_assert_uint_eq(input_executed(&hop->inputs[0]), 100);
    ck_assert_uint_eq(input_acked(&hop->inputs[0]), 100);
    ck_assert_uint_eq(hop->inputs[0].execute_ns, 0);
    ck_assert_uint_eq(hop->counters.busy_ns, 0);
    ck_assert_ptr_null(hop->latency);
    ck_assert_ptr_null(watched_stage(&watched, 0, "hop")->stats.inputs[0].execute_ns);
    ck_assert_uint_eq(task_of(&watched, "spout")->counters.busy_ns, 0);
    ck_assert_uint_eq(histogram_count(task_of(&watched, "spout")->latency), 100);
    watched_close(&watched);
}
END_TEST

START_TEST(each_input_has_its_own_counts)
{
    struct watched watched = {.emits = 100, .fails = true};
    const char *args[1];

    watched_open(&watched, 1, usual, args);
    watched_run(&watched);
    const struct task *spout = task_of(&watched, "spout");
    const struct task *hop = task_of(&watched, "hop");
    const struct task *sink = task_of(&watched, "sink");
    ck_assert_uint_eq(emitter_emitted(&spout->emitters[0]), 100);
    ck_assert_uint_eq(emitter_emitted(&spout->emitters[1]), 50);
    ck_assert_uint_eq(hop->inputs[0].failed, 34);
    ck_assert_uint_eq(input_acked(&hop->inputs[0]), 66);
    ck_assert_uint_eq(input_executed(&sink->inputs[0]), 100);
    ck_assert_uint_eq(input_executed(&sink->inputs[1]), 50);
    ck_assert_uint_eq(emitter_sent(&hop->emitters[0], 0), 100);
    ck_assert_uint_eq(spout->counters.acked, 66);
    ck_assert_uint_eq(spout->counters.failed, 34);
    watched_close(&watched);
}
END_TEST

START_TEST(an_emit_to_all_is_sent_to_each)
{
    static const char *const settings[] = {"sink.tasks=5", "sink.executors=5", NULL};
    struct watched watched = {.emits = 10};
    const char *args[1];

    watched_open(&watched, 1, settings, args);
    watched_run(&watched);
    ck_assert_uint_eq(emitter_emitted(&task_of(&watched, "hop")->emitters[0]), 10);
    ck_assert_uint_eq(emitter_sent(&task_of(&watched, "hop")->emitters[0], 0), 50);
    watched_close(&watched);
}
END_TEST

START_TEST(a_held_tuple_is_processed_until_it_is_settled)
{
    static const char *const settings[] = {"hop.tick_ms=50", NULL};
    struct watched watched = {.emits = 10, .hop_ns = 100, .holds = true};
    const char *args[1];

    watched_open(&watched, 1, settings, args);
    watched_run(&watched);
    const struct task *hop = task_of(&watched, "hop");
    const struct histogram *process = watched_stage(&watched, 0, "hop")->stats.inputs[0].process_ns;
    ck_assert_uint_eq(input_acked(&hop->inputs[0]), 10);
    ck_assert_uint_eq(hop->inputs[0].execute_ns, 1000);
    ck_assert_uint_eq(histogram_count(process), 10);
    ck_assert_uint_eq(histogram_sum(process), hop->inputs[0].process_ns);
    ck_assert_uint_gt(histogram_quantile(process, 0), 1000000);
    ck_assert_uint_le(histogram_max(process), 52000000);
    watched_close(&watched);
}
END_TEST

START_TEST(calls_of_next_keep_a_spout_busy)
{
    static const char *const settings[] = {"spout.tasks=3", "spout.executors=3", NULL};
    struct watched watched = {.emits = 100, .next_ns = 40};
    const char *args[1];
    uint64_t busy_ns = 0;

    watched_open(&watched, 1, settings, args);
    watched_run(&watched);
    for (uint32_t t = 0; t < 3; t++)
        busy_ns += task_of(&watched, "spout")[t].counters.busy_ns;
    ck_assert_uint_eq(busy_ns, 3 * 101 * 40);
    watched_close(&watched);
}
END_TEST

/* ---- room ---- */

/* The spout is on the first loop and runs until there is no room; what it feeds is on others. */
static void fill(struct watched *watched, const char *args[1])
{
    static const char *const settings[] = {"topology.link.bytes=65536",
                                           "topology.block.bytes=4096",
                                           "topology.max.spout.pending=100000",
                                           "hop.own_loop=true",
                                           "sink.own_loop=true",
                                           NULL};

    watched->emits = 50000;
    watched_open(watched, 1, settings, args);
    /* All loops, until the spouts run. */
    while (watched->conductor.phase != CONDUCTOR_RUNNING)
        (void)watched_turn(watched, watched->worker->loop_count);
    while (watched_turn(watched, 1))
        ;
}

START_TEST(a_spout_without_room_is_blocked_until_there_is_some)
{
    struct watched watched = {.hop_ns = 10};
    const char *args[1];

    fill(&watched, args);
    struct stage *spout = watched_stage(&watched, 0, "spout");
    ck_assert(!stage_has_room(spout));
    uint64_t before_ns = stats_blocked_ns(spout, watched.now_ns);
    watched.now_ns += 7000000;
    ck_assert_uint_eq(stats_blocked_ns(spout, watched.now_ns), before_ns + 7000000);
    ck_assert_uint_eq(stats_blocked_ns(spout, watched.now_ns - 500), before_ns + 7000000);
    while (!stage_has_room(spout))
        (void)watched_turn(&watched, watched.worker->loop_count);
    watched_run(&watched);
    uint64_t after_ns = stats_blocked_ns(spout, watched.now_ns);
    ck_assert_uint_ge(after_ns, before_ns + 7000000);
    ck_assert_uint_eq(stats_blocked_ns(spout, watched.now_ns + 9000000), after_ns);
    watched_close(&watched);
}
END_TEST

/* Whole blocks, as credit is counted: when there is none left the queue is full. */
START_TEST(a_queue_is_as_full_as_its_credit_is_used)
{
    struct watched watched = {.hop_ns = 10};
    const char *args[1];
    uint64_t most = 0;

    fill(&watched, args);
    struct stage *hop = NULL;
    for (uint32_t i = 1; i < watched.worker->loop_count && hop == NULL; i++)
        hop = watched_stage(&watched, i, "hop");
    ck_assert_ptr_nonnull(hop);
    ck_assert_uint_eq(hop->stats.queue_limit_bytes, 65536);
    while (watched.goes_on) {
        (void)watched_turn(&watched, watched.worker->loop_count);
        ck_assert_uint_le(hop->stats.queue_bytes, 65536);
        most = hop->stats.queue_bytes > most ? hop->stats.queue_bytes : most;
    }
    ck_assert_uint_gt(most, 65536 / 2);
    ck_assert_uint_eq(hop->stats.queue_bytes, 0);
    watched_close(&watched);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        times_of_many_tuples_add_up_to_the_nanosecond,
        times_that_differ_add_up_over_tasks_too,
        slow_tuples_are_timed_one_by_one,
        without_stats_there_are_only_counters_and_trees,
        each_input_has_its_own_counts,
        an_emit_to_all_is_sent_to_each,
        a_held_tuple_is_processed_until_it_is_settled,
        calls_of_next_keep_a_spout_busy,
        a_spout_without_room_is_blocked_until_there_is_some,
        a_queue_is_as_full_as_its_credit_is_used,
    };
    return suite_run("stats", tests, sizeof tests / sizeof *tests);
}
