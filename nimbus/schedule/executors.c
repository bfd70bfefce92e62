/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/schedule/executors.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "wire/task_range.h"

uint32_t executors_count(const struct executors_component *components, size_t count)
{
    uint32_t executors = 0;

    for (size_t i = 0; i < count; i++)
        executors += components[i].executors;
    return executors;
}

bool executors_find(const struct executors_component *components, size_t count, uint32_t executor,
                    struct executors_range *ret_range)
{
    uint32_t first_task = 0;

    for (size_t i = 0; i < count; i++) {
        const struct executors_component *it = &components[i];
        if (executor < it->executors) {
            uint32_t begin = task_range_first(it->tasks, it->executors, executor);
            uint32_t end = task_range_first(it->tasks, it->executors, executor + 1);
            *ret_range = (struct executors_range){
                .component = (uint32_t)i,
                .first_task = first_task + begin,
                .task_count = end - begin,
            };
            return true;
        }
        executor -= it->executors;
        first_task += it->tasks;
    }
    return false;
}

/* ---- another number of executors ---- */

/* Tasks of the executor that is to be placed, at one place. */
struct heap {
    struct scheduler_place place;
    uint32_t executor; /* the earliest there */
    uint32_t tasks;
};

static int compare_places(const void *left, const void *right)
{
    const struct heap *a = left;
    const struct heap *b = right;

    if (a->place.supervisor != b->place.supervisor)
        return a->place.supervisor < b->place.supervisor ? -1 : 1;
    if (a->place.slot != b->place.slot)
        return a->place.slot < b->place.slot ? -1 : 1;
    return (a->executor > b->executor) - (a->executor < b->executor);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* A heap for each former executor that had some of the tasks [begin, end) and a place. */
static size_t heap_up(const struct executors_component *before,
                      const struct scheduler_place *places, uint32_t begin, uint32_t end,
                      struct heap heaps[])
{
    uint32_t first = task_range_executor(before->tasks, before->executors, begin);
    uint32_t last = task_range_executor(before->tasks, before->executors, end - 1);
    size_t count = 0;

    for (uint32_t i = first; i <= last; i++) {
        if (places[i].supervisor == SCHEDULER_NOWHERE)
            continue;
        uint32_t from = task_range_first(before->tasks, before->executors, i);
        uint32_t to = task_range_first(before->tasks, before->executors, i + 1);
        heaps[count++] = (struct heap){
            .place = places[i],
            .executor = i,
            .tasks = smaller(to, end) - larger(from, begin),
        };
    }
    return count;
}

/* Puts heaps of one place together. */
static size_t merge(struct heap heaps[], size_t count)
{
    size_t kept = 0;

    qsort(heaps, count, sizeof *heaps, compare_places);
    for (size_t i = 0; i < count; i++) {
        bool is_same = kept > 0 && heaps[kept - 1].place.supervisor == heaps[i].place.supervisor &&
                       heaps[kept - 1].place.slot == heaps[i].place.slot;
        if (is_same)
            heaps[kept - 1].tasks += heaps[i].tasks;
        else
            heaps[kept++] = heaps[i];
    }
    return kept;
}

static struct scheduler_place largest(const struct heap heaps[], size_t count)
{
    struct heap best = {.place = {.supervisor = SCHEDULER_NOWHERE}};

    for (size_t i = 0; i < count; i++) {
        if (heaps[i].tasks > best.tasks ||
            (heaps[i].tasks == best.tasks && heaps[i].executor < best.executor))
            best = heaps[i];
    }
    return best.place;
}

static void carry(const struct executors_component *before, const struct executors_component *after,
                  const struct scheduler_place *places, struct scheduler_place ret_places[])
{
    struct heap *heaps = NEW_ARRAY(struct heap, before->executors);

    for (uint32_t i = 0; i < after->executors; i++) {
        uint32_t begin = task_range_first(after->tasks, after->executors, i);
        uint32_t end = task_range_first(after->tasks, after->executors, i + 1);
        size_t count = heap_up(before, places, begin, end, heaps);
        ret_places[i] = largest(heaps, merge(heaps, count));
    }
    free(heaps);
}

struct scheduler_place *executors_carry(const struct executors_component *before,
                                        const struct executors_component *after, size_t count,
                                        const struct scheduler_place *places)
{
    struct scheduler_place *carried =
        NEW_ARRAY(struct scheduler_place, executors_count(after, count));
    struct scheduler_place *next = carried;

    for (size_t i = 0; i < count; i++) {
        ASSERT(before[i].tasks == after[i].tasks);
        carry(&before[i], &after[i], places, next);
        places += before[i].executors;
        next += after[i].executors;
    }
    return carried;
}
