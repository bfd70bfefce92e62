/* SPDX-License-Identifier: Apache-2.0 */
#include "net/connections.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "net/census.h"
#include "net/connection.h"

/* How long what the socket did not take may delay a close. */
#define LINGER_NS UINT64_C(2000000000)

void connections_init(struct connections *connections, const struct server_options *options,
                      const struct server_handlers *handlers, void *owner)
{
    struct event_config *config = event_config_new();

    ASSERT(config != NULL);
    /* One thread; and variables of the environment are nobody's way to configure us. */
    (void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
    ASSERT(options->input_budget_bytes == 0 ||
           options->frame_max_ms > 0); /* or it may be used up */
    *connections = (struct connections){
        .base = event_base_new_with_config(config),
        .census = census_new(options->connections_max, options->connections_per_address_max),
        .handlers = *handlers,
        .owner = owner,
        .input_max_bytes = options->input_max_bytes,
        .output_max_bytes = options->output_max_bytes,
        .timer_max_ns =
            {
                [CONNECTION_TIMER_SILENCE] = options->silence_max_ms * 1000000u,
                [CONNECTION_TIMER_FRAME] = options->frame_max_ms * 1000000u,
                [CONNECTION_TIMER_IDLE] = options->idle_max_ms * 1000000u,
                [CONNECTION_TIMER_LINGER] = LINGER_NS,
            },
        .scratch = mem_alloc(CONNECTION_SCRATCH_SIZE),
    };
    event_config_free(config);
    ASSERT(connections->base != NULL);
    list_init(&connections->all);
    list_init(&connections->to_write);
    list_init(&connections->to_offer);
    list_init(&connections->ending);
    for (size_t i = 0; i < CONNECTION_TIMER_COUNT; i++)
        list_init(&connections->timed[i]);
    ration_init(&connections->ration, options->input_budget_bytes, options->connections_max);
}

void connections_done(struct connections *connections)
{
    ASSERT(list_is_empty(&connections->all));
    census_destroy(&connections->census);
    event_base_free(connections->base);
    free(connections->scratch);
}

void connections_open(struct connections *connections, int fd, const struct peer *peer)
{
    struct connection *connection = connection_new(connections, fd, peer);

    list_push_last(&connections->all, &connection->in_all);
    connection_start_timer(connection, connections->timer_max_ns[CONNECTION_TIMER_SILENCE] > 0
                                           ? CONNECTION_TIMER_SILENCE
                                           : CONNECTION_TIMER_IDLE);
    connections->counts.connections++;
    connections->counts.accepted++;
    connection->context = connections->handlers.opened(connections->owner, connection);
}

/* ---- the steps of a turn ---- */

void connections_offer(struct connections *connections)
{
    /* Who resumes again while it is offered something waits for the next turn. */
    const struct list_node *last = list_last(&connections->to_offer);
    bool more = last != NULL;

    while (more) {
        struct list_node *node = list_pop_first(&connections->to_offer);
        more = node != last;
        connection_offer(CONTAINER_OF(node, struct connection, in_to_offer));
    }
}

static uint64_t first_deadline_ns(const struct list *list)
{
    struct list_node *node = list_first(list);

    return node == NULL ? UINT64_MAX : CONTAINER_OF(node, struct connection, in_timed)->deadline_ns;
}

struct expiry {
    enum connection_state state;
    enum server_close_reason reason; /* who lingers keeps the reason that it is closed for */
};

static void expire(struct list *list, uint64_t now_ns, struct expiry expiry)
{
    while (first_deadline_ns(list) <= now_ns) {
        struct list_node *node = list_pop_first(list);
        connection_end(CONTAINER_OF(node, struct connection, in_timed), expiry.state,
                       expiry.reason);
    }
}

void connections_expire(struct connections *connections, uint64_t now_ns)
{
    static const struct expiry expiries[CONNECTION_TIMER_COUNT] = {
        [CONNECTION_TIMER_SILENCE] = {CONNECTION_CLOSING, SERVER_CLOSE_SILENT},
        [CONNECTION_TIMER_FRAME] = {CONNECTION_CLOSING, SERVER_CLOSE_STALLED},
        [CONNECTION_TIMER_IDLE] = {CONNECTION_CLOSING, SERVER_CLOSE_IDLE},
        [CONNECTION_TIMER_LINGER] = {CONNECTION_BROKEN, SERVER_CLOSE_OWNER},
    };

    for (size_t i = 0; i < CONNECTION_TIMER_COUNT; i++)
        expire(&connections->timed[i], now_ns, expiries[i]);
}

void connections_write(struct connections *connections)
{
    /* Who has more to write than its share of a turn goes on in the next one. */
    const struct list_node *last = list_last(&connections->to_write);
    bool more = last != NULL;

    connections->turn_again = false;
    while (more) {
        struct list_node *node = list_pop_first(&connections->to_write);
        more = node != last;
        connection_write(CONTAINER_OF(node, struct connection, in_to_write));
    }
}

static void count_closed(struct server_counts *counts, enum server_close_reason reason)
{
    counts->connections--;
    counts->closed_slow += reason == SERVER_CLOSE_SLOW;
    counts->closed_stalled += reason == SERVER_CLOSE_STALLED;
    counts->closed_idle += reason == SERVER_CLOSE_IDLE;
}

static void finish(struct connection *connection)
{
    struct connections *shared = connection->shared;

    count_closed(&shared->counts, connection->reason);
    census_leave(shared->census, &connection->peer.address);
    if (connection->state != CONNECTION_BROKEN)
        connection_discard_unread(connection);
    connection_drop_output(connection);
    shared->handlers.closed(shared->owner, connection, connection->reason);
    connection_destroy(&connection);
}

void connections_reap(struct connections *connections)
{
    /* What `closed` does to other connections belongs to the next turn. */
    const struct list_node *last = list_last(&connections->ending);
    bool more = last != NULL;

    while (more) {
        struct list_node *node = list_pop_first(&connections->ending);
        struct connection *connection = CONTAINER_OF(node, struct connection, in_ending);
        more = node != last;
        if (connection->state == CONNECTION_CLOSING && !output_is_empty(&connection->output))
            connection_linger(connection);
        else
            finish(connection);
    }
}

/* One a turn: if all came that starve, most would only see that there is too little again. */
void connections_feed(struct connections *connections)
{
    struct ration_part *part = ration_feed(&connections->ration);

    if (part != NULL)
        connection_feed(CONTAINER_OF(part, struct connection, part));
}

void connections_close(struct connections *connections)
{
    struct list_node *node;

    for (node = list_first(&connections->all); node != NULL;
         node = list_next(&connections->all, node))
        connection_end(CONTAINER_OF(node, struct connection, in_all), CONNECTION_BROKEN,
                       SERVER_CLOSE_SHUTDOWN);
    while ((node = list_first(&connections->all)) != NULL)
        finish(CONTAINER_OF(node, struct connection, in_all));
}

/* ---- before the next turn ---- */

bool connections_have_work(const struct connections *connections)
{
    return connections->turn_again || ration_can_feed(&connections->ration) ||
           !list_is_empty(&connections->to_offer) || !list_is_empty(&connections->to_write) ||
           !list_is_empty(&connections->ending);
}

uint64_t connections_deadline_ns(const struct connections *connections)
{
    uint64_t deadline_ns = UINT64_MAX;

    for (size_t i = 0; i < CONNECTION_TIMER_COUNT; i++) {
        uint64_t first_ns = first_deadline_ns(&connections->timed[i]);
        deadline_ns = first_ns < deadline_ns ? first_ns : deadline_ns;
    }
    return deadline_ns;
}
