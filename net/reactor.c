/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libevent says which descriptors are ready and which times have come. A round is: wait, handlers
 * of descriptors and timers, then of ZeroMQ sockets, then the owner's turn.
 */
#include "net/reactor.h"

#include <event2/event.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "net/bell.h"
#include "net/reactor_socket.h"

/* Messages of one socket in a round, so that none starves the others. */
#define MESSAGES_MAX 64

/* libevent is not asked to wait longer; a timer that comes too early is set again. */
#define WAIT_MAX_NS UINT64_C(86400000000000)

struct reactor {
    struct event_base *base;
    struct bell bell;
    struct event *rung;
    _Atomic bool stopping;
    bool is_running;
    bool is_round; /* now_ns has been read */
    bool is_serving;
    uint64_t now_ns;

    void (*turn)(void *context, uint64_t now_ns);
    void *turn_context;

    struct list watches;
    struct list timers;
    struct list sockets;
    size_t watch_count;
    size_t timer_count;
    size_t socket_count;
};

struct reactor_watch {
    struct reactor *reactor;
    struct list_node node;
    struct event *event;
    int fd;
    void (*ready)(void *context, int fd);
    void *context;
};

struct reactor_timer {
    struct reactor *reactor;
    struct list_node node;
    struct event *event;
    uint64_t deadline_ns;
    void (*due)(void *context, uint64_t now_ns);
    void *context;
};

struct reactor_socket {
    struct reactor *reactor;
    struct list_node node;
    struct event *event;
    const struct endpoint *endpoint; /* NULL: it was removed while sockets were served */
    void (*readable)(void *context);
    void *context;
};

/* ---- rounds ---- */

/* Before each handler: the first of a round reads the clock. */
static void begin_handler(struct reactor *reactor)
{
    if (!reactor->is_round)
        reactor->now_ns = clock_now_ns();
    reactor->is_round = true;
}

/* After each handler: those that are left wait for the next run. */
static void end_handler(const struct reactor *reactor)
{
    if (atomic_load(&reactor->stopping))
        (void)event_base_loopbreak(reactor->base);
}

static void on_rung(evutil_socket_t fd, short events, void *argument)
{
    struct reactor *reactor = argument;

    (void)fd;
    (void)events;
    bell_hear(&reactor->bell);
    end_handler(reactor);
}

void reactor_wake(struct reactor *reactor)
{
    bell_wake(&reactor->bell);
}

void reactor_stop(struct reactor *reactor)
{
    atomic_store(&reactor->stopping, true);
    bell_ring(&reactor->bell);
}

uint64_t reactor_now_ns(const struct reactor *reactor)
{
    return reactor->now_ns;
}

void reactor_on_turn(struct reactor *reactor, void (*turn)(void *context, uint64_t now_ns),
                     void *context)
{
    reactor->turn = turn;
    reactor->turn_context = context;
}

static void take_turn(struct reactor *reactor)
{
    begin_handler(reactor);
    if (reactor->turn != NULL)
        reactor->turn(reactor->turn_context, reactor->now_ns);
}

/* ---- sockets ---- */

static struct reactor_socket *socket_at(struct list_node *node)
{
    return CONTAINER_OF(node, struct reactor_socket, node);
}

/* Whether a message waits anywhere: asked right before each sleep, when nothing else is going to
 * touch the sockets. */
static bool has_input(const struct reactor *reactor)
{
    for (struct list_node *node = list_first(&reactor->sockets); node != NULL;
         node = list_next(&reactor->sockets, node)) {
        if (endpoint_has_input(socket_at(node)->endpoint))
            return true;
    }
    return false;
}

static void serve(struct reactor_socket *socket)
{
    const struct reactor *reactor = socket->reactor;

    for (int i = 0; i < MESSAGES_MAX && !atomic_load(&reactor->stopping); i++) {
        if (socket->endpoint == NULL || !endpoint_has_input(socket->endpoint))
            return;
        socket->readable(socket->context);
    }
}

static void forget_socket(struct reactor_socket *socket)
{
    list_remove(&socket->node);
    socket->reactor->socket_count--;
    free(socket);
}

/* Sockets that are removed meanwhile stay in the list until all were served. */
static void serve_sockets(struct reactor *reactor)
{
    struct list_node *next;

    begin_handler(reactor);
    reactor->is_serving = true;
    for (struct list_node *node = list_first(&reactor->sockets); node != NULL;
         node = list_next(&reactor->sockets, node))
        serve(socket_at(node));
    reactor->is_serving = false;

    for (struct list_node *node = list_first(&reactor->sockets); node != NULL; node = next) {
        next = list_next(&reactor->sockets, node);
        if (socket_at(node)->endpoint == NULL)
            forget_socket(socket_at(node));
    }
}

