/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker of a cluster: the shell around the loops, the links to the other workers, the cluster state
 * and the supervisor. This is gale-worker.
 *
 * One thread does all but the loops: it reads the topology and its assignment from the cluster state,
 * builds the worker, tells its supervisor where the links listen, links up, runs, follows what changes,
 * and ends when it is told to, when its place in the assignment is gone, when the topology has ended, or
 * when it has been without supervisor or cluster state for too long.
 */
#ifndef WORKER_IO_MEMBER_H
#define WORKER_IO_MEMBER_H

#include <stdint.h>

#include "base/err.h"
#include "coord/client.h"
#include "net/keys.h"
#include "wire/cluster.h"

struct member_options {
    const char *topology; /* borrowed for the run, as all texts */
    const char *supervisor;
    uint32_t slot;
    uint64_t incarnation;
    const char *socket;      /* of the supervisor */
    const char *blobs;       /* folder */
    const char *host;        /* where the links listen */
    const char *log;         /* file that standard output and error go to; NULL: as they are */
    const struct keys *keys; /* of the topology; NULL: none */
    const struct cluster *cluster;
    struct coord_options coord;
};

enum member_end {
    MEMBER_STOPPED = 0, /* as it was told to, or the topology has ended */
    MEMBER_FAILED = 1,
    MEMBER_UNASSIGNED = 70, /* its place in the assignment is gone, or another */
    MEMBER_ALONE = 71,      /* no supervisor, or no cluster state, for too long */
};

/* Runs to the end. With MEMBER_FAILED the error says why. */
enum member_end member_run(const struct member_options *options, struct error *error) MUST_USE;

/* Asks for the end, as the supervisor's "stop" does. From a signal handler. */
void member_stop(void);

#endif
