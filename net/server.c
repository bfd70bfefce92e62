/* SPDX-License-Identifier: Apache-2.0 */
/* Linux: timerfd for deadlines to the nanosecond. */
#include "net/server.h"

#include <event2/event.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "net/bell.h"
#include "net/census.h"
#include "net/connections.h"
#include "net/listener.h"

/* Connections taken in one turn, so that a rush of them does not keep the others waiting. */
#define ACCEPTS_MAX 64

/* Without a descriptor for one more, nobody is accepted until a connection closes, or for so long:
 * the shortage may have been another's. */
#define ACCEPT_PAUSE_NS UINT64_C(100000000)

struct server {
    struct connections connections;
    char *address;
    size_t connections_max;

    int listener; /* -1 before server_listen() */
    uint16_t port;
    struct event *acceptable;
    uint64_t accept_again_ns; /* UINT64_MAX: `acceptable` is armed */

    struct bell bell;
    struct event *rung; /* the bell can be read */
    _Atomic bool stopping;
    bool is_leaving;

    int alarm; /* a timerfd */
    struct event *alarmed;
    uint64_t alarm_ns; /* what it is set to; UINT64_MAX for nothing */

    uint64_t turn_ns; /* when the owner wants its next turn */
};

/* ---- the bell: other threads, and signal handlers ---- */

static void on_rung(evutil_socket_t fd, short events, void *argument)
{
    struct server *server = argument;

    (void)fd;
    (void)events;
    bell_hear(&server->bell);
}

void server_wake(struct server *server)
{
    bell_wake(&server->bell);
}

void server_stop(struct server *server)
{
    atomic_store(&server->stopping, true);
    bell_ring(&server->bell);
}

/* ---- the alarm: deadlines ---- */

static void on_alarmed(evutil_socket_t fd, short events, void *argument)
{
    struct server *server = argument;
    uint64_t times;
    ssize_t got = read(fd, &times, sizeof times);

    (void)got;
    (void)events;
    server->alarm_ns = UINT64_MAX;
}

/* A deadline that has moved away leaves the alarm as it is: a turn too many now and then costs
 * less than a system call in each. */
static void set_alarm(struct server *server, uint64_t deadline_ns)
{
    if (deadline_ns >= server->alarm_ns)
        return;

    struct itimerspec when = {
        .it_value = {.tv_sec = (time_t)(deadline_ns / 1000000000u),
                     .tv_nsec = (long)(deadline_ns % 1000000000u)},
    };
    int result = timerfd_settime(server->alarm, TFD_TIMER_ABSTIME, &when, NULL);
    ASSERT(result == 0);
    server->alarm_ns = deadline_ns;
}

/* ---- arrivals ---- */

static void take_in(struct server *server, int fd, const struct sockaddr_storage *storage)
{
    struct connections *connections = &server->connections;
    struct peer peer = peer_of(storage);

    if (connections->counts.connections >= server->connections_max ||
        !census_enter(connections->census, &peer.address)) {
        connections->counts.refused++;
        (void)close(fd);
        return;
    }
    connections_open(connections, fd, &peer);
}

static void rest_from_accepting(struct server *server)
{
    (void)event_del(server->acceptable);
    server->accept_again_ns = clock_now_ns() + ACCEPT_PAUSE_NS;
}

static void on_acceptable(evutil_socket_t listener, short events, void *argument)
{
    struct server *server = argument;
    enum listener_result result = LISTENER_GONE;

    (void)events;
    for (int i = 0; i < ACCEPTS_MAX && result != LISTENER_NOBODY; i++) {
        struct sockaddr_storage storage;
        int fd;
        result = listener_accept(listener, &fd, &storage);
        if (result == LISTENER_ACCEPTED)
            take_in(server, fd, &storage);
        if (result == LISTENER_FULL) {
            rest_from_accepting(server);
            return;
        }
    }
}

static void accept_again(struct server *server)
{
    int result = event_add(server->acceptable, NULL);

    ASSERT(result == 0); /* fails only without memory */
    server->accept_again_ns = UINT64_MAX;
}

