/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions with ephemeral nodes are all heard of for the last time at once. From then on one more
 * client pings every ten milliseconds, whether the last ping was answered or not, and another one
 * asks every five how many nodes there are.
 *
 *     last pings .... timeout .... first node missing ==== deleting ==== none left
 *                                  \__ from the call that last saw all __/
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/coord/crowd.h"
#include "bench/coord/modes.h"
#include "bench/coord/place.h"
#include "bench/fatal.h"

enum {
    SESSION_TIMEOUT_MS = 4000, /* asked for; the least that ZooKeeper grants as it comes */
    PINGS_MAX = 8192,          /* on their way: more than patience allows */
    EXPIRE_PATH_MAX = CALL_PATH_MAX + 32,
};

#define PING_EVERY_NS 10000000u
#define POLL_EVERY_NS 5000000u
#define KEEP_ALIVE_NS 1000000000u

struct expire {
    const struct options *options;
    struct crowd *crowd; /* first observer and pinger, then the sessions */
    struct client *observer;
    struct client *pinger;
    struct place place;
    uint64_t kept_alive_ns; /* when all sessions pinged last */

    uint64_t *pinged_ns; /* by the ping's number modulo PINGS_MAX */
    uint64_t pings;
    uint64_t pongs;
    uint64_t next_ping_ns;
    uint64_t ping_max_ns;      /* of those answered since the call that last saw all nodes */
    uint64_t idle_ping_max_ns; /* of those before */

    uint64_t polled_ns; /* when the call that has no answer yet was sent */
    uint64_t next_poll_ns;
    uint64_t all_seen_ns; /* when the call that last saw all nodes was sent */
    uint64_t gone_ns;     /* 0 until then */
};

enum {
    OBSERVER,
    PINGER,
    SESSIONS, /* the first one */
};

static uint32_t count_nodes(const struct options *options)
{
    return options->clients * options->count;
}

/* ---- Making them ----------------------------------------------------------------------------- */

static void call_nodes(struct expire *expire, uint32_t index)
{
    struct client *client = crowd_client(expire->crowd, index);
    size_t begin = crowd_begin(client, MESSAGE_MULTI);
    char path[EXPIRE_PATH_MAX];

    for (uint32_t i = 0; i < expire->options->count; i++) {
        (void)snprintf(path, sizeof path, "%s/%" PRIu32 "-%" PRIu32, expire->place.path, index, i);
        call_put_part(&client->out, MESSAGE_CREATE);
        call_put_create(&client->out, path, MESSAGE_EPHEMERAL);
    }
    call_put_parts_end(&client->out);
    crowd_end(expire->crowd, client, begin);
}

static void await_nodes(struct expire *expire)
{
    struct crowd_event event = crowd_await(expire->crowd, CROWD_ANSWER);

    fatal_unless(jute_get_int(&event.body) == MESSAGE_CREATE, "nodes were not created");
}

static void make_batch(struct expire *expire, uint32_t begin, uint32_t end)
{
    for (uint32_t i = begin; i < end; i++)
        crowd_connect(expire->crowd, i, SESSION_TIMEOUT_MS);
    for (uint32_t i = begin; i < end; i++)
        (void)crowd_await(expire->crowd, CROWD_OPENED);
    for (uint32_t i = begin; i < end; i++)
        call_nodes(expire, i);
    for (uint32_t i = begin; i < end; i++)
        await_nodes(expire);
}

static void ping_sessions(struct expire *expire, uint32_t end)
{
    expire->kept_alive_ns = clock_now_ns();
    for (uint32_t i = OBSERVER; i < end; i++)
        crowd_ping(expire->crowd, crowd_client(expire->crowd, i));
    for (uint32_t i = OBSERVER; i < end; i++)
        (void)crowd_await(expire->crowd, CROWD_PONG);
}

static void make_sessions(struct expire *expire)
{
    uint32_t all = crowd_size(expire->crowd);

    for (uint32_t begin = SESSIONS; begin < all; begin += CROWD_BATCH) {
        uint32_t end = all - begin < CROWD_BATCH ? all : begin + CROWD_BATCH;

        make_batch(expire, begin, end);
        if (clock_now_ns() - expire->kept_alive_ns > KEEP_ALIVE_NS)
            ping_sessions(expire, end);
    }
}

/* ---- Watching them go ------------------------------------------------------------------------ */

static void ping(struct expire *expire, uint64_t now_ns)
{
    fatal_unless(expire->pings - expire->pongs < PINGS_MAX, "pings have no answers");
    expire->pinged_ns[expire->pings++ % PINGS_MAX] = now_ns;
    expire->next_ping_ns = now_ns + PING_EVERY_NS;
    crowd_ping(expire->crowd, expire->pinger);
}

static void handle_pong(struct expire *expire, uint64_t now_ns)
{
    uint64_t took_ns = now_ns - expire->pinged_ns[expire->pongs++ % PINGS_MAX];

    if (took_ns > expire->ping_max_ns)
        expire->ping_max_ns = took_ns;
}

