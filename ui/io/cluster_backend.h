/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster as handlers ask it (ui/backend.h): the nimbus that leads, found in the cluster state and looked for again
 * when it is silent or says that another one leads; supervisors at the addresses that nimbus knows; the cluster state;
 * the module of the log.
 *
 * When one of them gave no answer, who asks it within the next second is told so at once, and from then on one question at
 * a time finds out whether it is back (ui/peers.h): requests do not all wait for one that is gone. Changes are always
 * tried. Any thread.
 */
#ifndef UI_IO_CLUSTER_BACKEND_H
#define UI_IO_CLUSTER_BACKEND_H

#include <stdint.h>

#include "base/err.h"
#include "base/settings.h"
#include "coord/client.h"
#include "ui/backend.h"

struct cluster_backend;

struct cluster_backend_options {
    const struct settings *settings; /* keys of the cluster; borrowed for life, as all texts */
    struct coord_options coord;
    const char *brokers;        /* of the log */
    uint64_t timeout_ms;        /* of a request's question */
    uint64_t stream_timeout_ms; /* of those that ask each second */
};

/* Connects in the background. The keys that are named must be there. */
enum err cluster_backend_open(const struct cluster_backend_options *options,
                              struct cluster_backend **ret_backend, struct error *error) MUST_USE;

/* Nobody asks any more. */
void cluster_backend_close(struct cluster_backend **backend);

/* Whoever waits, or asks from now on, is told soon that this server ends. */
void cluster_backend_cancel(struct cluster_backend *backend);

/* For requests, and for what is asked each second: the same answers, other times. */
const struct backend *cluster_backend_for_requests(struct cluster_backend *backend);
const struct backend *cluster_backend_for_streams(struct cluster_backend *backend);

/* Figures have gone on: what is asked from now on is asked anew. */
void cluster_backend_forget(struct cluster_backend *backend);

#endif
