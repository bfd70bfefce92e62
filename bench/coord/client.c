/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/coord/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench/coord/call.h"
#include "bench/fatal.h"

enum {
    LENGTH_BYTES = 4, /* before every frame */
};

void client_init(struct client *client, uint32_t index)
{
    *client = (struct client){.index = index, .fd = -1, .in = mem_alloc(CLIENT_INPUT_BYTES)};
}

void client_done(struct client *client)
{
    client_close(client);
    text_done(&client->out);
    free(client->in);
}

static int open_socket(void)
{
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        fatal("cannot make a socket", strerror(errno));
    return fd;
}

/* A refusal is not told here: reading will find it. */
void client_connect(struct client *client, uint16_t port, int32_t timeout_ms)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    client_close(client);
    client->fd = open_socket();
    client->state = CLIENT_GREETING;
    client->next_xid = client->expected_xid = 1;
    (void)connect(client->fd, (struct sockaddr *)&address, sizeof address);
    call_put_connect(&client->out, timeout_ms);
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        (void)close(client->fd);
    if (list_has_node(&client->dirty))
        list_remove(&client->dirty);
    text_clear(&client->out);
    client->fd = -1;
    client->state = CLIENT_CLOSED;
    client->sent = client->start = client->end = 0;
    client->has_ended = client->is_blocked = false;
}

void client_send(struct client *client)
{
    size_t left = text_size(&client->out) - client->sent;

    if (left == 0)
        return;
    ssize_t taken = send(client->fd, text_data(&client->out) + client->sent, left, MSG_NOSIGNAL);
    client->sent += taken > 0 ? (size_t)taken : 0;
    client->is_blocked = taken < 0 ? errno == EAGAIN : (size_t)taken < left;
    if (client->is_blocked)
        return;
    text_clear(&client->out); /* also what a broken connection will never take */
    client->sent = 0;
}

void client_receive(struct client *client)
{
    size_t kept = client->end - client->start;

    if (kept == CLIENT_INPUT_BYTES)
        fatal("the server answered", "with more than the load generator takes");
    memmove(client->in, client->in + client->start, kept);
    ssize_t got = recv(client->fd, client->in + kept, CLIENT_INPUT_BYTES - kept, 0);
    client->start = 0;
    client->end = kept + (got > 0 ? (size_t)got : 0);
    client->has_ended = got == 0 || (got < 0 && errno != EAGAIN);
}

bool client_take_frame(struct client *client, struct jute_in *ret_frame)
{
    struct jute_in input = jute_in_of(client->in + client->start, client->end - client->start);

    if (client->end - client->start < LENGTH_BYTES)
        return false;
    int32_t size = jute_get_int(&input);
    fatal_unless(size >= 0, "a frame has a negative length");
    if ((size_t)(input.end - input.at) < (size_t)size)
        return false;
    *ret_frame = jute_in_of(input.at, (size_t)size);
    client->start += LENGTH_BYTES + (size_t)size;
    return true;
}
