/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The links of a worker, over ZeroMQ: one PULL socket that all others send to, and a PUSH socket
 * for each of them. It carries frames and knows nothing of what they mean. A frame is sent from where
 * it lies, without a copy; high-water marks are off, because whoever sends has credit for it.
 *
 * With keys only those come in, and only those are sent to, who have the very same pair.
 *
 * Belongs to one thread, with its sockets.
 */
#ifndef NET_POST_H
#define NET_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/keys.h"

enum {
    POST_WAYS_MAX = 4096,
};

struct post;
struct post_way; /* to one other worker */

struct post_options {
    const char *host;        /* to listen on: "127.0.0.1" */
    uint16_t port;           /* 0: any free one */
    size_t frame_bytes_max;  /* a peer that sends more is cut off */
    int wake_fd;             /* post_wait() returns when it can be read; -1: none */
    const struct keys *keys; /* of the topology; borrowed for the call; NULL: none */
};

/* Binds. */
enum err post_open(const struct post_options *options, struct post **ret_post,
                   struct error *error) MUST_USE;

/* Drops what was not sent; every `release` that is due has been called when it returns. All ways
 * are closed first. */
void post_close(struct post **post);

/* Peers that were not let in. */
uint64_t post_refused(const struct post *post);

uint16_t post_port(const struct post *post);

/* Connects, in the background and again and again. ERR_INVALID for an address that is none;
 * ERR_LIMIT and ERR_FULL if there are too many. */
enum err post_connect(struct post *post, const char *address, struct post_way **ret_way,
                      struct error *error) MUST_USE;

/* Drops what was not sent. Releases may come later, from another thread; never waits. */
void post_disconnect(struct post_way **way);

/* Sends a copy. Frames are dropped while there is no connection, and when it is cut. */
void post_send(struct post_way *way, const void *head, size_t head_size, const void *payload,
               size_t payload_size);

/* Sends from where the bytes lie; `release` is called when they are not needed any more, by any
 * thread, maybe in the call. They stay as they are until then. */
void post_send_from(struct post_way *way, void *bytes, size_t size,
                    void (*release)(void *bytes, void *context), void *context);

/* Sleeps until a frame can be received, the wake_fd can be read, or deadline_ns of clock_now_ns()
 * (UINT64_MAX: none), or a signal comes. Ways that were cut release their frames in here. */
void post_wait(struct post *post, uint64_t deadline_ns);

/* The next frame, if there is one: borrowed until the next call. Never waits. */
bool post_receive(struct post *post, const void **ret_bytes, size_t *ret_size) MUST_USE;

#endif
