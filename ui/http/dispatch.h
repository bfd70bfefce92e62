/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request whose target was taken apart finds its route, and is answered by it. Pure but for what the backend does.
 */
#ifndef UI_HTTP_DISPATCH_H
#define UI_HTTP_DISPATCH_H

#include "ui/handler.h"
#include "ui/http/router.h"
#include "ui/http/url.h"

struct dispatch {
    const struct router *router;
    const struct backend *backend;
    const struct ui_facts *facts;
};

struct dispatch_request {
    enum http_method method;
    const struct url *url;
    const json_t *body; /* NULL: none */
    const char *by;
    const struct backend_asker *asker; /* NULL: not known */
};

/* The answer is the caller's, to be ended by http_answer_done(): 404 or 405 if there is no route. */
struct http_answer dispatch_run(const struct dispatch *dispatch,
                                const struct dispatch_request *request);

/* The same for a GET of a target that we wrote. */
struct http_answer dispatch_get(const struct dispatch *dispatch, const char *target);

/* As handlers refuse that are at such a path (what follows a '?' is not looked at): {"error": {"code", "text"}}, and
 * below /api/v1 in Storm's shape. */
struct http_answer dispatch_refuse(const char *path, unsigned status, const char *code,
                                   const char *text);

void http_answer_done(struct http_answer *answer);

#endif
