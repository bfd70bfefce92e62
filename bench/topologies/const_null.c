/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shortest chain: how many tuples a second go from one task to another.
 *
 *     const --shuffle--> null
 */
#include <gale/gale.h>

#include "bench/topologies/const_spout.h"

static const struct gale_component constant = {
    .name = "const",
    .spout = CONST_SPOUT,
    .emits = {&items.stream},
    .settings = {CONST_SETTINGS},
};

static const struct gale_component null = {
    .name = "null",
    .bolt = {.execute = null_execute},
    .inputs = {{.from = &constant, .stream = &items.stream, .by = GALE_SHUFFLE}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "const-null",
    .components = {&constant, &null},
};
