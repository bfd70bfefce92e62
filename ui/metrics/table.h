/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every metric of /metrics: its name, kind, labels and meaning. docs/metrics.md shows this table, and a test compares
 * the two. Names follow Prometheus' rules: base units, `_total` for what only grows. Constant; any thread.
 */
#ifndef UI_METRICS_TABLE_H
#define UI_METRICS_TABLE_H

#include <stdbool.h>

enum metric_kind {
    METRIC_COUNTER,
    METRIC_GAUGE,
    METRIC_SUMMARY, /* quantiles of the last 10 s; _sum and _count since the topology was submitted */
};

enum metric {
    /* the server, and what it has left out */
    METRIC_BUILD_INFO,
    METRIC_UP,
    METRIC_TOPOLOGIES_LEFT_OUT,
    METRIC_TASKS_LEFT_OUT,
    /* the cluster */
    METRIC_TICK,
    METRIC_TICK_TIME,
    METRIC_VERDICT,
    METRIC_PROBLEMS,
    METRIC_NIMBUSES,
    METRIC_SUPERVISORS,
    METRIC_SUPERVISORS_UNHEALTHY,
    METRIC_SLOTS,
    METRIC_SLOTS_USED,
    /* supervisors and workers */
    METRIC_SUPERVISOR_HEALTHY,
    METRIC_SUPERVISOR_SLOTS,
    METRIC_SUPERVISOR_SLOTS_USED,
    METRIC_WORKER_UP,
    METRIC_WORKER_UPTIME,
    METRIC_WORKER_RESTARTS,
    METRIC_WORKER_MEMORY,
    METRIC_WORKER_CPU,
    /* topologies */
    METRIC_TOPOLOGY_INFO,
    METRIC_TOPOLOGY_HEALTH,
    METRIC_TOPOLOGY_SUBMITTED,
    METRIC_TOPOLOGY_WORKERS,
    METRIC_TOPOLOGY_WORKERS_WANTED,
    METRIC_TOPOLOGY_EXECUTORS,
    METRIC_TOPOLOGY_TASKS,
    METRIC_TOPOLOGY_RESTARTS,
    METRIC_TOPOLOGY_EMITTED,
    METRIC_TOPOLOGY_COMPLETED,
    METRIC_TOPOLOGY_FAILED,
    METRIC_TOPOLOGY_LATENCY,
    METRIC_TOPOLOGY_CAPACITY,
    METRIC_TOPOLOGY_BACK_PRESSURE,
    METRIC_TOPOLOGY_LAG,
    /* components */
    METRIC_COMPONENT_TASKS,
    METRIC_COMPONENT_EXECUTORS,
    METRIC_COMPONENT_EMITTED,
    METRIC_COMPONENT_SENT,
    METRIC_COMPONENT_EXECUTED,
    METRIC_COMPONENT_ACKED,
    METRIC_COMPONENT_FAILED,
    METRIC_COMPONENT_TREES_COMPLETED,
    METRIC_COMPONENT_TREES_FAILED,
    METRIC_COMPONENT_TREES_TIMED_OUT,
    METRIC_COMPONENT_TREES_REFUSED,
    METRIC_COMPONENT_COMPLETE_TIME,
    METRIC_COMPONENT_EXECUTE_TIME,
    METRIC_COMPONENT_PROCESS_TIME,
    METRIC_COMPONENT_CAPACITY,
    METRIC_COMPONENT_BLOCKED,
    METRIC_COMPONENT_QUEUE,
    METRIC_COMPONENT_QUEUE_LIMIT,
    METRIC_COMPONENT_OPEN,
    METRIC_COMPONENT_LAG,
    /* edges */
    METRIC_EDGE_SENT,
    METRIC_EDGE_EXECUTED,
    METRIC_EDGE_WAITING,
    METRIC_EDGE_BLOCKED,
    METRIC_EDGE_BOTTLENECK,
    /* metrics of user code */
    METRIC_USER_COUNTER,
    METRIC_USER_GAUGE,
    METRIC_USER_HISTOGRAM,
    /* tasks, if asked for */
    METRIC_TASK_EMITTED,
    METRIC_TASK_SENT,
    METRIC_TASK_EXECUTED,
    METRIC_TASK_ACKED,
    METRIC_TASK_FAILED,
    METRIC_TASK_CAPACITY,
    METRIC_TASK_BLOCKED,
    METRIC_TASK_QUEUE_FILL,
    METRIC_TASK_OPEN,
    METRIC_COUNT,
};

struct metric_spec {
    const char *name;
    enum metric_kind kind;
    const char *labels; /* "topology, component"; a summary has `quantile` beside */
    const char *help;   /* a sentence without its full stop */
};

extern const struct metric_spec metric_specs[METRIC_COUNT];

const char *metric_kind_name(enum metric_kind kind); /* "counter" */

/* [a-zA-Z_:][a-zA-Z0-9_:]* */
bool metric_is_name(const char *name);

#endif
