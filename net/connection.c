/* SPDX-License-Identifier: Apache-2.0 */
/* Linux: MSG_NOSIGNAL, so that nobody's SIGPIPE needs to be touched. */
#include "net/connection.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "net/connections.h"
#include "net/input.h"

#define PIECES_MAX 64

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void push(struct list *list, struct list_node *node)
{
    if (!list_has_node(node))
        list_push_last(list, node);
}

static void leave(struct list_node *node)
{
    if (list_has_node(node))
        list_remove(node);
}

/* libevent reports nothing here but that memory has run out. */
static void arm(struct event *event)
{
    int result = event_add(event, NULL);

    ASSERT(result == 0);
}

/* ---- ending ---- */

void connection_end(struct connection *connection, enum connection_state state,
                    enum server_close_reason reason)
{
    if (connection->state == CONNECTION_OPEN) {
        connection->reason = reason;
        leave(&connection->in_timed);
    }
    if (state > connection->state) {
        connection->state = state;
        push(&connection->shared->ending, &connection->in_ending);
    }
}

void connection_linger(struct connection *connection)
{
    connection->state = CONNECTION_LINGERING;
    input_done(&connection->input);
    (void)event_del(connection->readable);
    connection->reads = false;
}

void connection_discard_unread(const struct connection *connection)
{
    ssize_t got = recv(connection->fd, connection->shared->scratch, CONNECTION_READ_MAX, 0);

    (void)got; /* whatever it was */
}

static void release(struct connection *connection)
{
    leave(&connection->in_all);
    leave(&connection->in_to_write);
    leave(&connection->in_to_offer);
    leave(&connection->in_ending);
    leave(&connection->in_timed);
    event_free(connection->readable);
    if (connection->writable != NULL)
        event_free(connection->writable);
    if (connection->output != NULL)
        evbuffer_free(connection->output);
    input_done(&connection->input);
    (void)close(connection->fd);
    free(connection);
}

void connection_destroy(struct connection **connection)
{
    release(*connection);
    *connection = NULL;
}

/* ---- input ---- */

static size_t offer(struct connection *connection, const unsigned char *bytes, size_t size)
{
    struct connections *shared = connection->shared;

    connection->is_offering = true;
    size_t used = shared->handlers.received(shared->owner, connection, bytes, size);
    connection->is_offering = false;
    ASSERT(used <= size);
    if (used > 0 && connection->state == CONNECTION_OPEN)
        leave(&connection->in_timed); /* silent no more */
    if (used == 0 && size >= shared->input_max_bytes && !connection->paused)
        connection_end(connection, CONNECTION_CLOSING, SERVER_CLOSE_INPUT);
    return used;
}

/* What recv() said when nothing came. */
static void take_nothing(struct connection *connection, ssize_t got)
{
    if (got == 0)
        connection_end(connection, CONNECTION_CLOSING, SERVER_CLOSE_PEER);
    else if (errno != EAGAIN && errno != EINTR)
        connection_end(connection, CONNECTION_BROKEN, SERVER_CLOSE_PEER);
}

static bool receive(struct connection *connection, unsigned char *bytes, size_t room,
                    size_t *ret_size)
{
    ssize_t got = recv(connection->fd, bytes, room, 0);

    if (got <= 0) {
        take_nothing(connection, got);
        return false;
    }
    connection->shared->counts.bytes_received += (uint64_t)got;
    *ret_size = (size_t)got;
    return true;
}

static void receive_in_scratch(struct connection *connection, size_t room)
{
    unsigned char *scratch = connection->shared->scratch;
    size_t held = connection->input.size;
    size_t got;

    if (held > 0)
        memcpy(scratch, input_bytes(&connection->input), held);
    if (receive(connection, scratch + held, least(room, CONNECTION_READ_MAX), &got)) {
        size_t used = offer(connection, scratch, held + got);
        input_keep(&connection->input, scratch + used, held + got - used);
    }
}

/* Never asks for more room than it holds, so that memory follows what the peer has sent. */
static void receive_in_place(struct connection *connection, size_t room)
{
    struct input *input = &connection->input;
    size_t got;

    room = least(room, least(input->size, CONNECTION_READ_MAX));
    if (receive(connection, input_room(input, room), room, &got)) {
        input_add(input, got);
        input_use(input, offer(connection, input_bytes(input), input->size));
    }
}

static void on_readable(evutil_socket_t fd, short events, void *argument)
{
    struct connection *connection = argument;
    size_t held = connection->input.size;

    (void)fd;
    (void)events;
    if (connection->paused) {
        (void)event_del(connection->readable);
        connection->reads = false;
        return;
    }
    /* What is held and was resumed is offered before more, or the end, is read. */
    if (connection->state != CONNECTION_OPEN || list_has_node(&connection->in_to_offer))
        return;

    size_t room = connection->shared->input_max_bytes - held;
    if (held <= CONNECTION_HELD_SMALL_MAX)
        receive_in_scratch(connection, room);
    else
        receive_in_place(connection, room);
}

