/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to the cluster state: a session with the servers of the setting coord.servers, be it
 * gale-coord or a ZooKeeper ensemble. Stands on the stock C client library, which has two threads
 * of its own, and one thread of ours that keeps the session; to the owner it is one inbox of events
 * and one function that sends.
 *
 * The session reconnects by itself: at once, and then each time all servers were tried in vain
 * after a pause of a sixtieth of the session's timeout. After an expiry a new session is opened,
 * after a random pause that grows up to reconnect_max_ms; so are host names tried again that do not
 * resolve. A server that is none, or does not answer, is no error: CONNECTED simply does not come.
 *
 * Calls are sent in their order; while there is no connection they are answered with
 * COORD_CONNECTION_LOSS at once (see coord_call()). When it is lost, the answers of all calls under
 * way follow DISCONNECTED, before anything else; a call that got such an answer may still be done
 * later, but never after a call of the same client that was made after CONNECTED.
 *
 * A call belongs to the session of the last CONNECTED that the owner took, and is done in that one
 * or not at all. So what was decided before the owner heard of the end of its session (because it
 * was paused, or busy) is never done in the next one.
 *
 * One owner: all functions are called by one thread; the inbox is filled by others.
 */
#ifndef COORD_CLIENT_H
#define COORD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/call.h"
#include "coord/event.h"

struct coord_client;

enum {
    COORD_SERVER_NAME_MAX = 64, /* with the final NUL */
};

struct coord_options {
    const char *servers; /* "host:port,host:port"; no root behind it: that is `root` */
    const char *root;    /* all paths are below it, "/gale"; NULL or "/" for none. Each new session
                            makes it if it is missing, before CONNECTED */
    uint32_t session_timeout_ms; /* asked for; CONNECTED tells what was given */
    uint32_t reconnect_max_ms;
    size_t calls_max; /* made and not taken the answer of */
    size_t inbox_max; /* events nobody took yet; beyond it they wait where they come from */
    uint64_t seed;    /* for the pauses */
};

/* The defaults of the settings coord.*: 127.0.0.1:2181, /gale, 10 s, 5 s, 4096, 16384. */
struct coord_options coord_options_default(void);

/* Starts to connect and returns at once; CONNECTED is the first event but for answers. ERR_INVALID
 * for a server list or root that cannot be read, ERR_IO without a descriptor or thread left. */
enum err coord_open(const struct coord_options *options, struct coord_client **ret_client,
                    struct error *error) MUST_USE;

/* Ends the session (its ephemeral nodes go at once if the server can be reached) and frees all;
 * what was not answered never will be. Waits for a server that answers slowly, at most one second
 * for calls under way and three for the end of the session. */
void coord_close(struct coord_client **client);

/* Sends a call; everything is copied. Never waits. Each call is answered by one ANSWERED event,
 * whatever happens: without connection with COORD_CONNECTION_LOSS, beyond calls_max with
 * COORD_THROTTLED, for one that has a fault (coord_call_fault()) with COORD_BAD_ARGUMENTS. Whoever
 * makes calls_max + inbox_max calls without taking an event has a fault: the process ends. */
void coord_call(struct coord_client *client, const struct coord_call *call);

/* Sends all, and empties the queue. */
void coord_call_all(struct coord_client *client, struct coord_calls *calls);

/* Takes the next event, waiting for it up to timeout_ms (-1: for ever). False when there was none
 * in that time. Free it with coord_event_done(). */
bool coord_take(struct coord_client *client, int64_t timeout_ms,
                struct coord_event *ret_event) MUST_USE;

/* A file descriptor that is readable while the inbox has events, for owners with a loop. */
int coord_fd(const struct coord_client *client);

/* The server we are connected to, "127.0.0.1:2181", for logs; "" if none. Copies. */
void coord_server_name(const struct coord_client *client, char *ret_name, size_t size);

#endif
