/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which route a request takes. Of several that fit the one whose pattern has a word where the others have a
 * parameter, from left to right, is taken: /topology/summary before /topology/{id}. Pure.
 */
#ifndef UI_HTTP_ROUTER_H
#define UI_HTTP_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/handler.h"
#include "ui/http/url.h"

enum {
    ROUTER_TABLES_MAX = 8,
    ROUTER_NAME_MAX = 32, /* bytes of a parameter's name */
};

struct router {
    size_t count;
    struct route_table tables[ROUTER_TABLES_MAX];
};

enum router_verdict {
    ROUTER_FOUND,
    ROUTER_NO_PATH,   /* 404 */
    ROUTER_NO_METHOD, /* 405: there is one for another method */
};

struct match {
    const struct route *route; /* of ROUTER_FOUND */
    size_t param_count;
    struct http_pair params[HTTP_PARAMS_MAX]; /* values borrow from the url */
    char names[HTTP_PARAMS_MAX][ROUTER_NAME_MAX + 1];
};

/* Parameters' names point into *ret_match, which must stay where it is. */
enum router_verdict router_find(const struct router *router, enum http_method method,
                                const struct url *url, struct match *ret_match);

/* Whether a pattern can be matched at all; for tests of tables. */
bool router_is_pattern(const char *pattern);

#endif
