/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/io/figure_feed.h"

#include <poll.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/figures.h"

#define PERIOD_NS     UINT64_C(1000000000)
#define LOOK_NS       UINT64_C(20000000) /* for room in the socket */
#define FLUSH_NS      UINT64_C(500000000)
#define FLUSH_LOOK_MS 10

void figure_feed_init(struct figure_feed *feed, const struct worker *worker, struct leash *leash,
                      uint64_t started_ns)
{
    *feed = (struct figure_feed){.worker = worker, .leash = leash, .started_ns = started_ns};
}

void figure_feed_done(struct figure_feed *feed)
{
    figures_set_done(&feed->set);
    *feed = (struct figure_feed){.worker = NULL};
}

static bool is_through(const struct figure_feed *feed)
{
    return feed->next == feed->set.count;
}

static void begin(struct figure_feed *feed, uint64_t now_ns)
{
    figures_set_done(&feed->set);
    figures_build(feed->worker, now_ns - feed->started_ns, now_ns, &feed->set);
    feed->next = 0;
    feed->number++;
    feed->due_ns = now_ns + PERIOD_NS;
}

/* Until the socket is full. */
static void push(struct figure_feed *feed)
{
    bool has_room = true;

    while (has_room && !is_through(feed)) {
        AUTO(text_done) struct text message = {0};
        const struct text *part = &feed->set.parts[feed->next];
        figures_message_head(feed->number, feed->next, feed->set.count, &message);
        text_add_bytes(&message, text_data(part), text_size(part));
        has_room = leash_send(feed->leash, text_data(&message), text_size(&message));
        feed->next += has_room;
    }
}

void figure_feed_step(struct figure_feed *feed, uint64_t now_ns)
{
    if (leash_fd(feed->leash) < 0)
        return;
    if (is_through(feed) && now_ns >= feed->due_ns)
        begin(feed, now_ns);
    push(feed);
}

uint64_t figure_feed_deadline_ns(const struct figure_feed *feed, uint64_t now_ns)
{
    if (leash_fd(feed->leash) < 0)
        return UINT64_MAX;
    return is_through(feed) ? feed->due_ns : now_ns + LOOK_NS;
}

void figure_feed_restart(struct figure_feed *feed)
{
    figures_set_done(&feed->set);
    feed->next = 0;
    feed->due_ns = 0;
}

void figure_feed_flush(struct figure_feed *feed)
{
    uint64_t now_ns = clock_now_ns();
    uint64_t end_ns = now_ns + FLUSH_NS;

    if (leash_fd(feed->leash) < 0)
        return;
    begin(feed, now_ns);
    push(feed);
    while (!is_through(feed) && clock_now_ns() < end_ns) {
        struct pollfd room = {.fd = leash_fd(feed->leash), .events = POLLOUT};
        (void)poll(&room, 1, FLUSH_LOOK_MS);
        push(feed);
    }
}
