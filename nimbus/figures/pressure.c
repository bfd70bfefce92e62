/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/pressure.h"

#include "base/assert.h"

static bool is_pressed(const struct pressure_component *from, const struct pressure_component *to)
{
    return from->blocked >= PRESSURE_BLOCKED && to->fill >= PRESSURE_FILL;
}

/* What can be reached from each component, as bits: grows until it does not any more. */
static void reach(uint64_t *below, size_t count, const struct pressure_edge *edges,
                  size_t edge_count)
{
    bool has_grown = true;

    for (size_t i = 0; i < count; i++)
        below[i] = 0;
    while (has_grown) {
        has_grown = false;
        for (size_t i = 0; i < edge_count; i++) {
            uint64_t more = below[edges[i].from] | UINT64_C(1) << edges[i].to | below[edges[i].to];
            has_grown = has_grown || more != below[edges[i].from];
            below[edges[i].from] = more;
        }
    }
}

/* Whether something that `of` leads to, and that does not lead back, is saturated. */
static bool is_worse_below(const uint64_t *below, uint64_t saturated, size_t of, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_below = (below[of] >> i & 1) != 0;
        bool leads_back = (below[i] >> of & 1) != 0;
        if (is_below && !leads_back && (saturated >> i & 1) != 0)
            return true;
    }
    return false;
}

int pressure_find(const struct pressure_component *components, size_t count,
                  struct pressure_edge *edges, size_t edge_count)
{
    uint64_t below[PRESSURE_COMPONENTS_MAX];
    uint64_t saturated = 0;
    int found = -1;

    ASSERT(count <= PRESSURE_COMPONENTS_MAX);
    for (size_t i = 0; i < count; i++)
        if (components[i].capacity >= PRESSURE_CAPACITY)
            saturated |= UINT64_C(1) << i;
    for (size_t i = 0; i < edge_count; i++) {
        edges[i].is_pressed = is_pressed(&components[edges[i].from], &components[edges[i].to]);
        if (edges[i].is_pressed)
            saturated |= UINT64_C(1) << edges[i].to;
    }
    reach(below, count, edges, edge_count);
    for (size_t i = 0; i < count; i++) {
        if ((saturated >> i & 1) == 0 || is_worse_below(below, saturated, i, count))
            continue;
        if (found < 0 || components[i].rank < components[found].rank)
            found = (int)i;
    }
    return found;
}
