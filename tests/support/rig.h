/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A coordination server on a test rig: the service with a store in memory, a clock that stands
 * still until it is told, and clients that speak frames. What the daemon's loop does between them
 * the test does, step by step, or with rig_settle().
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/text.h"
#include "coord/server/batch.h"
#include "coord/server/service.h"
#include "tests/support/ask.h"
#include "tests/support/memory_store.h"

#define RIG_WALL_MS INT64_C(1700000000000) /* when a rig starts */

struct rig {
    struct service_options options;
    struct memory_store *store;
    struct service *service;
    struct batch batch; /* what is being committed */
    bool is_committing;
    uint64_t now_us;
    int64_t wall_ms;
    struct list clients;
};

struct rig_client {
    struct list_node by_age;
    struct rig *rig;
    struct service_peer *peer; /* NULL when the connection is closed, by either side */
    struct text in;            /* all that came */
    size_t read;               /* how much of it rig_next() has given */
    int32_t *ops;              /* by xid */
    int32_t last_xid;
    bool was_greeted; /* the answer to the handshake was read */
    int64_t session_id;
    int32_t timeout_ms;
    unsigned char password[MESSAGE_PASSWORD_SIZE];
};

/* Ticks of 100 ms, sessions of 200 to 2000 ms, and limits that no test meets by chance. */
struct service_options rig_options(void);

/* A new store, with a tree that is committed. */
struct rig *rig_new(const struct service_options *options);
void rig_destroy(struct rig **rig);

/* ---- The server ---------------------------------------------------------------------------- */

/* Time goes on, of both clocks, in steps that are no stall; nothing else happens. */
void rig_pass(struct rig *rig, uint64_t ms);

void rig_seal(struct rig *rig);      /* the batch goes to the disk */
void rig_finish(struct rig *rig);    /* and is there */
void rig_roll_back(struct rig *rig); /* and has no room there */

/* Hands out what may leave. */
void rig_pump(struct rig *rig);

/* Commits until there is nothing to commit. */
void rig_settle(struct rig *rig);

/* The process is killed, and starts again with what is on disk. All clients are cut off. A batch
 * under way is lost: rig_finish() before if it shall not be. */
void rig_restart(struct rig *rig);

/* ---- Clients ------------------------------------------------------------------------------- */

/* A connection without a session. Clients live as long as the rig. */
struct rig_client *rig_dial(struct rig *rig);

/* Asks for a session; for the one of `former` if that is not NULL. */
void rig_greet(struct rig_client *client, int32_t timeout_ms, const struct rig_client *former);

/* Dials, greets and settles: a client with a new session. */
struct rig_client *rig_join(struct rig *rig, int32_t timeout_ms);

/* As it comes, without a length. */
void rig_send(struct rig_client *client, const void *frame, size_t size);

/* Returns the xid. */
int32_t rig_ask(struct rig_client *client, const struct ask *ask);

void rig_ping(struct rig_client *client);

void rig_hang_up(struct rig_client *client);

/* The next line that the client has been sent (see ask_describe()), into *line; false if there is
 * none. The answer to a handshake is "session" or "refused". */
bool rig_next(struct rig_client *client, struct text *line);

#endif
