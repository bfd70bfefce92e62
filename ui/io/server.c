/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/listener.h"
#include "ui/http/body.h"
#include "ui/http/router.h"
#include "ui/io/exchange.h"

enum {
    CONNECTION_MEMORY = 32 * 1024, /* a request's head and a piece of the answer */
    LENGTH_DIGITS_MAX = 10,
};

#define NS_PER_MS    1000000ull
#define NS_PER_S     1000000000ull
#define STREAM_PATH  "/api/v2/stream"
#define SESSION_PATH "/api/v2/session"

/* ---- what a request is ---- */

const char *exchange_header(const struct exchange *exchange, const char *name)
{
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result count_host(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    size_t *count = context;

    (void)kind;
    (void)value;
    *count += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
    return MHD_YES;
}

/* A proxy might go by the one, and we by the other. */
static bool has_hosts(const struct exchange *exchange)
{
    size_t count = 0;

    (void)MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, count_host, &count);
    return count > 1;
}

/* The library has looked for a length that is none. */
static bool is_announced_too_large(const struct exchange *exchange)
{
    const char *length = exchange_header(exchange, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return length != NULL &&
           (strlen(length) > LENGTH_DIGITS_MAX ||
            strtoull(length, NULL, 10) > exchange->server->options.body_bytes_max);
}

static bool has_body(const struct exchange *exchange)
{
    const char *length = exchange_header(exchange, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return exchange_header(exchange, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL ||
           (length != NULL && strcmp(length, "0") != 0);
}

static struct guard_request describe(const struct exchange *exchange, const char *method)
{
    return (struct guard_request){
        .method = method,
        .host = exchange_header(exchange, MHD_HTTP_HEADER_HOST),
        .has_hosts = has_hosts(exchange),
        .origin = exchange_header(exchange, MHD_HTTP_HEADER_ORIGIN),
        .fetch_site = exchange_header(exchange, "Sec-Fetch-Site"),
        .fetch_dest = exchange_header(exchange, "Sec-Fetch-Dest"),
        .action = exchange_header(exchange, "X-Gale-Action"),
        .type = exchange_header(exchange, MHD_HTTP_HEADER_CONTENT_TYPE),
        .authorization = exchange_header(exchange, MHD_HTTP_HEADER_AUTHORIZATION),
        .has_body = has_body(exchange),
    };
}

static struct guest *guest_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info == NULL ? NULL : info->socket_context;
}

/* A request is awaited from now on, or 0: one is being answered. */
static void set_awaited(struct server *server, struct MHD_Connection *connection, uint64_t since_ns)
{
    struct guest *guest = guest_of(connection);

    if (guest == NULL)
        return;
    monitor_enter(&server->monitor);
    guest->since_ns = since_ns;
    monitor_leave(&server->monitor);
}

/* ---- requests that wait ---- */

#define TOO_MANY_LONG                                                                      \
    "as many look at the threads of workers as may at a time: ask again when one of them " \
    "has his answer, or use 'gale debug stacks' and 'gale debug profile'"

/* False if as many are there as may. */
static bool enter_long(struct server *server)
{
    monitor_enter(&server->monitor);
    bool may = server->long_count < server->options.long_max;
    server->long_count += may;
    monitor_leave(&server->monitor);
    return may;
}

static void leave_long(struct server *server)
{
    monitor_enter(&server->monitor);
    server->long_count--;
    monitor_leave(&server->monitor);
}

/* Whether the client has closed its connection, or will send no more. While it rests nobody else looks, and the
 * descriptor stays open. */
static bool has_gone(void *context)
{
    const struct exchange *exchange = context;
    struct pollfd watched = {.fd = exchange->fd, .events = POLLRDHUP};

    return poll(&watched, 1, 0) > 0;
}

static struct dispatch_request request_of(const struct exchange *exchange)
{
    return (struct dispatch_request){
        .method = exchange->is_change ? HTTP_POST : HTTP_GET,
        .url = &exchange->url,
        .body = exchange->json,
        .by = exchange->by,
    };
}

static void run_exchange(struct pool_job *job)
{
    struct exchange *exchange = CONTAINER_OF(job, struct exchange, job);
    struct dispatch_request request = request_of(exchange);
    struct backend_asker asker = {.context = exchange, .is_gone = has_gone};

    request.asker = &asker;
    exchange->answer = dispatch_run(&exchange->server->options.dispatch, &request);
    if (exchange->lane == LANE_LONG)
        leave_long(exchange->server);
    exchange->state = EXCHANGE_ANSWERED;
    MHD_resume_connection(exchange->connection);
}

/* Why the request is refused; NULL: it is in a pool. */
static const char *put_exchange(struct exchange *exchange)
{
    struct server *server = exchange->server;
    bool is_long = exchange->lane == LANE_LONG;

    if (is_long && !enter_long(server))
        return TOO_MANY_LONG;
    if (pool_put(server->options.pools[exchange->lane], &exchange->job))
        return NULL;
    if (is_long)
        leave_long(server);
    return "too many requests wait to be answered";
}

static enum MHD_Result give_to_pool(struct exchange *exchange)
{
    exchange->job.run = run_exchange;
    exchange->fd = MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD)
                       ->connect_fd;
    exchange->state = EXCHANGE_WAITING;
    MHD_suspend_connection(exchange->connection);
    const char *why_not = put_exchange(exchange);
    if (why_not == NULL)
        return MHD_YES;
    exchange->answer = dispatch_refuse(exchange->target, 503, "unavailable", why_not);
    exchange->state = EXCHANGE_ANSWERED;
    MHD_resume_connection(exchange->connection);
    return MHD_YES;
}

/* ---- who asks ---- */

/* NULL: not known. */
static const void *address_of(const struct exchange *exchange, int *ret_family, size_t *ret_size)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *peer = info == NULL ? NULL : info->client_addr;

    if (peer == NULL || (peer->sa_family != AF_INET && peer->sa_family != AF_INET6))
        return NULL;
    *ret_family = peer->sa_family;
    *ret_size = peer->sa_family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
    return peer->sa_family == AF_INET
               ? (const void *)&((const struct sockaddr_in *)(const void *)peer)->sin_addr
               : (const void *)&((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
}

/* By its address, until a token says more. */
static void note_by(struct exchange *exchange, struct guess_source *ret_source)
{
    int family;
    size_t size;
    const void *address = address_of(exchange, &family, &size);

    *ret_source = (struct guess_source){{0}};
    if (address != NULL)
        *ret_source = guess_source_of(address, size);
    if (address == NULL || inet_ntop(family, address, exchange->by, sizeof exchange->by) == NULL)
        (void)snprintf(exchange->by, sizeof exchange->by, "unknown");
}

static void note_wrong(const struct exchange *exchange, const struct guess_source *source,
                       uint64_t now_ns)
{
    uint64_t left_out;

    if (guesses_note_wrong(exchange->server->guesses, source, now_ns, &left_out))
        log_warn("token.guesses",
                 "address=%s wrong=%d left_out=%" PRIu64
                 " it has to wait before the next is looked at",
                 exchange->by, GUESSES_FREE, left_out);
}

/* A page shows its token with whatever it asks for. It matters to changes, and to who asks whether it is right. */
static bool is_token_wanted(const struct exchange *exchange)
{
    return exchange->is_change || strcmp(exchange->url.path, SESSION_PATH) == 0;
}

/* False: too many tokens came from there that were wrong; this one is not looked at. */
static bool judge_token(struct exchange *exchange, const char *authorization)
{
    const struct guard *guard = &exchange->server->options.guard;
    struct guesses *guesses = exchange->server->guesses;
    uint64_t now_ns = clock_now_ns();
    struct guess_source source;

    note_by(exchange, &source);
    if (guard->token == NULL || !guard_has_token(authorization) || !is_token_wanted(exchange))
        return true;
    uint64_t wait_ns = guesses_wait_ns(guesses, &source, now_ns);
    exchange->retry_s = (unsigned)((wait_ns + NS_PER_S - 1) / NS_PER_S);
    if (wait_ns > 0)
        return false;
    if (guard_knows_token(guard, authorization)) {
        guesses_note_right(guesses, &source);
        (void)snprintf(exchange->by, sizeof exchange->by, "token");
    } else {
        note_wrong(exchange, &source, now_ns);
    }
    return true;
}

/* ---- the steps of a request ---- */

static enum MHD_Result refuse_guarded(struct exchange *exchange,
                                      const struct guard_refusal *refusal)
{
    exchange->state = EXCHANGE_ANSWERED;
    return exchange_refuse(exchange, refusal->status,
                           refusal->status == 400 || refusal->status == 405 ? "invalid" : "denied",
                           refusal->text);
}

/* The head is here: what may not be is refused before a body is read. */
static enum MHD_Result begin(struct exchange *exchange, const char *method)
{
    const struct server_options *options = &exchange->server->options;
    struct guard_request request = describe(exchange, method);
    struct guard_refusal refusal;
    struct error error;

    exchange->state = EXCHANGE_BODY;
    exchange->is_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    exchange->is_change = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    if (!guard_admits(&options->guard, &request, &refusal))
        return refuse_guarded(exchange, &refusal);
    enum err err = url_parse(exchange->target, &exchange->url, &error);
    if (err != ERR_OK)
        return exchange_refuse(exchange, err == ERR_LIMIT ? 414 : 400, "invalid", error.text);
    if (!judge_token(exchange, request.authorization) && exchange->is_change)
        return exchange_refuse(exchange, 429, "denied",
                               "too many wrong tokens came from this address: wait, and try again");
    if (exchange->is_change && !guard_admits_change(&options->guard, &request, &refusal))
        return refuse_guarded(exchange, &refusal);
    if (is_announced_too_large(exchange))
        return exchange_refuse(exchange, 413, "limit", "the body is too large");
    return MHD_YES;
}

static enum MHD_Result take_body(struct exchange *exchange, const char *bytes, size_t *size)
{
    if (text_size(&exchange->body) + *size > exchange->server->options.body_bytes_max)
        exchange->is_too_large = true;
    else
        text_add_bytes(&exchange->body, bytes, *size);
    *size = 0;
    return MHD_YES;
}

/* What is below these is for routes alone. */
static bool is_for_routes(const char *path)
{
    return strncmp(path, "/api/", 5) == 0 || strcmp(path, "/api") == 0 ||
           strcmp(path, "/metrics") == 0;
}

/* All of the request is here. */
static enum MHD_Result decide(struct exchange *exchange)
{
    struct error error;

    set_awaited(exchange->server, exchange->connection, 0);
    if (exchange->is_too_large)
        return exchange_refuse(exchange, 413, "limit", "the body is too large");
    if (text_size(&exchange->body) > 0 &&
        body_read(text_data(&exchange->body), text_size(&exchange->body), &exchange->json,
                  &error) != ERR_OK)
        return exchange_refuse(exchange, 400, "invalid", error.text);
    if (server_is_draining(exchange->server))
        return exchange_refuse(exchange, 503, "unavailable", "this server is about to end");
    if (!exchange->is_change && strcmp(exchange->url.path, STREAM_PATH) == 0)
        return exchange_send_stream(exchange);
    if (!exchange->is_change && !is_for_routes(exchange->url.path))
        return exchange_send_page(exchange);
    exchange->lane = lane_of(&exchange->url);
    if (exchange->lane != LANE_NONE)
        return give_to_pool(exchange);
    struct dispatch_request request = request_of(exchange);
    exchange->answer = dispatch_run(&exchange->server->options.dispatch, &request);
    return exchange_answer(exchange, &exchange->answer);
}

/* NOLINTNEXTLINE(readability-function-size): the library says what it is given */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **exchange_place)
{
    struct exchange *exchange = *exchange_place;

    (void)context;
    (void)url;
    (void)version;
    exchange->connection = connection;
    switch (exchange->state) {
    case EXCHANGE_HEAD:
        return begin(exchange, method);
    case EXCHANGE_BODY:
        return *upload_size > 0 ? take_body(exchange, upload, upload_size) : decide(exchange);
    case EXCHANGE_WAITING:
        return MHD_YES;
    case EXCHANGE_ANSWERED:
        return exchange_answer(exchange, &exchange->answer);
    }
    UNREACHABLE();
}

/* ---- what the library tells ---- */

/* The target as it came; what is returned comes back as the request's own. */
static void *begin_exchange(void *context, const char *target, struct MHD_Connection *connection)
{
    struct exchange *exchange = NEW(struct exchange);

    exchange->server = context;
    exchange->connection = connection;
    exchange->target = mem_copy_text(target);
    return exchange;
}

static void end_exchange(void *context, struct MHD_Connection *connection, void **exchange_place,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *exchange_place;

    (void)code;
    set_awaited(context, connection, clock_now_ns());
    if (exchange == NULL)
        return;
    url_done(&exchange->url);
    text_done(&exchange->body);
    json_decref(exchange->json);
    http_answer_done(&exchange->answer);
    free(exchange->target);
    free(exchange);
    *exchange_place = NULL;
}

static void note_connection(void *context, struct MHD_Connection *connection, void **guest_place,
                            enum MHD_ConnectionNotificationCode code)
{
    struct server *server = context;
    struct guest *guest = *guest_place;

    monitor_enter(&server->monitor);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        guest = *guest_place = NEW(struct guest);
        guest->fd =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        guest->since_ns = clock_now_ns();
        list_push_last(&server->guests, &guest->in_list);
    } else if (guest != NULL) {
        list_remove(&guest->in_list);
        free(guest);
        *guest_place = NULL;
    }
    monitor_leave(&server->monitor);
}

