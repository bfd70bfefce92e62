/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ration.h"

#include <stdint.h>

#include "base/assert.h"
#include "base/mem.h"

#define SHARE_MIN ((size_t)16 * 1024)

static size_t most(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void leave(struct list_node *node)
{
    if (list_has_node(node))
        list_remove(node);
}

void ration_init(struct ration *ration, size_t budget_bytes, size_t parts_max)
{
    ASSERT(parts_max > 0);
    *ration = (struct ration){
        .budget_bytes = budget_bytes,
        .share_bytes = most(budget_bytes / parts_max, SHARE_MIN),
    };
    list_init(&ration->holders);
    list_init(&ration->starving);
}

static void count(struct ration *ration, struct ration_part *part, size_t held_bytes)
{
    ration->held_bytes = ration->held_bytes - part->held_bytes + held_bytes;
    part->held_bytes = held_bytes;
}

void ration_hold(struct ration *ration, struct ration_part *part, size_t held_bytes)
{
    count(ration, part, held_bytes);
    if (held_bytes == 0)
        leave(&part->in_holders);
    else if (!list_has_node(&part->in_holders))
        list_push_last(&ration->holders, &part->in_holders);
}

void ration_rest(struct ration *ration, struct ration_part *part, size_t held_bytes)
{
    count(ration, part, held_bytes);
    leave(&part->in_holders);
    leave(&part->in_starving);
}

static bool is_first(const struct ration *ration, const struct ration_part *part)
{
    return list_first(&ration->holders) == &part->in_holders;
}

static size_t rest_of(size_t whole, size_t used)
{
    return whole > used ? whole - used : 0;
}

size_t ration_room(const struct ration *ration, const struct ration_part *part)
{
    if (ration->budget_bytes == 0 || is_first(ration, part))
        return SIZE_MAX;
    return most(rest_of(ration->budget_bytes, ration->held_bytes),
                rest_of(ration->share_bytes, part->held_bytes));
}

void ration_starve(struct ration *ration, struct ration_part *part)
{
    ASSERT(ration_room(ration, part) == 0);
    ASSERT(list_has_node(&part->in_holders)); /* as it holds its share, and does not rest */
    if (!list_has_node(&part->in_starving))
        list_push_last(&ration->starving, &part->in_starving);
}

bool ration_is_starving(const struct ration_part *part)
{
    return list_has_node(&part->in_starving);
}

/* All that starve hold more than their share; so only the budget, or to be the first, feeds one. */
static struct ration_part *next(const struct ration *ration)
{
    struct list_node *first = list_first(&ration->holders);
    struct list_node *starving = list_first(&ration->starving);

    if (starving == NULL)
        return NULL;
    if (ration->held_bytes < ration->budget_bytes)
        return CONTAINER_OF(starving, struct ration_part, in_starving);
    struct ration_part *part = CONTAINER_OF(first, struct ration_part, in_holders);
    return ration_is_starving(part) ? part : NULL;
}

bool ration_can_feed(const struct ration *ration)
{
    return next(ration) != NULL;
}

struct ration_part *ration_feed(struct ration *ration)
{
    struct ration_part *part = next(ration);

    if (part != NULL)
        list_remove(&part->in_starving);
    return part;
}
