/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Supervisors and workers in Storm's shape. What Storm calls a port is a slot here: the number of a worker on its
 * supervisor. Results are the caller's, unless it says borrowed. Pure; any thread.
 */
#ifndef UI_STORM_NODES_H
#define UI_STORM_NODES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    NODES_HOST_MAX = 255,
    NODES_TOPOLOGIES_MAX = 1024, /* whose workers one answer about supervisors shows */
};

struct nodes_address {
    char host[NODES_HOST_MAX + 1];
    uint64_t port; /* 0: there is none */
};

/* "tcp://alpha:6627", "alpha:6627", "[::1]:6627" */
void nodes_split_address(const char *address, struct nodes_address *ret_address);

/* What the answers need to know beside nimbus' own. */
struct nodes_moment {
    uint64_t now_ms;      /* wall clock */
    uint64_t viewer_port; /* where logs are read: this server's own */
};

/* /supervisor/summary, of an answer to cluster.nodes */
json_t *storm_supervisor_summary(const json_t *nodes, const struct nodes_moment *moment);

/* Which supervisors somebody asks for: by id, or else by host. */
struct nodes_choice {
    const char *id;   /* "": any */
    const char *host; /* "": any */
};

/* The names of the topologies that have workers there, each once: a list of texts. */
json_t *storm_supervisor_topologies(const json_t *nodes, const struct nodes_choice *choice);

/* /supervisor. `statuses` has the status of each of these topologies by its name. */
json_t *storm_supervisor_page(const json_t *nodes, const struct nodes_choice *choice,
                              const json_t *statuses, const struct nodes_moment *moment);

/* The workers of a topology, of its status: "workers" of a topology's page. */
json_t *storm_workers(const json_t *status);

/* /topology-workers/{id} */
json_t *storm_topology_workers(const json_t *status, const struct nodes_moment *moment);

/* The host of a supervisor, as a topology's status knows it; its id where that is not known. Borrowed. */
const char *nodes_host_of(const json_t *status, const char *supervisor);

/* Which worker of the topology "host:slot" or "supervisor:slot" means. */
enum nodes_found {
    NODES_FOUND,
    NODES_NONE,
    NODES_AMBIGUOUS, /* several supervisors of that host have such a slot */
};
enum nodes_found nodes_find_worker(const json_t *status, const char *host_port,
                                   const json_t **ret_worker);

#endif
