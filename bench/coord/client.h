/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to the server, and its session: bytes waiting to be sent, bytes that have come.
 * It never blocks; a crowd (crowd.h) says when it is worth while to try.
 */
#ifndef BENCH_COORD_CLIENT_H
#define BENCH_COORD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/text.h"
#include "coord/protocol/jute.h"

enum {
    CLIENT_INPUT_BYTES = 64 * 1024, /* a larger answer ends the program */
};

enum client_state {
    CLIENT_CLOSED,
    CLIENT_GREETING, /* from the connect on, until the server has answered the first frame */
    CLIENT_OPEN,
};

struct client {
    uint32_t index; /* in its crowd */
    int fd;         /* -1 while closed */
    enum client_state state;
    int32_t timeout_ms;     /* of the session, as the server has decided */
    int32_t next_xid;       /* to send */
    int32_t expected_xid;   /* to come: answers keep the order of the calls */
    struct text out;        /* of which `sent` bytes are sent */
    struct list_node dirty; /* in its crowd's list while there may be something to send */
    size_t sent;
    char *in; /* CLIENT_INPUT_BYTES, of which start .. end have not been looked at */
    size_t start;
    size_t end;
    bool has_ended;  /* the server has closed it; frames may be left */
    bool is_blocked; /* the socket did not take all */
};

void client_init(struct client *client, uint32_t index);
void client_done(struct client *client);

/* Begins to connect to a port of this machine, and puts the first frame. */
void client_connect(struct client *client, uint16_t port, int32_t timeout_ms);
void client_close(struct client *client);

/* Sends what the socket takes. */
void client_send(struct client *client);

/* Reads what has come, once. */
void client_receive(struct client *client);

/* The next whole frame of what was read, borrowed until the next client_receive(). */
bool client_take_frame(struct client *client, struct jute_in *ret_frame);

#endif
