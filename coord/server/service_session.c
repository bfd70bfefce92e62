/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "coord/server/service_parts.h"

enum {
    EXPIRED_PER_TURN = 5000, /* sessions and ephemerals gone before others are served again */
    REAP_LOOKS_PER_TURN = 20000,
    REAP_PAUSE_US = 1000, /* between two turns of one round of reaping */
};

/* ---- Handshake ----------------------------------------------------------------------------- */

static void put_connected(struct service *service, struct service_peer *peer,
                          const struct request_connect *connect)
{
    struct reply_connect reply = {
        .timeout_ms = (int32_t)peer->timeout_ms,
        .session_id = peer->session->id,
        .has_read_only = connect->has_read_only,
    };

    sessions_password(service->sessions, peer->session->id, reply.password);
    reply_put_connect(service_begin_answer(service, peer), &reply);
}

/* The client understands: its session is over. */
static void refuse(struct service *service, struct service_peer *peer,
                   const struct request_connect *connect)
{
    struct reply_connect reply = {.has_read_only = connect->has_read_only};

    reply_put_connect(service_begin_answer(service, peer), &reply);
    service_leave(service, peer);
}

static void attach(struct service *service, struct service_peer *peer, struct session *session,
                   uint32_t timeout_ms)
{
    struct service_peer *former = service_find_peer(service, session->connection);

    if (former != NULL)
        service_leave(service, former);
    peer->session = session;
    peer->timeout_ms = timeout_ms;
    session->connection = peer->number;
}

static void open_session(struct service *service, struct service_peer *peer,
                         const struct request_connect *connect)
{
    uint32_t timeout_ms = sessions_negotiate(service->sessions, connect->timeout_ms);
    struct session *session = sessions_open(service->sessions, timeout_ms);

    if (session == NULL) {
        service_leave(service, peer);
        return;
    }
    service_note_session(service, session)->was_opened = true;

    /* With a full disk the session lives in memory, and is written when there is room: readers
     * are served, and what they see does not depend on it. */
    if (!service->is_read_only)
        service->zxid_applied++;
    attach(service, peer, session, timeout_ms);
    put_connected(service, peer, connect);
}

/* The password is looked at before the owner's connection is touched. */
static void return_to_session(struct service *service, struct service_peer *peer,
                              const struct request_connect *connect)
{
    struct session *session = sessions_find(service->sessions, connect->session_id);

    if (session == NULL || session->is_closing ||
        !sessions_knows_password(service->sessions, session->id, connect->password.data,
                                 connect->password.size)) {
        refuse(service, peer, connect);
        return;
    }
    uint32_t timeout_ms = sessions_negotiate(service->sessions, connect->timeout_ms);
    sessions_set_timeout(service->sessions, session, timeout_ms);
    sessions_touch(service->sessions, session);
    attach(service, peer, session, timeout_ms);
    put_connected(service, peer, connect);
}

void service_handshake(struct service *service, struct service_peer *peer, const void *frame,
                       size_t size)
{
    struct request_connect connect;

    if (!request_decode_connect(frame, size, &connect)) {
        service_leave(service, peer);
        return;
    }

    /* A client that has seen more than we know came from another store, or an old copy of ours was
     * put back: answering it would take it back in time. ZooKeeper closes without a word, and
     * clients then try the next server. */
    if (connect.last_zxid_seen > service->zxid_durable) {
        service->counts.clients_ahead++;
        service_leave(service, peer);
        return;
    }
    if (connect.session_id == 0)
        open_session(service, peer, &connect);
    else
        return_to_session(service, peer, &connect);
}

/* ---- Requests about the session ------------------------------------------------------------ */

/* Says nothing about the tree, so it does not wait for the disk; but the first answer of all is that
 * to the handshake. */
void service_ping(struct service *service, struct service_peer *peer, const struct request *request)
{
    struct reply_header header = {.xid = MESSAGE_XID_PING, .zxid = service->zxid_durable};

    (void)request;
    reply_put_header(peer->is_greeted ? service_ready(service, peer)
                                      : service_begin_event(service, peer),
                     &header);
}

