/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "coord/state/paths.h"

#define RETRY_NS UINT64_C(1000000000) /* after a read has failed */

enum {
    READS_MAX = 64,       /* of a directory, under way */
    REPORTERS_MAX = 4096, /* supervisors that report and have no node */
    FAULTS_MAX = 64,      /* kept for the log */
};

typedef enum err learn_fn(struct registry *registry, const struct directory_entry *entry,
                          struct error *error);
typedef void forget_fn(struct registry *registry, const char *name);

struct copy {
    struct registry *registry;
    struct directory *directory;
    learn_fn *learn;
    forget_fn *forget;
    bool has_failed;
    uint64_t retry_ns;
};

enum copy_kind {
    COPY_MEMBERS,
    COPY_SUPERVISORS,
    COPY_TOPOLOGIES,
    COPY_ASSIGNMENTS,
    COPY_TOTALS,
    COPY_COUNT,
};

struct registry {
    struct copy copies[COPY_COUNT];
    struct roll members;
    struct roll supervisors;
    struct roll topologies;
    bool has_news;
    uint64_t now_ns; /* of the last turn */
    uint64_t away_ns;
    size_t fault_count;
    char *faults[FAULTS_MAX]; /* for the log */
};

/* ---- Members ------------------------------------------------------------------------------- */

static void free_member(struct member *member)
{
    nimbus_state_done(&member->state);
    free(member->id);
    free(member);
}

static void forget_member(struct registry *registry, const char *name)
{
    struct member *member = roll_find(&registry->members, name);

    if (member == NULL)
        return;
    roll_remove(&registry->members, member);
    free_member(member);
}

static enum err learn_member(struct registry *registry, const struct directory_entry *entry,
                             struct error *error)
{
    struct nimbus_state state;
    enum err err = nimbus_state_decode(entry->data, entry->size, &state, error);

    if (err != ERR_OK)
        return err;
    forget_member(registry, entry->name);
    struct member *member = NEW(struct member);
    member->id = mem_copy_text(entry->name);
    member->state = state;
    roll_put(&registry->members, member);
    return ERR_OK;
}

/* ---- Supervisors --------------------------------------------------------------------------- */

static void free_supervisor(struct supervisor *supervisor)
{
    supervisor_state_done(&supervisor->state);
    free(supervisor->health_text);
    free(supervisor->id);
    free(supervisor);
}

static struct supervisor *make_supervisor(struct registry *registry, const char *id)
{
    struct supervisor *supervisor = roll_find(&registry->supervisors, id);

    if (supervisor != NULL)
        return supervisor;
    supervisor = NEW(struct supervisor);
    supervisor->id = mem_copy_text(id);
    supervisor->is_healthy = true;
    roll_put(&registry->supervisors, supervisor);
    return supervisor;
}

static enum err learn_supervisor(struct registry *registry, const struct directory_entry *entry,
                                 struct error *error)
{
    struct supervisor_state state;
    enum err err = supervisor_state_decode(entry->data, entry->size, &state, error);

    if (err != ERR_OK)
        return err;
    struct supervisor *supervisor = make_supervisor(registry, entry->name);
    supervisor_state_done(&supervisor->state);
    supervisor->state = state;
    supervisor->is_there = true;
    supervisor->gone_ns = 0;
    registry->has_news = true;
    return ERR_OK;
}

/* One that is started again takes its node over, which is missing meanwhile. */
static void miss_supervisor(struct registry *registry, const char *name)
{
    struct supervisor *supervisor = roll_find(&registry->supervisors, name);

    registry->has_news = true;
    if (supervisor == NULL || !supervisor->is_there)
        return;
    supervisor->is_there = false;
    supervisor->gone_ns = registry->now_ns | 1;
}

static void drop_supervisor(struct registry *registry, struct supervisor *supervisor)
{
    registry->has_news = true;
    for (size_t i = 0; i < registry->topologies.count; i++) {
        struct topology *topology = registry->topologies.items[i];
        places_begin(&topology->places, supervisor->id); /* what it had said is history */
    }
    roll_remove(&registry->supervisors, supervisor);
    free_supervisor(supervisor);
}

struct supervisor *registry_reporter(struct registry *registry, const char *id)
{
    if (roll_find(&registry->supervisors, id) == NULL &&
        registry->supervisors.count >= DIRECTORY_ENTRIES_MAX + REPORTERS_MAX)
        return NULL;
    return make_supervisor(registry, id);
}

/* ---- Topologies ---------------------------------------------------------------------------- */

void write_done(struct write *write)
{
    json_decref(write->answer);
    events_item_destroy(&write->event);
    *write = (struct write){.kind = WRITE_NONE};
}

