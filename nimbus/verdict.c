/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/verdict.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attribute.h"
#include "base/mem.h"
#include "base/text.h"

struct kind {
    const char *name;
    const char *remedy;
};

static const struct kind kinds[VERDICT_KINDS] = {
    [VERDICT_CRASH_LOOP] = {"crash_loop",
                            "look at the end of the worker's log (gale logs) and at its last exit; "
                            "submit the topology with the fault mended"},
    [VERDICT_WORKER_FAILED] = {"worker_failed",
                               "look at the supervisor's log for why it cannot start the worker: "
                               "disk, memory, rights"},
    [VERDICT_WORKER_DOWN] = {"worker_down",
                             "it is being started; if that goes on, look at the worker's log (gale "
                             "logs) and at the supervisor's"},
    [VERDICT_BACK_PRESSURE] =
        {"back_pressure", "what comes after it is too slow: give the topology's bottleneck more "
                          "executors (gale rebalance), or make it cheaper"},
    [VERDICT_LAG_GROWING] = {"lag_growing",
                             "records come faster than they are read: give the bottleneck more "
                             "executors (gale rebalance), or the topology more workers"},
    [VERDICT_FAILING] = {"failing",
                         "see what the bolts report (gale errors); failed trees are replayed by a "
                         "spout that keeps them"},
    [VERDICT_TIMING_OUT] = {"timing_out",
                            "trees take longer than topology.message.timeout.secs: find the "
                            "component that is slow or holds tuples, or raise the setting"},
    [VERDICT_UNPLACED] = {"unplaced", "add supervisors or slots, or ask for fewer workers"},
    [VERDICT_NODE_LOST] = {"node_lost", "see whether the machine runs and gale-supervisor on it; "
                                        "its workers are placed elsewhere"},
    [VERDICT_NODE_UNHEALTHY] = {"node_unhealthy",
                                "mend what its health program complains of; until then it gets "
                                "nothing new"},
    [VERDICT_NO_SUPERVISORS] = {"no_supervisors", "start gale-supervisor on at least one machine"},
    [VERDICT_ERRORS] = {"errors", "see gale errors for the text, and where it happened"},
    [VERDICT_OVERLOADED] = {"overloaded",
                            "give it more executors (gale rebalance), or make its execute cheaper"},
};

const char *verdict_kind_name(enum verdict_kind kind)
{
    return kinds[kind].name;
}

const char *verdict_severity_name(enum verdict_severity severity)
{
    static const char *const names[] = {"well", "watch", "trouble"};

    return names[severity];
}

/* ---- Problems ------------------------------------------------------------------------------ */

/* Both kinds of severity have as many places as there are in all: trouble must not be pushed out. */
struct judging {
    const struct verdict_facts *facts;
    const struct verdict_report *before;
    struct verdict_topology *topology; /* that is looked at; NULL */
    size_t total;
    size_t counts[VERDICT_TROUBLE + 1];
    struct verdict_problem problems[VERDICT_TROUBLE + 1][VERDICT_PROBLEMS_MAX];
};

struct where {
    const char *component;
    const char *supervisor;
    bool has_slot;
    uint32_t slot;
};

static char *copy(const char *text)
{
    return text == NULL ? NULL : mem_copy_text(text);
}

static bool is_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_same(const struct verdict_problem *a, const struct verdict_problem *b)
{
    return a->kind == b->kind && is_same_text(a->topology, b->topology) &&
           is_same_text(a->component, b->component) && is_same_text(a->supervisor, b->supervisor) &&
           a->has_slot == b->has_slot && a->slot == b->slot;
}

static uint64_t find_since(const struct judging *judging, const struct verdict_problem *problem)
{
    for (size_t i = 0; i < judging->before->count; i++)
        if (is_same(&judging->before->problems[i], problem))
            return judging->before->problems[i].since_ms;
    return judging->facts->now_ms;
}

/* A text that was cut within a character ends before it. */
static void trim(char *text)
{
    size_t size = strlen(text);
    size_t begin = size;

    while (begin > 0 && size - begin < 3 && ((unsigned char)text[begin - 1] & 0xC0) == 0x80)
        begin--;
    if (begin == 0)
        return;
    unsigned char first = (unsigned char)text[--begin];
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    if (size - begin < length)
        text[begin] = '\0';
}

