/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/metrics/table.h"

#include <ctype.h>

#include "base/assert.h"

#define OF_SUPERVISOR "supervisor, host"
#define OF_WORKER     "supervisor, slot, topology"
#define OF_COMPONENT  "topology, component"
#define OF_STREAM     "topology, component, stream"
#define OF_INPUT      "topology, component, source, stream"
#define OF_EDGE       "topology, source, stream, target, grouping"
#define OF_METRIC     "topology, component, name"
#define OF_TASK       "topology, component, task, supervisor, slot"

/* clang-format off */
const struct metric_spec metric_specs[METRIC_COUNT] = {
    [METRIC_BUILD_INFO] = {"gale_build_info", METRIC_GAUGE, "version",
        "Always 1; the version of gale-ui"},
    [METRIC_UP] = {"gale_up", METRIC_GAUGE, "",
        "1 if nimbus has answered; without it there is nothing else"},
    [METRIC_TOPOLOGIES_LEFT_OUT] = {"gale_scrape_topologies_left_out", METRIC_GAUGE, "",
        "Topologies whose components are not shown: asking for all took too long, or nimbus is new"},
    [METRIC_TASKS_LEFT_OUT] = {"gale_scrape_tasks_left_out", METRIC_GAUGE, "",
        "Tasks that are not shown, because there are too many; only with ?tasks=1"},

    [METRIC_TICK] = {"gale_tick", METRIC_GAUGE, "",
        "Number of the second, counted from the start of nimbus, that all of this is of"},
    [METRIC_TICK_TIME] = {"gale_tick_time_seconds", METRIC_GAUGE, "",
        "When that was, in seconds since 1970"},
    [METRIC_VERDICT] = {"gale_verdict", METRIC_GAUGE, "verdict",
        "1 for what nimbus thinks of the cluster (well, watch, trouble), 0 for the others"},
    [METRIC_PROBLEMS] = {"gale_problems", METRIC_GAUGE, "severity",
        "Problems that there are now, by severity (watch, trouble); of more than 100 the first"},
    [METRIC_NIMBUSES] = {"gale_nimbuses", METRIC_GAUGE, "",
        "Nimbuses that are alive"},
    [METRIC_SUPERVISORS] = {"gale_supervisors", METRIC_GAUGE, "",
        "Supervisors that are alive"},
    [METRIC_SUPERVISORS_UNHEALTHY] = {"gale_supervisors_unhealthy", METRIC_GAUGE, "",
        "Supervisors whose health script says that they are not well"},
    [METRIC_SLOTS] = {"gale_slots", METRIC_GAUGE, "",
        "Slots for workers, of all supervisors"},
    [METRIC_SLOTS_USED] = {"gale_slots_used", METRIC_GAUGE, "",
        "Slots that have a worker"},

    [METRIC_SUPERVISOR_HEALTHY] = {"gale_supervisor_healthy", METRIC_GAUGE, OF_SUPERVISOR,
        "1 if its health script says that it is well, or there is none"},
    [METRIC_SUPERVISOR_SLOTS] = {"gale_supervisor_slots", METRIC_GAUGE, OF_SUPERVISOR,
        "Its slots for workers"},
    [METRIC_SUPERVISOR_SLOTS_USED] = {"gale_supervisor_slots_used", METRIC_GAUGE, OF_SUPERVISOR,
        "Its slots that have a worker"},
    [METRIC_WORKER_UP] = {"gale_worker_up", METRIC_GAUGE, OF_WORKER,
        "1 if the worker is running"},
    [METRIC_WORKER_UPTIME] = {"gale_worker_uptime_seconds", METRIC_GAUGE, OF_WORKER,
        "For how long its process lives"},
    [METRIC_WORKER_RESTARTS] = {"gale_worker_restarts_total", METRIC_COUNTER, OF_WORKER,
        "How often its process was started again"},
    [METRIC_WORKER_MEMORY] = {"gale_worker_resident_memory_bytes", METRIC_GAUGE, OF_WORKER,
        "Memory of its process that is in RAM"},
    [METRIC_WORKER_CPU] = {"gale_worker_cpu_seconds_total", METRIC_COUNTER, OF_WORKER,
        "CPU time that its process has used"},

    [METRIC_TOPOLOGY_INFO] = {"gale_topology_info", METRIC_GAUGE, "topology, id, owner, status",
        "Always 1; what the topology is"},
    [METRIC_TOPOLOGY_HEALTH] = {"gale_topology_health", METRIC_GAUGE, "topology, health",
        "1 for what nimbus thinks of it (well, watch, trouble), 0 for the others"},
    [METRIC_TOPOLOGY_SUBMITTED] = {"gale_topology_submitted_time_seconds", METRIC_GAUGE, "topology",
        "When it was submitted, in seconds since 1970"},
    [METRIC_TOPOLOGY_WORKERS] = {"gale_topology_workers", METRIC_GAUGE, "topology",
        "Workers that it has"},
    [METRIC_TOPOLOGY_WORKERS_WANTED] = {"gale_topology_workers_wanted", METRIC_GAUGE, "topology",
        "Workers that it should have"},
    [METRIC_TOPOLOGY_EXECUTORS] = {"gale_topology_executors", METRIC_GAUGE, "topology",
        "Its executors"},
    [METRIC_TOPOLOGY_TASKS] = {"gale_topology_tasks", METRIC_GAUGE, "topology",
        "Its tasks"},
    [METRIC_TOPOLOGY_RESTARTS] = {"gale_topology_worker_restarts_total", METRIC_COUNTER, "topology",
        "How often one of its workers was started again"},
    [METRIC_TOPOLOGY_EMITTED] = {"gale_topology_emitted_tuples_total", METRIC_COUNTER, "topology",
        "Tuples that its spouts have emitted"},
    [METRIC_TOPOLOGY_COMPLETED] = {"gale_topology_completed_trees_total", METRIC_COUNTER, "topology",
        "Trees of tuples that were completed"},
    [METRIC_TOPOLOGY_FAILED] = {"gale_topology_failed_trees_total", METRIC_COUNTER, "topology",
        "Trees of tuples that failed, for whatever reason"},
    [METRIC_TOPOLOGY_LATENCY] = {"gale_topology_latency_seconds", METRIC_SUMMARY, "topology",
        "From emit to ack, of trees that were completed"},
    [METRIC_TOPOLOGY_CAPACITY] = {"gale_topology_capacity_ratio", METRIC_GAUGE, "topology",
        "Largest share of time that an executor spent in user code"},
    [METRIC_TOPOLOGY_BACK_PRESSURE] = {"gale_topology_back_pressure_ratio", METRIC_GAUGE, "topology",
        "Largest share of time that a component had work but no room for what comes of it"},
    [METRIC_TOPOLOGY_LAG] = {"gale_topology_lag_records", METRIC_GAUGE, "topology",
        "Records of the log that its spouts have yet to read"},

    [METRIC_COMPONENT_TASKS] = {"gale_component_tasks", METRIC_GAUGE, OF_COMPONENT,
        "Its tasks"},
    [METRIC_COMPONENT_EXECUTORS] = {"gale_component_executors", METRIC_GAUGE, OF_COMPONENT,
        "Its executors"},
    [METRIC_COMPONENT_EMITTED] = {"gale_component_emitted_tuples_total", METRIC_COUNTER, OF_STREAM,
        "Calls of emit"},
    [METRIC_COMPONENT_SENT] = {"gale_component_sent_tuples_total", METRIC_COUNTER, OF_STREAM,
        "Tuples that came of them: one for each task that gets it"},
    [METRIC_COMPONENT_EXECUTED] = {"gale_component_executed_tuples_total", METRIC_COUNTER, OF_INPUT,
        "Tuples that a bolt has executed"},
    [METRIC_COMPONENT_ACKED] = {"gale_component_acked_tuples_total", METRIC_COUNTER, OF_INPUT,
        "Tuples that a bolt has acked"},
    [METRIC_COMPONENT_FAILED] = {"gale_component_failed_tuples_total", METRIC_COUNTER, OF_INPUT,
        "Tuples that a bolt has failed"},
    [METRIC_COMPONENT_TREES_COMPLETED] = {"gale_component_completed_trees_total", METRIC_COUNTER,
        OF_COMPONENT, "Trees of a spout that were completed"},
    [METRIC_COMPONENT_TREES_FAILED] = {"gale_component_failed_trees_total", METRIC_COUNTER,
        OF_COMPONENT, "Trees of a spout that failed, for whatever reason"},
    [METRIC_COMPONENT_TREES_TIMED_OUT] = {"gale_component_timed_out_trees_total", METRIC_COUNTER,
        OF_COMPONENT, "Trees of a spout that took too long; part of those that failed"},
    [METRIC_COMPONENT_TREES_REFUSED] = {"gale_component_refused_trees_total", METRIC_COUNTER,
        OF_COMPONENT, "Trees of a spout for which there was no room; part of those that failed"},
    [METRIC_COMPONENT_COMPLETE_TIME] = {"gale_component_complete_seconds", METRIC_SUMMARY,
        OF_COMPONENT, "From emit to ack, of a spout's trees"},
    [METRIC_COMPONENT_EXECUTE_TIME] = {"gale_component_execute_seconds", METRIC_SUMMARY, OF_COMPONENT,
        "How long a bolt's execute takes"},
    [METRIC_COMPONENT_PROCESS_TIME] = {"gale_component_process_seconds", METRIC_SUMMARY, OF_COMPONENT,
        "From the beginning of a bolt's execute to ack or fail"},
    [METRIC_COMPONENT_CAPACITY] = {"gale_component_capacity_ratio", METRIC_GAUGE, OF_COMPONENT,
        "Share of time that its busiest executor spent in user code"},
    [METRIC_COMPONENT_BLOCKED] = {"gale_component_blocked_ratio", METRIC_GAUGE, OF_COMPONENT,
        "Share of time that it had work but no room for what comes of it"},
    [METRIC_COMPONENT_QUEUE] = {"gale_component_queue_bytes", METRIC_GAUGE, OF_COMPONENT,
        "What waits for it"},
    [METRIC_COMPONENT_QUEUE_LIMIT] = {"gale_component_queue_limit_bytes", METRIC_GAUGE, OF_COMPONENT,
        "And how much may"},
    [METRIC_COMPONENT_OPEN] = {"gale_component_open", METRIC_GAUGE, OF_COMPONENT,
        "Trees of a spout that are open, tuples that a bolt holds"},
    [METRIC_COMPONENT_LAG] = {"gale_component_lag_records", METRIC_GAUGE, OF_COMPONENT,
        "Records of the log that a spout has yet to read"},

    [METRIC_EDGE_SENT] = {"gale_edge_sent_tuples_total", METRIC_COUNTER, OF_EDGE,
        "Tuples sent from one component to the other"},
    [METRIC_EDGE_EXECUTED] = {"gale_edge_executed_tuples_total", METRIC_COUNTER, OF_EDGE,
        "And those of them that were executed"},
    [METRIC_EDGE_WAITING] = {"gale_edge_waiting_tuples", METRIC_GAUGE, OF_EDGE,
        "Those that are between the two"},
    [METRIC_EDGE_BLOCKED] = {"gale_edge_blocked_ratio", METRIC_GAUGE, OF_EDGE,
        "Share of time that the sender had no room"},
    [METRIC_EDGE_BOTTLENECK] = {"gale_edge_bottleneck", METRIC_GAUGE, OF_EDGE,
        "1 if this is what holds the topology back"},

    [METRIC_USER_COUNTER] = {"gale_user_counter_total", METRIC_COUNTER, OF_METRIC,
        "A counter of user code, summed over tasks"},
    [METRIC_USER_GAUGE] = {"gale_user_gauge", METRIC_GAUGE, OF_METRIC ", statistic",
        "A gauge of user code: the smallest, the largest and the sum of its tasks (min, max, sum)"},
    [METRIC_USER_HISTOGRAM] = {"gale_user_histogram", METRIC_GAUGE, OF_METRIC ", statistic",
        "A histogram of user code, of all tasks (count, mean, p50, p99, max)"},

    [METRIC_TASK_EMITTED] = {"gale_task_emitted_tuples_total", METRIC_COUNTER, OF_TASK,
        "Calls of emit"},
    [METRIC_TASK_SENT] = {"gale_task_sent_tuples_total", METRIC_COUNTER, OF_TASK,
        "Tuples that came of them"},
    [METRIC_TASK_EXECUTED] = {"gale_task_executed_tuples_total", METRIC_COUNTER, OF_TASK,
        "Tuples that the task of a bolt has executed"},
    [METRIC_TASK_ACKED] = {"gale_task_acked_total", METRIC_COUNTER, OF_TASK,
        "Tuples that a bolt's task has acked, trees of a spout's task that were completed"},
    [METRIC_TASK_FAILED] = {"gale_task_failed_total", METRIC_COUNTER, OF_TASK,
        "Tuples that a bolt's task has failed, trees of a spout's task that failed"},
    [METRIC_TASK_CAPACITY] = {"gale_task_capacity_ratio", METRIC_GAUGE, OF_TASK,
        "Share of time in user code"},
    [METRIC_TASK_BLOCKED] = {"gale_task_blocked_ratio", METRIC_GAUGE, OF_TASK,
        "Share of time that it had work but no room for what comes of it"},
    [METRIC_TASK_QUEUE_FILL] = {"gale_task_queue_fill_ratio", METRIC_GAUGE, OF_TASK,
        "How full the queue is that it is fed from"},
    [METRIC_TASK_OPEN] = {"gale_task_open", METRIC_GAUGE, OF_TASK,
        "Trees that are open, tuples that are held"},
};
/* clang-format on */

const char *metric_kind_name(enum metric_kind kind)
{
    switch (kind) {
    case METRIC_COUNTER:
        return "counter";
    case METRIC_GAUGE:
        return "gauge";
    case METRIC_SUMMARY:
        return "summary";
    }
    UNREACHABLE();
}

bool metric_is_name(const char *name)
{
    if (!isalpha((unsigned char)name[0]) && name[0] != '_' && name[0] != ':')
        return false;
    for (const char *at = name; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && *at != '_' && *at != ':')
            return false;
    }
    return true;
}
