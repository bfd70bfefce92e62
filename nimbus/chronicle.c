/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of the cluster: what is worth one, and its words. What is written to the cluster state is told
 * when the write is through; what supervisors report, by nimbus/witness.h; who comes and goes, by a look at
 * all of them once a turn.
 *
 * Whoever begins to lead learns how everything is, without a word, and tells what changes from then on.
 */
#include <inttypes.h>
#include <string.h>

#include "nimbus/core_parts.h"

static void tell(struct core *core, struct events_item *event)
{
    events_put(&core->events, event, core->wall_ms);
}

static struct events_note note_of(enum events_kind kind, const struct topology *topology)
{
    return (struct events_note){
        .kind = kind, .topology = topology->state.name, .slot = EVENTS_NO_SLOT};
}

struct events_actor chronicle_actor(const struct request *request)
{
    struct events_actor actor = {.by = NULL};
    struct control_fault fault; /* was looked at when the request came */

    if (request == NULL || !events_read_actor(request->args, &actor, &fault))
        return (struct events_actor){.by = NULL};
    return actor;
}

/* ---- Topologies ---------------------------------------------------------------------------- */

struct events_item *chronicle_of_submission(const struct topology *topology,
                                            const struct request *request)
{
    struct events_note note = note_of(EVENTS_SUBMITTED, topology);

    note.actor = chronicle_actor(request);
    if (note.actor.by == NULL && topology->state.owner[0] != '\0')
        note.actor.by = topology->state.owner;
    note.args = json_pack("{s:s}", "id", topology->id);
    return events_compose(note, "%s was submitted%s", topology->state.name,
                          topology->state.status == TOPOLOGY_INACTIVE ? ", with its spouts paused"
                                                                      : "");
}

static uint64_t seconds_left(const struct core *core, const struct lifecycle_change *next)
{
    return next->deadline_ms <= core->wall_ms ? 0 : (next->deadline_ms - core->wall_ms) / 1000;
}

static struct events_item *describe_request(const struct core *core,
                                            const struct topology *topology,
                                            enum lifecycle_event cause,
                                            const struct lifecycle_change *next,
                                            struct events_note note)
{
    const char *name = topology->state.name;

    if (cause == LIFECYCLE_ACTIVATE)
        return events_compose(note, "%s was activated", name);
    if (cause == LIFECYCLE_DEACTIVATE)
        return events_compose(note, "%s was deactivated", name);
    return events_compose(note, "%s is %s; what is under way has %" PRIu64 " s", name,
                          cause == LIFECYCLE_KILL ? "killed" : "rebalanced",
                          seconds_left(core, next));
}

struct events_item *chronicle_of_change(const struct core *core, const struct topology *topology,
                                        enum lifecycle_event cause,
                                        const struct lifecycle_change *next,
                                        const struct request *request)
{
    static const enum events_kind kinds[LIFECYCLE_EVENT_COUNT] = {
        [LIFECYCLE_ACTIVATE] = EVENTS_ACTIVATED,
        [LIFECYCLE_DEACTIVATE] = EVENTS_DEACTIVATED,
        [LIFECYCLE_KILL] = EVENTS_KILLED,
        [LIFECYCLE_REBALANCE] = EVENTS_REBALANCING,
    };
    struct events_note note = note_of(kinds[cause], topology);

    note.actor = chronicle_actor(request);
    if (request != NULL)
        return describe_request(core, topology, cause, next, note);
    if (!next->is_applied)
        return NULL; /* it goes, which is told when it is gone */
    note.kind = EVENTS_REBALANCED;
    return events_compose(note, "the rebalance of %s is through: %s", topology->state.name,
                          cause == LIFECYCLE_DRAINED ? "all of it was drained"
                                                     : "its time was over");
}

void chronicle_end(struct core *core, const struct topology *topology)
{
    tell(core, events_compose(note_of(EVENTS_ENDED, topology), "%s has come to its end",
                              topology->state.name));
}

struct events_item *chronicle_of_removal(const struct topology *topology)
{
    struct events_note note = note_of(EVENTS_REMOVED, topology);

    note.args = json_pack("{s:s}", "id", topology->id);
    return events_compose(note, "%s is gone", topology->state.name);
}

