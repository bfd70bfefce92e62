/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request and its answer on their way through the server. For ui/io/server.c and its neighbours alone.
 *
 *     HEAD ---> BODY ---> WAITING (a thread of a pool has it) ---> ANSWERED
 *       '--------'-----------------------------------------------------^
 */
#ifndef UI_IO_EXCHANGE_H
#define UI_IO_EXCHANGE_H

#include <microhttpd.h>
#include <stdbool.h>

#include "base/list.h"
#include "base/monitor.h"
#include "ui/http/guesses.h"
#include "ui/http/url.h"
#include "ui/io/server.h"

enum {
    EXCHANGE_BY_MAX = 64,
};

/* A connection. */
struct guest {
    struct list_node in_list; /* of the server */
    int fd;
    uint64_t since_ns; /* since when a request is being awaited; 0: one is being answered */
};

struct server {
    struct server_options options;
    struct MHD_Daemon *daemon;
    uint16_t port;
    struct guesses *guesses; /* of the thread of the sockets */
    struct monitor monitor;  /* of all below */
    struct list guests;
    size_t long_count; /* requests that the pool of LANE_LONG has */
    bool is_draining;
};

enum exchange_state {
    EXCHANGE_HEAD,
    EXCHANGE_BODY,
    EXCHANGE_WAITING,
    EXCHANGE_ANSWERED,
};

struct exchange {
    struct server *server;
    struct MHD_Connection *connection;
    enum exchange_state state;
    char *target; /* as it came */
    struct url url;
    bool is_head;
    bool is_change;
    bool is_too_large;
    enum lane lane;
    unsigned retry_s; /* of 429 */
    int fd;           /* of the connection, while it is WAITING */
    struct text body;
    json_t *json;
    char by[EXCHANGE_BY_MAX];
    struct pool_job job;
    struct http_answer answer;
};

const char *exchange_header(const struct exchange *exchange, const char *name);

bool server_is_draining(struct server *server);

/* Adds what every answer has, queues it and gives up our reference. */
enum MHD_Result exchange_queue(struct exchange *exchange, unsigned status,
                               struct MHD_Response *response);

/* Whatever the answer is; takes it over. */
enum MHD_Result exchange_answer(struct exchange *exchange, struct http_answer *answer);
enum MHD_Result exchange_refuse(struct exchange *exchange, unsigned status, const char *code,
                                const char *text);

/* GET of a path that no route has: a file of the page, its index, or 404. */
enum MHD_Result exchange_send_page(struct exchange *exchange);

/* GET /api/v2/stream. */
enum MHD_Result exchange_send_stream(struct exchange *exchange);

#endif
