/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writes of the leader: one at a time for each topology, behind the fence, and through once our
 * copy shows what was written.
 */
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "nimbus/core_parts.h"

#define SEEN_MAX_NS UINT64_C(10000000000) /* that the copy may take; then it is read as it is */

static struct write *begin(struct core *core, struct topology *topology, enum write_kind kind)
{
    struct write *write = &topology->write;

    ASSERT(write->kind == WRITE_NONE && office_fence(core->office) != NULL);
    *write = (struct write){.kind = kind, .tag = core_tag(core), .since_ns = core->now_ns};
    return write;
}

/* Too large for a node: nothing was sent. */
static void give_up(struct core *core, struct topology *topology)
{
    effects_refuse(core->effects, topology->write.asker, CONTROL_LIMIT,
                   "the record of topology '%s' would be too large for the cluster state; give it "
                   "fewer or shorter settings",
                   topology->id);
    effects_log(core->effects, EFFECT_ERROR, "topology.too_large", "topology=%s", topology->id);
    write_done(&topology->write);
}

void write_note(struct topology *topology, struct events_item *event)
{
    if (topology->write.kind == WRITE_NONE) {
        events_item_destroy(&event);
        return;
    }
    events_item_destroy(&topology->write.event);
    topology->write.event = event;
}

void write_create(struct core *core, struct topology *topology, struct asker asker)
{
    struct write *write = begin(core, topology, WRITE_CREATE);

    write->asker = asker;
    if (topology_state_create(office_fence(core->office), &topology->state, write->tag,
                              core->calls) != ERR_OK)
        give_up(core, topology);
}

void write_set(struct core *core, struct topology *topology, const struct topology_state *state,
               struct asker asker, json_t *answer)
{
    struct write *write = begin(core, topology, WRITE_SET);

    write->asker = asker;
    write->answer = answer;
    write->version = topology->version + 1;
    if (topology_state_set(office_fence(core->office), state, topology->version, write->tag,
                           core->calls) != ERR_OK)
        give_up(core, topology);
}

void write_delete(struct core *core, struct topology *topology)
{
    struct write *write = begin(core, topology, WRITE_DELETE);

    topology_state_delete(office_fence(core->office), topology->id, topology->version, write->tag,
                          core->calls);
}

void write_assign(struct core *core, struct topology *topology,
                  const struct assignment_state *assignment)
{
    struct write *write = begin(core, topology, WRITE_ASSIGN);
    const struct fence *fence = office_fence(core->office);
    enum err err;

    if (topology->is_assigned) {
        write->version = topology->assignment_version + 1;
        err = assignment_state_set(fence, assignment, topology->assignment_version, write->tag,
                                   core->calls);
    } else {
        err = assignment_state_create(fence, assignment, write->tag, core->calls);
    }
    if (err != ERR_OK)
        give_up(core, topology);
}

void write_unassign(struct core *core, struct topology *topology)
{
    struct write *write = begin(core, topology, WRITE_UNASSIGN);

    assignment_state_delete(office_fence(core->office), topology->id, topology->assignment_version,
                            write->tag, core->calls);
}

void write_clean(struct core *core, struct topology *topology, const struct coord_call *parts,
                 size_t count)
{
    struct write *write = begin(core, topology, WRITE_CLEAN);

    fence_send(office_fence(core->office), parts, count, write->tag, core->calls);
}

/* ---- Answers ------------------------------------------------------------------------------- */

/* Nothing was written. What was made up for a creation is nothing any more. */
static void fail_write(struct core *core, struct topology *topology, enum control_code code,
                       const char *text)
{
    effects_refuse(core->effects, topology->write.asker, code, "%s", text);
    write_done(&topology->write);
    core->is_placing_due = true;
}

static void refuse(struct core *core, struct topology *topology, enum coord_error error)
{
    enum write_kind kind = topology->write.kind;

    if (kind == WRITE_DELETE && error == COORD_NOT_EMPTY) {
        topology->removal = REMOVAL_ASSIGNMENT; /* somebody has added a node: once more */
        write_done(&topology->write);
        return;
    }
    if (kind != WRITE_CLEAN)
        effects_log(core->effects, EFFECT_WARN, "write.refused", "topology=%s write=%d error=%d",
                    topology->id, (int)kind, (int)error);
    fail_write(core, topology, CONTROL_UNAVAILABLE,
               "the cluster state has refused the write, because it changed meanwhile or has no "
               "room; try again");
}

static void finish(struct core *core, struct topology *topology)
{
    struct write *write = &topology->write;
    json_t *answer = write->answer;

    if (write->asker.peer != 0) {
        answer = answer != NULL ? json_incref(answer) : submission_answer(topology);
        effects_answer(core->effects, write->asker, answer);
    }
    if (write->event != NULL)
        events_put(&core->events, TAKE(write->event), core->wall_ms);
    if (write->kind == WRITE_CREATE)
        effects_log(core->effects, EFFECT_INFO, "topology.submitted", "topology=%s owner=%s",
                    topology->id, topology->state.owner);
    if (write->kind == WRITE_DELETE)
        effects_log(core->effects, EFFECT_INFO, "topology.removed", "topology=%s", topology->id);
    write_done(write);
}

bool writes_step(struct core *core, const struct coord_event *event)
{
    struct topology *topology = registry_find_tag(core->registry, event->tag);
    enum coord_error error;
    size_t part;

    if (topology == NULL || event->tag == 0)
        return false;
    topology->write.tag = 0;
    topology->write.since_ns = core->now_ns;
    switch (fence_read(event, &error, &part)) {
    case FENCE_DONE:
        break;
    case FENCE_OUT:
        fail_write(core, topology, CONTROL_NOT_LEADER,
                   "another nimbus leads by now; nothing was changed");
        office_resign(core->office, "another nimbus leads", core->calls, core->effects);
        break;
    case FENCE_REFUSED:
        refuse(core, topology, error);
        break;
    case FENCE_UNKNOWN:
        fail_write(core, topology, CONTROL_UNAVAILABLE,
                   "the connection to the cluster state was lost: it is not known whether the "
                   "change was made; look, and try again");
        break;
    }
    return true;
}

/* ---- Turns --------------------------------------------------------------------------------- */

static bool is_seen(const struct topology *topology)
{
    const struct write *write = &topology->write;

    switch (write->kind) {
    case WRITE_NONE:
    case WRITE_CLEAN:
        return true;
    case WRITE_CREATE:
        return topology->is_there;
    case WRITE_SET:
        return !topology->is_there || topology->version >= write->version;
    case WRITE_DELETE:
        return !topology->is_there;
    case WRITE_ASSIGN:
        return topology->is_assigned && topology->assignment_version >= write->version;
    case WRITE_UNASSIGN:
        return !topology->is_assigned;
    }
    return true;
}

/* A new topology is answered for once it was placed. */
static bool may_finish(const struct core *core, const struct topology *topology)
{
    bool is_placed = topology->workers > 0 || topology->why_not != NULL;

    return topology->write.kind != WRITE_CREATE || topology->write.asker.peer == 0 || is_placed ||
           office_fence(core->office) == NULL;
}

void writes_turn(struct core *core)
{
    const struct roll *topologies = registry_topologies(core->registry);

    for (size_t i = 0; i < topologies->count; i++) {
        struct topology *topology = topologies->items[i];
        const struct write *write = &topology->write;
        if (write->kind == WRITE_NONE || write->tag != 0)
            continue;
        bool is_late = core->now_ns - write->since_ns >= SEEN_MAX_NS;
        if (is_late || (is_seen(topology) && may_finish(core, topology)))
            finish(core, topology);
    }
}
