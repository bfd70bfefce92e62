/* SPDX-License-Identifier: Apache-2.0 */
/* Linux: ppoll(), for deadlines to the nanosecond. */
#include "net/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "net/address.h"
#include "net/listener.h"
#include "net/peer.h"
#include "net/zap.h"

#define SOCKETS_MAX 8192 /* of a context; a post has one for each worker */

/* A peer that says nothing for so long, not even that it lives, is gone: it was stopped, or its
 * machine or the network was. */
#define HEARTBEAT_MS         2000
#define HEARTBEAT_TIMEOUT_MS 6000

#define HANDSHAKE_MS       10000 /* for a peer to show that it speaks ZeroMQ */
#define CONNECT_TIMEOUT_MS 3000  /* for a machine to answer at all */
#define RECONNECT_MS       20    /* the first pause; doubles */
#define RECONNECT_MAX_MS   1000

enum {
    URL_MAX = ADDRESS_HOST_MAX + sizeof "tcp://[]:65535",
};

/* ---- contexts ---- */

void *endpoint_context_new(void)
{
    void *context = zmq_ctx_new();

    if (context == NULL)
        return NULL;
    int result = zmq_ctx_set(context, ZMQ_MAX_SOCKETS, SOCKETS_MAX);
    ASSERT(result == 0);
    return context;
}

void endpoint_context_destroy(void **context)
{
    if (*context == NULL)
        return;
    while (zmq_ctx_term(*context) != 0)
        ASSERT(errno == EINTR);
    *context = NULL;
}

/* ---- opening ---- */

static void set_option(void *socket, int option, int value)
{
    int result = zmq_setsockopt(socket, option, &value, sizeof value);

    ASSERT(result == 0); /* the options are all known, and the values are ours */
}

static void set_bytes(void *socket, int option, const void *bytes, size_t size)
{
    int result = zmq_setsockopt(socket, option, bytes, size);

    ASSERT(result == 0); /* fails only where libzmq was built without CURVE */
}

/* With a domain the gate is asked about each peer. ZeroMQ would let in everybody if there were none,
 * so that of each message is seen as well whether the gate has let its sender in. */
static void configure_keys(void *socket, const struct endpoint_options *options)
{
    const struct keys *keys = options->keys;

    if (keys == NULL)
        return;
    set_bytes(socket, ZMQ_CURVE_PUBLICKEY, keys->own.bytes, KEY_BYTES);
    set_bytes(socket, ZMQ_CURVE_SECRETKEY, keys->secret.bytes, KEY_BYTES);
    if (options->side == ENDPOINT_CONNECTS) {
        set_bytes(socket, ZMQ_CURVE_SERVERKEY, keys->server.bytes, KEY_BYTES);
        return;
    }
    set_option(socket, ZMQ_CURVE_SERVER, 1);
    set_bytes(socket, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, sizeof ZAP_DOMAIN - 1);
}

