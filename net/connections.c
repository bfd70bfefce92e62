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
    *connections = (struct connections){
        .base = event_base_new_with_config(config),
        .census = census_new(options->connections_max, options->connections_per_address_max),
        .handlers = *handlers,
        .owner = owner,
        .input_max_bytes = options->input_max_bytes,
        .output_max_bytes = options->output_max_bytes,
        .silence_max_ns = options->silence_max_ms * 1000000u,
        .scratch = mem_alloc(CONNECTION_SCRATCH_SIZE),
    };
    event_config_free(config);
    ASSERT(connections->base != NULL);
    list_init(&connections->all);
    list_init(&connections->to_write);
    list_init(&connections->to_offer);
    list_init(&connections->ending);
    list_init(&connections->silent);
    list_init(&connections->lingering);
}

void connections_done(struct connections *connections)
{
    ASSERT(list_is_empty(&connections->all));
    census_destroy(&connections->census);
    event_base_free(connections->base);
    free(connections->scratch);
}

void connections_open(struct connections *connections, int fd, const struct peer *peer,
                      uint64_t now_ns)
{
    struct connection *connection = connection_new(connections, fd, peer);

    list_push_last(&connections->all, &connection->in_all);
    if (connections->silence_max_ns > 0) {
        connection->deadline_ns = now_ns + connections->silence_max_ns;
        list_push_last(&connections->silent, &connection->in_timed);
    }
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

/* Who lingers keeps the reason that it is closed for. */
static void expire(struct list *list, uint64_t now_ns, enum connection_state state)
{
    while (first_deadline_ns(list) <= now_ns) {
        struct list_node *node = list_pop_first(list);
        connection_end(CONTAINER_OF(node, struct connection, in_timed), state, SERVER_CLOSE_SILENT);
    }
}

void connections_expire(struct connections *connections, uint64_t now_ns)
{
    expire(&connections->silent, now_ns, CONNECTION_CLOSING);
    expire(&connections->lingering, now_ns, CONNECTION_BROKEN);
}

void connections_write(struct connections *connections)
{
    struct list_node *node;

    connections->turn_again = false;
    while ((node = list_pop_first(&connections->to_write)) != NULL)
        connection_write(CONTAINER_OF(node, struct connection, in_to_write));
}

static void finish(struct connection *connection)
{
    struct connections *shared = connection->shared;

    shared->counts.connections--;
    if (connection->reason == SERVER_CLOSE_SLOW)
        shared->counts.closed_slow++;
    census_leave(shared->census, &connection->peer.address);
    if (connection->state != CONNECTION_BROKEN)
        connection_discard_unread(connection);
    shared->handlers.closed(shared->owner, connection, connection->reason);
    connection_destroy(&connection);
}

static void linger(struct connection *connection, uint64_t now_ns)
{
    connection_linger(connection);
    connection->deadline_ns = now_ns + LINGER_NS;
    list_push_last(&connection->shared->lingering, &connection->in_timed);
}

void connections_reap(struct connections *connections, uint64_t now_ns)
{
    /* What `closed` does to other connections belongs to the next turn. */
    const struct list_node *last = list_last(&connections->ending);
    bool more = last != NULL;

    while (more) {
        struct list_node *node = list_pop_first(&connections->ending);
        struct connection *connection = CONTAINER_OF(node, struct connection, in_ending);
        more = node != last;
        if (connection->state == CONNECTION_CLOSING && connection_waiting_bytes(connection) > 0)
            linger(connection, now_ns);
        else
            finish(connection);
    }
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
    return connections->turn_again || !list_is_empty(&connections->to_offer) ||
           !list_is_empty(&connections->to_write) || !list_is_empty(&connections->ending);
}

uint64_t connections_deadline_ns(const struct connections *connections)
{
    uint64_t silent_ns = first_deadline_ns(&connections->silent);
    uint64_t lingering_ns = first_deadline_ns(&connections->lingering);

    return silent_ns < lingering_ns ? silent_ns : lingering_ns;
}
