/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ZeroMQ socket as we want it: the one place where sockets are made, bound and connected, and
 * where it is known when one can be read. For the files of net/ alone.
 *
 * Each owner (a server, a client, a post) has a context of its own. So nothing is shared in the
 * process, no signal, variable of the environment or exit handler is touched; and when a context is
 * closed, everything of it is gone: its port is free, and no message of it is held any more.
 *
 * A ZeroMQ socket has a descriptor that tells of news, but only once: after any other call on the
 * socket it may stay silent although there is input. So before every sleep endpoint_has_input() is
 * asked, and endpoint_fd() only ends the sleep.
 *
 * The limits that ZeroMQ cannot set: how many peers connect (the limit of open files does), and how
 * many parts a message has. Both are for peers that have keys, or loopback.
 *
 * An endpoint belongs to one thread.
 */
#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "base/err.h"
#include "net/keys.h"

struct endpoint {
    void *socket;  /* of libzmq */
    int fd;        /* tells of news; the socket's */
    bool has_keys; /* nobody comes in without one */
};

/* Of those whose keys are given: who shows its key first, and who looks at it. */
enum endpoint_side {
    ENDPOINT_CONNECTS,
    ENDPOINT_LISTENS, /* net/gate.h must be at work in the context */
};

struct endpoint_options {
    int type;              /* ZMQ_PULL, ... */
    size_t part_bytes_max; /* a peer that sends a larger part is cut off */
    int unsent_max;        /* messages for one peer; 0: no limit */
    int unread_max;        /* messages of one peer; 0: no limit */
    bool connected_only;   /* nothing waits for a peer that is not there */
    enum endpoint_side side;
    const struct keys *keys; /* borrowed for the call; NULL: none, everything is plain */
};

/* NULL if there are no descriptors left. */
void *endpoint_context_new(void) MUST_USE;

/* Its endpoints are closed. Waits until all that they did is undone, which takes no time, but while
 * a name of a host is being looked up. */
void endpoint_context_destroy(void **context);

/* ERR_FULL if there are no descriptors left, or there is no context. */
enum err endpoint_open(void *context, const struct endpoint_options *options,
                       struct endpoint *ret_endpoint, struct error *error) MUST_USE;

/* Drops what was not sent. Accepts one of zero bytes, and leaves one. */
void endpoint_close(struct endpoint *endpoint);

/* Errors as listener_open(); and ERR_DENIED if others than this machine could come, and there are no
 * keys. */
enum err endpoint_bind(struct endpoint *endpoint, const char *address, uint16_t *ret_port,
                       struct error *error) MUST_USE;

/* In the background, and again whenever it was cut. ERR_INVALID if that is no address to connect
 * to. A name of a host stands for its IPv4 address, and is looked up each time. */
enum err endpoint_connect(struct endpoint *endpoint, const char *address,
                          struct error *error) MUST_USE;

/* The same address once more, for a connection that ZeroMQ may have given up: it does so when the
 * peer is none of its kind. */
void endpoint_connect_again(struct endpoint *endpoint);

/* Whether a message waits. Also what must be called for the socket's own affairs when its
 * descriptor can be read. */
bool endpoint_has_input(const struct endpoint *endpoint);

/* poll() until deadline_ns of clock_now_ns(); UINT64_MAX: for ever. */
int endpoint_poll(struct pollfd *polled, size_t count, uint64_t deadline_ns);

enum endpoint_result {
    ENDPOINT_MESSAGE, /* the caller closes the parts */
    ENDPOINT_WRONG,   /* had another number of parts, and was dropped */
    ENDPOINT_NOTHING, /* waits */
};

/* Takes the next message, which must have `count` parts. Never waits. */
enum endpoint_result endpoint_receive(const struct endpoint *endpoint, zmq_msg_t *parts,
                                      size_t count);

/* Sends a message of one part, or of as many as there are (ENDPOINT_MORE, ..., ENDPOINT_LAST).
 * Copies; never waits. False if there is no room, or nobody: then the whole message is dropped, and
 * no part of it is to follow. */
enum endpoint_part {
    ENDPOINT_LAST,
    ENDPOINT_MORE,
};
bool endpoint_send(const struct endpoint *endpoint, const void *bytes, size_t size,
                   enum endpoint_part part);

/* Takes the message over in any case; false if it was dropped. */
bool endpoint_send_message(const struct endpoint *endpoint, zmq_msg_t *message,
                           enum endpoint_part part);

#endif
