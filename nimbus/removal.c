/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a topology out of the cluster state: its assignment first, at which its workers stop; then
 * what they and their supervisors have left; then directories and topology in one multi. If
 * something was written in between, that multi is refused and all begins anew. Each step looks at what
 * there is, so that another leader can go on with any of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"

static void list(struct core *core, struct topology *topology)
{
    struct path path = topology->removal == REMOVAL_WORKERS ? paths_workers(topology->id)
                                                            : paths_errors(topology->id);

    topology->removal_tag = core_tag(core);
    struct coord_call call = {
        .kind = COORD_CHILDREN, .path = path.text, .tag = topology->removal_tag};
    coord_calls_push(core->calls, &call);
}

static void delete_children(struct core *core, struct topology *topology,
                            const struct coord_event *event)
{
    struct path directory = topology->removal == REMOVAL_WORKERS ? paths_workers(topology->id)
                                                                 : paths_errors(topology->id);
    size_t count = event->child_count > FENCE_PARTS_MAX ? FENCE_PARTS_MAX : event->child_count;
    struct coord_call parts[FENCE_PARTS_MAX];
    char(*paths)[COORD_PATH_MAX] = mem_alloc(count * sizeof *paths);

    for (size_t i = 0; i < count; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "%s/%s", directory.text, event->children[i]);
        parts[i] = (struct coord_call){
            .kind = COORD_DELETE, .path = paths[i], .version = COORD_ANY_VERSION};
    }
    write_clean(core, topology, parts, count);
    free(paths);
}

static struct topology *find_tag(const struct core *core, uint64_t tag)
{
    const struct roll *topologies = registry_topologies(core->registry);

    for (size_t i = 0; i < topologies->count; i++) {
        struct topology *topology = topologies->items[i];
        if (topology->removal_tag == tag)
            return topology;
    }
    return NULL;
}

bool removal_step(struct core *core, const struct coord_event *event)
{
    struct topology *topology = event->tag == 0 ? NULL : find_tag(core, event->tag);

    if (topology == NULL)
        return false;
    topology->removal_tag = 0;
    if (office_fence(core->office) == NULL || topology->write.kind != WRITE_NONE)
        return true; /* listed anew when it goes on */
    if (event->error == COORD_NO_NODE || (event->error == COORD_OK && event->child_count == 0))
        topology->removal++;
    else if (event->error == COORD_OK)
        delete_children(core, topology, event);
    return true;
}

static void advance(struct core *core, struct topology *topology)
{
    switch (topology->removal) {
    case REMOVAL_ASSIGNMENT:
        if (topology->is_assigned)
            write_unassign(core, topology);
        else
            topology->removal = REMOVAL_WORKERS;
        break;
    case REMOVAL_WORKERS:
    case REMOVAL_ERRORS:
        list(core, topology);
        break;
    case REMOVAL_TOPOLOGY:
        if (topology->is_there) {
            write_delete(core, topology);
            write_note(topology, chronicle_of_removal(topology));
        }
        break;
    }
}

void removal_turn(struct core *core)
{
    const struct roll *topologies = registry_topologies(core->registry);

    for (size_t i = 0; i < topologies->count; i++) {
        struct topology *topology = topologies->items[i];
        bool is_orphan = topology->is_assigned && !topology->is_there;
        if (topology->write.kind != WRITE_NONE || topology->removal_tag != 0)
            continue;
        if (is_orphan)
            write_unassign(core, topology);
        else if (topology->is_removing)
            advance(core, topology);
    }
}
