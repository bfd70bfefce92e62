/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/core.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/assignment_state.h"
#include "coord/state/topology_state.h"

struct entry {
    char *id;
    char *plan_hash; /* NULL while the topology is not known */
    char *so_hash;
    uint64_t topology_epoch; /* the highest seen; 0: none */
    uint64_t assignment_epoch;
    int64_t mzxid; /* of the assignment */
    size_t slot_count;
    uint32_t *slots; /* ours that it has */
    bool is_assigned;
};

struct core {
    char *supervisor;
    struct entry *entries; /* by id */
    size_t count;
    size_t capacity;
};

struct core *core_new(const char *supervisor)
{
    struct core *core = NEW(struct core);

    core->supervisor = mem_copy_text(supervisor);
    return core;
}

static void forget_topology(struct entry *entry)
{
    mem_free_text(&entry->plan_hash);
    mem_free_text(&entry->so_hash);
    entry->topology_epoch = 0;
}

static void forget_assignment(struct entry *entry)
{
    free(entry->slots);
    entry->slots = NULL;
    entry->slot_count = 0;
    entry->is_assigned = false;
    entry->assignment_epoch = 0;
}

void core_destroy(struct core **core)
{
    if (*core == NULL)
        return;
    for (size_t i = 0; i < (*core)->count; i++) {
        forget_topology(&(*core)->entries[i]);
        forget_assignment(&(*core)->entries[i]);
        free((*core)->entries[i].id);
    }
    free((*core)->entries);
    free((*core)->supervisor);
    free(*core);
    *core = NULL;
}

/* ---- Entries -------------------------------------------------------------------------------- */

