/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a request may be made at all, before anything is done for it (docs/security.md).
 *
 * Whoever reaches the port may look. What a page of somebody else in the user's browser could do is stopped: the
 * name in Host must be one of ours, so that a name that was made to point here leads nowhere; and a change needs a
 * header and a body that a page of another origin cannot send without being asked first, which is always refused,
 * as no answer ever allows another origin anything. Such a page can read no answer either; so that it cannot keep
 * workers busy with questions, only a link may lead here from elsewhere.
 *
 * Pure.
 */
#ifndef UI_HTTP_GUARD_H
#define UI_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/handler.h"

enum {
    GUARD_HOSTS_MAX = 64,
    GUARD_TOKEN_MAX = 512, /* bytes */
    GUARD_TEXT_MAX = 200,
};

struct guard {
    size_t host_count;
    const char *hosts[GUARD_HOSTS_MAX]; /* names and addresses, without ports and brackets */
    bool is_public;                     /* any address in figures is one of ours, too */
    bool has_actions;
    const char *why_no_actions;
    const char *token; /* NULL: none */
};

/* Headers are NULL where there is none. */
struct guard_request {
    const char *method;
    const char *host;
    bool has_hosts;            /* more than one header Host */
    const char *origin;        /* Origin */
    const char *fetch_site;    /* Sec-Fetch-Site */
    const char *fetch_dest;    /* Sec-Fetch-Dest */
    const char *action;        /* X-Gale-Action */
    const char *type;          /* Content-Type */
    const char *authorization; /* Authorization */
    bool has_body;
};

/* Why not. */
struct guard_refusal {
    unsigned status; /* 400, 401, 403, 405, 415, 421 */
    char text[GUARD_TEXT_MAX];
};

/* Of any request. False: it is refused. */
bool guard_admits(const struct guard *guard, const struct guard_request *request,
                  struct guard_refusal *ret_refusal) MUST_USE;

/* Of one that changes something, beside. */
bool guard_admits_change(const struct guard *guard, const struct guard_request *request,
                         struct guard_refusal *ret_refusal) MUST_USE;

/* Whether the request shows a token at all; NULL: it has no such header. */
bool guard_has_token(const char *authorization);

/* Whether the request shows the token, if there is one. Takes the same time wherever they differ. */
bool guard_knows_token(const struct guard *guard, const char *authorization);

#endif
