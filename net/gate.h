/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who lets peers into the servers of a ZeroMQ context that has keys: a thread of its own, so that
 * neither a slow disk nor a flood of strangers holds up the owner of the sockets. The list of clients
 * is read again when its folder has changed, and at least once a second while peers come. What cannot
 * be read lists nobody.
 *
 * Refusals are counted, and logged once a second at most ("peer.refused").
 */
#ifndef NET_GATE_H
#define NET_GATE_H

#include <stdint.h>

#include "base/err.h"
#include "net/keys.h"

struct gate;

/* Before any socket of the context is bound. The keys are copied. */
enum err gate_open(void *zmq_context, const struct keys *keys, struct gate **ret_gate,
                   struct error *error) MUST_USE;

/* When all other sockets of the context are closed, and before it is destroyed. Accepts NULL. */
void gate_close(struct gate **gate);

/* Any thread. */
uint64_t gate_refused(const struct gate *gate);

#endif