/* It ends the sleep; the sockets are served in the same round. */
static void on_news(evutil_socket_t fd, short events, void *argument)
{
    (void)fd;
    (void)events;
    (void)argument;
}

struct reactor_socket *reactor_socket_add(struct reactor *reactor, const struct endpoint *endpoint,
                                          void (*readable)(void *context), void *context)
{
    if (reactor->socket_count == REACTOR_SOCKETS_MAX)
        return NULL;

    struct reactor_socket *socket = NEW(struct reactor_socket);
    *socket = (struct reactor_socket){
        .reactor = reactor,
        .event = event_new(reactor->base, endpoint->fd, EV_READ | EV_PERSIST, on_news, NULL),
        .endpoint = endpoint,
        .readable = readable,
        .context = context,
    };
    ASSERT(socket->event != NULL);
    int result = event_add(socket->event, NULL);
    ASSERT(result == 0);
    list_push_last(&reactor->sockets, &socket->node);
    reactor->socket_count++;
    return socket;
}

void reactor_socket_remove(struct reactor_socket **socket)
{
    struct reactor_socket *removed = *socket;

    if (removed == NULL)
        return;
    *socket = NULL;
    event_free(removed->event);
    removed->endpoint = NULL;
    if (!removed->reactor->is_serving)
        forget_socket(removed);
}

/* ---- the loop ---- */

static void take_round(struct reactor *reactor)
{
    int flags = has_input(reactor) ? EVLOOP_NONBLOCK : 0;

    reactor->is_round = false;
    int result = event_base_loop(reactor->base, EVLOOP_ONCE | flags);
    ASSERT(result == 0);
    serve_sockets(reactor);
    if (!atomic_load(&reactor->stopping))
        take_turn(reactor);
}

void reactor_run(struct reactor *reactor)
{
    ASSERT(!reactor->is_running);
    reactor->is_running = true;
    reactor->is_round = false;
    if (!atomic_load(&reactor->stopping))
        take_turn(reactor);
    while (!atomic_exchange(&reactor->stopping, false))
        take_round(reactor);
    reactor->is_running = false;
}

/* ---- watches ---- */

static void on_ready(evutil_socket_t fd, short events, void *argument)
{
    struct reactor_watch *watch = argument;
    struct reactor *reactor = watch->reactor;

    (void)events;
    begin_handler(reactor);
    watch->ready(watch->context, fd); /* which may remove the watch */
    end_handler(reactor);
}

struct reactor_watch *reactor_watch(struct reactor *reactor, int fd,
                                    void (*ready)(void *context, int fd), void *context)
{
    if (reactor->watch_count == REACTOR_WATCHES_MAX)
        return NULL;

    struct reactor_watch *watch = NEW(struct reactor_watch);
    *watch = (struct reactor_watch){
        .reactor = reactor,
        .event = event_new(reactor->base, fd, EV_READ | EV_PERSIST, on_ready, watch),
        .fd = fd,
        .ready = ready,
        .context = context,
    };
    ASSERT(watch->event != NULL);
    int result = event_add(watch->event, NULL);
    ASSERT(result == 0);
    list_push_last(&reactor->watches, &watch->node);
    reactor->watch_count++;
    return watch;
}

void reactor_unwatch(struct reactor_watch **watch)
{
    struct reactor_watch *removed = *watch;

    if (removed == NULL)
        return;
    *watch = NULL;
    event_free(removed->event);
    list_remove(&removed->node);
    removed->reactor->watch_count--;
    free(removed);
}

void reactor_want_write(struct reactor_watch *watch, bool wanted)
{
    short events = (short)(EV_READ | EV_PERSIST | (wanted ? EV_WRITE : 0));

    if (event_get_events(watch->event) == events)
        return;
    int result = event_del(watch->event);
    ASSERT(result == 0);
    result = event_assign(watch->event, watch->reactor->base, watch->fd, events, on_ready, watch);
    ASSERT(result == 0);
    result = event_add(watch->event, NULL);
    ASSERT(result == 0);
}

/* ---- timers ---- */

