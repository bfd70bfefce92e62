/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/metrics/views.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ui/read.h"

static const struct label_values no_labels = {{NULL}};

/* A metric that is a member of an object. */
struct member {
    const char *name;
    enum metric metric;
};

static void add_counts(struct exposition *to, const json_t *object,
                       const struct label_values *labels, const struct member *members,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (read_has(object, members[i].name))
            exposition_count(to, members[i].metric, labels, read_count(object, members[i].name));
    }
}

static void add_reals(struct exposition *to, const json_t *object,
                      const struct label_values *labels, const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (read_has(object, members[i].name))
            exposition_real(to, members[i].metric, labels, read_real(object, members[i].name));
    }
}

/* 1 for the one of the usual three that it is. `labels` has room at `place`. */
static void add_state(struct exposition *to, enum metric metric, struct label_values labels,
                      size_t place, const char *state)
{
    static const char *const states[] = {"well", "watch", "trouble"};

    for (size_t i = 0; i < COUNT_OF(states); i++) {
        labels.of[place] = states[i];
        exposition_count(to, metric, &labels, strcmp(states[i], state) == 0);
    }
}

/* ---- pulse ---- */

static void add_problems(struct exposition *to, const json_t *problems)
{
    static const char *const severities[] = {"watch", "trouble"};

    for (size_t i = 0; i < COUNT_OF(severities); i++) {
        struct label_values labels = {{severities[i]}};
        uint64_t count = 0;
        size_t index;
        json_t *problem;
        json_array_foreach(problems, index, problem) count +=
            strcmp(read_text(problem, "severity"), severities[i]) == 0;
        exposition_count(to, METRIC_PROBLEMS, &labels, count);
    }
}

static double seconds_of(const json_t *object, const char *member)
{
    return read_has(object, member) ? read_real(object, member) / 1e9 : NAN;
}

static void add_topology(struct exposition *to, const json_t *topology)
{
    static const struct member counts[] = {
        {"workers", METRIC_TOPOLOGY_WORKERS},
        {"workers_wanted", METRIC_TOPOLOGY_WORKERS_WANTED},
        {"executors", METRIC_TOPOLOGY_EXECUTORS},
        {"tasks", METRIC_TOPOLOGY_TASKS},
    };
    static const struct member totals[] = {
        {"restarts", METRIC_TOPOLOGY_RESTARTS},
        {"emitted", METRIC_TOPOLOGY_EMITTED},
        {"completed", METRIC_TOPOLOGY_COMPLETED},
        {"failed", METRIC_TOPOLOGY_FAILED},
    };
    static const struct member reals[] = {
        {"capacity", METRIC_TOPOLOGY_CAPACITY},
        {"back_pressure", METRIC_TOPOLOGY_BACK_PRESSURE},
        {"lag", METRIC_TOPOLOGY_LAG},
    };
    const char *name = read_text(topology, "name");
    struct label_values labels = {{name}};
    struct label_values info = {{name, read_text(topology, "id"), read_text(topology, "owner"),
                                 read_text(topology, "status")}};

    exposition_count(to, METRIC_TOPOLOGY_INFO, &info, 1);
    add_state(to, METRIC_TOPOLOGY_HEALTH, labels, 1, read_text(topology, "health"));
    exposition_real(to, METRIC_TOPOLOGY_SUBMITTED, &labels,
                    (double)read_count(topology, "submitted_ms") / 1e3);
    add_counts(to, topology, &labels, counts, COUNT_OF(counts));
    add_counts(to, topology, &labels, totals, COUNT_OF(totals));
    add_reals(to, topology, &labels, reals, COUNT_OF(reals));
    if (!read_has(topology, "completed"))
        return;
    exposition_quantile(to, METRIC_TOPOLOGY_LATENCY, &labels, "0.5",
                        seconds_of(topology, "latency_p50_ns"));
    exposition_quantile(to, METRIC_TOPOLOGY_LATENCY, &labels, "0.99",
                        seconds_of(topology, "latency_p99_ns"));
    exposition_total(to, METRIC_TOPOLOGY_LATENCY, &labels, read_count(topology, "completed"));
}

