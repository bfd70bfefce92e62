/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a supervisor answers to requests over its control address: info, logs.topologies, logs.list,
 * logs.read, worker.sample, worker.stacks, worker.profile (docs/protocol/control.md). Belongs to the reactor's thread.
 */
#ifndef SUPERVISOR_IO_DESK_H
#define SUPERVISOR_IO_DESK_H

#include <stdint.h>

#include "base/err.h"
#include "net/keys.h"
#include "net/reactor.h"
#include "supervisor/io/worker_log.h"
#include "supervisor/local.h"
#include "wire/control.h"

struct desk;

enum {
    DESK_SAMPLE_MS = 3000,   /* how long a worker may take; it gives up after 2 s by itself */
    DESK_THREADS_MS = 18000, /* likewise, beside the time of a profile: after 15.5 s */
    DESK_PROFILE_MS_MIN = 1000,
};

struct desk_options {
    struct reactor *reactor;
    const char *listen;
    const struct keys *keys; /* borrowed for the call; NULL: none */
    const char *supervisor;
    const char *gale; /* the version */
    struct worker_log log;

    /* Sends an order to the worker of the slot. CONTROL_NOT_FOUND if it is not of this topology,
     * CONTROL_UNAVAILABLE if it is not connected. */
    enum control_code (*order)(void *context, const char *topology, uint32_t slot,
                               const char *order);
    void *context;
};

enum err desk_open(const struct desk_options *options, struct desk **ret_desk,
                   struct error *error) MUST_USE;
void desk_close(struct desk **desk);

uint16_t desk_port(const struct desk *desk);

/* A worker has sent samples, stacks or a profile, or has gone. */
void desk_take_found(struct desk *desk, uint32_t slot, const struct local_message *message);
void desk_lose_worker(struct desk *desk, uint32_t slot);

/* Answers what workers did not; returns when to be called next, at the latest. */
uint64_t desk_tick(struct desk *desk, uint64_t now_ns);

#endif
