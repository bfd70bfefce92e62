/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The topologies that are simulated, and what each owes to a message.
 */
#ifndef TESTS_SIM_TOPOLOGIES_H
#define TESTS_SIM_TOPOLOGIES_H

#include <stdint.h>

#include <gale/types.h>

#include "tests/sim/scene.h"

struct sim_topology {
    const struct gale_topology *topology;
    uint32_t (*owed)(const struct scene *scene, uint64_t message); /* slots, as bits */
    uint32_t pad_max; /* bytes, so that what one call emits stays below the least limit */
};

#define TOPOLOGIES_COUNT 7

extern const struct sim_topology topologies[TOPOLOGIES_COUNT];

#endif
