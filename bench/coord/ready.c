/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that is starting refuses connections, closes them, or takes them and never says a word:
 * so a further connection is tried from time to time, and the first that is answered counts.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "bench/coord/crowd.h"
#include "bench/coord/modes.h"
#include "bench/coord/place.h"
#include "bench/fatal.h"

#define TRY_AGAIN_NS   2000000u   /* after a connection was refused or closed */
#define TRY_ANOTHER_NS 100000000u /* when all that are open are silent */

struct ready {
    struct crowd *crowd;
    uint64_t next_try_ns;
    uint64_t answered_ns; /* 0 until then */
};

static void try_another(struct ready *ready, uint64_t now_ns)
{
    for (uint32_t i = 0; i < crowd_size(ready->crowd); i++) {
        if (crowd_client(ready->crowd, i)->state == CLIENT_CLOSED) {
            crowd_connect(ready->crowd, i, MODES_TIMEOUT_MS);
            break;
        }
    }
    ready->next_try_ns = now_ns + TRY_ANOTHER_NS;
}

static void ask(struct ready *ready, struct client *client)
{
    size_t begin = crowd_begin(client, MESSAGE_EXISTS);

    call_put_read(&client->out, "/", CALL_UNWATCHED);
    crowd_end(ready->crowd, client, begin);
}

/* A server that goes down between the session and the answer is one that is not ready. */
static void handle(struct ready *ready, const struct crowd_event *event)
{
    switch (event->kind) {
    case CROWD_OPENED:
        ask(ready, event->client);
        return;
    case CROWD_ANSWER:
        fatal_unless(event->error == 0, "there is no root");
        ready->answered_ns = event->now_ns;
        return;
    case CROWD_CLOSED:
        ready->next_try_ns = event->now_ns + TRY_AGAIN_NS;
        return;
    case CROWD_TIMEOUT:
        try_another(ready, event->now_ns);
        return;
    case CROWD_PONG:
    case CROWD_WATCH:
        break;
    }
    fatal("the server sent", "what nobody asked for");
}

/* By a client of its own, as the one that was answered may have others' answers behind it. */
static int32_t count_nodes(const struct options *options)
{
    struct crowd *crowd = crowd_new(options->port, 1);

    crowd_connect_all(crowd, MODES_TIMEOUT_MS);
    int32_t count = place_count(crowd, "/");
    crowd_destroy(&crowd);
    return count;
}

void ready_run(const struct options *options)
{
    struct ready ready = {.crowd = crowd_new(options->port, options->clients)};
    uint64_t give_up_ns = clock_now_ns() + CROWD_PATIENCE_NS;

    while (ready.answered_ns == 0) {
        struct crowd_event event = crowd_next(ready.crowd, ready.next_try_ns);

        fatal_unless(event.now_ns < give_up_ns, "the server does not get ready");
        handle(&ready, &event);
    }
    crowd_destroy(&ready.crowd);
    printf("{\"answered_ns\":%" PRIu64 ",\"nodes\":%" PRIi32 "}\n", ready.answered_ns,
           count_nodes(options));
}
