/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/coord/crowd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/coord/call.h"
#include "bench/fatal.h"

enum {
    READY_MAX = 256, /* sockets that one wait tells */
};

struct crowd {
    int epoll_fd;
    uint16_t port;
    uint32_t size;
    struct client *clients;
    struct list dirty;
    struct client *current; /* what it has read is being looked at */
    uint64_t now_ns;        /* when that was read */
    struct epoll_event ready[READY_MAX];
    int ready_at;
    int ready_count;
};

struct crowd *crowd_new(uint16_t port, uint32_t clients)
{
    struct crowd *crowd = NEW(struct crowd);

    *crowd = (struct crowd){.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
                            .port = port,
                            .size = clients,
                            .clients = NEW_ARRAY(struct client, clients)};
    if (crowd->epoll_fd < 0)
        fatal("cannot make an epoll", strerror(errno));
    list_init(&crowd->dirty);
    for (uint32_t i = 0; i < clients; i++)
        client_init(&crowd->clients[i], i);
    return crowd;
}

void crowd_destroy(struct crowd **crowd_at)
{
    struct crowd *crowd = TAKE(*crowd_at);

    if (crowd == NULL)
        return;
    for (uint32_t i = 0; i < crowd->size; i++)
        client_done(&crowd->clients[i]);
    (void)close(crowd->epoll_fd);
    free(crowd->clients);
    free(crowd);
}

uint32_t crowd_size(const struct crowd *crowd)
{
    return crowd->size;
}

struct client *crowd_client(struct crowd *crowd, uint32_t index)
{
    ASSERT(index < crowd->size);
    return &crowd->clients[index];
}

/* ---- Sending --------------------------------------------------------------------------------- */

static void mark_dirty(struct crowd *crowd, struct client *client)
{
    if (!list_has_node(&client->dirty))
        list_push_last(&crowd->dirty, &client->dirty);
}

static void control(struct crowd *crowd, int operation, struct client *client, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};

    if (epoll_ctl(crowd->epoll_fd, operation, client->fd, &event) != 0)
        fatal("cannot watch a socket", strerror(errno));
}

static void send_from(struct crowd *crowd, struct client *client)
{
    bool was_blocked = client->is_blocked;

    client_send(client);
    if (client->is_blocked != was_blocked)
        control(crowd, EPOLL_CTL_MOD, client, EPOLLIN | (client->is_blocked ? EPOLLOUT : 0u));
}

static void send_all(struct crowd *crowd)
{
    struct list_node *node;

    while ((node = list_pop_first(&crowd->dirty)) != NULL)
        send_from(crowd, CONTAINER_OF(node, struct client, dirty));
}

void crowd_connect(struct crowd *crowd, uint32_t index, int32_t timeout_ms)
{
    struct client *client = crowd_client(crowd, index);

    client_connect(client, crowd->port, timeout_ms);
    control(crowd, EPOLL_CTL_ADD, client, EPOLLIN);
    mark_dirty(crowd, client);
}

void crowd_connect_all(struct crowd *crowd, int32_t timeout_ms)
{
    for (uint32_t begin = 0; begin < crowd->size; begin += CROWD_BATCH) {
        uint32_t end = crowd->size - begin < CROWD_BATCH ? crowd->size : begin + CROWD_BATCH;

        for (uint32_t i = begin; i < end; i++)
            crowd_connect(crowd, i, timeout_ms);
        for (uint32_t i = begin; i < end; i++)
            (void)crowd_await(crowd, CROWD_OPENED);
    }
}

size_t crowd_begin(struct client *client, enum message_op op)
{
    ASSERT(client->state == CLIENT_OPEN);
    return call_begin(&client->out, client->next_xid++, op);
}

void crowd_end(struct crowd *crowd, struct client *client, size_t begin)
{
    jute_end_frame(&client->out, begin);
    mark_dirty(crowd, client);
}

void crowd_ping(struct crowd *crowd, struct client *client)
{
    jute_end_frame(&client->out, call_begin(&client->out, MESSAGE_XID_PING, MESSAGE_PING));
    mark_dirty(crowd, client);
}

/* ---- Receiving ------------------------------------------------------------------------------- */

static enum crowd_event_kind greet(struct client *client, struct jute_in *frame)
{
    (void)jute_get_int(frame); /* version of the protocol */
    client->timeout_ms = jute_get_int(frame);
    fatal_unless(!frame->failed && client->timeout_ms > 0, "a session was refused");
    client->state = CLIENT_OPEN;
    return CROWD_OPENED;
}