void topology_drop_plan(struct topology *topology)
{
    plan_destroy(&topology->plan);
    config_destroy(&topology->config);
    mem_free_text(&topology->plan_fault);
    topology->is_plan_due = true;
}

bool topology_has_worker(const struct topology *topology, const char *supervisor, uint32_t slot)
{
    for (size_t w = 0; w < topology->assignment.worker_count; w++) {
        const struct assignment_worker *worker = &topology->assignment.workers[w];
        if (worker->slot == slot && strcmp(worker->supervisor, supervisor) == 0)
            return true;
    }
    return false;
}

static void free_topology(struct topology *topology)
{
    topology_state_done(&topology->state);
    assignment_state_done(&topology->assignment);
    topology_drop_plan(topology);
    write_done(&topology->write);
    places_done(&topology->places);
    insight_done(&topology->insight);
    witness_done(&topology->witness);
    json_decref(topology->errors);
    free(topology->why_not);
    free(topology->id);
    free(topology);
}

static struct topology *make_topology(struct registry *registry, const char *id)
{
    struct topology *topology = roll_find(&registry->topologies, id);

    if (topology != NULL)
        return topology;
    topology = NEW(struct topology);
    topology->id = mem_copy_text(id);
    topology->is_plan_due = true;
    roll_put(&registry->topologies, topology);
    return topology;
}

static bool has_same_settings(const struct topology_state *a, const struct topology_state *b)
{
    if (a->setting_count != b->setting_count)
        return false;
    for (size_t i = 0; i < a->setting_count; i++)
        if (strcmp(a->settings[i].key, b->settings[i].key) != 0 ||
            strcmp(a->settings[i].value, b->settings[i].value) != 0)
            return false;
    return true;
}

static enum err learn_topology(struct registry *registry, const struct directory_entry *entry,
                               struct error *error)
{
    struct topology_state state;
    enum err err = topology_state_decode(entry->data, entry->size, &state, error);

    if (err != ERR_OK)
        return err;
    struct topology *topology = make_topology(registry, entry->name);
    if (!topology->is_there || topology->state.status != state.status)
        topology->status_since_ns = registry->now_ns;
    if (topology->state.id != NULL && !has_same_settings(&topology->state, &state))
        topology_drop_plan(topology);
    topology_state_done(&topology->state);
    topology->state = state;
    topology->version = entry->version;
    topology->is_there = true;
    registry->has_news = true;
    return ERR_OK;
}

static void forget_topology(struct registry *registry, const char *name)
{
    struct topology *topology = roll_find(&registry->topologies, name);

    registry->has_news = true;
    if (topology != NULL)
        topology->is_there = false;
}

static enum err learn_assignment(struct registry *registry, const struct directory_entry *entry,
                                 struct error *error)
{
    struct assignment_state assignment;
    enum err err = assignment_state_decode(entry->data, entry->size, &assignment, error);

    if (err != ERR_OK)
        return err;
    struct topology *topology = make_topology(registry, entry->name);
    assignment_state_done(&topology->assignment);
    topology->assignment = assignment;
    topology->assignment_version = entry->version;
    topology->is_assigned = true;
    registry->has_news = true;
    return ERR_OK;
}

static void forget_assignment(struct registry *registry, const char *name)
{
    struct topology *topology = roll_find(&registry->topologies, name);

    registry->has_news = true;
    if (topology == NULL)
        return;
    topology->is_assigned = false;
    assignment_state_done(&topology->assignment);
}

/* They are read when somebody begins to lead, and not before. */
static enum err learn_totals(struct registry *registry, const struct directory_entry *entry,
                             struct error *error)
{
    (void)registry;
    (void)entry;
    (void)error;
    return ERR_OK;
}

static void forget_totals(struct registry *registry, const char *name)
{
    (void)registry;
    (void)name;
}

struct topology *registry_add(struct registry *registry, struct topology_state *state)
{
    struct topology *topology = make_topology(registry, state->id);

    ASSERT(!topology->is_there && topology->state.id == NULL);
    topology->state = *state;
    *state = (struct topology_state){.id = NULL};
    return topology;
}

/* ---- Copies -------------------------------------------------------------------------------- */

static void note_fault(struct registry *registry, const char *name, const struct error *error)
{
    struct text text;

    if (registry->fault_count == FAULTS_MAX)
        return;
    text_init(&text);
    text_add(&text, "node=%s error=\"%s\"", name, error->text);
    registry->faults[registry->fault_count++] = text_take(&text);
}

