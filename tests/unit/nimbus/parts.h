/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures of simulated workers: a topology of a spout and a bolt, source -> worker, of which each task
 * counts what it is told to. What a worker has counted is written as parts, as a real one would.
 */
#ifndef TESTS_NIMBUS_PARTS_H
#define TESTS_NIMBUS_PARTS_H

#include <string.h>

#include "base/histogram.h"
#include "wire/figures.h"

#define PARTS_SPOUT  "reader"
#define PARTS_BOLT   "splitter"
#define PARTS_STREAM "sentences"

enum {
    PARTS_TASKS_MAX = 64, /* of a part */
};

/* What a task has counted in its worker. Of a spout: emitted, acked, failed; of a bolt: executed,
 * acked, failed. */
struct parts_task {
    uint32_t index;
    uint32_t loop;
    uint64_t count, acked, failed;
    uint64_t busy_ns, blocked_ns;
    uint64_t open, queue_bytes;
};

struct parts_worker {
    uint64_t uptime_ns;
    struct histogram *latency_ns; /* of all its tasks; NULL: none */
};

/* Everything that the part points to. */
struct parts {
    struct figures_part part;
    struct figures_output output;
    struct figures_edge edge;
    struct figures_input input;
    struct figures_output_count outputs[PARTS_TASKS_MAX];
    struct figures_input_count inputs[PARTS_TASKS_MAX];
    uint64_t sent[PARTS_TASKS_MAX];
    struct figures_task tasks[PARTS_TASKS_MAX];
};

static inline void parts_make_spout(struct parts *parts, const struct parts_worker *worker,
                                    const struct parts_task *tasks, uint32_t count)
{
    memset(parts, 0, sizeof *parts);
    parts->output.stream = PARTS_STREAM;
    parts->edge.to = PARTS_BOLT;
    for (uint32_t i = 0; i < count; i++) {
        parts->outputs[i] = (struct figures_output_count){tasks[i].count, tasks[i].count};
        parts->sent[i] = tasks[i].count;
        parts->tasks[i] = (struct figures_task){
            .index = tasks[i].index,
            .loop = tasks[i].loop,
            .outputs = &parts->outputs[i],
            .sent = &parts->sent[i],
            .acked = tasks[i].acked,
            .failed = tasks[i].failed,
            .open = tasks[i].open,
            .busy_ns = tasks[i].busy_ns,
            .blocked_ns = tasks[i].blocked_ns,
        };
    }
    parts->part = (struct figures_part){
        .component = PARTS_SPOUT,
        .is_spout = true,
        .uptime_ns = worker->uptime_ns,
        .output_count = 1,
        .outputs = &parts->output,
        .edge_count = 1,
        .edges = &parts->edge,
        .complete_ns = worker->latency_ns,
        .task_count = count,
        .tasks = parts->tasks,
    };
}

static inline void parts_make_bolt(struct parts *parts, const struct parts_worker *worker,
                                   const struct parts_task *tasks, uint32_t count)
{
    memset(parts, 0, sizeof *parts);
    parts->input = (struct figures_input){
        .from = PARTS_SPOUT, .stream = PARTS_STREAM, .execute_ns = worker->latency_ns};
    for (uint32_t i = 0; i < count; i++) {
        parts->inputs[i] = (struct figures_input_count){
            .executed = tasks[i].count, .acked = tasks[i].acked, .failed = tasks[i].failed};
        parts->tasks[i] = (struct figures_task){
            .index = tasks[i].index,
            .loop = tasks[i].loop,
            .inputs = &parts->inputs[i],
            .open = tasks[i].open,
            .busy_ns = tasks[i].busy_ns,
            .blocked_ns = tasks[i].blocked_ns,
            .queue_bytes = tasks[i].queue_bytes,
            .queue_limit_bytes = 1000,
        };
    }
    parts->part = (struct figures_part){
        .component = PARTS_BOLT,
        .uptime_ns = worker->uptime_ns,
        .input_count = 1,
        .inputs = &parts->input,
        .task_count = count,
        .tasks = parts->tasks,
    };
}

#endif
