/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale-supervisor without its command line: slots, their processes, and all that they are told by. The
 * loop is: what happens is an event of a slot (supervisor/slot.h), and its effects are performed. One
 * thread.
 */
#ifndef SUPERVISOR_IO_DAEMON_H
#define SUPERVISOR_IO_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/settings.h"
#include "coord/client.h"
#include "wire/cluster.h"

struct daemon;

enum daemon_stop {
    DAEMON_LEAVE_WORKERS, /* they run on, and the next supervisor takes them over */
    DAEMON_STOP_WORKERS,
};

struct daemon_options {
    const struct cluster *cluster;
    const struct settings *settings; /* some of them are passed on to workers */
    struct coord_options coord;
    const char *data;   /* folder */
    const char *worker; /* the path of gale-worker */
    const char *gale;   /* the version */
    enum daemon_stop stop;
};

/* Takes over the workers that live. What is borrowed outlives the daemon. */
enum err daemon_start(const struct daemon_options *options, struct daemon **ret_daemon,
                      struct error *error) MUST_USE;
void daemon_destroy(struct daemon **daemon);

uint16_t daemon_port(const struct daemon *daemon);
const char *daemon_id(const struct daemon *daemon);

/* Until daemon_stop(). ERR_CONFLICT if another supervisor has the same id. */
enum err daemon_run(struct daemon *daemon, struct error *error) MUST_USE;

/* Any thread, and signal handlers. */
void daemon_stop(struct daemon *daemon);

#endif
