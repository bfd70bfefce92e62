/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/facts.h"

#include <stdint.h>

/* A slot as a pointer that is not NULL, for a cursor; and back. */
static const void *mark_of(uint32_t slot)
{
    return (const void *)((uintptr_t)slot + 1);
}

static uint32_t slot_of(const void *mark)
{
    return (uint32_t)((uintptr_t)mark - 1);
}

static struct words_latency words_of(const struct service_latency *latency)
{
    return (struct words_latency){
        .min_us = latency->min_us,
        .max_us = latency->max_us,
        .total_us = latency->total_us,
        .count = latency->count,
    };
}

static bool next_connection(const void *context, struct words_cursor *cursor,
                            struct words_connection *ret_connection)
{
    const struct facts *facts = context;
    const struct service_peer *peer = service_next_peer(facts->service, cursor->outer);
    struct service_peer_view view;

    if (peer == NULL)
        return false;
    cursor->outer = peer;
    service_view_peer(peer, &view);
    *ret_connection = (struct words_connection){
        .address = view.address,
        .port = view.port,
        .is_read = true,
        .queued = view.queued,
        .received = view.received,
        .sent = view.sent,
        .session_id = view.session_id,
        .last_op = view.last_op,
        .last_xid = view.last_op == 0 ? -1 : view.last_xid,
        .last_zxid = view.last_zxid,
        .established_ms = facts->wall_ms - (int64_t)((facts->now_us - view.established_us) / 1000),
        .timeout_ms = view.timeout_ms,
        .last_response_ms = view.answered_us / 1000,
        .last_latency_us = view.last_latency_us,
        .latency = words_of(&view.latency),
    };
    return true;
}

static bool next_session(const void *context, struct words_cursor *cursor,
                         struct words_session *ret_session)
{
    const struct facts *facts = context;
    struct sessions *sessions = service_sessions(facts->service);
    const struct session *session = sessions_next(sessions, cursor->outer);

    if (session == NULL)
        return false;
    cursor->outer = session;
    *ret_session = (struct words_session){
        .id = session->id,
        .expires_ms = facts->wall_ms + (int64_t)sessions_left_ms(sessions, session),
    };
    return true;
}

/* The node after the one at the cursor, or the first of the next session that has any. */
static uint32_t next_owned(const struct facts *facts, struct words_cursor *cursor)
{
    const struct tree *tree = service_tree(facts->service);
    struct sessions *sessions = service_sessions(facts->service);
    uint32_t slot =
        cursor->inner == NULL ? TREE_NONE : tree_next_owned(tree, slot_of(cursor->inner));

    while (slot == TREE_NONE) {
        const struct session *session = sessions_next(sessions, cursor->outer);
        if (session == NULL)
            return TREE_NONE;
        cursor->outer = session;
        slot = tree_first_owned(tree, session->id);
    }
    cursor->inner = mark_of(slot);
    return slot;
}

static bool next_ephemeral(const void *context, struct words_cursor *cursor,
                           struct words_path *ret_path)
{
    const struct facts *facts = context;
    struct text *path = facts->path;
    uint32_t slot = next_owned(facts, cursor);

    if (slot == TREE_NONE)
        return false;
    text_clear(path);
    tree_put_path(service_tree(facts->service), slot, path);
    *ret_path = (struct words_path){
        .session_id = ((const struct session *)cursor->outer)->id,
        .path = text_data(path),
        .path_size = text_size(path),
    };
    return true;
}

static struct words_path path_of(const struct facts *facts, const struct watch_key *key)
{
    const struct service_peer *peer = service_find_peer(facts->service, key->watcher);
    struct service_peer_view view = {0};

    if (peer != NULL)
        service_view_peer(peer, &view);
    return (struct words_path){
        .session_id = view.session_id,
        .path = key->path,
        .path_size = key->path_size,
    };
}

static bool next_watch_of_path(const void *context, struct words_cursor *cursor,
                               struct words_path *ret_path)
{
    const struct facts *facts = context;
    struct watch_cursor watch = {.entry = cursor->inner};
    struct watch_key key;

    if (!watches_next(service_watches(facts->service), &watch, &key))
        return false;
    cursor->inner = watch.entry;
    *ret_path = path_of(facts, &key);
    return true;
}

static bool next_watch_of_session(const void *context, struct words_cursor *cursor,
                                  struct words_path *ret_path)
{
    const struct facts *facts = context;
    const struct watches *watches = service_watches(facts->service);
    struct watch_cursor watch = {.entry = cursor->inner};
    struct watch_key key;
    struct service_peer_view view;

    for (;;) {
        if (cursor->outer != NULL) {
            service_view_peer(cursor->outer, &view);
            if (watches_next_of(watches, view.number, &watch, &key))
                break;
        }
        cursor->outer = service_next_peer(facts->service, cursor->outer);
        watch.entry = NULL;
        if (cursor->outer == NULL)
            return false;
    }
    cursor->inner = watch.entry;
    *ret_path = path_of(facts, &key);
    return true;
}

void facts_gather(struct facts *facts, const struct options *options, struct words_facts *ret_facts)
{
    struct service *service = facts->service;
    struct service_counts counts = service_counts(service);
    struct tree_counts tree = tree_counts(service_tree(service));

    ret_facts->allowed = options->words;
    ret_facts->mode = "standalone";
    ret_facts->is_read_only = service_is_read_only(service);
    ret_facts->latency = words_of(&counts.latency);
    ret_facts->received = counts.received;
    ret_facts->sent = counts.sent;
    ret_facts->outstanding = counts.outstanding;
    ret_facts->zxid = service_zxid(service);
    ret_facts->sessions = sessions_count(service_sessions(service));
    ret_facts->nodes = tree.nodes;
    ret_facts->ephemerals = tree.ephemerals;
    ret_facts->data_size = tree.data_bytes;
    ret_facts->watches = watches_counts(service_watches(service));
    ret_facts->sessions_expired = counts.sessions_expired;
    ret_facts->auth_failures = counts.auth_failures;
    ret_facts->data_folder = options->data;
    ret_facts->tick_ms = options->service.tick_ms;
    ret_facts->timeout_min_ms = options->service.session_timeout_min_ms;
    ret_facts->timeout_max_ms = options->service.session_timeout_max_ms;
    ret_facts->connections_per_address_max = options->connections_per_address_max;
    ret_facts->lists = (struct words_lists){
        .context = facts,
        .next_connection = next_connection,
        .next_session = next_session,
        .next_ephemeral = next_ephemeral,
        .next_watch_of_session = next_watch_of_session,
        .next_watch_of_path = next_watch_of_path,
    };
}