/* It decodes nothing: targets are taken apart as they come (ui/http/url.h). */
static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static void note_message(void *context, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

static void note_message(void *context, const char *format, va_list arguments)
{
    char text[256];

    (void)context;
    (void)vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\r\n")] = '\0';
    log_debug("http.note", "%s", text);
}

/* ---- its life ---- */

bool server_is_draining(struct server *server)
{
    monitor_enter(&server->monitor);
    bool is_draining = server->is_draining;
    monitor_leave(&server->monitor);
    return is_draining;
}

static struct MHD_Daemon *start_daemon(struct server *server, int listening)
{
    const struct server_options *options = &server->options;
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG;

    return MHD_start_daemon(
        flags, 0, NULL, NULL, handle, server, MHD_OPTION_EXTERNAL_LOGGER, note_message, server,
        MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_CONNECTION_LIMIT, options->connections_max,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)((options->timeout_ms + 999) / 1000),
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_URI_LOG_CALLBACK,
        begin_exchange, server, MHD_OPTION_NOTIFY_COMPLETED, end_exchange, server,
        MHD_OPTION_NOTIFY_CONNECTION, note_connection, server, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
}

enum err server_start(const struct server_options *options, struct server **ret_server,
                      struct error *error)
{
    struct server *server = NEW(struct server);
    int listening = -1;

    server->options = *options;
    server->guesses = guesses_new();
    monitor_init(&server->monitor);
    list_init(&server->guests);
    enum err err = listener_open(options->listen, &listening, &server->port, error);
    if (err == ERR_OK) {
        server->daemon = start_daemon(server, listening);
        if (server->daemon == NULL) {
            err =
                error_set(error, ERR_IO, "cannot serve '%s': %s", options->listen, strerror(errno));
            (void)close(listening);
        }
    }
    if (err == ERR_OK)
        *ret_server = server;
    else
        server_destroy(&server);
    return err;
}

void server_drain(struct server *server)
{
    monitor_enter(&server->monitor);
    server->is_draining = true;
    monitor_leave(&server->monitor);
}

void server_destroy(struct server **server)
{
    if (*server == NULL)
        return;
    if ((*server)->daemon != NULL)
        MHD_stop_daemon((*server)->daemon);
    ASSERT(list_is_empty(&(*server)->guests));
    monitor_done(&(*server)->monitor);
    guesses_destroy(&(*server)->guesses);
    free(*server);
    *server = NULL;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

/* Its descriptor cannot be closed meanwhile: note_connection() is told of that before, and waits. */
void server_sweep(struct server *server, uint64_t now_ns)
{
    uint64_t longest_ns = server->options.timeout_ms * NS_PER_MS;

    monitor_enter(&server->monitor);
    for (struct list_node *node = list_first(&server->guests); node != NULL;
         node = list_next(&server->guests, node)) {
        struct guest *guest = CONTAINER_OF(node, struct guest, in_list);

        if (guest->since_ns != 0 && now_ns > guest->since_ns + longest_ns) {
            (void)shutdown(guest->fd, SHUT_RDWR);
            guest->since_ns = 0;
        }
    }
    monitor_leave(&server->monitor);
}
