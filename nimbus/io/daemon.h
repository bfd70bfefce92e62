/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nimbus as a process: the loop that takes what comes (events of the cluster state, requests, time) to
 * the core, and does what it says. One thread, but for the cluster state's client.
 */
#ifndef NIMBUS_IO_DAEMON_H
#define NIMBUS_IO_DAEMON_H

#include <stdint.h>

#include "base/err.h"
#include "base/settings.h"
#include "coord/client.h"
#include "wire/cluster.h"

struct daemon;

struct daemon_options {
    const struct cluster *cluster;
    const struct settings *settings; /* its source, with those of topologies */
    struct coord_options coord;
    const char *data; /* folder */
    const char *gale; /* our version */
};

/* Takes the folder, reads its blobs and listens. Connecting to the cluster state goes on in the
 * background. What the options point to outlives the daemon. */
enum err daemon_start(const struct daemon_options *options, struct daemon **ret_daemon,
                      struct error *error) MUST_USE;

/* Until daemon_stop(); then the office is given up, so that a standby leads at once. */
void daemon_run(struct daemon *daemon);

/* Any thread, and signal handlers. A second time it ends without ceremony. */
void daemon_stop(struct daemon *daemon);

void daemon_destroy(struct daemon **daemon);

uint16_t daemon_port(const struct daemon *daemon);

#endif
