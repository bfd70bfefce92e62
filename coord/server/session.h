/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session table: who is alive. A session has an id, a timeout and, most of the time, a
 * connection; it lives until it is closed or until nothing was heard of it for its timeout. Only
 * the server decides that, here. Deadlines are rounded up to whole ticks and kept in buckets, so
 * that touching a session is cheap, as it happens with each request.
 *
 * Time is that of the session clock, which stands still while the server itself did (a stopped
 * process, a machine that slept): a server that was away must not take its clients for dead. The
 * shell's turns tell it the time; a gap between two of them beyond session_options.stall_ms counts
 * as stall_ms. So that idleness is not taken for a stall, sessions_deadline_ms() asks for a turn
 * every half of it while there are sessions.
 *
 * Passwords are a keyed hash of the id: nothing to store, nothing to guess. Pure; one thread.
 */
#ifndef COORD_SERVER_SESSION_H
#define COORD_SERVER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/protocol/message.h"

enum {
    SESSION_SECRET_SIZE = 32,
};

struct session {
    int64_t id;
    uint32_t timeout_ms;
    uint64_t connection; /* number of the connection it is attached to; 0 for none */
    bool is_closing;     /* its end is decided: requests that still come fail with -112. If it is
                          * taken back, a touch gives it a deadline again */
};

struct session_options {
    uint32_t tick_ms;
    uint32_t timeout_min_ms; /* 2 ticks unless set */
    uint32_t timeout_max_ms; /* 20 ticks unless set */
    uint32_t stall_ms;       /* the longest gap between two turns that is believed; not 0 */
    size_t sessions_max;     /* for sessions_open() */
};

struct sessions;

struct sessions *sessions_new(const struct session_options *options,
                              const unsigned char secret[SESSION_SECRET_SIZE]);
void sessions_destroy(struct sessions **sessions);

/* Tells the time, by any clock that does not go back; the first call starts the session clock. */
void sessions_set_time(struct sessions *sessions, uint64_t now_ms);

/* What a client that asks for a timeout gets. */
uint32_t sessions_negotiate(const struct sessions *sessions, int32_t asked_ms);

/* Makes a new session, alive for a whole timeout, with an id never used before (ids count up from
 * the wall clock at the server's start, under the server's number in the top byte as ZooKeeper
 * does: see .c). NULL when sessions_max are there. Borrowed until removed. */
struct session *sessions_open(struct sessions *sessions, uint32_t timeout_ms);

/* For recovery and undo: the session with its id, alive for a whole timeout from now on, beyond
 * sessions_max if need be. NULL if the id is 0 or there. */
struct session *sessions_restore(struct sessions *sessions, int64_t id, uint32_t timeout_ms);

/* Sets the first id that sessions_open() may give; ids that are there are skipped anyway. */
void sessions_start_ids(struct sessions *sessions, uint64_t wall_ms);

struct session *sessions_find(struct sessions *sessions, int64_t id);

/* Something was heard of it. Does nothing for one that is closing. */
void sessions_touch(struct sessions *sessions, struct session *session);

/* A client came back with a newly negotiated timeout. */
void sessions_set_timeout(struct sessions *sessions, struct session *session, uint32_t timeout_ms);

void sessions_remove(struct sessions *sessions, struct session *session);

/* The next session whose deadline has passed, or NULL. The caller sets is_closing or removes it,
 * else it is returned again. Closing ones are not returned. */
struct session *sessions_find_expired(struct sessions *sessions);

/* When, in the time of sessions_set_time(), the next turn is due, since sessions_find_expired() may
 * have something then; UINT64_MAX if there is no session. For use after it returned NULL. */
uint64_t sessions_deadline_ms(const struct sessions *sessions);

/* How long it lives if nothing more is heard of it; 0 for one that is closing. */
uint64_t sessions_left_ms(const struct sessions *sessions, const struct session *session);

size_t sessions_count(const struct sessions *sessions);

/* In the order of opening; start with NULL; NULL at the end. */
struct session *sessions_next(struct sessions *sessions, const struct session *session);

void sessions_password(const struct sessions *sessions, int64_t id,
                       unsigned char ret_password[MESSAGE_PASSWORD_SIZE]);

/* Compares in constant time. */
bool sessions_knows_password(const struct sessions *sessions, int64_t id, const void *password,
                             size_t size);

#endif
