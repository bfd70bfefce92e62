/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request over HTTP as handlers see it, and what they answer. Handlers are functions of request and
 * backend; they know nothing of sockets. The server (ui/io/server.h) has checked before that the
 * request may be made at all (ui/http/guard.h), and calls them on a thread of its pool.
 *
 * A table of routes belongs to each group of handlers:
 *
 *     static const struct route routes[] = {
 *         {HTTP_GET, "/api/v1/topology/{id}", ROUTE_READ, answer_topology},
 *     };
 *
 * `{name}` stands for one segment, which is decoded ("%2F" in it is a '/'); the last may be `{name...}`
 * for all the rest.
 */
#ifndef UI_HANDLER_H
#define UI_HANDLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/attribute.h"
#include "base/settings_schema.h"
#include "base/text.h"
#include "ui/backend.h"

enum {
    HTTP_PARAMS_MAX = 8,       /* of a path */
    HTTP_QUERY_MAX = 64,       /* members of a query */
    HTTP_BODY_MAX = 64 * 1024, /* bytes of a request's */
    HTTP_PATH_MAX = 2048,
    HTTP_FILE_CHUNK = 256 * 1024,
};

enum http_method {
    HTTP_GET, /* and HEAD */
    HTTP_POST,
};

enum route_kind {
    ROUTE_READ,
    ROUTE_CHANGE, /* guarded: header, origin, token; an entry in the audit list */
};

struct http_pair {
    const char *name;
    const char *value; /* decoded, UTF-8, without NUL */
};

struct http_request {
    enum http_method method;
    const char *path;
    size_t param_count;
    struct http_pair params[HTTP_PARAMS_MAX]; /* of the route */
    size_t query_count;
    const struct http_pair *query;
    const json_t *body; /* of a POST, an object; NULL: it had none */
    const char *by;     /* who, for the audit list: "token", or the address it came from */
    const struct backend_asker *asker; /* for questions that take long; NULL: it is not known */
};

/* A body that comes in pieces, as a download does: asked for until it writes none. */
struct http_source {
    void *context;
    /* At most `size` bytes; how many, 0 at the end, -1: it breaks off. May wait. */
    long (*read)(void *context, uint64_t offset, void *bytes, size_t size);
    void (*done)(void *context);
    uint64_t size; /* UINT64_MAX: not known */
};

struct http_answer {
    unsigned status;           /* 200 */
    const char *type;          /* "application/json" */
    struct text body;          /* unless there is a source */
    struct http_source source; /* read == NULL: none */
    char *file_name;           /* of a download; owned; NULL: it is shown */
};

struct ui_facts {               /* what handlers know of the server they are in */
    const char *version;        /* of Gale */
    bool has_actions;           /* changes are allowed, to whom the guard lets through */
    const char *why_no_actions; /* else; for people */
    bool needs_token;
    const struct setting_table *tables; /* of settings, for /settings: base/settings_schema.h */
    size_t table_count;
    const struct settings *settings; /* what was set, of all of them */
};

struct handling {
    const struct backend *backend;
    const struct ui_facts *facts;
    const struct http_request *request;
    struct http_answer *answer; /* 200, application/json and empty at the beginning */
    uint64_t log_began_ns;      /* when the log was begun to be asked, if it was */
};

typedef void handle_fn(struct handling *handling);

struct route {
    enum http_method method;
    const char *pattern;
    enum route_kind kind;
    handle_fn *handle;
};

struct route_table {
    const struct route *routes;
    size_t count;
};

/* The tables; each is of one folder. */
struct route_table storm_routes(void);    /* ui/storm: /api/v1 */
struct route_table logs_routes(void);     /* ui/logs: the log viewer's, of /api/v1 and /api/v2 */
struct route_table api_routes(void);      /* ui/api: /api/v2 */
struct route_table messages_routes(void); /* ui/messages: /api/v2/log, topics and groups */
struct route_table metrics_routes(void);  /* ui/metrics: /metrics */

/* ---- ui/handler.c: what all handlers need ---- */

const char *request_param(const struct http_request *request, const char *name); /* never NULL */
const char *request_query(const struct http_request *request, const char *name,
                          const char *otherwise);
/* False, and answered with 400 in the shape of /api/v2, if it is there and no number within bounds. */
bool request_number(struct handling *handling, const char *name, int64_t min, int64_t max,
                    int64_t otherwise, int64_t *ret_number) MUST_USE;

/* Takes `json` over. */
void answer_json(struct handling *handling, json_t *json);
/* {"error": {"code": "not_found", "text": "..."}} and the status that belongs to the code. */
void answer_fault(struct handling *handling, const struct control_fault *fault);
void answer_refuse(struct handling *handling, enum control_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The same as /api/v1 says it, which has Storm's shape: {"error": "404 Not Found", "errorMessage": "..."}. */
void answer_storm_fault(struct handling *handling, unsigned status, const char *text);
unsigned status_of(enum control_code code); /* 404, 409, 400, 413, 403, 503, 503, 500 */

/* Asks nimbus; false, and the fault is answered, if it has no result. `args` is taken over. The result is
 * to be given back by json_decref(). */
bool ask_nimbus(struct handling *handling, enum backend_kind kind, const char *op, json_t *args,
                json_t **ret_ok) MUST_USE;

/* Whether an error of a question to the log means that no broker has answered; log_note() tells the backend. */
bool log_is_silent(enum err err);
void log_note(const struct backend *backend, uint64_t began_ns, enum err err,
              const struct error *error);

#endif
