/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/figures_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/unit/worker/watched.h"
#include "wire/figures.h"
#include "worker/io/threads.h"

/* What all parts say, by component. */
struct total {
    uint32_t parts;
    uint32_t tasks;
    uint64_t emitted;
    uint64_t sent;
    uint64_t sent_by_edge;
    uint64_t executed;
    uint64_t acked;
    uint64_t failed;
    uint64_t in_histograms; /* of the inputs' execute */
    uint64_t in_tasks;      /* of the tasks' own */
    uint64_t completed;
    uint64_t seen[512]; /* bits, by task */
};

static struct figures_decoded *decode(const struct text *part)
{
    struct figures_decoded *decoded = NULL;
    struct error error = {.code = ERR_OK};
    enum err err = figures_decode(text_data(part), text_size(part), &decoded, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
    return decoded;
}

static uint64_t count_of(const struct histogram *histogram)
{
    return histogram == NULL ? 0 : histogram_count(histogram);
}

static void add_task(struct total *total, const struct figures_part *part,
                     const struct figures_task *task)
{
    total->tasks++;
    ck_assert_uint_eq(total->seen[task->index / 64] >> task->index % 64 & 1, 0);
    total->seen[task->index / 64] |= UINT64_C(1) << task->index % 64;
    for (uint32_t i = 0; i < part->output_count; i++) {
        total->emitted += task->outputs[i].emitted;
        total->sent += task->outputs[i].sent;
    }
    for (uint32_t i = 0; i < part->edge_count; i++)
        total->sent_by_edge += task->sent[i];
    for (uint32_t i = 0; i < part->input_count; i++) {
        total->executed += task->inputs[i].executed;
        total->acked += task->inputs[i].acked;
        total->failed += task->inputs[i].failed;
    }
    total->acked += task->acked;
    total->failed += task->failed;
    total->in_tasks += count_of(task->latency_ns);
}

/* Of all parts of one component. */
static struct total add_up(const struct figures_set *set, const char *component)
{
    struct total total = {.parts = 0};