/* ---- the loop ---- */

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* Sets the alarm, or says that there is no waiting: EVLOOP_NONBLOCK. */
static int prepare_to_wait(struct server *server)
{
    uint64_t deadline_ns = earlier(earlier(server->turn_ns, server->accept_again_ns),
                                   connections_deadline_ns(&server->connections));

    if (connections_have_work(&server->connections) || deadline_ns <= clock_now_ns())
        return EVLOOP_NONBLOCK;
    set_alarm(server, deadline_ns);
    return 0;
}

static void take_turn(struct server *server)
{
    struct connections *connections = &server->connections;

    int flags = prepare_to_wait(server);
    connections_offer(connections);
    int result = event_base_loop(connections->base, EVLOOP_ONCE | flags);
    ASSERT(result == 0);

    uint64_t now_ns = clock_now_ns();
    connections_expire(connections, now_ns);
    server->turn_ns = connections->handlers.turn(connections->owner, now_ns);
    connections_write(connections);

    uint64_t connections_before = connections->counts.connections;
    connections_reap(connections);
    connections_feed(connections);
    bool has_room = connections->counts.connections < connections_before;
    if (server->accept_again_ns != UINT64_MAX && (has_room || server->accept_again_ns <= now_ns))
        accept_again(server);
}

void server_run(struct server *server)
{
    server->turn_ns = 0;
    while (!server->is_leaving && !atomic_exchange(&server->stopping, false))
        take_turn(server);
    server->is_leaving = false;
}

void server_leave(struct server *server)
{
    server->is_leaving = true;
}

/* ---- life ---- */

static struct event *watch(struct server *server, int fd, event_callback_fn callback)
{
    struct event *event =
        event_new(server->connections.base, fd, EV_READ | EV_PERSIST, callback, server);
    ASSERT(event != NULL);

    int result = event_add(event, NULL);
    ASSERT(result == 0);
    return event;
}

struct server *server_new(const struct server_options *options,
                          const struct server_handlers *handlers, void *owner)
{
    ASSERT(options->connections_max > 0);
    ASSERT(options->input_max_bytes > 0);
    ASSERT(options->output_max_bytes > 0);
    ASSERT(options->silence_max_ms <= UINT32_MAX); /* 0 is no limit, not UINT64_MAX */
    ASSERT(options->frame_max_ms <= UINT32_MAX);
    ASSERT(options->idle_max_ms <= UINT32_MAX);

    struct server *server = NEW(struct server);
    connections_init(&server->connections, options, handlers, owner);
    server->address = mem_copy_text(options->address);
    server->connections_max = options->connections_max;
    server->listener = -1;
    server->accept_again_ns = UINT64_MAX;
    bell_init(&server->bell);
    server->alarm = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    server->alarm_ns = UINT64_MAX;
    ASSERT(server->alarm >= 0);
    server->rung = watch(server, server->bell.fd, on_rung);
    server->alarmed = watch(server, server->alarm, on_alarmed);
    return server;
}

static void unwatch(struct event *event, int fd)
{
    event_free(event);
    (void)close(fd);
}

static void release(struct server *server)
{
    connections_close(&server->connections); /* `closed` may still call server_wake() */
    if (server->acceptable != NULL)
        unwatch(server->acceptable, server->listener);
    event_free(server->rung);
    bell_done(&server->bell);
    unwatch(server->alarmed, server->alarm);
    connections_done(&server->connections);
    mem_free_text(&server->address);
    free(server);
}

void server_destroy(struct server **server)
{
    if (*server == NULL)
        return;
    release(*server);
    *server = NULL;
}

enum err server_listen(struct server *server, struct error *error)
{
    ASSERT(server->listener < 0);

    enum err err = listener_open(server->address, &server->listener, &server->port, error);
    if (err == ERR_OK)
        server->acceptable = watch(server, server->listener, on_acceptable);
    return err;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

struct server_counts server_counts(const struct server *server)
{
    struct server_counts counts = server->connections.counts;

    counts.input_held_bytes = server->connections.ration.held_bytes;
    return counts;
}