static void poll_nodes(struct expire *expire, uint64_t now_ns)
{
    size_t begin = crowd_begin(expire->observer, MESSAGE_EXISTS);

    call_put_read(&expire->observer->out, expire->place.path, CALL_UNWATCHED);
    crowd_end(expire->crowd, expire->observer, begin);
    expire->polled_ns = now_ns;
    expire->next_poll_ns = UINT64_MAX; /* not before the answer */
}

static uint32_t read_children(struct jute_in *stat)
{
    for (int i = 0; i < 4; i++)
        (void)jute_get_long(stat); /* czxid, mzxid, ctime, mtime */
    for (int i = 0; i < 3; i++)
        (void)jute_get_int(stat); /* versions */
    (void)jute_get_long(stat);    /* owner */
    (void)jute_get_int(stat);     /* length of the data */
    return (uint32_t)jute_get_int(stat);
}

static void handle_poll(struct expire *expire, struct crowd_event *event)
{
    uint32_t children = read_children(&event->body);

    fatal_unless(event->error == 0 && !event->body.failed, "nobody knows how many nodes there are");
    expire->next_poll_ns = expire->polled_ns + POLL_EVERY_NS;
    if (children == count_nodes(expire->options)) {
        expire->all_seen_ns = expire->polled_ns;
        if (expire->ping_max_ns > expire->idle_ping_max_ns)
            expire->idle_ping_max_ns = expire->ping_max_ns;
        expire->ping_max_ns = 0;
    } else if (children == 0) {
        expire->gone_ns = event->now_ns;
    }
}

static void handle(struct expire *expire, struct crowd_event *event)
{
    switch (event->kind) {
    case CROWD_PONG:
        handle_pong(expire, event->now_ns);
        return;
    case CROWD_ANSWER:
        handle_poll(expire, event);
        return;
    case CROWD_CLOSED:
        fatal_unless(event->client->index >= SESSIONS, "a session was closed that should live");
        return;
    case CROWD_TIMEOUT:
        return;
    case CROWD_OPENED:
    case CROWD_WATCH:
        break;
    }
    fatal("the server sent", "what nobody asked for");
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Until no node is left and no ping without an answer. */
static void watch_them_go(struct expire *expire)
{
    uint64_t give_up_ns = clock_now_ns() + CROWD_PATIENCE_NS;

    while (expire->gone_ns == 0 || expire->pongs < expire->pings) {
        uint64_t now_ns = clock_now_ns();
        bool is_over = expire->gone_ns != 0;

        fatal_unless(now_ns < give_up_ns, "nodes of silent sessions stay");
        if (!is_over && now_ns >= expire->next_ping_ns)
            ping(expire, now_ns);
        if (!is_over && now_ns >= expire->next_poll_ns)
            poll_nodes(expire, now_ns);
        uint64_t next_ns = least(expire->next_ping_ns, expire->next_poll_ns);
        struct crowd_event event = crowd_next(expire->crowd, is_over ? give_up_ns : next_ns);
        handle(expire, &event);
    }
}

static void print_result(const struct expire *expire)
{
    int32_t timeout_ms = crowd_client(expire->crowd, SESSIONS)->timeout_ms;
    uint64_t due_ns = expire->kept_alive_ns + (uint64_t)timeout_ms * 1000000;

    printf("{\"sessions\":%" PRIu32 ",\"nodes\":%" PRIu32 ",\"timeout_ms\":%" PRIi32
           ",\"gone_ns\":%" PRIu64 ",\"late_ns\":%" PRIi64 ",\"ping_max_ns\":%" PRIu64
           ",\"idle_ping_max_ns\":%" PRIu64 "}\n",
           expire->options->clients, count_nodes(expire->options), timeout_ms,
           expire->gone_ns - expire->all_seen_ns, (int64_t)(expire->gone_ns - due_ns),
           expire->ping_max_ns, expire->idle_ping_max_ns);
}

void expire_run(const struct options *options)
{
    struct expire *expire = NEW(struct expire);

    expire->options = options;
    expire->crowd = crowd_new(options->port, options->clients + SESSIONS);
    expire->observer = crowd_client(expire->crowd, OBSERVER);
    expire->pinger = crowd_client(expire->crowd, PINGER);
    expire->pinged_ns = NEW_ARRAY(uint64_t, PINGS_MAX);
    for (uint32_t i = OBSERVER; i < SESSIONS; i++) {
        crowd_connect(expire->crowd, i, MODES_TIMEOUT_MS);
        (void)crowd_await(expire->crowd, CROWD_OPENED);
    }
    expire->place = place_make(expire->crowd, "expire");
    make_sessions(expire);

    ping_sessions(expire, crowd_size(expire->crowd));
    watch_them_go(expire);
    print_result(expire);
    free(expire->pinged_ns);
    crowd_destroy(&expire->crowd);
    free(expire);
}
