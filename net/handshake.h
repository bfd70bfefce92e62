/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has become of the handshakes of a socket that connects: ZeroMQ itself tries again, or gives
 * up, without a word. For the files of net/ alone; belongs to the socket's thread.
 */
#ifndef NET_HANDSHAKE_H
#define NET_HANDSHAKE_H

#include "base/err.h"
#include "net/endpoint.h"

enum handshake_end {
    HANDSHAKE_NONE,      /* nobody was there yet */
    HANDSHAKE_DONE,      /* the last one was good */
    HANDSHAKE_REFUSED,   /* the server knows our key, and will not have us */
    HANDSHAKE_UNLIKE,    /* one side has keys and the other has none */
    HANDSHAKE_CUT_SHORT, /* the server went away in the middle: maybe its key is another */
};

struct handshake {
    struct endpoint monitor;
    enum handshake_end last;
};

/* Before the endpoint connects. */
enum err handshake_watch(void *zmq_context, const struct endpoint *endpoint,
                         struct handshake *ret_handshake, struct error *error) MUST_USE;

/* Before the endpoint is closed. Accepts one of zero bytes. */
void handshake_unwatch(const struct endpoint *endpoint, struct handshake *handshake);

/* Takes the news. */
enum handshake_end handshake_look(struct handshake *handshake);

/* For people: why there is no way to a server; NULL if the handshake does not tell. */
const char *handshake_text(enum handshake_end end, bool has_keys);

#endif
