/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/roll.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

static const char *id_of(const void *item)
{
    return *(char *const *)item;
}

/* The first whose id is not before this one. */
static size_t find_index(const struct roll *roll, const char *id)
{
    size_t begin = 0;
    size_t end = roll->count;

    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (strcmp(id_of(roll->items[middle]), id) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

static bool is_at(const struct roll *roll, size_t index, const char *id)
{
    return index < roll->count && strcmp(id_of(roll->items[index]), id) == 0;
}

void roll_done(struct roll *roll)
{
    free(roll->items);
    *roll = (struct roll){.items = NULL};
}

void *roll_find(const struct roll *roll, const char *id)
{
    size_t index = find_index(roll, id);

    return is_at(roll, index, id) ? roll->items[index] : NULL;
}

void roll_put(struct roll *roll, void *item)
{
    size_t index = find_index(roll, id_of(item));

    ASSERT(!is_at(roll, index, id_of(item)));
    if (roll->count == roll->capacity) {
        roll->capacity = roll->capacity == 0 ? 16 : 2 * roll->capacity;
        roll->items = mem_resize(roll->items, roll->capacity, sizeof *roll->items);
    }
    memmove(&roll->items[index + 1], &roll->items[index],
            (roll->count - index) * sizeof *roll->items);
    roll->items[index] = item;
    roll->count++;
}

void roll_remove(struct roll *roll, const void *item)
{
    size_t index = find_index(roll, id_of(item));

    ASSERT(index < roll->count && roll->items[index] == item);
    roll->count--;
    memmove(&roll->items[index], &roll->items[index + 1],
            (roll->count - index) * sizeof *roll->items);
}
