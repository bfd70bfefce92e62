/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker runs: the topology's plan and code, from the folder of blobs, with the settings of its
 * record applied.
 */
#ifndef WORKER_IO_MATERIAL_H
#define WORKER_IO_MATERIAL_H

#include "base/err.h"
#include "coord/state/topology_state.h"
#include "wire/config.h"
#include "wire/plan.h"
#include "worker/io/loader.h"

struct material {
    struct loader *loader;
    struct plan *plan;        /* what runs */
    struct plan *roster_plan; /* the same, for rosters: they write the executors into it */
    struct config *config;
    size_t arg_count;
    char **args;
};

/* Errors name the file or the setting. */
enum err material_load(const struct topology_state *topology, const char *blobs,
                       struct material *ret_material, struct error *error) MUST_USE;
void material_done(struct material *material);

#endif
