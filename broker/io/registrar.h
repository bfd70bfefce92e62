/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the broker's place in the cluster state, on a thread of its own: a session with coord
 * (coord/client.h) and the machine that decides (broker/server/registration.h). The broker tells what it
 * has, and asks how it stands; it never waits for coord, and serves while there is none.
 *
 * new, tell, status and destroy belong to one thread, the loop's.
 */
#ifndef BROKER_IO_REGISTRAR_H
#define BROKER_IO_REGISTRAR_H

#include <stdint.h>

#include "base/err.h"
#include "broker/server/catalog.h"
#include "broker/server/registration.h"
#include "coord/client.h"

struct registrar;

struct registrar_options {
    struct coord_options coord; /* copied, with its texts */
    int32_t broker;             /* its number */
    const char *host;           /* where clients reach it, as it is told to others. Copied */
    uint16_t port;
    const char *cluster_id; /* 22 characters. Copied */
    void (*wake)(
        void *context); /* on the registrar's thread, until registrar_destroy() has returned:
                                    the status has changed */
    void *context;
};

/* How it stands. */
struct registrar_status {
    enum registration_state state;
    char text[REGISTRATION_TEXT_MAX]; /* for people: why it is so; "" if all is well */
    uint64_t failed_topics;           /* that could not be registered */
    uint64_t changes;                 /* of the status, ever: for whoever tells news alone */
};

/* Starts to connect, and returns at once. Errors as of coord_open(). */
enum err registrar_new(const struct registrar_options *options, struct registrar **ret_registrar,
                       struct error *error) MUST_USE;

/* Ends the session, so that the broker is gone for the others at once; waits up to four seconds for a
 * coord that is slow. */
void registrar_destroy(struct registrar **registrar);

/* What the broker has now. Copied; what was told before and not written yet is not written any more. */
void registrar_tell(struct registrar *registrar, const struct catalog *catalog);

struct registrar_status registrar_status(struct registrar *registrar);

#endif