/* Rounded up, so that it is never early. */
static void arm(struct reactor_timer *timer)
{
    uint64_t now_ns = clock_now_ns();
    uint64_t rest_ns = timer->deadline_ns > now_ns ? timer->deadline_ns - now_ns : 0;

    if (rest_ns > WAIT_MAX_NS)
        rest_ns = WAIT_MAX_NS;
    uint64_t rest_us = (rest_ns + 999) / 1000;
    struct timeval timeout = {.tv_sec = (time_t)(rest_us / 1000000u),
                              .tv_usec = (suseconds_t)(rest_us % 1000000u)};
    int result = event_add(timer->event, &timeout);
    ASSERT(result == 0);
}

static void on_due(evutil_socket_t fd, short events, void *argument)
{
    struct reactor_timer *timer = argument;
    struct reactor *reactor = timer->reactor;

    (void)fd;
    (void)events;
    begin_handler(reactor);
    if (timer->deadline_ns > reactor->now_ns) {
        arm(timer);
        return;
    }
    timer->deadline_ns = UINT64_MAX;
    timer->due(timer->context, reactor->now_ns); /* which may destroy the timer */
    end_handler(reactor);
}

struct reactor_timer *reactor_timer_new(struct reactor *reactor,
                                        void (*due)(void *context, uint64_t now_ns), void *context)
{
    ASSERT(reactor->timer_count < REACTOR_TIMERS_MAX);

    struct reactor_timer *timer = NEW(struct reactor_timer);
    *timer = (struct reactor_timer){
        .reactor = reactor,
        .event = event_new(reactor->base, -1, 0, on_due, timer),
        .deadline_ns = UINT64_MAX,
        .due = due,
        .context = context,
    };
    ASSERT(timer->event != NULL);
    list_push_last(&reactor->timers, &timer->node);
    reactor->timer_count++;
    return timer;
}

void reactor_timer_destroy(struct reactor_timer **timer)
{
    struct reactor_timer *removed = *timer;

    if (removed == NULL)
        return;
    *timer = NULL;
    event_free(removed->event);
    list_remove(&removed->node);
    removed->reactor->timer_count--;
    free(removed);
}

void reactor_timer_set(struct reactor_timer *timer, uint64_t deadline_ns)
{
    timer->deadline_ns = deadline_ns;
    int result = event_del(timer->event); /* also one that is about to be told */
    ASSERT(result == 0);
    if (deadline_ns != UINT64_MAX)
        arm(timer);
}

/* ---- life ---- */

static struct event_base *new_base(void)
{
    struct event_config *config = event_config_new();

    ASSERT(config != NULL);
    /* One thread; variables of the environment are nobody's way to configure us; and a timer that
     * is set late in a long round counts from then. */
    (void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV |
                                            EVENT_BASE_FLAG_NO_CACHE_TIME |
                                            EVENT_BASE_FLAG_PRECISE_TIMER);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    ASSERT(base != NULL);
    return base;
}

struct reactor *reactor_new(void)
{
    struct reactor *reactor = NEW(struct reactor);

    reactor->base = new_base();
    reactor->now_ns = clock_now_ns();
    list_init(&reactor->watches);
    list_init(&reactor->timers);
    list_init(&reactor->sockets);
    bell_init(&reactor->bell);
    reactor->rung =
        event_new(reactor->base, reactor->bell.fd, EV_READ | EV_PERSIST, on_rung, reactor);
    ASSERT(reactor->rung != NULL);
    int result = event_add(reactor->rung, NULL);
    ASSERT(result == 0);
    return reactor;
}

static void forget_all(struct reactor *reactor)
{
    struct list_node *next;

    for (struct list_node *node = list_first(&reactor->watches); node != NULL; node = next) {
        struct reactor_watch *watch = CONTAINER_OF(node, struct reactor_watch, node);
        next = list_next(&reactor->watches, node);
        event_free(watch->event);
        free(watch);
    }
    for (struct list_node *node = list_first(&reactor->timers); node != NULL; node = next) {
        struct reactor_timer *timer = CONTAINER_OF(node, struct reactor_timer, node);
        next = list_next(&reactor->timers, node);
        event_free(timer->event);
        free(timer);
    }
}

void reactor_destroy(struct reactor **reactor)
{
    struct reactor *destroyed = *reactor;

    if (destroyed == NULL)
        return;
    ASSERT(!destroyed->is_running);
    ASSERT(destroyed->socket_count == 0); /* servers and clients are closed first */
    forget_all(destroyed);
    event_free(destroyed->rung);
    bell_done(&destroyed->bell);
    event_base_free(destroyed->base);
    free(destroyed);
    *reactor = NULL;
}
