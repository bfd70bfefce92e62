/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale-ui as a process: the server, the threads that answer, what follows the cluster, and the way to it.
 */
#ifndef UI_IO_DAEMON_H
#define UI_IO_DAEMON_H

#include <stdint.h>

#include "base/err.h"
#include "base/settings.h"
#include "ui/options.h"

struct ui_daemon;

struct ui_daemon_options {
    const struct ui_options *ui;
    const struct settings *settings;
    const char *version; /* of Gale */
};

/* Serves from here on. Connecting to the cluster goes on in the background. What the options point to outlives the daemon. */
enum err ui_daemon_start(const struct ui_daemon_options *options, struct ui_daemon **ret_daemon,
                         struct error *error) MUST_USE;

/* Until ui_daemon_stop(). */
void ui_daemon_run(struct ui_daemon *daemon);

/* Any thread, and signal handlers. */
void ui_daemon_stop(struct ui_daemon *daemon);

/* Those who follow see the end of their streams; requests under way are told that it ends. */
void ui_daemon_destroy(struct ui_daemon **daemon);

uint16_t ui_daemon_port(const struct ui_daemon *daemon);

#endif
