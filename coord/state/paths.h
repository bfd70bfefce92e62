/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where things stand in the cluster state, below the client's root: the one place that knows. An id
 * (of a topology, a supervisor, a nimbus, a component, a blob's hash) is one name of a node: 1 to
 * PATHS_ID_MAX letters, digits, '.', '_' and '-', not beginning with '.'. Pure; any thread.
 */
#ifndef COORD_STATE_PATHS_H
#define COORD_STATE_PATHS_H

#include <stdbool.h>
#include <stdint.h>

#include "coord/call.h"

enum {
    PATHS_ID_MAX = 128, /* bytes */
};

#define PATHS_NIMBUS_MEMBERS "/nimbus/members"
#define PATHS_LEADER         "/nimbus/leader"
#define PATHS_SUPERVISORS    "/supervisors"
#define PATHS_TOPOLOGIES     "/topologies"
#define PATHS_ASSIGNMENTS    "/assignments"
#define PATHS_WORKERS        "/workers"
#define PATHS_ERRORS         "/errors"
#define PATHS_BLOBS          "/blobs"
#define PATHS_TOTALS         "/totals"

/* A path by value: `paths_topology(id).text` lives as long as the call it is an argument of. */
struct path {
    char text[2 * PATHS_ID_MAX + 32];
};

bool paths_id_is_valid(const char *id);

/* The ids are valid. */
struct path paths_nimbus_member(const char *nimbus);
struct path paths_supervisor(const char *supervisor);
struct path paths_topology(const char *topology);
struct path paths_assignment(const char *topology);
struct path paths_workers(const char *topology); /* the directory */
struct path paths_worker(const char *topology, const char *supervisor, uint32_t slot);
struct path paths_errors(const char *topology); /* the directory */
struct path paths_errors_of(const char *topology, const char *component);
struct path paths_blob(const char *hash);
struct path paths_totals(const char *topology);

enum {
    PATHS_DIRECTORIES = 10,
};

/* Sends a create for each directory that the state needs, from the top down, PATHS_DIRECTORIES
 * calls under one tag; NODE_EXISTS is a good answer. Whoever starts a nimbus does this first. */
void paths_make(uint64_t tag, struct coord_calls *calls);

#endif
