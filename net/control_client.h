/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and replies between the parts of Gale: the side that asks (see net/control_server.h).
 *
 * Two ways to use it: with a reactor, replies come to a handler; without, control_client_wait()
 * waits. The socket reconnects by itself; what was sent to a server that went away is not answered,
 * so whoever asks has a deadline of its own and knows which reply belongs to which request by what
 * the heads say.
 *
 * Belongs to one thread.
 */
#ifndef NET_CONTROL_CLIENT_H
#define NET_CONTROL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/control_server.h"
#include "net/reactor.h"

enum {
    /* Messages that wait for the server, or for it to read. What it has read is counted out in lots
     * of half as many, so no more than half can be relied on while it reads. */
    CONTROL_CLIENT_UNSENT_MAX = 256,
};

struct control_client;

struct control_client_options {
    struct reactor *reactor; /* NULL: control_client_wait() alone */
    const char *address;     /* "127.0.0.1:6627" */
    const struct keys *keys; /* borrowed for the call; NULL: none */
    void (*received)(void *context, const char *head, size_t head_size, const void *body,
                     size_t body_size); /* borrowed; with a reactor */
    void *context;
};

/* Connects in the background. ERR_INVALID for an address that is none; ERR_FULL and ERR_LIMIT if
 * there are too many sockets. */
enum err control_client_open(const struct control_client_options *options,
                             struct control_client **ret_client, struct error *error) MUST_USE;
void control_client_close(struct control_client **client); /* what was not sent is dropped */

/* Copies. False if as much waits to be sent as may, because nobody is there, or if the message is
 * too large. */
bool control_client_send(struct control_client *client, const char *head, size_t head_size,
                         const void *body, size_t body_size);

/* For people: why the server cannot be talked to, as far as the handshake tells: "it asks for a key,
 * and we have none". NULL if nothing is known. It may have to be opened anew to try again. */
const char *control_client_trouble(struct control_client *client);

struct control_reply {
    char *head; /* ends in a NUL that head_size does not count */
    size_t head_size;
    void *body;
    size_t body_size;
};

void control_reply_done(struct control_reply *reply);

/* Waits for the next message of the server, whatever it answers, until deadline_ns of
 * clock_now_ns(). ERR_TIMEOUT; ERR_CANCELLED when a signal came; ERR_DENIED if the server does not let
 * us in, or has keys where we have none, or the other way round. Without a reactor. */
enum err control_client_wait(struct control_client *client, uint64_t deadline_ns,
                             struct control_reply *ret_reply) MUST_USE;

#endif
