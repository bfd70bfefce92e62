/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A topology in the cluster state: the node paths_topology(), with the directories paths_errors()
 * and paths_workers() that are born and die with it. It is the leader's: every write goes through
 * the leader's fence, and carries its epoch. Pure; any thread.
 */
#ifndef COORD_STATE_TOPOLOGY_STATE_H
#define COORD_STATE_TOPOLOGY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/call.h"
#include "coord/fence.h"

#define TOPOLOGY_STATE_VERSION 1

enum {
    TOPOLOGY_STATE_SETTINGS_MAX = 1024,
    TOPOLOGY_STATE_VALUE_MAX = 4096, /* bytes of a setting's value, or of an argument */
    TOPOLOGY_STATE_ARGS_MAX = 256,
    TOPOLOGY_STATE_DEBUG_MAX = 128, /* components, and once all of them */
};

enum topology_status {
    TOPOLOGY_ACTIVE,
    TOPOLOGY_INACTIVE,
    TOPOLOGY_KILLED,
    TOPOLOGY_REBALANCING,
};

/* What somebody wants to see of it for a while, whatever the settings say. */
enum topology_log {
    TOPOLOGY_LOG_UNSET, /* as the settings say */
    TOPOLOGY_LOG_DEBUG,
    TOPOLOGY_LOG_INFO,
    TOPOLOGY_LOG_WARN,
    TOPOLOGY_LOG_ERROR,
};

/* Of what a component emits, so many percent are written to the log of whoever receives it. */
struct topology_debug {
    char *component; /* "": all that are not named */
    uint32_t percent;
};

struct topology_setting {
    char *key;
    char *value;
};

struct topology_state {
    char *id;
    char *name;
    char *owner;
    enum topology_status status;
    char *plan_hash;       /* a blob's */
    char *so_hash;         /* a blob's */
    uint64_t epoch;        /* of the leader that wrote it; set by the writers below */
    uint64_t submitted_ms; /* wall clock */
    uint64_t
        deadline_ms; /* wall clock; KILLED, REBALANCING: when it goes on even if trees are open;
                              else 0 */
    enum topology_status status_before; /* REBALANCING: what comes after it; else the status */
    size_t arg_count;
    char **args; /* what stood after `--` */
    size_t setting_count;
    struct topology_setting *settings;
    size_t pending_count; /* REBALANCING: settings that will be in force after it */
    struct topology_setting *pending;
    enum topology_log log_level;
    uint64_t log_until_ms; /* wall clock; 0: until somebody changes it */
    size_t debug_count;
    struct topology_debug *debug; /* by no order; a component at most once */
};

const char *topology_status_name(enum topology_status status); /* "active", ... */

/* "debug", ...; NULL for UNSET. And back: false if there is no such level. */
const char *topology_log_name(enum topology_log level);
bool topology_log_find(const char *name, enum topology_log *ret_level) MUST_USE;

/* In percent: 0 to 100. */
uint32_t topology_debug_of(const struct topology_state *topology, const char *component);

/* `component` NULL: all of them, and what was said of single ones is over. ERR_LIMIT: there are too
 * many. */
enum err topology_debug_set(struct topology_state *topology, const char *component,
                            uint32_t percent) MUST_USE;

void topology_state_done(struct topology_state *topology);
struct topology_state topology_state_copy(const struct topology_state *topology) MUST_USE;

/* JSON; the caller frees it. */
char *topology_state_encode(const struct topology_state *topology) MUST_USE;

/* Errors: ERR_CORRUPT, ERR_LIMIT, ERR_VERSION. */
enum err topology_state_decode(const char *data, size_t size, struct topology_state *ret_topology,
                               struct error *error) MUST_USE;

/* Writes of the leader; fence_read() reads the answer. ERR_LIMIT, and nothing is sent, if the text
 * is too large for a node. The version is that of the node which the change was made to. Deleting
 * is refused with COORD_NOT_EMPTY as long as errors (coord/state/errors_state.h) or workers
 * (coord/state/worker_state.h) are there. */
enum err topology_state_create(const struct fence *fence, const struct topology_state *topology,
                               uint64_t tag, struct coord_calls *calls) MUST_USE;
enum err topology_state_set(const struct fence *fence, const struct topology_state *topology,
                            int32_t version, uint64_t tag, struct coord_calls *calls) MUST_USE;
void topology_state_delete(const struct fence *fence, const char *id, int32_t version, uint64_t tag,
                           struct coord_calls *calls);

#endif