/* Of the first entry whose id is not lower. */
static size_t place_of(const struct core *core, const char *id)
{
    size_t low = 0, high = core->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(core->entries[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct entry *find(const struct core *core, const char *id)
{
    size_t place = place_of(core, id);

    if (place == core->count || strcmp(core->entries[place].id, id) != 0)
        return NULL;
    return &core->entries[place];
}

static struct entry *find_or_add(struct core *core, const char *id)
{
    struct entry *found = find(core, id);

    if (found != NULL)
        return found;
    size_t place = place_of(core, id);
    if (core->count == core->capacity) {
        core->capacity = core->capacity == 0 ? 16 : 2 * core->capacity;
        core->entries = mem_resize(core->entries, core->capacity, sizeof core->entries[0]);
    }
    memmove(&core->entries[place + 1], &core->entries[place],
            (core->count - place) * sizeof core->entries[0]);
    core->count++;
    core->entries[place] = (struct entry){.id = mem_copy_text(id)};
    return &core->entries[place];
}

static void drop_if_empty(struct core *core, struct entry *entry)
{
    size_t place = (size_t)(entry - core->entries);

    if (entry->plan_hash != NULL || entry->is_assigned)
        return;
    free(entry->id);
    core->count--;
    memmove(entry, entry + 1, (core->count - place) * sizeof *entry);
}

/* ---- What comes in -------------------------------------------------------------------------- */

static enum err refuse(const char *what, const char *id, uint64_t epoch, uint64_t seen,
                       struct error *error)
{
    return error_set(error, ERR_CONFLICT,
                     "the %s of '%s' is of epoch %llu, but one of epoch %llu was seen", what, id,
                     (unsigned long long)epoch, (unsigned long long)seen);
}

enum err core_put_topology(struct core *core, const char *id, const char *data, size_t size,
                           struct error *error)
{
    const struct entry *known = find(core, id);
    struct topology_state topology;
    enum err err = topology_state_decode(data, size, &topology, error);

    if (err != ERR_OK)
        return err;
    if (strcmp(topology.id, id) != 0)
        err = error_set(error, ERR_CORRUPT, "the topology at '%s' says that it is '%s'", id,
                        topology.id);
    else if (known != NULL && topology.epoch < known->topology_epoch)
        err = refuse("topology", id, topology.epoch, known->topology_epoch, error);
    if (err == ERR_OK) {
        struct entry *entry = find_or_add(core, id);
        forget_topology(entry);
        entry->topology_epoch = topology.epoch;
        entry->plan_hash = mem_copy_text(topology.plan_hash);
        entry->so_hash = mem_copy_text(topology.so_hash);
    }
    topology_state_done(&topology);
    return err;
}

static void take_slots(struct entry *entry, const struct assignment_state *assignment,
                       const char *supervisor)
{
    entry->slots = NEW_ARRAY(uint32_t, assignment->worker_count);
    for (size_t i = 0; i < assignment->worker_count; i++) {
        if (strcmp(assignment->workers[i].supervisor, supervisor) == 0)
            entry->slots[entry->slot_count++] = assignment->workers[i].slot;
    }
}

enum err core_put_assignment(struct core *core, const char *id, const char *data, size_t size,
                             int64_t mzxid, struct error *error)
{
    const struct entry *known = find(core, id);
    struct assignment_state assignment;
    enum err err = assignment_state_decode(data, size, &assignment, error);

    if (err != ERR_OK)
        return err;
    if (strcmp(assignment.topology, id) != 0)
        err = error_set(error, ERR_CORRUPT, "the assignment at '%s' says that it is of '%s'", id,
                        assignment.topology);
    else if (known != NULL && assignment.epoch < known->assignment_epoch)
        err = refuse("assignment", id, assignment.epoch, known->assignment_epoch, error);
    if (err == ERR_OK) {
        struct entry *entry = find_or_add(core, id);
        forget_assignment(entry);
        entry->is_assigned = true;
        entry->assignment_epoch = assignment.epoch;
        entry->mzxid = mzxid;
        take_slots(entry, &assignment, core->supervisor);
    }
    assignment_state_done(&assignment);
    return err;
}

void core_remove_topology(struct core *core, const char *id)
{
    struct entry *entry = find(core, id);

    if (entry == NULL)
        return;
    forget_topology(entry);
    drop_if_empty(core, entry);
}

void core_remove_assignment(struct core *core, const char *id)
{
    struct entry *entry = find(core, id);

    if (entry == NULL)
        return;
    forget_assignment(entry);
    drop_if_empty(core, entry);
}

/* ---- What comes out ------------------------------------------------------------------------- */

static bool has_slot(const struct entry *entry, uint32_t slot)
{
    for (size_t i = 0; i < entry->slot_count; i++) {
        if (entry->slots[i] == slot)
            return true;
    }
    return false;
}

static bool is_later(const struct entry *one, const struct entry *other)
{
    if (one->assignment_epoch != other->assignment_epoch)
        return one->assignment_epoch > other->assignment_epoch;
    return one->mzxid > other->mzxid;
}

bool core_find_wanted(const struct core *core, uint32_t slot, struct core_wanted *ret_wanted)
{
    const struct entry *best = NULL;

    for (size_t i = 0; i < core->count; i++) {
        const struct entry *entry = &core->entries[i];
        if (entry->plan_hash != NULL && has_slot(entry, slot) &&
            (best == NULL || is_later(entry, best)))
            best = entry;
    }
    if (best == NULL)
        return false;
    *ret_wanted = (struct core_wanted){
        .topology = best->id, .plan_hash = best->plan_hash, .so_hash = best->so_hash};
    return true;
}

bool core_has_topology(const struct core *core, const char *id)
{
    const struct entry *entry = find(core, id);

    return entry != NULL && entry->plan_hash != NULL;
}

bool core_has_blob(const struct core *core, const char *hash)
{
    for (size_t i = 0; i < core->count; i++) {
        const struct entry *entry = &core->entries[i];
        if (entry->plan_hash != NULL &&
            (strcmp(entry->plan_hash, hash) == 0 || strcmp(entry->so_hash, hash) == 0))
            return true;
    }
    return false;
}
