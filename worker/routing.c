/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/routing.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* The own loops and nowhere. */
static struct routing *make(const struct plan *plan, uint32_t own_loops)
{
    struct routing *routing = NEW(struct routing);

    routing->own_loops = own_loops;
    routing->place_count = own_loops + 1;
    routing->places = NEW_ARRAY(struct routing_place, routing->place_count);
    for (uint32_t i = 0; i <= own_loops; i++)
        routing->places[i].loop = i;
    routing->task_count = plan->task_count;
    routing->place_of_task = NEW_ARRAY(uint16_t, plan->task_count);
    return routing;
}

static void put(struct routing *routing, uint32_t component, uint32_t task, uint32_t place)
{
    routing->place_of_task[task] = (uint16_t)place;
    routing->places[place].hosts |= UINT64_C(1) << component;
}

struct routing *routing_new_alone(const struct plan *plan, const struct placement *placement)
{
    struct routing *routing = make(plan, placement->loop_count);

    for (uint32_t c = 0; c < plan->component_count; c++) {
        const struct plan_component *component = &plan->components[c];
        for (uint32_t task = component->first_task; task < component->first_task + component->tasks;
             task++)
            put(routing, c, task, placement->loop_of_task[task]);
    }
    return routing;
}

static void keep_places(struct routing *routing, const struct routing *before)
{
    routing->places = mem_resize(routing->places, before->place_count, sizeof *routing->places);
    for (uint32_t i = routing->place_count; i < before->place_count; i++) {
        routing->places[i] = before->places[i];
        routing->places[i].hosts = 0;
    }
    routing->place_count = before->place_count;
}

/* The place of a loop of another worker, a new one if need be. */
static uint32_t find_place(struct routing *routing, void *remote, uint32_t loop)
{
    for (uint32_t i = routing->own_loops + 1; i < routing->place_count; i++) {
        if (routing->places[i].remote == remote && routing->places[i].loop == loop)
            return i;
    }
    routing->places =
        mem_resize(routing->places, routing->place_count + 1, sizeof *routing->places);
    routing->places[routing->place_count] = (struct routing_place){.remote = remote, .loop = loop};
    return routing->place_count++;
}

static uint32_t place_of(struct routing *routing, const struct roster *roster, uint32_t self,
                         void *const remotes[], uint32_t task)
{
    uint32_t worker = roster->worker_of_task[task];

    if (worker == ROSTER_NOBODY)
        return routing_nowhere(routing);
    if (worker == self)
        return roster->loop_of_task[task];
    return find_place(routing, remotes[worker], roster->loop_of_task[task]);
}

struct routing *routing_new(const struct plan *plan, const struct roster *roster, uint32_t self,
                            void *const remotes[], const struct routing *before)
{
    struct routing *routing = make(plan, roster->workers[self].loop_count);

    ASSERT(before == NULL || before->own_loops == routing->own_loops);
    routing->version = roster->version;
    if (before != NULL)
        keep_places(routing, before);
    for (uint32_t c = 0; c < plan->component_count; c++) {
        const struct plan_component *component = &plan->components[c];
        for (uint32_t task = component->first_task; task < component->first_task + component->tasks;
             task++)
            put(routing, c, task, place_of(routing, roster, self, remotes, task));
    }
    if (routing->place_count > ROUTING_PLACES_MAX)
        routing_destroy(&routing);
    return routing;
}

void routing_destroy(struct routing **routing)
{
    if (*routing == NULL)
        return;
    free((*routing)->places);
    free((*routing)->place_of_task);
    free(*routing);
    *routing = NULL;
}
