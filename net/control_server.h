/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and replies between the parts of Gale, over ZeroMQ: the side that answers. A message is
 * a head, which is text (JSON, of which this file knows nothing), and a body, which is bytes and may
 * be empty. Who asks may ask more before it has the answer; requests of one client come in order.
 *
 * On the wire: a ROUTER here and a DEALER there, two frames each way, head and body. A message with
 * another number of frames, or one that is too large, is dropped and counted.
 *
 * Without keys it listens on loopback alone, and lets everybody in. With keys only those are heard
 * whom net/gate.h lets in, on loopback as well. Belongs to its reactor's thread.
 */
#ifndef NET_CONTROL_SERVER_H
#define NET_CONTROL_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/keys.h"
#include "net/reactor.h"
#include "wire/role.h"

enum {
    CONTROL_HEAD_MAX = 8 * 1024 * 1024, /* bytes; who sends a larger frame is cut off */
    CONTROL_BODY_MAX = 1024 * 1024,
};

struct control_server;

/* Who asked, for the reply: a value, to be copied and kept until it is answered or forgotten. */
struct control_peer {
    uint8_t size;
    uint8_t id[255];
    enum role role;
};

struct control_server_options {
    struct reactor *reactor;
    const char *address;     /* "127.0.0.1:6627"; port 0 is any free one */
    const struct keys *keys; /* borrowed for the call; NULL: none */
    void (*received)(void *context, const struct control_peer *peer, const char *head,
                     size_t head_size, const void *body, size_t body_size); /* borrowed */
    void *context;
};

/* Binds. Errors name the address and the remedy: in use, not loopback without keys. */
enum err control_server_open(const struct control_server_options *options,
                             struct control_server **ret_server, struct error *error) MUST_USE;
void control_server_close(struct control_server **server);

uint16_t control_server_port(const struct control_server *server);

/* Messages that were dropped: requests that were none, and replies that were too large. */
uint64_t control_server_dropped(const struct control_server *server);

/* Peers that were not let in. */
uint64_t control_server_refused(const struct control_server *server);

/* Copies. A peer that is gone, or reads too slowly, loses the reply; one that is too large is
 * dropped. */
void control_server_reply(struct control_server *server, const struct control_peer *peer,
                          const char *head, size_t head_size, const void *body, size_t body_size);

#endif