static void take_news(struct copy *copy)
{
    enum directory_change change;
    struct directory_entry entry;
    struct error error;

    while (directory_take(copy->directory, &change, &entry)) {
        if (change == DIRECTORY_REMOVED)
            copy->forget(copy->registry, entry.name);
        else if (copy->learn(copy->registry, &entry, &error) != ERR_OK)
            note_fault(copy->registry, entry.name, &error);
    }
}

/* There are few nimbuses: no pause before all is read again. */
static void step_copy(void *subscriber, const struct coord_event *event, struct coord_calls *calls)
{
    struct copy *copy = subscriber;
    enum directory_verdict verdict = directory_step(copy->directory, event, calls);

    take_news(copy);
    if (verdict == DIRECTORY_WANTS_RESYNC)
        directory_resync(copy->directory, calls);
    if (verdict == DIRECTORY_FAILED) {
        copy->has_failed = true;
        copy->retry_ns = 0;
    }
}

static void open_copy(struct registry *registry, enum copy_kind kind, const char *path,
                      struct switchboard *board, struct coord_calls *calls)
{
    struct copy *copy = &registry->copies[kind];
    struct directory_options options = {
        .number = switchboard_number(board), .path = path, .calls_max = READS_MAX};

    copy->registry = registry;
    copy->directory = directory_new(&options);
    bool is_added = switchboard_add(board, options.number, step_copy, copy, calls);
    ASSERT(is_added); /* a nimbus has a dozen */
}

struct registry *registry_new(struct switchboard *board, uint64_t away_ns,
                              struct coord_calls *calls)
{
    struct registry *registry = NEW(struct registry);

    registry->away_ns = away_ns;
    struct copy *copies = registry->copies;

    copies[COPY_MEMBERS] = (struct copy){.learn = learn_member, .forget = forget_member};
    copies[COPY_SUPERVISORS] = (struct copy){.learn = learn_supervisor, .forget = miss_supervisor};
    copies[COPY_TOPOLOGIES] = (struct copy){.learn = learn_topology, .forget = forget_topology};
    copies[COPY_ASSIGNMENTS] =
        (struct copy){.learn = learn_assignment, .forget = forget_assignment};
    copies[COPY_TOTALS] = (struct copy){.learn = learn_totals, .forget = forget_totals};
    open_copy(registry, COPY_MEMBERS, PATHS_NIMBUS_MEMBERS, board, calls);
    open_copy(registry, COPY_SUPERVISORS, PATHS_SUPERVISORS, board, calls);
    open_copy(registry, COPY_TOPOLOGIES, PATHS_TOPOLOGIES, board, calls);
    open_copy(registry, COPY_ASSIGNMENTS, PATHS_ASSIGNMENTS, board, calls);
    open_copy(registry, COPY_TOTALS, PATHS_TOTALS, board, calls);
    return registry;
}

void registry_destroy(struct registry **registry)
{
    struct registry *it = *registry;

    if (it == NULL)
        return;
    for (size_t i = 0; i < COPY_COUNT; i++)
        directory_destroy(&it->copies[i].directory);
    for (size_t i = 0; i < it->members.count; i++)
        free_member(it->members.items[i]);
    for (size_t i = 0; i < it->supervisors.count; i++)
        free_supervisor(it->supervisors.items[i]);
    for (size_t i = 0; i < it->topologies.count; i++)
        free_topology(it->topologies.items[i]);
    for (size_t i = 0; i < it->fault_count; i++)
        free(it->faults[i]);
    roll_done(&it->members);
    roll_done(&it->supervisors);
    roll_done(&it->topologies);
    free(it);
    *registry = NULL;
}

/* ---- Turns --------------------------------------------------------------------------------- */

static void retry(struct copy *copy, uint64_t now_ns, struct coord_calls *calls,
                  struct effects *effects)
{
    if (!copy->has_failed)
        return;
    if (copy->retry_ns == 0) {
        copy->retry_ns = now_ns + RETRY_NS;
        effects_log(effects, EFFECT_WARN, "coord.unread", "error=%d",
                    (int)directory_error(copy->directory));
        return;
    }
    if (now_ns < copy->retry_ns)
        return;
    copy->has_failed = false;
    directory_resync(copy->directory, calls);
}

/* Who is away for too long does not count any more. */
static void drop_absent(struct registry *registry)
{
    size_t index = 0;

    while (index < registry->supervisors.count) {
        struct supervisor *supervisor = registry->supervisors.items[index];
        if (supervisor->gone_ns != 0 && registry->now_ns >= supervisor->gone_ns + registry->away_ns)
            drop_supervisor(registry, supervisor);
        else
            index++;
    }
}

