/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sessions of servers, read from what these say to the words `cons` (their connections) and
 * `dump` (the sessions, and who owns which ephemeral nodes). Pure; any thread.
 */
#ifndef CLI_SESSIONS_H
#define CLI_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
    SESSIONS_MAX = 65536,
    SESSIONS_ADDRESS_MAX = 64, /* with the final NUL */
};

struct session_row {
    uint64_t id;
    char address[SESSIONS_ADDRESS_MAX]; /* of the client; "" if it has no connection */
    char server[SESSIONS_ADDRESS_MAX];  /* to which it has it */
    uint64_t timeout_ms;                /* 0 if it is not known */
    uint64_t since_ms;                  /* 1970: when it connected; 0 if it is not known */
    uint64_t received;                  /* requests */
    size_t ephemerals;
};

struct session_table {
    struct session_row *rows;
    size_t count;
    size_t capacity;
};

void sessions_done(struct session_table *table);

/* Adds what the server of that name said; lines of any other kind are passed over. */
void sessions_read_cons(struct session_table *table, const char *server, const char *answer);

/* The servers of an ensemble tell the same sessions: they are counted once. */
void sessions_read_dump(struct session_table *table, const char *answer);

/* Whether the server answered that it does not answer this. */
bool sessions_is_refusal(const char *answer);

/* In the order of their ids. */
void sessions_sort(struct session_table *table);
void sessions_view(const struct session_table *table, uint64_t now_ms, struct text *text);
void sessions_view_json(const struct session_table *table, struct text *text);

#endif
