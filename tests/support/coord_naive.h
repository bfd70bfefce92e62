/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coordination server as it should behave, in the plainest way and slow: nodes in an array that
 * is searched by path, watches in another, and copies of everything where the server has journals.
 * Written from docs/protocol/zookeeper.md, without the server's code.
 *
 * It is asked what the server is asked, and keeps for each client the lines that it expects (see
 * ask_describe()) until they come. Texts are short: NAIVE_PATH_MAX, NAIVE_DATA_MAX.
 */
#ifndef TESTS_COORD_NAIVE_H
#define TESTS_COORD_NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "tests/support/ask.h"

enum {
    NAIVE_NODES_MAX = 48,
    NAIVE_CLIENTS_MAX = 24, /* at a time */
    NAIVE_SESSIONS_MAX = 32,
    NAIVE_PATH_MAX = 160,
    NAIVE_DATA_MAX = 24,
};

struct coord_naive;

struct coord_naive_options {
    uint32_t tick_ms; /* sessions live between 2 and 20 of them */
    uint32_t container_check_ms;
    size_t nodes_max;
    size_t sessions_max;
    size_t watches_max;
    int64_t wall_ms;
    const char *super_digest;
};

/* A server with a new store. */
struct coord_naive *coord_naive_new(const struct coord_naive_options *options);
void coord_naive_destroy(struct coord_naive **naive);

/* ---- What happens to it -------------------------------------------------------------------- */

/* The number of a new connection: below NAIVE_CLIENTS_MAX, one that is closed. */
size_t coord_naive_connect(struct coord_naive *naive);
void coord_naive_hang_up(struct coord_naive *naive, size_t client);

struct coord_naive_greeting {
    int32_t timeout_ms;
    int64_t former_id; /* 0: a new session */
    bool is_password_right;
    int64_t new_id; /* what the server would call a new session */
};
void coord_naive_greet(struct coord_naive *naive, size_t client,
                       const struct coord_naive_greeting *greeting);

void coord_naive_ask(struct coord_naive *naive, size_t client, const struct ask *ask, int32_t xid);
void coord_naive_ping(struct coord_naive *naive, size_t client);

/* In steps that are no stall. */
void coord_naive_pass(struct coord_naive *naive, uint64_t ms);

/* Ends sessions that are overdue; and, if it is time, looks at the nodes of the given paths in
 * their order and reaps those whose time is up. */
void coord_naive_expire(struct coord_naive *naive, const char *const *paths, size_t count);

void coord_naive_seal(struct coord_naive *naive);
void coord_naive_finish(struct coord_naive *naive);
void coord_naive_roll_back(struct coord_naive *naive);
void coord_naive_restart(struct coord_naive *naive);

/* ---- What it expects ----------------------------------------------------------------------- */

/* Takes the line if it is what the client must be sent next. */
bool coord_naive_take(struct coord_naive *naive, size_t client, const char *line);

/* What the client must be sent next; NULL if nothing. */
const char *coord_naive_peek(const struct coord_naive *naive, size_t client);

/* Whether the connection is closed, or must be as soon as nothing is expected on it. */
bool coord_naive_is_closed(const struct coord_naive *naive, size_t client);

/* Whether all that is expected must have come: nothing waits for the disk. */
bool coord_naive_is_quiet(const struct coord_naive *naive);

/* ---- Looking in: for those who think up what to do next ------------------------------------ */

size_t coord_naive_node_count(const struct coord_naive *naive);
const char *coord_naive_node_path(const struct coord_naive *naive, size_t index);
int64_t coord_naive_session_of(const struct coord_naive *naive, size_t client); /* or 0 */
bool coord_naive_is_reapable(const struct coord_naive *naive, const char *path);
int64_t coord_naive_zxid(const struct coord_naive *naive); /* durable */

#endif
