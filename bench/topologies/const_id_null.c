/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain with a bolt in its middle, which reads each tuple and emits another.
 *
 *     const --shuffle--> id --shuffle--> null
 */
#include <gale/gale.h>

#include "bench/topologies/const_spout.h"
#include "bench/topologies/id_bolt.h"

static const struct gale_component constant = {
    .name = "const",
    .spout = CONST_SPOUT,
    .emits = {&items.stream},
    .settings = {CONST_SETTINGS},
};

static const struct gale_component id = {
    .name = "id",
    .bolt = {.execute = id_execute},
    .inputs = {{.from = &constant, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&copies.stream},
};

static const struct gale_component null = {
    .name = "null",
    .bolt = {.execute = null_execute},
    .inputs = {{.from = &id, .stream = &copies.stream, .by = GALE_SHUFFLE}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "const-id-null",
    .components = {&constant, &id, &null},
};
