/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/coord_agenda.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

void coord_agenda_init(struct coord_agenda *agenda, struct coord_trace *trace, uint64_t seed)
{
    *agenda = (struct coord_agenda){.trace = trace};
    rng_init(&agenda->rng, seed);
}

void coord_agenda_done(struct coord_agenda *agenda)
{
    free(agenda->items);
}

static bool is_before(const struct coord_agenda_item *item, const struct coord_agenda_item *other)
{
    return item->at_us != other->at_us ? item->at_us < other->at_us : item->order < other->order;
}

static void swap(struct coord_agenda_item *items, size_t a, size_t b)
{
    struct coord_agenda_item item = items[a];

    items[a] = items[b];
    items[b] = item;
}

void coord_agenda_add(struct coord_agenda *agenda, uint64_t at_us, coord_agenda_action *action,
                      void *owner, uint64_t number)
{
    size_t place = agenda->count;

    ASSERT(at_us >= agenda->now_us);
    if (agenda->count == agenda->capacity) {
        agenda->capacity = agenda->capacity == 0 ? 64 : 2 * agenda->capacity;
        agenda->items = mem_resize(agenda->items, agenda->capacity, sizeof *agenda->items);
    }
    agenda->items[agenda->count++] = (struct coord_agenda_item){
        .at_us = at_us,
        .order = rng_next(&agenda->rng),
        .action = action,
        .owner = owner,
        .number = number,
    };
    for (; place > 0 && is_before(&agenda->items[place], &agenda->items[(place - 1) / 2]);
         place = (place - 1) / 2)
        swap(agenda->items, place, (place - 1) / 2);
}

static size_t first_child(const struct coord_agenda *agenda, size_t place)
{
    size_t left = 2 * place + 1;
    size_t right = left + 1;

    if (right < agenda->count && is_before(&agenda->items[right], &agenda->items[left]))
        return right;
    return left;
}

static void remove_first(struct coord_agenda *agenda)
{
    size_t place = 0;

    agenda->items[0] = agenda->items[--agenda->count];
    for (size_t child = 1; child < agenda->count; child = 2 * place + 1) {
        child = first_child(agenda, place);
        if (!is_before(&agenda->items[child], &agenda->items[place]))
            return;
        swap(agenda->items, place, child);
        place = child;
    }
}

bool coord_agenda_turn(struct coord_agenda *agenda, uint64_t until_us)
{
    if (agenda->count == 0 || agenda->items[0].at_us > until_us)
        return false;
    struct coord_agenda_item item = agenda->items[0];
    remove_first(agenda);
    agenda->now_us = item.at_us;
    agenda->trace->now_us = item.at_us;
    agenda->trace->step++;
    item.action(item.owner, item.number);
    return true;
}

uint64_t coord_agenda_pause(struct coord_agenda *agenda, uint64_t bound_us)
{
    uint32_t shift = rng_below(&agenda->rng, 8);

    return ((rng_next(&agenda->rng) >> 32) * bound_us >> 32) >> shift;
}
