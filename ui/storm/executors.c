/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/read.h"
#include "ui/storm/component.h"

struct executor {
    const json_t *task; /* its first */
    json_int_t first;   /* ids of its tasks */
    json_int_t last;
    uint64_t emitted;
    uint64_t sent;
    uint64_t executed;
    uint64_t acked;
    uint64_t failed;
    uint64_t uptime_ms;
    double capacity;   /* its tasks take turns: their shares add up */
    double latency_ns; /* of all its tuples together */
    double process_ns;
    uint64_t latencies;
    uint64_t processed;
    json_t *outputs;
};

/* Tasks of an executor stand together in the answer, so looking backwards finds it at once. */
static struct executor *find(struct executor *all, size_t count, json_int_t first, json_int_t last)
{
    for (size_t i = count; i > 0; i--) {
        if (all[i - 1].first == first && all[i - 1].last == last)
            return &all[i - 1];
    }
    return NULL;
}

static void add_latency(const json_t *task, const char *member, double *total_ns, uint64_t *count)
{
    const json_t *latency = json_object_get(task, member);
    uint64_t more = read_count(latency, "count");

    *total_ns += read_real(latency, "mean") * (double)more;
    *count += more;
}

static void add_outputs(json_t *outputs, const json_t *task)
{
    size_t index;
    json_t *output;

    json_array_foreach(read_list(task, "outputs"), index, output)
    {
        const char *stream = read_text(output, "stream");
        uint64_t sent = read_count(outputs, stream) + read_count(output, "sent");
        (void)json_object_set_new(outputs, stream, json_integer((json_int_t)sent));
    }
}

static void add_task(struct executor *executor, const json_t *task)
{
    const json_t *counts = json_object_get(task, "window");
    uint64_t uptime_ms = read_count(task, "uptime_ms");

    executor->emitted += read_count(counts, "emitted");
    executor->sent += read_count(counts, "sent");
    executor->executed += read_count(counts, "executed");
    executor->acked += read_count(counts, "acked");
    executor->failed += read_count(counts, "failed");
    executor->capacity += read_real(task, "capacity");
    if (uptime_ms > executor->uptime_ms)
        executor->uptime_ms = uptime_ms;
    add_latency(task, "latency", &executor->latency_ns, &executor->latencies);
    add_latency(task, "process_ns", &executor->process_ns, &executor->processed);
    add_outputs(executor->outputs, task);
}

static double mean(double total, uint64_t count)
{
    return count == 0 ? 0.0 : total / (double)count;
}

static json_t *show(struct executor *executor)
{
    const json_t *task = executor->task;

    json_t *shown = shape_new(
        "{s:s, s:o, s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:o}", "component",
        read_text(task, "component"), "id",
        json_sprintf("[%" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT "]", executor->first,
                     executor->last),
        "supervisor", read_text(task, "supervisor"), "slot", (json_int_t)read_count(task, "slot"),
        "host", read_text(task, "host"), "uptime_ms", (json_int_t)executor->uptime_ms, "emitted",
        (json_int_t)executor->emitted, "sent", (json_int_t)executor->sent, "executed",
        (json_int_t)executor->executed, "acked", (json_int_t)executor->acked, "failed",
        (json_int_t)executor->failed, "capacity", executor->capacity, "latency_ns",
        mean(executor->latency_ns, executor->latencies), "process_ns",
        mean(executor->process_ns, executor->processed), "outputs", executor->outputs);
    return shown;
}

json_t *storm_executors(const json_t *tasks)
{
    const json_t *list = read_list(tasks, "tasks");
    struct executor *all = NEW_ARRAY(struct executor, json_array_size(list) + 1);
    json_t *shown = json_array();
    size_t count = 0;
    size_t index;
    json_t *task;

    json_array_foreach(list, index, task)
    {
        const json_t *ids = read_list(task, "executor");
        json_int_t first = json_integer_value(json_array_get(ids, 0));
        json_int_t last = json_integer_value(json_array_get(ids, 1));
        struct executor *executor = find(all, count, first, last);
        if (executor == NULL) {
            executor = &all[count++];
            *executor = (struct executor){
                .task = task, .first = first, .last = last, .outputs = json_object()};
        }
        add_task(executor, task);
    }
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(shown, show(&all[i]));
    free(all);
    return shown;
}