/* ---- Placing ------------------------------------------------------------------------------- */

static const struct assignment_worker *worker_of(const struct assignment_state *assignment,
                                                 uint32_t executor)
{
    for (size_t w = 0; w < assignment->worker_count; w++)
        for (size_t e = 0; e < assignment->workers[w].executor_count; e++)
            if (assignment->workers[w].executors[e] == executor)
                return &assignment->workers[w];
    return NULL;
}

static uint64_t count_executors(const struct assignment_state *assignment)
{
    uint64_t count = 0;

    for (size_t i = 0; i < assignment->component_count; i++)
        count += assignment->executors[i];
    return count;
}

static bool is_cut_anew(const struct assignment_state *before, const struct assignment_state *after)
{
    return before->component_count != after->component_count ||
           memcmp(before->executors, after->executors,
                  after->component_count * sizeof *after->executors) != 0;
}

/* That have another place than before; all, if the components are cut into others. */
static uint64_t count_moved(const struct assignment_state *before,
                            const struct assignment_state *after)
{
    uint64_t moved = 0;

    for (size_t w = 0; w < after->worker_count; w++) {
        const struct assignment_worker *worker = &after->workers[w];
        for (size_t e = 0; e < worker->executor_count; e++) {
            const struct assignment_worker *old = worker_of(before, worker->executors[e]);
            moved += is_cut_anew(before, after) || old == NULL || old->slot != worker->slot ||
                     strcmp(old->supervisor, worker->supervisor) != 0;
        }
    }
    return moved;
}

static uint64_t count_placed(const struct assignment_state *assignment)
{
    uint64_t count = 0;

    for (size_t w = 0; w < assignment->worker_count; w++)
        count += assignment->workers[w].executor_count;
    return count;
}

/* The first supervisor that had something of it and does not count any more; NULL. */
static const char *find_gone(const struct core *core, const struct assignment_state *before)
{
    for (size_t w = 0; w < before->worker_count; w++) {
        const char *id = before->workers[w].supervisor;
        const struct supervisor *supervisor = registry_supervisor(core->registry, id);
        if (supervisor == NULL || !supervisor_counts(supervisor))
            return id;
    }
    return NULL;
}

