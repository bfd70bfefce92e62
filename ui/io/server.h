/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server of gale-ui: one thread has all sockets, and a pool of threads the requests that wait for something.
 *
 *     socket --> guard --> an asset, a refusal, a route that asks nobody: at once
 *                      --> a route: given to the pool of its lane (ui/http/lanes.h); the connection rests until the answer
 *                          is there; those of LANE_LONG are few at a time
 *                      --> /api/v2/stream: a viewer (ui/io/streams.h); it rests while there is nothing new
 *
 * Limits: connections; bytes of a request's head, target and body; the time that a client has for a request, from
 * the first byte to the last, and for taking some of the answer; requests that wait for a pool (503 beyond it);
 * viewers (503). What a download has of its source is one piece at a time.
 */
#ifndef UI_IO_SERVER_H
#define UI_IO_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ui/http/assets.h"
#include "ui/http/dispatch.h"
#include "ui/http/guard.h"
#include "ui/http/lanes.h"
#include "ui/io/pool.h"
#include "ui/io/streams.h"

struct server;

struct server_options {
    const char *listen;
    struct guard guard;       /* borrows for life, as all here does */
    struct dispatch dispatch; /* of requests */
    struct asset_table assets;
    const char *folder; /* serve the page from there; NULL: the assets */
    struct pool *pools[LANES];
    size_t long_max; /* requests of LANE_LONG, at a time; others are refused (503) */
    struct streams *streams;
    uint32_t connections_max;
    size_t body_bytes_max;
    uint64_t timeout_ms; /* of a client */
};

enum err server_start(const struct server_options *options, struct server **ret_server,
                      struct error *error) MUST_USE;

/* Nothing new is begun from now on; what was given to the pool goes on. First of three: then end the pool and the
 * streams, then server_destroy(). */
void server_drain(struct server *server);
void server_destroy(struct server **server);

/* To be called each second or so: who takes too long for a request is disconnected. */
void server_sweep(struct server *server, uint64_t now_ns);

uint16_t server_port(const struct server *server);

#endif
