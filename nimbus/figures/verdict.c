/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/verdict.h"

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

/* In ticks. Facts begin at once. What was measured over a minute is above a limit or below it from tick to tick; the
 * lag is looked at each 10 s. */
static const struct steady_rule rules[VERDICT_KINDS] = {
    [VERDICT_CRASH_LOOP] = {1, 3},     [VERDICT_WORKER_FAILED] = {1, 3},
    [VERDICT_WORKER_DOWN] = {1, 3},    [VERDICT_UNPLACED] = {1, 3},
    [VERDICT_NODE_LOST] = {1, 3},      [VERDICT_NO_SUPERVISORS] = {1, 3},
    [VERDICT_ERRORS] = {1, 3},         [VERDICT_NODE_UNHEALTHY] = {1, 10},
    [VERDICT_TIMING_OUT] = {5, 15},    [VERDICT_FAILING] = {5, 15},
    [VERDICT_BACK_PRESSURE] = {5, 15}, [VERDICT_OVERLOADED] = {5, 15},
    [VERDICT_LAG_GROWING] = {5, 30},
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

struct steady_rule verdict_rule(enum verdict_kind kind)
{
    return rules[kind];
}

const char *verdict_severity_name(enum verdict_severity severity)
{
    static const char *const names[] = {"well", "watch", "trouble"};

    return names[severity];
}

/* ---- Problems ------------------------------------------------------------------------------ */

struct judging {
    const struct verdict_facts *facts;
    struct verdict_report *report;
    struct verdict_topology *topology; /* that is looked at; NULL */
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

/* FNV-1a. */
static uint64_t mix(uint64_t hash, const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return (hash ^ 0xFF) * UINT64_C(1099511628211);
}

static uint64_t hash_of(const struct verdict_problem *problem)
{
    uint64_t hash = UINT64_C(14695981039346656037) + (uint64_t)problem->kind * 1024 + problem->slot;

    return mix(mix(mix(hash, problem->topology), problem->component), problem->supervisor);
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
    for (size_t i = 0; i < report->kept_count; i++)
        free_problem(&report->kept[i].problem);
    free(report->kept);
    *report = (struct verdict_report){.count = 0};
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

static struct verdict_kept *find_kept(const struct verdict_report *report,
                                      const struct verdict_problem *about, uint64_t hash)
{
    for (size_t i = 0; i < report->kept_count; i++)
        if (report->kept[i].hash == hash && is_same(&report->kept[i].problem, about))
            return &report->kept[i];
    return NULL;
}

/* Room for one more: trouble pushes out what is to be watched at most. NULL: there is none. */
static struct verdict_kept *make_room(struct verdict_report *report, enum verdict_severity severity)
{
    size_t last = report->kept_count;

    if (last < VERDICT_KEPT_MAX) {
        report->kept = mem_resize(report->kept, last + 1, sizeof *report->kept);
        return &report->kept[report->kept_count++];
    }
    while (severity == VERDICT_TROUBLE && last > 0) {
        struct verdict_kept *kept = &report->kept[--last];
        if (kept->found == VERDICT_TROUBLE || kept->is_trouble.is_on)
            continue;
        free_problem(&kept->problem);
        return kept;
    }
    return NULL;
}

/* What it is about is borrowed. NULL: there are too many. */
static struct verdict_kept *make_kept(struct judging *judging, const struct verdict_problem *about)
{
    uint64_t hash = hash_of(about);
    struct verdict_kept *kept = find_kept(judging->report, about, hash);

    if (kept != NULL)
        return kept;
    kept = make_room(judging->report, about->severity);
    if (kept == NULL)
        return NULL;
    *kept = (struct verdict_kept){.problem = *about, .hash = hash};
    kept->problem.topology = copy(about->topology);
    kept->problem.component = copy(about->component);
    kept->problem.supervisor = copy(about->supervisor);
    kept->problem.since_ms = judging->facts->now_ms;
    return kept;
}

static PRINTF_LIKE(5, 6) void complain(struct judging *judging, enum verdict_severity severity,
                                       enum verdict_kind kind, const struct where *where,
                                       const char *format, ...)
{
    struct verdict_problem about = {
        .severity = severity,
        .kind = kind,
        .remedy = kinds[kind].remedy,
        .topology = judging->topology == NULL ? NULL : (char *)judging->topology->name,
        .component = (char *)where->component,
        .supervisor = (char *)where->supervisor,
        .has_slot = where->has_slot,
        .slot = where->slot,
    };
    struct verdict_kept *kept = make_kept(judging, &about);
    char line[512];
    va_list arguments;

    if (kept == NULL)
        return;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    trim(line);
    free(kept->problem.text);
    kept->problem.text = mem_copy_text(line);
    kept->found = severity > kept->found ? severity : kept->found;
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

static struct verdict_topology *find_topology(const struct verdict_facts *facts, const char *name)
{
    for (size_t i = 0; name != NULL && i < facts->topology_count; i++)
        if (strcmp(facts->topologies[i].name, name) == 0)
            return &facts->topologies[i];
    return NULL;
}

/* What it is told as; WELL: not at all. */
static enum verdict_severity step_kept(struct verdict_kept *kept)
{
    struct steady_rule rule = rules[kept->problem.kind];
    bool is_watch = steady_step(&kept->is_watch, kept->found >= VERDICT_WATCH, rule);
    bool is_trouble = steady_step(&kept->is_trouble, kept->found >= VERDICT_TROUBLE, rule);

    kept->problem.severity = is_trouble ? VERDICT_TROUBLE : is_watch ? VERDICT_WATCH : VERDICT_WELL;
    return kept->problem.severity;
}

/* Whether it is still to be remembered. What is told of a topology is its health, too. */
static bool judge_kept(const struct judging *judging, struct verdict_kept *kept)
{
    struct verdict_topology *topology = find_topology(judging->facts, kept->problem.topology);

    if (kept->problem.topology != NULL && topology == NULL)
        return false;
    enum verdict_severity severity = step_kept(kept);
    bool stays = severity != VERDICT_WELL || kept->found != VERDICT_WELL;
    kept->found = VERDICT_WELL;
    if (severity == VERDICT_WELL)
        return stays;
    judging->report->total++;
    if (topology != NULL && topology->health < severity)
        topology->health = severity;
    if (judging->report->severity < severity)
        judging->report->severity = severity;
    return true;
}

static void judge_all_kept(const struct judging *judging)
{
    struct verdict_report *report = judging->report;
    size_t stayed = 0;

    report->total = 0;
    report->severity = VERDICT_WELL;
    for (size_t i = 0; i < report->kept_count; i++) {
        if (judge_kept(judging, &report->kept[i]))
            report->kept[stayed++] = report->kept[i];
        else
            free_problem(&report->kept[i].problem);
    }
    report->kept_count = stayed;
}

static void list_problems(struct verdict_report *report)
{
    report->count = 0;
    for (int severity = VERDICT_TROUBLE; severity > VERDICT_WELL; severity--)
        for (size_t i = 0; i < report->kept_count && report->count < VERDICT_PROBLEMS_MAX; i++)
            if ((int)report->kept[i].problem.severity == severity)
                report->problems[report->count++] = report->kept[i].problem;
}

void verdict_judge(struct verdict_facts *facts, struct verdict_report *report)
{
    struct judging judging = {.facts = facts, .report = report};

    judge_nodes(&judging);
    for (size_t i = 0; i < facts->topology_count; i++)
        judge_topology(&judging, &facts->topologies[i]);
    judge_all_kept(&judging);
    list_problems(report);
}