    for (uint32_t p = 0; p < set->count; p++) {
        AUTO(figures_decoded_destroy) struct figures_decoded *decoded = decode(&set->parts[p]);
        const struct figures_part *part = figures_decoded_part(decoded);
        if (strcmp(part->component, component) != 0)
            continue;
        total.parts++;
        total.completed += count_of(part->complete_ns);
        for (uint32_t i = 0; i < part->input_count; i++)
            total.in_histograms += count_of(part->inputs[i].execute_ns);
        for (uint32_t t = 0; t < part->task_count; t++)
            add_task(&total, part, &part->tasks[t]);
    }
    return total;
}

static const char *const usual[] = {NULL};

START_TEST(at_the_end_every_tuple_is_in_the_figures)
{
    static const char *const settings[] = {
        "spout.tasks=3", "spout.executors=3", "hop.tasks=5", "hop.executors=5",
        "sink.tasks=2",  "sink.executors=2",  NULL};
    AUTO(figures_set_done) struct figures_set set = {.count = 0};
    struct watched watched = {.emits = 1000, .hop_ns = 100, .fails = true};
    const char *args[1];

    watched_open(&watched, 2, settings, args);
    watched_run(&watched);
    figures_build(watched.worker, 5, watched.now_ns, &set);
    struct total spout = add_up(&set, "spout");
    struct total hop = add_up(&set, "hop");
    struct total sink = add_up(&set, "sink");
    ck_assert_uint_eq(set.count, 3);
    ck_assert_uint_eq(spout.tasks, 3);
    ck_assert_uint_eq(spout.emitted, 3 * 1500);
    ck_assert_uint_eq(spout.sent, 3 * 1500);
    ck_assert_uint_eq(spout.sent_by_edge, 3 * 1500);
    ck_assert_uint_eq(spout.acked, 3 * 666);
    ck_assert_uint_eq(spout.failed, 3 * 334);
    ck_assert_uint_eq(spout.completed, 3 * 666);
    ck_assert_uint_eq(spout.in_tasks, 3 * 666);
    ck_assert_uint_eq(hop.tasks, 5);
    ck_assert_uint_eq(hop.executed, 3000);
    ck_assert_uint_eq(hop.acked, 3 * 666);
    ck_assert_uint_eq(hop.failed, 3 * 334);
    ck_assert_uint_eq(hop.sent, 2 * 3000);
    ck_assert_uint_eq(hop.in_histograms, 3000);
    ck_assert_uint_eq(hop.in_tasks, 3000);
    ck_assert_uint_eq(sink.executed, 2 * 3000 + 1500);
    watched_close(&watched);
}
END_TEST

START_TEST(a_part_names_who_reads_what)
{
    AUTO(figures_set_done) struct figures_set set = {.count = 0};
    struct watched watched = {.emits = 10};
    const char *args[1];

    watched_open(&watched, 1, usual, args);
    watched_run(&watched);
    figures_build(watched.worker, 77, watched.now_ns, &set);
    AUTO(figures_decoded_destroy) struct figures_decoded *decoded = decode(&set.parts[0]);
    const struct figures_part *part = figures_decoded_part(decoded);
    ck_assert_str_eq(part->component, "spout");
    ck_assert(part->is_spout);
    ck_assert_uint_eq(part->uptime_ns, 77);
    ck_assert_uint_eq(part->output_count, 2);
    ck_assert_str_eq(part->outputs[1].stream, "watched_halves");
    ck_assert_uint_eq(part->edge_count, 2);
    ck_assert_uint_eq(part->edges[1].output, 1);
    ck_assert_str_eq(part->edges[1].to, "sink");
    AUTO(figures_decoded_destroy) struct figures_decoded *last = decode(&set.parts[2]);
    const struct figures_part *sink = figures_decoded_part(last);
    ck_assert_uint_eq(sink->input_count, 2);
    ck_assert_str_eq(sink->inputs[0].from, "hop");
    ck_assert_str_eq(sink->inputs[1].stream, "watched_halves");
    watched_close(&watched);
}
END_TEST

START_TEST(many_tasks_are_cut_into_parts)
{
    static const char *const settings[] = {"hop.tasks=2000", "hop.executors=1", NULL};
    AUTO(figures_set_done) struct figures_set set = {.count = 0};
    struct watched watched = {.emits = 40000, .hop_ns = 100};
    const char *args[1];

    watched_open(&watched, 1, settings, args);
    watched_run(&watched);
    figures_build(watched.worker, 5, watched.now_ns, &set);
    struct total hop = add_up(&set, "hop");
    ck_assert_uint_gt(hop.parts, 2000 / FIGURES_HISTOGRAMS_MAX);
    ck_assert_uint_eq(hop.tasks, 2000);
    ck_assert_uint_eq(hop.executed, 40000);
    ck_assert_uint_eq(hop.in_histograms, 40000); /* in one of the parts */
    ck_assert_uint_eq(hop.in_tasks, 40000);
    watched_close(&watched);
}
END_TEST

/* ---- while tuples flow ---- */

/* What comes later in a tuple's life is never more than what came before it. */
static void expect_order(const struct figures_part *part, const struct figures_task *task)
{
    if (part->is_spout)
        ck_assert_uint_le(task->acked + task->failed, task->outputs[0].emitted);
    for (uint32_t i = 0; i < part->input_count; i++)
        ck_assert_uint_le(task->inputs[i].acked + task->inputs[i].failed, task->inputs[i].executed);
}

static void expect_order_in_all(const struct figures_set *set)
{
    for (uint32_t p = 0; p < set->count; p++) {
        AUTO(figures_decoded_destroy) struct figures_decoded *decoded = decode(&set->parts[p]);
        const struct figures_part *part = figures_decoded_part(decoded);
        for (uint32_t t = 0; t < part->task_count; t++)
            expect_order(part, &part->tasks[t]);
    }
}

static uint64_t real_clock(void *context)
{
    (void)context;
    return clock_now_ns();
}

static void expect_growth(const struct total *before, const struct total *now)
{
    ck_assert_uint_ge(now->emitted, before->emitted);
    ck_assert_uint_ge(now->sent, before->sent);
    ck_assert_uint_ge(now->executed, before->executed);
    ck_assert_uint_ge(now->acked, before->acked);
    ck_assert_uint_ge(now->in_histograms, before->in_histograms);
    ck_assert_uint_ge(now->in_tasks, before->in_tasks);
}

START_TEST(figures_may_be_taken_while_loops_run)
{
    static const char *const settings[] = {"hop.tasks=3", "hop.executors=3", NULL};
    struct watched watched = {.emits = 30000};
    struct threads *threads = NULL;
    struct error error;
    const char *args[1];
    struct total before = {.parts = 0};

    watched_open(&watched, 2, settings, args);
    watched.worker->clock = real_clock;
    ck_assert_int_eq(threads_start(watched.worker, &threads, &error), ERR_OK);
    while (conductor_step(&watched.conductor, clock_now_ns())) {
        AUTO(figures_set_done) struct figures_set set = {.count = 0};
        figures_build(watched.worker, 5, clock_now_ns(), &set);
        struct total hop = add_up(&set, "hop");
        expect_growth(&before, &hop);
        before = hop;
    }
    threads_join(&threads);
    AUTO(figures_set_done) struct figures_set set = {.count = 0};
    figures_build(watched.worker, 5, clock_now_ns(), &set);
    struct total hop = add_up(&set, "hop");
    ck_assert_uint_eq(hop.executed, 30000);
    ck_assert_uint_eq(hop.in_tasks, 30000);
    watched_close(&watched);
}
END_TEST

START_TEST(nothing_is_settled_before_it_has_begun)
{
    static const char *const settings[] = {"topology.max.spout.pending=1", NULL};
    struct watched watched = {.emits = 30000, .fails = true};
    struct threads *threads = NULL;
    struct error error;
    const char *args[1];

    watched_open(&watched, 1, settings, args);
    watched.worker->clock = real_clock;
    ck_assert_int_eq(threads_start(watched.worker, &threads, &error), ERR_OK);
    while (conductor_step(&watched.conductor, clock_now_ns())) {
        AUTO(figures_set_done) struct figures_set set = {.count = 0};
        figures_build(watched.worker, 5, clock_now_ns(), &set);
        expect_order_in_all(&set);
    }
    threads_join(&threads);
    watched_close(&watched);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        at_the_end_every_tuple_is_in_the_figures,
        a_part_names_who_reads_what,
        many_tasks_are_cut_into_parts,
        figures_may_be_taken_while_loops_run,
        nothing_is_settled_before_it_has_begun,
    };
    return suite_run("figures_build", tests, sizeof tests / sizeof *tests);
}