void views_add_pulse(struct exposition *to, const json_t *pulse)
{
    static const struct member nodes[] = {
        {"nimbuses", METRIC_NIMBUSES},
        {"supervisors", METRIC_SUPERVISORS},
        {"unhealthy", METRIC_SUPERVISORS_UNHEALTHY},
        {"slots", METRIC_SLOTS},
        {"used", METRIC_SLOTS_USED},
    };
    size_t index;
    json_t *topology;

    exposition_count(to, METRIC_TICK, &no_labels, read_count(pulse, "tick"));
    exposition_real(to, METRIC_TICK_TIME, &no_labels, (double)read_count(pulse, "at_ms") / 1e3);
    add_state(to, METRIC_VERDICT, no_labels, 0, read_text(pulse, "verdict"));
    add_problems(to, read_list(pulse, "problems"));
    add_counts(to, json_object_get(pulse, "nodes"), &no_labels, nodes, COUNT_OF(nodes));
    json_array_foreach(read_list(pulse, "topologies"), index, topology) add_topology(to, topology);
}

/* ---- nodes ---- */

static void add_worker(struct exposition *to, const char *supervisor, const json_t *worker)
{
    static const struct member counts[] = {{"restarts", METRIC_WORKER_RESTARTS},
                                           {"rss_bytes", METRIC_WORKER_MEMORY}};
    char slot[24];
    struct label_values labels = {{supervisor, slot, read_text(worker, "name")}};

    (void)snprintf(slot, sizeof slot, "%" PRIu64, read_count(worker, "slot"));
    exposition_count(to, METRIC_WORKER_UP, &labels,
                     strcmp(read_text(worker, "phase"), "running") == 0);
    add_counts(to, worker, &labels, counts, COUNT_OF(counts));
    if (read_has(worker, "uptime_ms"))
        exposition_real(to, METRIC_WORKER_UPTIME, &labels, read_real(worker, "uptime_ms") / 1e3);
    if (read_has(worker, "cpu_ns"))
        exposition_real(to, METRIC_WORKER_CPU, &labels, read_real(worker, "cpu_ns") / 1e9);
}

void views_add_nodes(struct exposition *to, const json_t *nodes)
{
    size_t index;
    json_t *supervisor;

    json_array_foreach(read_list(nodes, "supervisors"), index, supervisor)
    {
        const char *id = read_text(supervisor, "id");
        struct label_values labels = {{id, read_text(supervisor, "host")}};
        size_t at;
        json_t *worker;
        exposition_count(to, METRIC_SUPERVISOR_HEALTHY, &labels, read_flag(supervisor, "healthy"));
        exposition_count(to, METRIC_SUPERVISOR_SLOTS, &labels, read_count(supervisor, "slots"));
        exposition_count(to, METRIC_SUPERVISOR_SLOTS_USED, &labels, read_count(supervisor, "used"));
        json_array_foreach(read_list(supervisor, "workers"), at, worker) add_worker(to, id, worker);
    }
}

/* ---- figures ---- */

struct summary {
    const char *latency;  /* member of a component */
    const char *total_ns; /* of its totals */
    uint64_t count;
};

static void add_summary(struct exposition *to, enum metric metric,
                        const struct label_values *labels, const json_t *component,
                        const struct summary *summary)
{
    static const struct {
        const char *member;
        const char *quantile;
    } quantiles[] = {{"p50", "0.5"}, {"p90", "0.9"}, {"p99", "0.99"}, {"p999", "0.999"}};
    const json_t *latency = json_object_get(component, summary->latency);
    const json_t *total = json_object_get(component, "total");

    if (!read_has(total, summary->total_ns))
        return; /* nor is its count known */
    for (size_t i = 0; i < COUNT_OF(quantiles); i++)
        exposition_quantile(to, metric, labels, quantiles[i].quantile,
                            seconds_of(latency, quantiles[i].member));
    exposition_sum(to, metric, labels, read_real(total, summary->total_ns) / 1e9);
    exposition_total(to, metric, labels, summary->count);
}

static void add_spout(struct exposition *to, const struct label_values *labels,
                      const json_t *component)
{
    static const struct member trees[] = {
        {"acked", METRIC_COMPONENT_TREES_COMPLETED},
        {"failed", METRIC_COMPONENT_TREES_FAILED},
        {"timed_out", METRIC_COMPONENT_TREES_TIMED_OUT},
        {"refused", METRIC_COMPONENT_TREES_REFUSED},
    };
    const json_t *total = json_object_get(component, "total");
    struct summary complete = {"complete_ns", "complete_ns", read_count(total, "acked")};

    add_counts(to, total, labels, trees, COUNT_OF(trees));
    add_summary(to, METRIC_COMPONENT_COMPLETE_TIME, labels, component, &complete);
}