static PRINTF_LIKE(5, 6) void complain(struct judging *judging, enum verdict_severity severity,
                                       enum verdict_kind kind, const struct where *where,
                                       const char *format, ...)
{
    struct verdict_topology *topology = judging->topology;
    char line[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    trim(line);
    judging->total++;
    if (topology != NULL && topology->health < severity)
        topology->health = severity;
    if (judging->counts[severity] == VERDICT_PROBLEMS_MAX)
        return;
    struct verdict_problem *problem = &judging->problems[severity][judging->counts[severity]++];
    *problem = (struct verdict_problem){
        .severity = severity,
        .kind = kind,
        .text = mem_copy_text(line),
        .remedy = kinds[kind].remedy,
        .topology = topology == NULL ? NULL : copy(topology->name),
        .component = copy(where->component),
        .supervisor = copy(where->supervisor),
        .has_slot = where->has_slot,
        .slot = where->slot,
    };
    problem->since_ms = find_since(judging, problem);
}

static void free_problem(struct verdict_problem *problem)
{
    free(problem->text);
    free(problem->topology);
    free(problem->component);
    free(problem->supervisor);
}

void verdict_report_done(struct verdict_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        free_problem(&report->problems[i]);
    *report = (struct verdict_report){.count = 0};
}

/* ---- Workers ------------------------------------------------------------------------------- */

static void judge_worker(struct judging *judging, const struct verdict_worker *worker)
{
    struct where where = {.supervisor = worker->supervisor, .has_slot = true, .slot = worker->slot};
    const char *last_exit = worker->last_exit == NULL ? "not known" : worker->last_exit;

    if (worker->phase != NULL && strcmp(worker->phase, "failed") == 0)
        complain(judging, VERDICT_TROUBLE, VERDICT_WORKER_FAILED, &where,
                 "the worker in slot %" PRIu32 " of %s cannot be started: %s", worker->slot,
                 worker->supervisor, last_exit);
    else if (worker->restarts >= VERDICT_RESTARTS)
        complain(judging, VERDICT_TROUBLE, VERDICT_CRASH_LOOP, &where,
                 "the worker in slot %" PRIu32 " of %s ends again and again: %s", worker->slot,
                 worker->supervisor, last_exit);
    else if (worker->down_ms > VERDICT_DOWN_MS)
        complain(judging, VERDICT_TROUBLE, VERDICT_WORKER_DOWN, &where,
                 "the worker in slot %" PRIu32 " of %s has no process%s%s", worker->slot,
                 worker->supervisor, worker->phase == NULL ? "" : "; its phase is ",
                 worker->phase == NULL ? "" : worker->phase);
}

/* ---- Components ---------------------------------------------------------------------------- */

static void judge_component(struct judging *judging, const struct verdict_component *component)
{
    struct where where = {.component = component->name};

    if (component->blocked > VERDICT_BLOCKED)
        complain(judging, VERDICT_WATCH, VERDICT_BACK_PRESSURE, &where,
                 "'%s' was held back for %.0f %% of the last minute", component->name,
                 component->blocked * 100);
    if (component->capacity > VERDICT_BUSY)
        complain(judging, VERDICT_WATCH, VERDICT_OVERLOADED, &where,
                 "an executor of '%s' was busy for %.0f %% of the last minute", component->name,
                 component->capacity * 100);
    if (component->error != NULL)
        complain(judging, VERDICT_WATCH, VERDICT_ERRORS, &where, "'%s' reported: %.200s",
                 component->name, component->error);
}

/* ---- Topologies ---------------------------------------------------------------------------- */

static void judge_share(struct judging *judging, enum verdict_kind kind, uint64_t count,
                        uint64_t settled, const char *what)
{
    struct where where = {.component = NULL};

    if (settled < VERDICT_SETTLED_MIN || count * 100 <= settled)
        return;
    complain(judging, count * 10 > settled ? VERDICT_TROUBLE : VERDICT_WATCH, kind, &where,
             "%.1f %% of the trees of the last minute %s: %" PRIu64 " of %" PRIu64,
             (double)count / (double)settled * 100, what, count, settled);
}

static void judge_lag(struct judging *judging, const struct verdict_topology *topology)
{
    struct where where = {.component = NULL};

    for (size_t i = 1; i < VERDICT_LAGS; i++)
        if (!topology->has_lag || topology->lag[i] <= topology->lag[i - 1])
            return;
    if (topology->lag[VERDICT_LAGS - 1] - topology->lag[0] <= topology->emitted / 6)
        return;
    complain(judging, VERDICT_WATCH, VERDICT_LAG_GROWING, &where,
             "the lag has grown for five minutes, from %" PRIu64 " to %" PRIu64 " records",
             topology->lag[0], topology->lag[VERDICT_LAGS - 1]);
}

static void judge_topology(struct judging *judging, struct verdict_topology *topology)
{
    uint64_t settled = topology->completed + topology->failed;
    struct where where = {.component = NULL};

    topology->health = VERDICT_WELL;
    judging->topology = topology;
    if (topology->unplaced > 0)
        complain(judging, VERDICT_TROUBLE, VERDICT_UNPLACED, &where,
                 "%" PRIu32 " executors have no place: %.300s", topology->unplaced,
                 topology->why_not == NULL ? "nothing is free" : topology->why_not);
    for (size_t i = 0; i < topology->worker_count; i++)
        judge_worker(judging, &topology->workers[i]);
    judge_share(judging, VERDICT_TIMING_OUT, topology->timed_out, settled, "timed out");
    judge_share(judging, VERDICT_FAILING, topology->failed - topology->timed_out, settled,
                "failed");
    for (size_t i = 0; i < topology->component_count; i++)
        judge_component(judging, &topology->components[i]);
    judge_lag(judging, topology);
    judging->topology = NULL;
}

/* ---- Nodes --------------------------------------------------------------------------------- */

static void judge_node(struct judging *judging, const struct verdict_node *node)
{
    struct where where = {.supervisor = node->id};
    const char *host = node->host == NULL ? "" : node->host;

    if (!node->is_there && (node->used > 0 || node->gone_ms < VERDICT_LOST_MS))
        complain(judging, node->used > 0 ? VERDICT_TROUBLE : VERDICT_WATCH, VERDICT_NODE_LOST,
                 &where, "supervisor %s%s%s is gone", node->id, *host == '\0' ? "" : " on ", host);
    if (node->is_there && !node->is_healthy)
        complain(judging, VERDICT_WATCH, VERDICT_NODE_UNHEALTHY, &where,
                 "supervisor %s is not well: %.300s", node->id,
                 node->health_text == NULL ? "" : node->health_text);
}

static void judge_nodes(struct judging *judging)
{
    const struct verdict_facts *facts = judging->facts;
    struct where where = {.component = NULL};
    bool has_any = false;

    for (size_t i = 0; i < facts->node_count; i++) {
        has_any = has_any || facts->nodes[i].is_there;
        judge_node(judging, &facts->nodes[i]);
    }
    if (!has_any)
        complain(judging, facts->topology_count > 0 ? VERDICT_TROUBLE : VERDICT_WATCH,
                 VERDICT_NO_SUPERVISORS, &where, "there is no supervisor");
}

/* ---- The whole ----------------------------------------------------------------------------- */

static struct verdict_report collect(struct judging *judging)
{
    struct verdict_report report = {.total = judging->total};

    for (int severity = VERDICT_TROUBLE; severity > VERDICT_WELL; severity--) {
        if (judging->counts[severity] > 0 && report.severity == VERDICT_WELL)
            report.severity = (enum verdict_severity)severity;
        for (size_t i = 0; i < judging->counts[severity]; i++) {
            if (report.count < VERDICT_PROBLEMS_MAX)
                report.problems[report.count++] = judging->problems[severity][i];
            else
                free_problem(&judging->problems[severity][i]);
        }
    }
    return report;
}

void verdict_judge(struct verdict_facts *facts, struct verdict_report *report)
{
    struct judging *judging = NEW(struct judging);

    judging->facts = facts;
    judging->before = report;
    judge_nodes(judging);
    for (size_t i = 0; i < facts->topology_count; i++)
        judge_topology(judging, &facts->topologies[i]);
    struct verdict_report next = collect(judging);
    verdict_report_done(report);
    *report = next;
    free(judging);
}