void service_auth(struct service *service, struct service_peer *peer, const struct request *request)
{
    struct reply_header header = {
        .xid = request->xid,
        .error = acl_authenticate(&peer->identities, request->scheme, request->data,
                                  service->options.super_digest),
    };

    reply_put_header(service_begin_answer(service, peer), &header);
    if (header.error != COORD_OK) {
        service->counts.auth_failures++;
        service_leave(service, peer);
    }
}

/* With a full disk the session cannot be ended for good: it is left to expire. */
void service_close_session(struct service *service, struct service_peer *peer,
                           const struct request *request)
{
    if (!service->is_read_only) {
        struct session *session = peer->session;
        session->connection = 0;
        peer->session = NULL;
        service_end_session(service, session);
    }
    service_answer(service, peer, request, COORD_OK);
    service_leave(service, peer);
}

/* ---- Ends ---------------------------------------------------------------------------------- */

static void delete_node(struct service *service, uint32_t slot, struct tree_change change)
{
    const struct tree_node *node = tree_node(service->tree, slot);
    uint32_t parent = node->parent;

    service_note_change(service, MESSAGE_NODE_DELETED, slot, node->acl);
    service_note_children_change(service, parent);
    tree_delete(service->tree, slot, change);
}

static struct tree_change next_change(const struct service *service)
{
    return (struct tree_change){.zxid = service->zxid_applied + 1, .now_ms = service->wall_ms};
}

/* One transaction, however many nodes the session has. Watchers are told of each at once: nothing
 * can fail any more, and so their paths need not be gathered. */
void service_end_session(struct service *service, struct session *session)
{
    struct tree_change change = next_change(service);
    struct service_peer *peer = service_find_peer(service, session->connection);
    uint32_t slot;

    service->zxid_applied = change.zxid;
    while ((slot = tree_first_owned(service->tree, session->id)) != TREE_NONE) {
        delete_node(service, slot, change);
        service_tell_changes(service);
    }
    service_note_session(service, session);
    sessions_remove(service->sessions, session);
    if (peer != NULL) {
        peer->session = NULL;
        service_leave(service, peer);
    }
}

static size_t count_mortals(const struct service *service)
{
    return tree_counts(service->tree).nodes + sessions_count(service->sessions);
}

static void expire_sessions(struct service *service)
{
    size_t before = count_mortals(service);
    struct session *session;

    while (before - count_mortals(service) < EXPIRED_PER_TURN && !service_is_congested(service) &&
           (session = sessions_find_expired(service->sessions)) != NULL) {
        service_end_session(service, session);
        service->counts.sessions_expired++;
    }
}

static bool is_overdue(const struct service *service, const struct tree_node *node)
{
    if (tree_is_container(node))
        return node->creations != 0; /* one that never had a child may still be about to be used */
    return service->wall_ms - node->mtime_ms > tree_ttl_ms(node);
}

static void reap_nodes(struct service *service)
{
    size_t budget = REAP_LOOKS_PER_TURN;
    uint32_t slot;

    while ((slot = tree_next_reapable(service->tree, &service->reap_cursor, &budget)) !=
           TREE_NONE) {
        if (!is_overdue(service, tree_node(service->tree, slot)))
            continue;
        delete_node(service, slot, next_change(service));
        service->zxid_applied++;
        service_tell_changes(service);
    }
    service->next_reap_us =
        service->now_us + (service->reap_cursor == 0
                               ? service->options.container_check_ms * UINT64_C(1000)
                               : REAP_PAUSE_US);
}

void service_expire(struct service *service)
{
    if (service->is_read_only)
        return;
    expire_sessions(service);
    if (service->now_us >= service->next_reap_us && !service_is_congested(service))
        reap_nodes(service);
}

/* While the disk is full nobody expires, for that would be a write; while the batch is too large
 * the end of the commit comes first. */
uint64_t service_deadline_us(const struct service *service)
{
    if (service->is_read_only || service_is_congested(service))
        return UINT64_MAX;

    uint64_t sessions_ms = sessions_deadline_ms(service->sessions);
    uint64_t sessions_us = sessions_ms == UINT64_MAX ? UINT64_MAX : sessions_ms * 1000;
    return sessions_us < service->next_reap_us ? sessions_us : service->next_reap_us;
}
