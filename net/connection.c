/* SPDX-License-Identifier: Apache-2.0 */
#include "net/connection.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "net/connections.h"
#include "net/input.h"

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

/* ---- waiting for it ---- */

void connection_start_timer(struct connection *connection, enum connection_timer timer)
{
    struct connections *shared = connection->shared;

    leave(&connection->in_timed);
    connection->timer = CONNECTION_TIMER_NONE;
    connection->fresh_bytes = 0;
    if (timer == CONNECTION_TIMER_NONE || shared->timer_max_ns[timer] == 0)
        return;
    connection->timer = timer;
    connection->deadline_ns = clock_now_ns() + shared->timer_max_ns[timer];
    list_push_last(&shared->timed[timer], &connection->in_timed);
}

static enum connection_timer due_timer(const struct connection *connection)
{
    const uint64_t *max_ns = connection->shared->timer_max_ns;

    if (connection->timer == CONNECTION_TIMER_SILENCE)
        return CONNECTION_TIMER_SILENCE;
    if (connection->paused || ration_is_starving(&connection->part))
        return CONNECTION_TIMER_NONE;
    if (connection->input.size > 0 && max_ns[CONNECTION_TIMER_FRAME] > 0)
        return CONNECTION_TIMER_FRAME;
    return max_ns[CONNECTION_TIMER_IDLE] > 0 ? CONNECTION_TIMER_IDLE : CONNECTION_TIMER_NONE;
}

static bool has_come_on(const struct connection *connection)
{
    if (connection->timer == CONNECTION_TIMER_FRAME)
        return connection->fresh_bytes >= CONNECTION_PROGRESS_MIN;
    return connection->timer == CONNECTION_TIMER_IDLE && connection->fresh_bytes > 0;
}

/* After whatever may have changed what it holds, or whether it is read. */
static void settle(struct connection *connection)
{
    struct ration *ration = &connection->shared->ration;

    if (connection->state != CONNECTION_OPEN || connection->is_offering)
        return;
    if (connection->paused)
        ration_rest(ration, &connection->part, connection->input.size);
    else
        ration_hold(ration, &connection->part, connection->input.size);
    enum connection_timer timer = due_timer(connection);
    if (timer != connection->timer || has_come_on(connection))
        connection_start_timer(connection, timer);
}

/* ---- ending ---- */

static void stop_reading(struct connection *connection)
{
    (void)event_del(connection->readable);
    connection->reads = false;
}

static void stop_waiting(struct connection *connection)
{
    connection_start_timer(connection, CONNECTION_TIMER_NONE);
    ration_rest(&connection->shared->ration, &connection->part, connection->input.size);
}

