/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running server: sockets (net/server.h), the decisions (coord/server/service.h), the disk (the
 * committer's thread). It only carries: frames in, batches over, answers out.
 *
 * Belongs to one thread, but for daemon_stop().
 */
#ifndef COORD_SERVER_IO_DAEMON_H
#define COORD_SERVER_IO_DAEMON_H

#include <stdint.h>

#include "base/err.h"
#include "coord/server/options.h"

struct daemon;

/* Opens the store, recovers, and listens: from then on it answers. Errors name what and where. The
 * options' texts are borrowed for life; `data` is set. */
enum err daemon_start(const struct options *options, struct daemon **ret_daemon,
                      struct error *error) MUST_USE;

/* Serves until daemon_stop(), or until the disk fails: then ERR_IO, and nothing that was not
 * durable has been answered. */
enum err daemon_run(struct daemon *daemon, struct error *error) MUST_USE;

/* Ends daemon_run(). Any thread, and signal handlers. */
void daemon_stop(struct daemon *daemon);

/* Closes all. What was not committed was not answered either. */
void daemon_destroy(struct daemon **daemon);

uint16_t daemon_port(const struct daemon *daemon);

#endif