static const char *find_why(const struct core *core, const struct topology *topology,
                            const struct assignment_state *after, const char **ret_gone)
{
    const struct assignment_state *before = &topology->assignment;

    *ret_gone = NULL;
    if (!topology->is_assigned)
        return "it is new";
    *ret_gone = find_gone(core, before);
    if (*ret_gone != NULL)
        return "is gone";
    if (count_placed(after) > count_placed(before) && !is_cut_anew(before, after))
        return "there is room for more of it";
    if (count_placed(after) < count_placed(before) && !is_cut_anew(before, after))
        return "there is less room";
    return "it was rebalanced";
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

struct events_item *chronicle_of_assignment(const struct core *core,
                                            const struct topology *topology,
                                            const struct assignment_state *assignment)
{
    struct events_note note = note_of(EVENTS_PLACED, topology);
    uint64_t moved = count_moved(&topology->assignment, assignment);
    uint64_t unplaced = count_executors(assignment) - count_placed(assignment);
    const char *gone;
    const char *why = find_why(core, topology, assignment, &gone);

    note.severity = unplaced > 0 ? EVENTS_WATCH : EVENTS_INFO;
    note.supervisor = gone;
    note.args = json_pack("{s:I, s:I, s:I}", "moved", (json_int_t)moved, "unplaced",
                          (json_int_t)unplaced, "workers", (json_int_t)assignment->worker_count);
    return events_compose(note, "%" PRIu64 " executor%s of %s %s placed on %zu worker%s%s: %s%s%s",
                          moved, plural(moved), topology->state.name, moved == 1 ? "was" : "were",
                          assignment->worker_count, plural(assignment->worker_count),
                          unplaced > 0 ? ", not all of them" : "", gone == NULL ? "" : gone,
                          gone == NULL ? "" : " ", why);
}

/* ---- Workers ------------------------------------------------------------------------------- */

static struct events_note note_of_worker(enum events_kind kind, const struct topology *topology,
                                         const char *supervisor, uint32_t slot)
{
    struct events_note note = note_of(kind, topology);

    note.supervisor = supervisor;
    note.slot = slot;
    return note;
}

static struct events_item *describe_failure(const struct topology *topology,
                                            const struct witness_news *news,
                                            struct events_note note)
{
    const char *name = topology->state.name;

    if (news->count == 1)
        return events_compose(note, "worker %s:%" PRId64 " of %s failed: %s", note.supervisor,
                              note.slot, name, news->why);
    return events_compose(note, "worker %s:%" PRId64 " of %s failed %" PRIu64 " times: %s",
                          note.supervisor, note.slot, name, news->count, news->why);
}

static struct events_item *describe(const struct topology *topology,
                                    const struct witness_news *news, struct events_note note)
{
    const char *name = topology->state.name;

    note.severity = news->severity;
    note.args = json_pack("{s:I, s:I, s:I, s:I}", "incarnation", (json_int_t)news->incarnation,
                          "pid", (json_int_t)news->pid, "count", (json_int_t)news->count,
                          "restarts", (json_int_t)news->restarts);
    if (news->kind == EVENTS_WORKER_FAILED)
        return describe_failure(topology, news, note);
    if (news->kind == EVENTS_WORKER_ENDED)
        return events_compose(note, "worker %s:%" PRId64 " of %s has come to its end",
                              note.supervisor, note.slot, name);
    bool is_again = news->kind == EVENTS_WORKER_RESTARTED;
    return events_compose(note, "worker %s:%" PRId64 " of %s started%s, as process %" PRId64 "%s%s",
                          note.supervisor, note.slot, name, is_again ? " again" : "", news->pid,
                          is_again ? ": " : "", is_again ? news->why : "");
}

/* Its supervisor does not have it any more. */
static void tell_missing(struct core *core, const struct topology *topology, const char *supervisor,
                         uint32_t slot)
{
    bool is_lost = topology_has_worker(topology, supervisor, slot);
    struct events_note note = note_of_worker(is_lost ? EVENTS_WORKER_LOST : EVENTS_WORKER_ENDED,
                                             topology, supervisor, slot);

    note.severity = is_lost ? EVENTS_WATCH : EVENTS_INFO;
    tell(core, events_compose(note, "worker %s:%" PRIu32 " of %s %s", supervisor, slot,
                              topology->state.name,
                              is_lost ? "is not known to its supervisor any more"
                                      : "was stopped: it has no part in it any more"));
}

static void take_worker(struct core *core, const struct supervisor *supervisor, const json_t *said)
{
    const char *id = json_string_value(json_object_get(said, "topology"));
    uint32_t slot = (uint32_t)json_integer_value(json_object_get(said, "slot"));
    struct topology *topology = registry_find(core->registry, id);
    struct witness_news news[WITNESS_NEWS_MAX];

    if (topology == NULL)
        return;
    size_t count = witness_take(&topology->witness, supervisor->id, said, core->wall_ms,
                                supervisor->is_witnessed ? WITNESS_TELLS : WITNESS_LEARNS, news);
    for (size_t i = 0; i < count; i++)
        tell(core, describe(topology, &news[i],
                            note_of_worker(news[i].kind, topology, supervisor->id, slot)));
}

void chronicle_report(struct core *core, struct supervisor *supervisor, const json_t *workers)
{
    const struct roll *topologies = registry_topologies(core->registry);
    size_t index;
    json_t *worker;
    uint32_t slot;
    bool had_process;

    for (size_t i = 0; i < topologies->count; i++)
        witness_begin(&((struct topology *)topologies->items[i])->witness, supervisor->id);
    json_array_foreach((json_t *)workers, index, worker)
    {
        take_worker(core, supervisor, worker);
    }
    for (size_t i = 0; i < topologies->count; i++) {
        struct topology *topology = topologies->items[i];
        while (witness_next_missing(&topology->witness, supervisor->id, &slot, &had_process))
            if (had_process)
                tell_missing(core, topology, supervisor->id, slot);
    }
    supervisor->is_witnessed = true;
}

/* ---- Supervisors --------------------------------------------------------------------------- */

static struct events_note note_of_supervisor(enum events_kind kind,
                                             const struct supervisor *supervisor)
{
    return (struct events_note){.kind = kind, .supervisor = supervisor->id, .slot = EVENTS_NO_SLOT};
}

static size_t count_workers(const struct core *core, const struct supervisor *supervisor)
{
    const struct roll *topologies = registry_topologies(core->registry);
    size_t count = 0;

    for (size_t i = 0; i < topologies->count; i++) {
        const struct assignment_state *assignment =
            &((const struct topology *)topologies->items[i])->assignment;
        for (size_t w = 0; w < assignment->worker_count; w++)
            count += strcmp(assignment->workers[w].supervisor, supervisor->id) == 0;
    }
    return count;
}

static struct events_item *describe_lost(const struct core *core,
                                         const struct supervisor *supervisor)
{
    struct events_note note = note_of_supervisor(EVENTS_SUPERVISOR_LOST, supervisor);
    size_t workers = count_workers(core, supervisor);

    note.severity = workers > 0 ? EVENTS_TROUBLE : EVENTS_WATCH;
    note.args = json_pack("{s:I}", "workers", (json_int_t)workers);
    if (workers == 0)
        return events_compose(note, "supervisor %s is gone; it had no worker", supervisor->id);
    return events_compose(
        note,
        "supervisor %s is gone; its %zu workers are placed elsewhere unless it is back "
        "within %" PRIu64 " s",
        supervisor->id, workers, core->options.away_ms / 1000);
}

static void look_for_presence(struct core *core, struct supervisor *supervisor)
{
    struct events_note note = note_of_supervisor(EVENTS_SUPERVISOR_JOINED, supervisor);

    if (supervisor->is_there == supervisor->is_told)
        return;
    supervisor->is_told = supervisor->is_there;
    tell(core, supervisor->is_there
                   ? events_compose(note, "supervisor %s on %s is there, with %" PRIu32 " slots",
                                    supervisor->id, supervisor->state.host, supervisor->state.slots)
                   : describe_lost(core, supervisor));
}

static void look_for_health(struct core *core, struct supervisor *supervisor)
{
    struct events_note note = note_of_supervisor(
        supervisor->is_healthy ? EVENTS_SUPERVISOR_HEALTHY : EVENTS_SUPERVISOR_UNHEALTHY,
        supervisor);
    const char *text = supervisor->health_text == NULL ? "" : supervisor->health_text;

    if (supervisor->is_told_ill == !supervisor->is_healthy)
        return;
    supervisor->is_told_ill = !supervisor->is_healthy;
    note.severity = supervisor->is_healthy ? EVENTS_INFO : EVENTS_TROUBLE;
    tell(core, events_compose(note, "supervisor %s is %s%s%s", supervisor->id,
                              supervisor->is_healthy ? "healthy again" : "unhealthy",
                              text[0] == '\0' ? "" : ": ", text));
}

/* It has been away for too long: registry_turn() forgets it in this turn. */
static bool is_given_up(const struct core *core, const struct supervisor *supervisor)
{
    return supervisor->gone_ns != 0 &&
           core->now_ns >= supervisor->gone_ns + core->options.away_ms * UINT64_C(1000000);
}

static void lose_workers(struct core *core, struct topology *topology,
                         const struct supervisor *supervisor)
{
    struct events_note note = note_of(EVENTS_WORKER_LOST, topology);
    uint32_t slot;
    uint64_t count = 0;
    bool had_process;

    witness_begin(&topology->witness, supervisor->id);
    while (witness_next_missing(&topology->witness, supervisor->id, &slot, &had_process))
        count += had_process;
    if (count == 0)
        return;
    note.supervisor = supervisor->id;
    note.severity = EVENTS_WATCH;
    note.args = json_pack("{s:I}", "count", (json_int_t)count);
    tell(core, events_compose(note, "%" PRIu64 " worker%s of %s %s lost with supervisor %s", count,
                              plural(count), topology->state.name, count == 1 ? "is" : "are",
                              supervisor->id));
}

static void look_at(struct core *core, struct supervisor *supervisor)
{
    const struct roll *topologies = registry_topologies(core->registry);

    look_for_presence(core, supervisor);
    look_for_health(core, supervisor);
    for (size_t i = 0; is_given_up(core, supervisor) && i < topologies->count; i++)
        lose_workers(core, topologies->items[i], supervisor);
}

/* ---- Turns --------------------------------------------------------------------------------- */

static void tell_leading(struct core *core, uint64_t epoch)
{
    struct events_note note = {.kind = EVENTS_LEADING, .slot = EVENTS_NO_SLOT};

    note.args = json_pack("{s:s, s:s, s:I}", "nimbus", core->options.id, "address",
                          core->options.address, "epoch", (json_int_t)epoch);
    tell(core, events_compose(note, "nimbus %s at %s leads; what was before is not known to it",
                              core->options.id, core->options.address));
}

static void begin(struct core *core, uint64_t epoch)
{
    const struct roll *supervisors = registry_supervisors(core->registry);
    const struct roll *topologies = registry_topologies(core->registry);

    events_done(&core->events);
    core->events_epoch = epoch;
    core->restarts.count = 0;
    for (size_t i = 0; i < supervisors->count; i++) {
        struct supervisor *supervisor = supervisors->items[i];
        supervisor->is_told = supervisor->is_there;
        supervisor->is_told_ill = !supervisor->is_healthy;
        supervisor->is_witnessed = false;
    }
    for (size_t i = 0; i < topologies->count; i++)
        witness_done(&((struct topology *)topologies->items[i])->witness);
    tell_leading(core, epoch);
}

static void tell_due(struct core *core, struct topology *topology)
{
    const struct witness_place *place;
    struct witness_news news;

    while (witness_next_due(&topology->witness, core->wall_ms, &place, &news))
        tell(core, describe(topology, &news,
                            note_of_worker(news.kind, topology, place->supervisor, place->slot)));
}

void chronicle_turn(struct core *core)
{
    const struct fence *fence = office_fence(core->office);
    const struct roll *supervisors = registry_supervisors(core->registry);
    const struct roll *topologies = registry_topologies(core->registry);

    if (fence == NULL)
        return;
    if (fence->epoch != core->events_epoch)
        begin(core, fence->epoch);
    for (size_t i = 0; i < supervisors->count; i++)
        look_at(core, supervisors->items[i]);
    for (size_t i = 0; i < topologies->count; i++)
        tell_due(core, topologies->items[i]);
}

/* ---- Operations ---------------------------------------------------------------------------- */

enum verdict operation_events(struct core *core, struct request *request)
{
    struct control_fault fault;
    struct events_query query;
    const char *topology;
    int64_t after;
    int64_t limit;

    if (!control_number_or(request->args, "after", 0, INT64_MAX, 0, &after, &fault) ||
        !control_text_or(request->args, "topology", PATHS_ID_MAX, "", &topology, &fault) ||
        !control_number_or(request->args, "limit", 1, EVENTS_ANSWER_MAX, 200, &limit, &fault))
        return request_complain(core, request, &fault);
    query = (struct events_query){.topology = topology[0] == '\0' ? NULL : topology,
                                  .after = (uint64_t)after,
                                  .limit = (size_t)limit};
    return request_answer(core, request, events_find(&core->events, &query));
}

/* What others do that nimbus does not see: of one kind so far. */
enum verdict operation_event_note(struct core *core, struct request *request)
{
    struct events_note note = {.kind = EVENTS_RESET_OFFSETS, .slot = EVENTS_NO_SLOT};
    struct control_fault fault;
    const char *kind;

    if (!control_text(request->args, "kind", CONTROL_OP_MAX, &kind, &fault) ||
        !control_text(request->args, "text", EVENTS_TEXT_MAX, &note.text, &fault))
        return request_complain(core, request, &fault);
    if (strcmp(kind, events_kind_name(note.kind)) != 0)
        return request_refuse(core, request, CONTROL_INVALID, "'kind' must be %s",
                              events_kind_name(note.kind));
    json_t *args = json_object_get(request->args, "args");
    if (args != NULL && !json_is_null(args) && !json_is_object(args))
        return request_refuse(core, request, CONTROL_INVALID, "'args' must be an object");
    note.actor = chronicle_actor(request);
    note.args = json_is_object(args) ? json_deep_copy(args) : NULL;
    tell(core, events_item_new(&note));
    return request_answer(core, request, json_object());
}
