/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A supervisor in the cluster state: the node paths_supervisor(), which it keeps through
 * coord/recipes/membership.h as long as it lives. Pure; any thread.
 */
#ifndef COORD_STATE_SUPERVISOR_STATE_H
#define COORD_STATE_SUPERVISOR_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SUPERVISOR_STATE_VERSION 1

enum {
    SUPERVISOR_STATE_SLOTS_MAX = 1024,
    SUPERVISOR_STATE_RESOURCES_MAX = 64,
    SUPERVISOR_STATE_LABELS_MAX = 64,
};

struct supervisor_resource {
    char *name; /* "cpu_percent", "memory_mb", "gpu", ... */
    uint64_t amount;
};

struct supervisor_state {
    char *id;
    char *host;
    char *address;     /* "host:port" where it answers control requests; "" for nowhere */
    char *gale;        /* the version of its program */
    uint64_t since_ms; /* wall clock */
    uint32_t cores;
    uint32_t slots; /* numbered from 0 */
    size_t resource_count;
    struct supervisor_resource *resources;
    size_t label_count;
    char **labels;
};

void supervisor_state_done(struct supervisor_state *supervisor);

/* JSON; the caller frees it. */
char *supervisor_state_encode(const struct supervisor_state *supervisor) MUST_USE;

/* Errors: ERR_CORRUPT, ERR_LIMIT, ERR_VERSION. */
enum err supervisor_state_decode(const char *data, size_t size,
                                 struct supervisor_state *ret_supervisor,
                                 struct error *error) MUST_USE;

#endif
