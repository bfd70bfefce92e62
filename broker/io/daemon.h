/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running broker: sockets (net/server.h), the decisions (broker/server/service.h), the disk
 * (broker/io/disk_files.h), other threads for what takes long (broker/io/jobs.h), and its place in the cluster
 * state (broker/io/registrar.h). It only carries.
 *
 * Belongs to one thread, but for broker_daemon_stop().
 */
#ifndef BROKER_IO_DAEMON_H
#define BROKER_IO_DAEMON_H

#include <stdint.h>

#include "base/err.h"
#include "broker/server/options.h"
#include "coord/client.h"

struct broker_daemon;

struct broker_daemon_options {
    const struct broker_options *broker; /* data is set */
    struct coord_options coord;
};

/* Takes the folder, recovers, and listens: from then on it answers. Errors name what and where. What the
 * options point to outlives the daemon. */
enum err broker_daemon_start(const struct broker_daemon_options *options,
                             struct broker_daemon **ret_daemon, struct error *error) MUST_USE;

/* Serves until broker_daemon_stop(); then all is made durable, and written down as such. ERR_CONFLICT: another
 * broker has its number. */
enum err broker_daemon_run(struct broker_daemon *daemon, struct error *error) MUST_USE;

/* Any thread, and signal handlers. */
void broker_daemon_stop(struct broker_daemon *daemon);

void broker_daemon_destroy(struct broker_daemon **daemon);

uint16_t broker_daemon_port(const struct broker_daemon *daemon);

#endif