static void await_supervisor(struct registry *registry, const struct assignment_worker *worker)
{
    struct supervisor *supervisor = make_supervisor(registry, worker->supervisor);

    if (supervisor->is_there)
        return;
    supervisor->gone_ns = registry->now_ns | 1;
    if (supervisor->state.slots <= worker->slot)
        supervisor->state.slots = worker->slot + 1;
}

void registry_await(struct registry *registry)
{
    for (size_t i = 0; i < registry->topologies.count; i++) {
        const struct topology *topology = registry->topologies.items[i];
        for (size_t w = 0; w < topology->assignment.worker_count; w++)
            await_supervisor(registry, &topology->assignment.workers[w]);
    }
}

static void sweep(struct registry *registry)
{
    size_t index = 0;

    while (index < registry->topologies.count) {
        struct topology *topology = registry->topologies.items[index];
        if (topology->is_there || topology->is_assigned || topology->write.kind != WRITE_NONE) {
            index++;
            continue;
        }
        roll_remove(&registry->topologies, topology);
        free_topology(topology);
    }
}

void registry_turn(struct registry *registry, uint64_t now_ns, struct coord_calls *calls,
                   struct effects *effects)
{
    registry->now_ns = now_ns;
    for (size_t i = 0; i < COPY_COUNT; i++)
        retry(&registry->copies[i], now_ns, calls, effects);
    for (size_t i = 0; i < registry->fault_count; i++) {
        effects_log(effects, EFFECT_ERROR, "coord.unreadable", "%s", registry->faults[i]);
        free(registry->faults[i]);
    }
    registry->fault_count = 0;
    drop_absent(registry);
    sweep(registry);
}

bool registry_is_complete(const struct registry *registry)
{
    for (size_t i = 0; i < COPY_COUNT; i++)
        if (registry->copies[i].has_failed || !directory_is_complete(registry->copies[i].directory))
            return false;
    return true;
}

bool registry_take_news(struct registry *registry)
{
    bool has_news = registry->has_news;

    registry->has_news = false;
    return has_news;
}

void registry_put_news(struct registry *registry)
{
    registry->has_news = true;
}

void registry_forget_reports(struct registry *registry)
{
    size_t index = 0;

    while (index < registry->supervisors.count) {
        struct supervisor *supervisor = registry->supervisors.items[index];
        supervisor->has_reported = false;
        supervisor->is_healthy = true;
        if (supervisor_counts(supervisor))
            index++;
        else
            drop_supervisor(registry, supervisor);
    }
    for (size_t i = 0; i < registry->topologies.count; i++) {
        struct topology *topology = registry->topologies.items[i];
        places_done(&topology->places);
        insight_done(&topology->insight);
    }
}

/* ---- Queries ------------------------------------------------------------------------------- */

const struct roll *registry_members(const struct registry *registry)
{
    return &registry->members;
}

const struct roll *registry_supervisors(const struct registry *registry)
{
    return &registry->supervisors;
}

const struct roll *registry_topologies(const struct registry *registry)
{
    return &registry->topologies;
}

struct topology *registry_find(const struct registry *registry, const char *id)
{
    return roll_find(&registry->topologies, id);
}

struct topology *registry_find_name(const struct registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->topologies.count; i++) {
        struct topology *topology = registry->topologies.items[i];
        if (topology->state.name != NULL && strcmp(topology->state.name, name) == 0 &&
            (topology->is_there || topology->write.kind == WRITE_CREATE))
            return topology;
    }
    return NULL;
}

struct topology *registry_find_tag(const struct registry *registry, uint64_t tag)
{
    for (size_t i = 0; i < registry->topologies.count; i++) {
        struct topology *topology = registry->topologies.items[i];
        if (topology->write.tag == tag)
            return topology;
    }
    return NULL;
}

bool registry_totals(const struct registry *registry, const char *id,
                     struct directory_entry *ret_entry)
{
    return directory_find(registry->copies[COPY_TOTALS].directory, id, ret_entry);
}

bool registry_next_orphan(const struct registry *registry, size_t *position,
                          struct directory_entry *ret_entry)
{
    const struct directory *topologies = registry->copies[COPY_TOPOLOGIES].directory;
    struct directory_entry topology;

    while (directory_next(registry->copies[COPY_TOTALS].directory, position, ret_entry))
        if (registry_find(registry, ret_entry->name) == NULL &&
            !directory_find(topologies, ret_entry->name, &topology))
            return true;
    return false;
}

struct supervisor *registry_supervisor(const struct registry *registry, const char *id)
{
    return roll_find(&registry->supervisors, id);
}
