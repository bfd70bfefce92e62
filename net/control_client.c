/* SPDX-License-Identifier: Apache-2.0 */
#include "net/control_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "net/endpoint.h"
#include "net/handshake.h"
#include "net/reactor_socket.h"

/* Replies that came and were not looked at; the rest stays with the server, which has a limit. */
#define UNREAD_MAX 256

enum {
    PART_HEAD,
    PART_BODY,
    PARTS,
};

struct control_client {
    void *zmq_context;
    struct endpoint endpoint;
    struct handshake handshake;
    struct reactor_socket *socket; /* NULL without a reactor */
    void (*received)(void *context, const char *head, size_t head_size, const void *body,
                     size_t body_size);
    void *context;
};

static void close_parts(zmq_msg_t parts[PARTS])
{
    for (size_t i = 0; i < PARTS; i++)
        (void)zmq_msg_close(&parts[i]);
}

/* Of what comes from a server nothing but a message of two parts is believed. False if there is
 * none now. */
static bool take_message(const struct control_client *client, zmq_msg_t parts[PARTS])
{
    if (endpoint_receive(&client->endpoint, parts, PARTS) != ENDPOINT_MESSAGE)
        return false;
    if (zmq_msg_size(&parts[PART_BODY]) <= CONTROL_BODY_MAX)
        return true;
    close_parts(parts);
    return false;
}

/* The last thing it does with the client is to call `received`, which may close it. */
static void take_one(void *context)
{
    const struct control_client *client = context;
    zmq_msg_t parts[PARTS];

    if (!take_message(client, parts))
        return;
    client->received(client->context, zmq_msg_data(&parts[PART_HEAD]),
                     zmq_msg_size(&parts[PART_HEAD]), zmq_msg_data(&parts[PART_BODY]),
                     zmq_msg_size(&parts[PART_BODY]));
    close_parts(parts);
}

static enum err open_endpoint(struct control_client *client,
                              const struct control_client_options *options, struct error *error)
{
    const struct endpoint_options dealer = {
        .type = ZMQ_DEALER,
        .part_bytes_max = CONTROL_HEAD_MAX,
        .unsent_max = CONTROL_CLIENT_UNSENT_MAX,
        .unread_max = UNREAD_MAX,
        .side = ENDPOINT_CONNECTS,
        .keys = options->keys,
    };

    client->zmq_context = endpoint_context_new();
    enum err err = endpoint_open(client->zmq_context, &dealer, &client->endpoint, error);
    if (err == ERR_OK)
        err = handshake_watch(client->zmq_context, &client->endpoint, &client->handshake, error);
    if (err == ERR_OK)
        err = endpoint_connect(&client->endpoint, options->address, error);
    if (err != ERR_OK || options->reactor == NULL)
        return err;
    client->socket = reactor_socket_add(options->reactor, &client->endpoint, take_one, client);
    if (client->socket == NULL)
        return error_set(error, ERR_LIMIT, "cannot connect to '%s': too many sockets",
                         options->address);
    return ERR_OK;
}

enum err control_client_open(const struct control_client_options *options,
                             struct control_client **ret_client, struct error *error)
{
    AUTO(control_client_close) struct control_client *client = NEW(struct control_client);

    client->received = options->received;
    client->context = options->context;
    enum err err = open_endpoint(client, options, error);
    if (err == ERR_OK)
        *ret_client = TAKE(client);
    return err;
}

void control_client_close(struct control_client **client)
{
    if (*client == NULL)
        return;
    reactor_socket_remove(&(*client)->socket);
    handshake_unwatch(&(*client)->endpoint, &(*client)->handshake);
    endpoint_close(&(*client)->endpoint);
    endpoint_context_destroy(&(*client)->zmq_context);
    free(*client);
    *client = NULL;
}

bool control_client_send(struct control_client *client, const char *head, size_t head_size,
                         const void *body, size_t body_size)
{
    if (head_size > CONTROL_HEAD_MAX || body_size > CONTROL_BODY_MAX)
        return false;
    return endpoint_send(&client->endpoint, head, head_size, ENDPOINT_MORE) &&
           endpoint_send(&client->endpoint, body, body_size, ENDPOINT_LAST);
}

const char *control_client_trouble(struct control_client *client)
{
    return handshake_text(handshake_look(&client->handshake), client->endpoint.has_keys);
}

/* ---- without a reactor ---- */

void control_reply_done(struct control_reply *reply)
{
    free(reply->head);
    free(reply->body);
    *reply = (struct control_reply){.head = NULL};
}

static void *copy_part(zmq_msg_t *part, size_t *ret_size)
{
    size_t size = zmq_msg_size(part);
    unsigned char *copy = mem_alloc(size + 1); /* a NUL is behind it */

    if (size > 0)
        memcpy(copy, zmq_msg_data(part), size);
    *ret_size = size;
    return copy;
}

/* ZeroMQ does not try again then. */
static bool is_shut_out(struct control_client *client)
{
    enum handshake_end end = handshake_look(&client->handshake);

    return end == HANDSHAKE_REFUSED || end == HANDSHAKE_UNLIKE;
}

enum err control_client_wait(struct control_client *client, uint64_t deadline_ns,
                             struct control_reply *ret_reply)
{
    zmq_msg_t parts[PARTS];

    ASSERT(client->socket == NULL);
    while (!take_message(client, parts)) {
        struct pollfd polled[] = {
            {.fd = client->endpoint.fd, .events = POLLIN},
            {.fd = client->handshake.monitor.fd, .events = POLLIN},
        };
        if (is_shut_out(client))
            return ERR_DENIED;
        if (endpoint_has_input(&client->endpoint))
            continue; /* there was one, but a wrong one */
        int ready = endpoint_poll(polled, COUNT_OF(polled), deadline_ns);
        if (ready == 0)
            return ERR_TIMEOUT;
        if (ready < 0 && errno == EINTR)
            return ERR_CANCELLED;
    }
    ret_reply->head = copy_part(&parts[PART_HEAD], &ret_reply->head_size);
    ret_reply->body = copy_part(&parts[PART_BODY], &ret_reply->body_size);
    close_parts(parts);
    return ERR_OK;
}