static enum crowd_event_kind classify(struct client *client, int32_t xid)
{
    if (xid == MESSAGE_XID_NOTIFICATION)
        return CROWD_WATCH;
    if (xid == MESSAGE_XID_PING)
        return CROWD_PONG;
    fatal_unless(xid == client->expected_xid++, "an answer came out of order");
    return CROWD_ANSWER;
}

static struct crowd_event read_frame(struct crowd *crowd, struct client *client,
                                     struct jute_in frame)
{
    struct crowd_event event = {.client = client, .now_ns = crowd->now_ns};

    if (client->state == CLIENT_GREETING) {
        event.kind = greet(client, &frame);
        return event;
    }
    int32_t xid = jute_get_int(&frame);
    (void)jute_get_long(&frame); /* zxid */
    event.error = jute_get_int(&frame);
    event.body = frame;
    fatal_unless(!frame.failed, "an answer is shorter than its header");
    event.kind = classify(client, xid);
    return event;
}

/* What the current client still has to tell. */
static bool take_event(struct crowd *crowd, struct crowd_event *ret_event)
{
    struct client *client = crowd->current;
    struct jute_in frame;

    if (client == NULL || client->state == CLIENT_CLOSED)
        return false;
    if (client_take_frame(client, &frame)) {
        *ret_event = read_frame(crowd, client, frame);
        return true;
    }
    if (!client->has_ended)
        return false;
    client_close(client);
    *ret_event =
        (struct crowd_event){.kind = CROWD_CLOSED, .client = client, .now_ns = crowd->now_ns};
    return true;
}

/* Whole milliseconds, rounded up, or none. */
static int wait_ms(uint64_t deadline_ns)
{
    uint64_t now_ns = clock_now_ns();

    return deadline_ns <= now_ns ? 0 : (int)((deadline_ns - now_ns + 999999) / 1000000);
}

static bool wait_until_ready(struct crowd *crowd, uint64_t deadline_ns)
{
    int count = epoll_wait(crowd->epoll_fd, crowd->ready, READY_MAX, wait_ms(deadline_ns));

    if (count < 0 && errno != EINTR)
        fatal("cannot wait", strerror(errno));
    crowd->ready_at = 0;
    crowd->ready_count = count > 0 ? count : 0;
    return count != 0;
}

/* Goes on to the next client that has something to tell. */
static void turn_to_next(struct crowd *crowd)
{
    struct epoll_event *event = &crowd->ready[crowd->ready_at++];
    struct client *client = event->data.ptr;

    crowd->current = client;
    if (client->state == CLIENT_CLOSED)
        return;
    if ((event->events & EPOLLOUT) != 0)
        send_from(crowd, client);
    if ((event->events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
        client_receive(client);
    crowd->now_ns = clock_now_ns();
}

struct crowd_event crowd_next(struct crowd *crowd, uint64_t deadline_ns)
{
    struct crowd_event event = {.kind = CROWD_TIMEOUT};

    while (!take_event(crowd, &event)) {
        crowd->current = NULL;
        send_all(crowd);
        if (crowd->ready_at < crowd->ready_count)
            turn_to_next(crowd);
        else if (!wait_until_ready(crowd, deadline_ns))
            break;
    }
    event.now_ns = event.kind == CROWD_TIMEOUT ? clock_now_ns() : event.now_ns;
    return event;
}

static const char *describe(enum crowd_event_kind kind)
{
    static const char *const texts[] = {
        [CROWD_OPENED] = "a session was opened that nobody asked for",
        [CROWD_ANSWER] = "an answer came that nobody asked for",
        [CROWD_PONG] = "a ping was answered that nobody sent",
        [CROWD_WATCH] = "a watch fired that should not",
        [CROWD_CLOSED] = "the server closed a connection, or cannot be reached",
        [CROWD_TIMEOUT] = "the server has said nothing for a minute",
    };

    return texts[kind];
}

struct crowd_event crowd_await(struct crowd *crowd, enum crowd_event_kind kind)
{
    struct crowd_event event = crowd_next(crowd, clock_now_ns() + CROWD_PATIENCE_NS);
    char number[16];

    if (event.kind != kind)
        fatal("the load has failed", describe(event.kind));
    (void)snprintf(number, sizeof number, "%d", event.error);
    if (event.error != 0)
        fatal("the server answered with error", number);
    return event;
}