/* Each option here would be a fault if it were forgotten. */
static void configure(void *socket, const struct endpoint_options *options)
{
    int64_t part_bytes_max = (int64_t)options->part_bytes_max;
    int result = zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &part_bytes_max, sizeof part_bytes_max);

    ASSERT(result == 0);
    set_option(socket, ZMQ_LINGER, 0); /* to close never waits */
    set_option(socket, ZMQ_SNDHWM, options->unsent_max);
    set_option(socket, ZMQ_RCVHWM, options->unread_max);
    set_option(socket, ZMQ_IMMEDIATE, options->connected_only ? 1 : 0);
    set_option(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    set_option(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS);
    set_option(socket, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS);
    set_option(socket, ZMQ_HEARTBEAT_TTL, HEARTBEAT_TIMEOUT_MS);
    set_option(socket, ZMQ_CONNECT_TIMEOUT, CONNECT_TIMEOUT_MS);
    set_option(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    set_option(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
}

enum err endpoint_open(void *context, const struct endpoint_options *options,
                       struct endpoint *ret_endpoint, struct error *error)
{
    void *socket = context == NULL ? NULL : zmq_socket(context, options->type);
    size_t size = sizeof ret_endpoint->fd;

    ASSERT(options->part_bytes_max > 0); /* with 0 not even ZeroMQ's own words would come in */
    if (socket == NULL)
        return error_set(error, ERR_FULL,
                         "cannot open a ZeroMQ socket: no descriptor is left; raise the limit of "
                         "open files (ulimit -n)");
    configure(socket, options);
    configure_keys(socket, options);
    *ret_endpoint = (struct endpoint){.socket = socket, .has_keys = options->keys != NULL};
    int result = zmq_getsockopt(socket, ZMQ_FD, &ret_endpoint->fd, &size);
    ASSERT(result == 0);
    return ERR_OK;
}

void endpoint_close(struct endpoint *endpoint)
{
    if (endpoint->socket == NULL)
        return;
    int result = zmq_close(endpoint->socket);
    ASSERT(result == 0);
    *endpoint = (struct endpoint){.socket = NULL};
}

/* ---- binding ---- */

static bool is_loopback(int fd)
{
    static const uint8_t ipv6_loopback[16] = {[15] = 1};
    static const uint8_t ipv4_loopback[13] = {[10] = 0xff, [11] = 0xff, [12] = 127};
    struct sockaddr_storage storage = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof storage;
    int result = getsockname(fd, (struct sockaddr *)&storage, &size);

    ASSERT(result == 0);
    struct peer_address own = peer_of(&storage).address;
    return memcmp(own.bytes, ipv6_loopback, sizeof ipv6_loopback) == 0 ||
           memcmp(own.bytes, ipv4_loopback, sizeof ipv4_loopback) == 0;
}

enum err endpoint_bind(struct endpoint *endpoint, const char *address, uint16_t *ret_port,
                       struct error *error)
{
    int fd = -1;
    uint16_t port = 0;

    enum err err = listener_open(address, &fd, &port, error);
    if (err != ERR_OK)
        return err;
    if (!endpoint->has_keys && !is_loopback(fd)) {
        (void)close(fd);
        return error_set(error, ERR_DENIED,
                         "cannot listen on '%s': other machines could come in, and without keys "
                         "anybody may do anything; make keys with 'gale keys make' and name "
                         "their folder by cluster.keys, or listen on 127.0.0.1",
                         address);
    }
    set_option(endpoint->socket, ZMQ_USE_FD, fd);
    /* The socket is bound and is ZeroMQ's from here on; the text only says of which kind it is. */
    int result = zmq_bind(endpoint->socket, "tcp://127.0.0.1:*");
    ASSERT(result == 0);
    *ret_port = port;
    return ERR_OK;
}

/* ---- connecting ---- */

static enum err refuse(const char *address, struct error *error)
{
    return error_set(error, ERR_INVALID,
                     "cannot connect to '%s'; an address looks like 127.0.0.1:6627 or [::1]:6627",
                     address);
}

enum err endpoint_connect(struct endpoint *endpoint, const char *address, struct error *error)
{
    struct address parsed;
    char url[URL_MAX];

    enum err err = address_parse(address, &parsed, error);
    if (err != ERR_OK)
        return err;
    if (parsed.port == 0 || strcmp(parsed.host, "*") == 0)
        return refuse(address, error);

    /* With IPv6 allowed a name would stand for an IPv6 address alone, and most servers listen on
     * 127.0.0.1. */
    bool is_ipv6 = strchr(parsed.host, ':') != NULL;
    set_option(endpoint->socket, ZMQ_IPV6, is_ipv6 ? 1 : 0);
    int size = snprintf(url, sizeof url, is_ipv6 ? "tcp://[%s]:%u" : "tcp://%s:%u", parsed.host,
                        (unsigned)parsed.port);
    ASSERT(size > 0 && (size_t)size < sizeof url);
    if (zmq_connect(endpoint->socket, url) != 0)
        return refuse(address, error);
    return ERR_OK;
}

void endpoint_connect_again(struct endpoint *endpoint)
{
    char url[URL_MAX];
    size_t size = sizeof url;
    int result = zmq_getsockopt(endpoint->socket, ZMQ_LAST_ENDPOINT, url, &size);

    ASSERT(result == 0);
    (void)zmq_disconnect(endpoint->socket, url); /* it may be gone already */
    result = zmq_connect(endpoint->socket, url);
    ASSERT(result == 0); /* it was good before */
}

/* ---- input ---- */

bool endpoint_has_input(const struct endpoint *endpoint)
{
    int events = 0;
    size_t size = sizeof events;

    while (zmq_getsockopt(endpoint->socket, ZMQ_EVENTS, &events, &size) != 0)
        ASSERT(errno == EINTR);
    return (events & ZMQ_POLLIN) != 0;
}

int endpoint_poll(struct pollfd *polled, size_t count, uint64_t deadline_ns)
{
    if (deadline_ns == UINT64_MAX)
        return ppoll(polled, (nfds_t)count, NULL, NULL);

    uint64_t now_ns = clock_now_ns();
    uint64_t rest_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    struct timespec timeout = {.tv_sec = (time_t)(rest_ns / 1000000000u),
                               .tv_nsec = (long)(rest_ns % 1000000000u)};
    return ppoll(polled, (nfds_t)count, &timeout, NULL);
}

/* False if nothing waits. */
static bool receive_part(const struct endpoint *endpoint, zmq_msg_t *part)
{
    int result = zmq_msg_init(part);

    ASSERT(result == 0);
    while ((result = zmq_msg_recv(part, endpoint->socket, ZMQ_DONTWAIT)) < 0 && errno == EINTR)
        continue;
    if (result < 0) {
        ASSERT(errno == EAGAIN);
        (void)zmq_msg_close(part);
    }
    return result >= 0;
}

/* The rest of a message is there when its first part is. */
static void drop_parts(const struct endpoint *endpoint)
{
    zmq_msg_t part;
    bool has_more = true;

    while (has_more && receive_part(endpoint, &part)) {
        has_more = zmq_msg_more(&part) != 0;
        (void)zmq_msg_close(&part);
    }
}

enum endpoint_result endpoint_receive(const struct endpoint *endpoint, zmq_msg_t *parts,
                                      size_t count)
{
    size_t got = 0;
    bool has_more = true;

    while (has_more && got < count && receive_part(endpoint, &parts[got])) {
        has_more = zmq_msg_more(&parts[got]) != 0;
        got++;
    }
    if (got == count && !has_more)
        return ENDPOINT_MESSAGE;
    if (got == 0)
        return ENDPOINT_NOTHING;
    for (size_t i = 0; i < got; i++)
        (void)zmq_msg_close(&parts[i]);
    if (has_more)
        drop_parts(endpoint);
    return ENDPOINT_WRONG;
}

/* ---- output ---- */

bool endpoint_send_message(const struct endpoint *endpoint, zmq_msg_t *message,
                           enum endpoint_part part)
{
    int flags = ZMQ_DONTWAIT | (part == ENDPOINT_MORE ? ZMQ_SNDMORE : 0);
    int result;

    while ((result = zmq_msg_send(message, endpoint->socket, flags)) < 0 && errno == EINTR)
        continue;
    if (result < 0)
        (void)zmq_msg_close(message);
    return result >= 0;
}

bool endpoint_send(const struct endpoint *endpoint, const void *bytes, size_t size,
                   enum endpoint_part part)
{
    zmq_msg_t message;
    int result = zmq_msg_init_size(&message, size);

    ASSERT(result == 0); /* fails only without memory */
    if (size > 0)
        memcpy(zmq_msg_data(&message), bytes, size);
    return endpoint_send_message(endpoint, &message, part);
}