static void add_bolt(struct exposition *to, const struct label_values *labels,
                     const json_t *component)
{
    static const struct member of_input[] = {
        {"executed", METRIC_COMPONENT_EXECUTED},
        {"acked", METRIC_COMPONENT_ACKED},
        {"failed", METRIC_COMPONENT_FAILED},
    };
    const json_t *total = json_object_get(component, "total");
    struct summary execute = {"execute_ns", "execute_ns", read_count(total, "executed")};
    struct summary process = {"process_ns", "process_ns",
                              read_count(total, "acked") + read_count(total, "failed")};
    size_t index;
    json_t *input;

    json_array_foreach(read_list(component, "inputs"), index, input)
    {
        struct label_values of = {{labels->of[0], labels->of[1], read_text(input, "component"),
                                   read_text(input, "stream")}};
        add_counts(to, json_object_get(input, "total"), &of, of_input, COUNT_OF(of_input));
    }
    add_summary(to, METRIC_COMPONENT_EXECUTE_TIME, labels, component, &execute);
    add_summary(to, METRIC_COMPONENT_PROCESS_TIME, labels, component, &process);
}

static void add_gauge(struct exposition *to, const struct label_values *labels, const json_t *tasks)
{
    struct label_values of = *labels;
    double statistics[] = {INFINITY, -INFINITY, 0};
    static const char *const names[] = {"min", "max", "sum"};
    size_t index;
    json_t *task;

    json_array_foreach(tasks, index, task)
    {
        double value = read_real(task, "value");
        statistics[0] = fmin(statistics[0], value);
        statistics[1] = fmax(statistics[1], value);
        statistics[2] += value;
    }
    for (size_t i = 0; i < COUNT_OF(names) && index > 0; i++) {
        of.of[3] = names[i];
        exposition_real(to, METRIC_USER_GAUGE, &of, statistics[i]);
    }
}

static void add_histogram(struct exposition *to, const struct label_values *labels,
                          const json_t *metric)
{
    static const char *const names[] = {"count", "mean", "p50", "p99", "max"};
    struct label_values of = *labels;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        of.of[3] = names[i];
        if (read_has(metric, names[i]))
            exposition_real(to, METRIC_USER_HISTOGRAM, &of, read_real(metric, names[i]));
    }
}

static void add_user_metrics(struct exposition *to, const struct label_values *labels,
                             const json_t *component)
{
    size_t index;
    json_t *metric;

    json_array_foreach(read_list(component, "metrics"), index, metric)
    {
        struct label_values of = {{labels->of[0], labels->of[1], read_text(metric, "name")}};
        const char *kind = read_text(metric, "kind");
        if (strcmp(kind, "counter") == 0 && !read_has(metric, "value"))
            continue;
        if (strcmp(kind, "counter") == 0)
            exposition_count(to, METRIC_USER_COUNTER, &of, read_count(metric, "value"));
        else if (strcmp(kind, "gauge") == 0)
            add_gauge(to, &of, read_list(metric, "tasks"));
        else
            add_histogram(to, &of, metric);
    }
}

static void add_component(struct exposition *to, const char *topology, const json_t *component)
{
    static const struct member counts[] = {{"tasks", METRIC_COMPONENT_TASKS},
                                           {"executors", METRIC_COMPONENT_EXECUTORS},
                                           {"open", METRIC_COMPONENT_OPEN}};
    static const struct member queue[] = {{"bytes", METRIC_COMPONENT_QUEUE},
                                          {"limit_bytes", METRIC_COMPONENT_QUEUE_LIMIT}};
    static const struct member reals[] = {{"capacity", METRIC_COMPONENT_CAPACITY},
                                          {"blocked", METRIC_COMPONENT_BLOCKED},
                                          {"lag", METRIC_COMPONENT_LAG}};
    static const struct member of_output[] = {{"emitted", METRIC_COMPONENT_EMITTED},
                                              {"sent", METRIC_COMPONENT_SENT}};
    struct label_values labels = {{topology, read_text(component, "name")}};
    size_t index;
    json_t *output;

    add_counts(to, component, &labels, counts, COUNT_OF(counts));
    add_counts(to, json_object_get(component, "queue"), &labels, queue, COUNT_OF(queue));
    add_reals(to, component, &labels, reals, COUNT_OF(reals));
    json_array_foreach(read_list(component, "outputs"), index, output)
    {
        struct label_values of = {{topology, labels.of[1], read_text(output, "stream")}};
        add_counts(to, json_object_get(output, "total"), &of, of_output, COUNT_OF(of_output));
    }
    if (strcmp(read_text(component, "role"), "spout") == 0)
        add_spout(to, &labels, component);
    else
        add_bolt(to, &labels, component);
    add_user_metrics(to, &labels, component);
}

