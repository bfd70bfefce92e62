/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server and its clients in one thread: a test connects and sends, lets the server run until a
 * condition holds, and looks at what the clients got. The kernel keeps what either side has not
 * read yet. The rig checks that handlers are never called within each other and that `closed` comes
 * once for each `opened`.
 */
#ifndef TESTS_NET_RIG_H
#define TESTS_NET_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "net/server.h"

enum {
    RIG_CONNECTIONS_MAX = 8, /* of which a pointer is kept */
};

struct rig {
    struct server *server;

    /* What the test does; each may be NULL. */
    size_t (*received)(struct rig *rig, struct connection *connection, const char *bytes,
                       size_t size);
    void (*opened)(struct rig *rig, struct connection *connection);
    void (*closed)(struct rig *rig, struct connection *connection);
    void (*turned)(struct rig *rig);
    bool (*is_done)(
        const struct rig *rig); /* looked at in `turn` and `closed`; then the run ends */
    uint64_t (*deadline_ns)(const struct rig *rig, uint64_t now_ns);

    /* What happened. */
    struct connection *connections[RIG_CONNECTIONS_MAX]; /* in the order of arrival */
    size_t opened_count;
    size_t closed_count;
    size_t received_count;
    size_t turn_count;
    size_t bytes_offered;            /* in the last call of `received` */
    enum server_close_reason reason; /* the last */
    bool in_handler;

    size_t wanted; /* by is_done, for example */
    void *context; /* the test's */
};

/* Room for 10,000 connections, 1 MiB of input and of output, no other limit, 127.0.0.1. */
struct server_options rig_options(void);

/* Listens; NULL options are rig_options(). The rig must not move while it has a server. */
void rig_start(struct rig *rig, const struct server_options *options);
void rig_stop(struct rig *rig);

/* Runs the server until the condition holds in a turn or after a `closed`. The first turn comes at
 * once. */
void rig_run_until(struct rig *rig, bool (*is_done)(const struct rig *rig));

/* Conditions. */
bool rig_has_opened(const struct rig *rig);   /* as many as are wanted, ever */
bool rig_has_closed(const struct rig *rig);   /* as many as are wanted, ever */
bool rig_has_received(const struct rig *rig); /* as many calls as are wanted, ever */
bool rig_has_turned(const struct rig *rig);   /* as often as is wanted, ever */

/* Runs until so many have opened, closed, and so on. */
void rig_run_until_opened(struct rig *rig, size_t count);
void rig_run_until_closed(struct rig *rig, size_t count);
void rig_run_until_received(struct rig *rig, size_t count);

/* So many turns, at once, whatever comes. */
void rig_run_turns(struct rig *rig, size_t count);

/* Puts all that comes. */
size_t rig_echo(struct rig *rig, struct connection *connection, const char *bytes, size_t size);

/* ---- clients: blocking sockets ---- */

int client_connect(const struct rig *rig);
int client_connect_from(const struct rig *rig, const char *address);
void client_send(int client, const char *text);
void client_send_bytes(int client, const void *bytes, size_t size);

/* Exactly these bytes come next. */
void client_expect(int client, const char *text);

/* Nothing but the end comes, or nothing at the moment. */
void client_expect_end(int client);
void client_expect_nothing(int client);

/* Reads what is there, without waiting: the size, 0 for nothing. True in *ret_end at the end. */
size_t client_read(int client, void *bytes, size_t size, bool *ret_end);

void client_close(int client);

/* Closes so that the server's side is reset. */
void client_reset(int client);

#endif
