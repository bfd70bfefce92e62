/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A control server and its clients on one reactor, in one thread: a test sends, lets the reactor
 * run until a condition holds, and looks at what came. The server answers every request with the
 * same head and body, unless the test does it.
 */
#ifndef TESTS_NET_CONTROL_RIG_H
#define TESTS_NET_CONTROL_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/control_client.h"
#include "net/control_server.h"
#include "net/reactor.h"

enum {
    CONTROL_RIG_CLIENTS_MAX = 8,
};

struct control_rig;

/* A message as a handler has it: borrowed. */
struct control_message {
    const char *head;
    size_t head_size;
    const void *body;
    size_t body_size;
};

struct control_rig_client {
    struct control_rig *rig;
    struct control_client *client;
    size_t answered_count;
};

struct control_rig {
    struct reactor *reactor;
    struct reactor_timer *pulse_timer;
    struct control_server *server;
    char address[64]; /* of the server, also when it is closed */
    struct control_rig_client clients[CONTROL_RIG_CLIENTS_MAX];
    size_t client_count;

    const struct keys *keys;        /* of the server; set before the start, NULL: none */
    const struct keys *client_keys; /* of clients that are added from now on */

    /* What the test does; each may be NULL. */
    void (*asked)(struct control_rig *rig, const struct control_peer *peer,
                  const struct control_message *message);
    void (*answered)(struct control_rig_client *client, const struct control_message *message);
    void (*pulse)(struct control_rig *rig); /* every few milliseconds; set before the start */
    bool (*is_done)(const struct control_rig *rig);

    size_t asked_count;
    size_t answered_count; /* of all clients */
    size_t wanted;         /* by is_done */
    void *context;         /* the test's */
};

/* The server listens on 127.0.0.1; there is no client yet. The rig must not move. */
void control_rig_start(struct control_rig *rig);
void control_rig_stop(struct control_rig *rig);

/* At the address where it was before, if it was open. */
void control_rig_open_server(struct control_rig *rig);

struct control_rig_client *control_rig_add_client(struct control_rig *rig);

/* True if it was taken. */
bool control_rig_ask(const struct control_rig_client *client, const char *text);

/* Looked at in each turn; the pulse goes on meanwhile. */
void control_rig_run_until(struct control_rig *rig, bool (*is_done)(const struct control_rig *rig));

bool control_rig_has_asked(const struct control_rig *rig);    /* as often as is wanted */
bool control_rig_has_answered(const struct control_rig *rig); /* as often as is wanted */
void control_rig_run_until_asked(struct control_rig *rig, size_t count);
void control_rig_run_until_answered(struct control_rig *rig, size_t count);

/* The number that the text of the head begins with. */
size_t control_rig_number(const struct control_message *message);

#endif
