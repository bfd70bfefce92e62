/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a topology is held up.
 *
 * An edge is under back-pressure if its sender was blocked for at least a tenth of the window and the
 * fullest queue of its receiver is at least half full. A component is saturated if its busiest executor
 * was in user code for at least nine tenths of the window, or an edge into it is under back-pressure.
 * The bottleneck is the saturated component of which nothing downstream is saturated: there the work
 * piles up. Of several it is the one of the lowest rank. In a cycle all are downstream of each other;
 * what is in one cycle with a component does not count as downstream of it.
 *
 * Pure.
 */
#ifndef NIMBUS_FIGURES_PRESSURE_H
#define NIMBUS_FIGURES_PRESSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRESSURE_BLOCKED  0.1
#define PRESSURE_FILL     0.5
#define PRESSURE_CAPACITY 0.9

enum {
    PRESSURE_COMPONENTS_MAX = 64,
};

struct pressure_component {
    uint32_t rank; /* longest way from a spout */
    double capacity;
    double blocked;
    double fill;
};

struct pressure_edge {
    uint32_t from; /* index of a component */
    uint32_t to;
    bool is_pressed; /* out: under back-pressure */
};

/* The index of the bottleneck; -1: there is none. */
int pressure_find(const struct pressure_component *components, size_t count,
                  struct pressure_edge *edges, size_t edge_count);

#endif
