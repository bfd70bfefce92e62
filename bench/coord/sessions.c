/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "bench/coord/crowd.h"
#include "bench/coord/modes.h"
#include "bench/fatal.h"

#define RETRY_NS   3000000000u  /* a connection without an answer is given up */
#define GIVE_UP_NS 20000000000u /* before the first sessions expire */

static void begin_close(struct crowd *crowd, uint32_t index)
{
    struct client *client = crowd_client(crowd, index);

    crowd_end(crowd, client, crowd_begin(client, MESSAGE_CLOSE_SESSION));
}

/* Whichever comes: the answer to a close, or the connection's end behind it. */
static void await_closed(struct crowd *crowd, uint32_t sessions)
{
    for (uint32_t answered = 0, ended = 0; answered < sessions || ended < sessions;) {
        struct crowd_event event = crowd_next(crowd, clock_now_ns() + CROWD_PATIENCE_NS);

        if (event.kind == CROWD_CLOSED) {
            ended++;
        } else {
            fatal_unless(event.kind == CROWD_ANSWER && event.error == 0, "a close has failed");
            answered++;
        }
    }
}

/* A session after the other. */
static uint64_t measure_one_by_one(const struct options *options)
{
    struct crowd *crowd = crowd_new(options->port, 1);
    uint64_t begin_ns = clock_now_ns();

    for (uint32_t i = 0; i < options->count; i++) {
        crowd_connect_all(crowd, MODES_TIMEOUT_MS);
        begin_close(crowd, 0);
        await_closed(crowd, 1);
    }
    uint64_t took_ns = clock_now_ns() - begin_ns;
    crowd_destroy(&crowd);
    return took_ns;
}

struct at_once {
    uint64_t open_ns;
    uint64_t close_ns;
    uint32_t retries; /* connections that the server closed, or did not answer in time */
};

static void retry(struct crowd *crowd, uint32_t index, struct at_once *at_once)
{
    at_once->retries++;
    crowd_connect(crowd, index, MODES_TIMEOUT_MS);
}

static void retry_unanswered(struct crowd *crowd, struct at_once *at_once)
{
    for (uint32_t i = 0; i < crowd_size(crowd); i++) {
        if (crowd_client(crowd, i)->state == CLIENT_GREETING)
            retry(crowd, i, at_once);
    }
}

/* More may come than the server's kernel lets wait; some of these it would forget for half a
 * minute, so whoever has heard nothing for a while tries again, as clients do. */
static void open_all(struct crowd *crowd, struct at_once *at_once)
{
    uint64_t begin_ns = clock_now_ns();
    uint64_t retry_ns = begin_ns + RETRY_NS;

    for (uint32_t i = 0; i < crowd_size(crowd); i++)
        crowd_connect(crowd, i, MODES_TIMEOUT_MS);
    for (uint32_t opened = 0; opened < crowd_size(crowd);) {
        struct crowd_event event = crowd_next(crowd, retry_ns);

        fatal_unless(event.now_ns < begin_ns + GIVE_UP_NS, "sessions are not opened");
        if (event.kind == CROWD_OPENED) {
            opened++;
        } else if (event.kind == CROWD_CLOSED) {
            retry(crowd, event.client->index, at_once);
        } else {
            retry_unanswered(crowd, at_once);
            retry_ns = event.now_ns + RETRY_NS;
        }
    }
}

static struct at_once measure_at_once(const struct options *options)
{
    struct crowd *crowd = crowd_new(options->port, options->clients);
    struct at_once at_once = {0};
    uint64_t begin_ns = clock_now_ns();

    open_all(crowd, &at_once);
    uint64_t open_ns = clock_now_ns();
    for (uint32_t i = 0; i < options->clients; i++)
        begin_close(crowd, i);
    await_closed(crowd, options->clients);
    at_once.open_ns = open_ns - begin_ns;
    at_once.close_ns = clock_now_ns() - open_ns;
    crowd_destroy(&crowd);
    return at_once;
}

void sessions_run(const struct options *options)
{
    uint64_t took_ns = measure_one_by_one(options);
    struct at_once at_once = measure_at_once(options);

    printf("{\"one_by_one_rate\":%.1f,\"at_once\":%" PRIu32 ",\"at_once_open_ns\":%" PRIu64
           ",\"at_once_close_ns\":%" PRIu64 ",\"at_once_retries\":%" PRIu32 "}\n",
           (double)options->count * 1e9 / (double)took_ns, options->clients, at_once.open_ns,
           at_once.close_ns, at_once.retries);
}
