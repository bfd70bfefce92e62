/* SPDX-License-Identifier: Apache-2.0 */
#include "net/control_server.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "net/endpoint.h"
#include "net/gate.h"
#include "net/reactor_socket.h"
#include "net/zap.h"

/* What the server holds for one client at most: requests that it has not looked at, and replies
 * that the client has not read. Requests beyond it stay with the client, replies are lost. */
#define UNREAD_MAX 64
#define UNSENT_MAX 256

enum {
    PART_PEER,
    PART_HEAD,
    PART_BODY,
    PARTS,
};

struct control_server {
    void *zmq_context;
    struct gate *gate; /* NULL without keys */
    struct endpoint endpoint;
    struct reactor_socket *socket;
    uint16_t port;
    uint64_t dropped_count;
    void (*received)(void *context, const struct control_peer *peer, const char *head,
                     size_t head_size, const void *body, size_t body_size);
    void *context;
};

/* Whom the gate has let in, as what: ZeroMQ keeps it with each message. */
static bool find_role(const struct control_server *server, zmq_msg_t *part, enum role *ret_role)
{
    if (server->gate != NULL)
        return zap_read_role(zmq_msg_gets(part, ZAP_USER_ID), ret_role);
    *ret_role = ROLE_LOCAL;
    return true;
}

/* The last thing it does with the server is to call `received`, which may close it. */
static void offer(struct control_server *server, zmq_msg_t parts[PARTS])
{
    struct control_peer peer = {.role = ROLE_NONE};
    size_t peer_size = zmq_msg_size(&parts[PART_PEER]);

    if (peer_size > sizeof peer.id || zmq_msg_size(&parts[PART_BODY]) > CONTROL_BODY_MAX ||
        !find_role(server, &parts[PART_HEAD], &peer.role)) {
        server->dropped_count++;
        return;
    }
    peer.size = (uint8_t)peer_size;
    memcpy(peer.id, zmq_msg_data(&parts[PART_PEER]), peer_size);
    server->received(server->context, &peer, zmq_msg_data(&parts[PART_HEAD]),
                     zmq_msg_size(&parts[PART_HEAD]), zmq_msg_data(&parts[PART_BODY]),
                     zmq_msg_size(&parts[PART_BODY]));
}

static void take_one(void *context)
{
    struct control_server *server = context;
    zmq_msg_t parts[PARTS];

    switch (endpoint_receive(&server->endpoint, parts, PARTS)) {
    case ENDPOINT_MESSAGE:
        offer(server, parts);
        for (size_t i = 0; i < PARTS; i++)
            (void)zmq_msg_close(&parts[i]);
        return;
    case ENDPOINT_WRONG:
        server->dropped_count++;
        return;
    case ENDPOINT_NOTHING:
        return;
    }
    UNREACHABLE();
}

static enum err open_endpoint(struct control_server *server,
                              const struct control_server_options *options, struct error *error)
{
    const struct endpoint_options router = {
        .type = ZMQ_ROUTER,
        .part_bytes_max = CONTROL_HEAD_MAX,
        .unsent_max = UNSENT_MAX,
        .unread_max = UNREAD_MAX,
        .side = ENDPOINT_LISTENS,
        .keys = options->keys,
    };
    enum err err = ERR_OK;

    server->zmq_context = endpoint_context_new();
    if (options->keys != NULL && server->zmq_context != NULL)
        err = gate_open(server->zmq_context, options->keys, &server->gate, error);
    if (err == ERR_OK)
        err = endpoint_open(server->zmq_context, &router, &server->endpoint, error);
    if (err == ERR_OK)
        err = endpoint_bind(&server->endpoint, options->address, &server->port, error);
    if (err != ERR_OK)
        return err;
    server->socket = reactor_socket_add(options->reactor, &server->endpoint, take_one, server);
    if (server->socket == NULL)
        return error_set(error, ERR_LIMIT, "cannot listen on '%s': too many sockets",
                         options->address);
    return ERR_OK;
}

enum err control_server_open(const struct control_server_options *options,
                             struct control_server **ret_server, struct error *error)
{
    AUTO(control_server_close) struct control_server *server = NEW(struct control_server);

    server->received = options->received;
    server->context = options->context;
    enum err err = open_endpoint(server, options, error);
    if (err == ERR_OK)
        *ret_server = TAKE(server);
    return err;
}

void control_server_close(struct control_server **server)
{
    if (*server == NULL)
        return;
    reactor_socket_remove(&(*server)->socket);
    endpoint_close(&(*server)->endpoint);
    gate_close(&(*server)->gate);
    endpoint_context_destroy(&(*server)->zmq_context);
    free(*server);
    *server = NULL;
}

uint16_t control_server_port(const struct control_server *server)
{
    return server->port;
}

uint64_t control_server_dropped(const struct control_server *server)
{
    return server->dropped_count;
}

uint64_t control_server_refused(const struct control_server *server)
{
    return server->gate == NULL ? 0 : gate_refused(server->gate);
}

void control_server_reply(struct control_server *server, const struct control_peer *peer,
                          const char *head, size_t head_size, const void *body, size_t body_size)
{
    if (head_size > CONTROL_HEAD_MAX || body_size > CONTROL_BODY_MAX) {
        server->dropped_count++;
        return;
    }
    if (endpoint_send(&server->endpoint, peer->id, peer->size, ENDPOINT_MORE) &&
        endpoint_send(&server->endpoint, head, head_size, ENDPOINT_MORE))
        (void)endpoint_send(&server->endpoint, body, body_size, ENDPOINT_LAST);
}