void connection_offer(struct connection *connection)
{
    struct input *input = &connection->input;

    if (connection->state == CONNECTION_OPEN && !connection->paused && input->size > 0)
        input_use(input, offer(connection, input_bytes(input), input->size));
}

struct connection *connection_new(struct connections *shared, int fd, const struct peer *peer)
{
    struct connection *connection = NEW(struct connection);

    connection->shared = shared;
    connection->fd = fd;
    connection->peer = *peer;
    connection->readable =
        event_new(shared->base, fd, EV_READ | EV_PERSIST, on_readable, connection);
    ASSERT(connection->readable != NULL);
    arm(connection->readable);
    connection->reads = true;
    return connection;
}

/* ---- output ---- */

static void on_writable(evutil_socket_t fd, short events, void *argument)
{
    struct connection *connection = argument;

    (void)fd;
    (void)events;
    push(&connection->shared->to_write, &connection->in_to_write);
}

static void wait_to_write(struct connection *connection)
{
    if (connection->waits_to_write)
        return;
    if (connection->writable == NULL) {
        connection->writable = event_new(connection->shared->base, connection->fd,
                                         EV_WRITE | EV_PERSIST, on_writable, connection);
        ASSERT(connection->writable != NULL);
    }
    arm(connection->writable);
    connection->waits_to_write = true;
}

/* Returns true if the socket took all that it was given, false if it is full or broken. */
static bool send_piece(struct connection *connection)
{
    struct iovec pieces[PIECES_MAX];
    int count = evbuffer_peek(connection->output, -1, NULL, pieces, PIECES_MAX);
    struct msghdr message = {
        .msg_iov = pieces,
        .msg_iovlen = least((size_t)count, PIECES_MAX),
    };
    size_t size = 0;

    for (size_t i = 0; i < message.msg_iovlen; i++)
        size += pieces[i].iov_len;
    ssize_t sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR)
            connection_end(connection, CONNECTION_BROKEN, SERVER_CLOSE_PEER);
        return false;
    }
    (void)evbuffer_drain(connection->output, (size_t)sent);
    connection->shared->counts.bytes_sent += (uint64_t)sent;
    if (connection->paused)
        connection->shared->turn_again = true;
    return (size_t)sent == size;
}

void connection_write(struct connection *connection)
{
    bool goes_on = connection->state != CONNECTION_BROKEN;

    while (goes_on && connection_waiting_bytes(connection) > 0)
        goes_on = send_piece(connection);
    if (connection->state == CONNECTION_BROKEN)
        return;
    if (connection_waiting_bytes(connection) > 0) {
        wait_to_write(connection);
        return;
    }
    if (connection->waits_to_write)
        (void)event_del(connection->writable);
    connection->waits_to_write = false;
    if (connection->state == CONNECTION_LINGERING)
        push(&connection->shared->ending, &connection->in_ending);
}

/* ---- what owners call (net/server.h) ---- */

static void drop_output(struct connection *connection)
{
    if (connection->output != NULL)
        (void)evbuffer_drain(connection->output, evbuffer_get_length(connection->output));
}

void connection_put(struct connection *connection, const void *bytes, size_t size)
{
    struct connections *shared = connection->shared;

    if (connection->state != CONNECTION_OPEN || size == 0)
        return;
    if (size > shared->output_max_bytes - connection_waiting_bytes(connection)) {
        drop_output(connection);
        connection_end(connection, CONNECTION_BROKEN, SERVER_CLOSE_SLOW);
        return;
    }
    if (connection->output == NULL)
        connection->output = evbuffer_new();
    ASSERT(connection->output != NULL);
    int result = evbuffer_add(connection->output, bytes, size);
    ASSERT(result == 0); /* fails only without memory */
    if (!connection->waits_to_write)
        push(&shared->to_write, &connection->in_to_write);
}

void connection_close(struct connection *connection)
{
    connection_end(connection, CONNECTION_CLOSING, SERVER_CLOSE_OWNER);
}

void connection_pause(struct connection *connection)
{
    connection->paused = true; /* on_readable() disarms itself, if something comes at all */
}

void connection_resume(struct connection *connection)
{
    connection->paused = false;
    if (connection->state != CONNECTION_OPEN)
        return;
    if (!connection->reads)
        arm(connection->readable);
    connection->reads = true;
    if (connection->input.size > 0 || connection->is_offering)
        push(&connection->shared->to_offer, &connection->in_to_offer);
}

void *connection_context(const struct connection *connection)
{
    return connection->context;
}

const char *connection_address(const struct connection *connection)
{
    return connection->peer.text;
}

uint16_t connection_port(const struct connection *connection)
{
    return connection->peer.port;
}

size_t connection_waiting_bytes(const struct connection *connection)
{
    return connection->output == NULL ? 0 : evbuffer_get_length(connection->output);
}