void connection_end(struct connection *connection, enum connection_state state,
                    enum server_close_reason reason)
{
    if (connection->state == CONNECTION_OPEN) {
        connection->reason = reason;
        stop_waiting(connection);
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
    ration_rest(&connection->shared->ration, &connection->part, 0);
    stop_reading(connection);
    connection_start_timer(connection, CONNECTION_TIMER_LINGER);
}

void connection_discard_unread(const struct connection *connection)
{
    ssize_t got = recv(connection->fd, connection->shared->scratch, CONNECTION_READ_MAX, 0);

    (void)got; /* whatever it was */
}

static void take_down(struct connection *connection)
{
    leave(&connection->in_all);
    leave(&connection->in_to_write);
    leave(&connection->in_to_offer);
    leave(&connection->in_ending);
    leave(&connection->in_timed);
    event_free(connection->readable);
    if (connection->writable != NULL)
        event_free(connection->writable);
    output_done(&connection->output);
    input_done(&connection->input);
    ration_rest(&connection->shared->ration, &connection->part, 0);
    (void)close(connection->fd);
    free(connection);
}

void connection_destroy(struct connection **connection)
{
    take_down(*connection);
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
        connection_start_timer(connection, CONNECTION_TIMER_NONE); /* settle() knows which */
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
    connection->fresh_bytes += (size_t)got;
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

/* Doubles what it holds at most, so that memory follows what the peer has sent, and a large frame
 * is hardly ever moved. */
static void receive_in_place(struct connection *connection, size_t room)
{
    struct input *input = &connection->input;
    size_t size = least(room, CONNECTION_READ_LARGE_MAX);
    size_t got;

    if (input_free(input) == 0)
        (void)input_room(input,
                         least(connection->shared->input_max_bytes - input->size, input->size));
    size = least(size, input_free(input));
    if (receive(connection, input_room(input, size), size, &got)) {
        input_add(input, got);
        input_use(input, offer(connection, input_bytes(input), input->size));
    }
}

static void read_more(struct connection *connection, size_t room)
{
    if (connection->input.size <= CONNECTION_HELD_SMALL_MAX)
        receive_in_scratch(connection, room);
    else
        receive_in_place(connection, room);
}

static void on_readable(evutil_socket_t fd, short events, void *argument)
{
    struct connection *connection = argument;
    struct ration *ration = &connection->shared->ration;

    (void)fd;
    (void)events;
    if (connection->paused) {
        stop_reading(connection);
        return;
    }
    /* What is held and was resumed is offered before more, or the end, is read. */
    if (connection->state != CONNECTION_OPEN || list_has_node(&connection->in_to_offer))
        return;

    size_t room = ration_room(ration, &connection->part);
    if (room > 0) {
        read_more(connection,
                  least(room, connection->shared->input_max_bytes - connection->input.size));
    } else {
        stop_reading(connection);
        ration_starve(ration, &connection->part);
    }
    settle(connection);
}

void connection_offer(struct connection *connection)
{
    struct input *input = &connection->input;

    if (connection->state == CONNECTION_OPEN && !connection->paused && input->size > 0)
        input_use(input, offer(connection, input_bytes(input), input->size));
    settle(connection);
}

static void start_reading(struct connection *connection)
{
    if (!connection->reads)
        arm(connection->readable);
    connection->reads = true;
}

void connection_feed(struct connection *connection)
{
    start_reading(connection);
    settle(connection);
}

struct connection *connection_new(struct connections *shared, int fd, const struct peer *peer)
{
    struct connection *connection = NEW(struct connection);

    connection->shared = shared;
    connection->fd = fd;
    connection->peer = *peer;
    connection->timer = CONNECTION_TIMER_NONE;
    connection->readable =
        event_new(shared->base, fd, EV_READ | EV_PERSIST, on_readable, connection);
    ASSERT(connection->readable != NULL);
    start_reading(connection);
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

static void finish_writing(struct connection *connection)
{
    if (connection->waits_to_write)
        (void)event_del(connection->writable);
    connection->waits_to_write = false;
    if (connection->state == CONNECTION_LINGERING)
        push(&connection->shared->ending, &connection->in_ending);
}

static void count(struct connection *connection, const struct output_sent *sent)
{
    struct connections *shared = connection->shared;

    if (sent->bytes == 0)
        return;
    shared->counts.bytes_sent += sent->bytes;
    shared->counts.bytes_sent_from_files += sent->file_bytes;
    if (connection->paused)
        shared->turn_again = true;
    if (connection->timer == CONNECTION_TIMER_IDLE)
        connection_start_timer(connection, CONNECTION_TIMER_IDLE);
}

void connection_write(struct connection *connection)
{
    struct output_sent sent;

    if (connection->state == CONNECTION_BROKEN)
        return;
    enum output_result result =
        output_send(&connection->output, connection->fd, CONNECTION_FILES_MAX, &sent);
    count(connection, &sent);
    switch (result) {
    case OUTPUT_EMPTY:
        finish_writing(connection);
        break;
    case OUTPUT_GOES_ON:
        push(&connection->shared->to_write, &connection->in_to_write);
        break;
    case OUTPUT_FULL:
        wait_to_write(connection);
        break;
    case OUTPUT_BROKEN:
        connection_end(connection, CONNECTION_BROKEN, SERVER_CLOSE_PEER);
        break;
    case OUTPUT_FILE_FAILED:
        connection_end(connection, CONNECTION_BROKEN, SERVER_CLOSE_FILE);
        break;
    }
}

/* ---- what owners call (net/server.h) ---- */

void connection_drop_output(struct connection *connection)
{
    output_done(&connection->output);
}

/* Whether so much more may wait; if not, that was the end of a slow one. */
static bool has_room_for(struct connection *connection, size_t size)
{
    const struct output *output = &connection->output;
    size_t held = output_memory_bytes(output) + output->file_count * CONNECTION_FILE_COST;

    if (size <= connection->shared->output_max_bytes - held)
        return true;
    connection_drop_output(connection);
    connection_end(connection, CONNECTION_BROKEN, SERVER_CLOSE_SLOW);
    return false;
}

static void will_write(struct connection *connection)
{
    if (!connection->waits_to_write)
        push(&connection->shared->to_write, &connection->in_to_write);
}

void connection_put(struct connection *connection, const void *bytes, size_t size)
{
    if (connection->state != CONNECTION_OPEN || size == 0 || !has_room_for(connection, size))
        return;
    output_put(&connection->output, bytes, size);
    will_write(connection);
}

void connection_put_file(struct connection *connection, int fd, uint64_t position, size_t size,
                         void (*release)(void *context), void *context)
{
    const struct output_file file = {
        .fd = fd, .position = position, .size = size, .release = release, .context = context};

    if (connection->state != CONNECTION_OPEN || size == 0 ||
        !has_room_for(connection, CONNECTION_FILE_COST)) {
        release(context);
        return;
    }
    output_put_file(&connection->output, &file);
    will_write(connection);
}

void connection_close(struct connection *connection)
{
    connection_end(connection, CONNECTION_CLOSING, SERVER_CLOSE_OWNER);
}

void connection_pause(struct connection *connection)
{
    connection->paused = true; /* on_readable() disarms itself, if something comes at all */
    settle(connection);
}

void connection_resume(struct connection *connection)
{
    connection->paused = false;
    if (connection->state != CONNECTION_OPEN)
        return;
    start_reading(connection);
    if (connection->input.size > 0 || connection->is_offering)
        push(&connection->shared->to_offer, &connection->in_to_offer);
    settle(connection);
}

void *connection_context(const struct connection *connection)
{
    return connection->context;
}

const char *connection_address(const struct connection *connection)
{
    return connection->peer.text;
}

void connection_local_address(const struct connection *connection,
                              char ret_host[CONNECTION_HOST_MAX])
{
    struct sockaddr_storage storage;
    socklen_t size = sizeof storage;

    _Static_assert(sizeof((struct peer){0}).text <= CONNECTION_HOST_MAX, "any address fits");
    ret_host[0] = '\0';
    if (getsockname(connection->fd, (struct sockaddr *)&storage, &size) != 0)
        return;
    struct peer own = peer_of(&storage);
    memcpy(ret_host, own.text, sizeof own.text);
}

uint16_t connection_port(const struct connection *connection)
{
    return connection->peer.port;
}

size_t connection_waiting_bytes(const struct connection *connection)
{
    return output_memory_bytes(&connection->output);
}

uint64_t connection_waiting_file_bytes(const struct connection *connection)
{
    return connection->output.file_bytes;
}