static void add_edge(struct exposition *to, const char *topology, const json_t *edge)
{
    static const struct member counts[] = {{"sent", METRIC_EDGE_SENT},
                                           {"executed", METRIC_EDGE_EXECUTED},
                                           {"waiting", METRIC_EDGE_WAITING}};
    static const struct member reals[] = {{"blocked", METRIC_EDGE_BLOCKED}};
    struct label_values labels = {{topology, read_text(edge, "from"), read_text(edge, "stream"),
                                   read_text(edge, "to"), read_text(edge, "grouping")}};

    add_counts(to, edge, &labels, counts, COUNT_OF(counts));
    add_reals(to, edge, &labels, reals, COUNT_OF(reals));
    exposition_count(to, METRIC_EDGE_BOTTLENECK, &labels, read_flag(edge, "bottleneck"));
}

static bool is_same_edge(const json_t *one, const json_t *other)
{
    static const char *const members[] = {"from", "stream", "to", "grouping"};

    for (size_t i = 0; i < COUNT_OF(members); i++) {
        if (strcmp(read_text(one, members[i]), read_text(other, members[i])) != 0)
            return false;
    }
    return true;
}

/* A component may read a stream twice, grouped by different keys. Labels would be the same: the first one is shown. */
static bool is_repeated(const json_t *edges, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (is_same_edge(json_array_get(edges, i), json_array_get(edges, index)))
            return true;
    }
    return false;
}

void views_add_figures(struct exposition *to, const json_t *figures)
{
    const char *name = read_text(figures, "name");
    const json_t *edges = read_list(figures, "edges");
    size_t index;
    json_t *item;

    json_array_foreach(read_list(figures, "components"), index, item) add_component(to, name, item);
    json_array_foreach(edges, index, item)
    {
        if (!is_repeated(edges, index))
            add_edge(to, name, item);
    }
}

/* ---- tasks ---- */

static void add_task(struct exposition *to, const char *topology, const json_t *task)
{
    static const struct member counts[] = {
        {"emitted", METRIC_TASK_EMITTED},   {"sent", METRIC_TASK_SENT},
        {"executed", METRIC_TASK_EXECUTED}, {"acked", METRIC_TASK_ACKED},
        {"failed", METRIC_TASK_FAILED},
    };
    static const struct member reals[] = {
        {"capacity", METRIC_TASK_CAPACITY},
        {"blocked", METRIC_TASK_BLOCKED},
        {"queue_fill", METRIC_TASK_QUEUE_FILL},
        {"open", METRIC_TASK_OPEN},
    };
    char index[24];
    char slot[24];
    struct label_values labels = {
        {topology, read_text(task, "component"), index, read_text(task, "supervisor"), slot}};

    _Static_assert(COUNT_OF(counts) + COUNT_OF(reals) == VIEWS_TASK_METRICS, "samples of a task");
    (void)snprintf(index, sizeof index, "%" PRIu64, read_count(task, "task"));
    (void)snprintf(slot, sizeof slot, "%" PRIu64, read_count(task, "slot"));
    add_counts(to, json_object_get(task, "total"), &labels, counts, COUNT_OF(counts));
    add_reals(to, task, &labels, reals, COUNT_OF(reals));
}

size_t views_add_tasks(struct exposition *to, const json_t *tasks, const char *topology,
                       size_t room)
{
    const json_t *list = read_list(tasks, "tasks");
    size_t count = json_array_size(list) < room ? json_array_size(list) : room;

    for (size_t i = 0; i < count; i++)
        add_task(to, topology, json_array_get(list, i));
    return count;
}
