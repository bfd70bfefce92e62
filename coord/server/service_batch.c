/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is sealed, what becomes of it, and who is told: see the top of service.h.
 */
#include "base/assert.h"
#include "base/mem.h"
#include "coord/server/service_parts.h"

bool service_is_congested(const struct service *service)
{
    uint64_t bytes = tree_pending_bytes(service->tree) + service->batch_bytes;
    bool is_large = tree_dirty_count(service->tree) > service->options.batch_max_rows ||
                    bytes > service->options.batch_max_bytes;

    /* While the disk is full nothing is added to the batch. */
    return is_large && !service->is_read_only;
}

bool service_is_read_only(const struct service *service)
{
    return service->is_read_only;
}

bool service_has_batch(const struct service *service)
{
    return service->zxid_applied != service->zxid_sealed || tree_is_dirty(service->tree) ||
           service->session_changes[SERVICE_OPEN].count > 0 || service->is_read_only;
}

struct service_session_change *service_note_session(struct service *service,
                                                    const struct session *session)
{
    struct service_session_changes *changes = &service->session_changes[SERVICE_OPEN];

    if (changes->count == changes->capacity) {
        changes->capacity = changes->capacity == 0 ? 16 : changes->capacity * 2;
        changes->items = mem_resize(changes->items, changes->capacity, sizeof *changes->items);
    }
    struct service_session_change *change = &changes->items[changes->count++];
    *change = (struct service_session_change){
        .id = session->id,
        .timeout_ms = session->timeout_ms,
        .is_firm = service->is_read_only,
    };
    return change;
}

static void seal_sessions(struct service *service, struct batch *batch)
{
    const struct service_session_changes *changes = &service->session_changes[SERVICE_OPEN];

    for (size_t i = 0; i < changes->count; i++) {
        const struct session *session = sessions_find(service->sessions, changes->items[i].id);
        if (session != NULL)
            batch_put_session(batch, session->id, session->timeout_ms);
        else
            batch_delete_session(batch, changes->items[i].id);
    }
}

/* What was held open is held in flight from now on; nothing is held in flight at this moment. */
static void advance_stages(struct service *service)
{
    struct service_session_changes empty = service->session_changes[SERVICE_FLIGHT];
    struct list_node *node;

    service->session_changes[SERVICE_FLIGHT] = service->session_changes[SERVICE_OPEN];
    service->session_changes[SERVICE_OPEN] = empty;
    service->session_changes[SERVICE_OPEN].count = 0;
    while ((node = list_pop_first(&service->held[SERVICE_OPEN])) != NULL) {
        struct service_peer *peer = CONTAINER_OF(node, struct service_peer, in_held[SERVICE_OPEN]);
        struct text taken = peer->held[SERVICE_OPEN];
        ASSERT(!list_has_node(&peer->in_held[SERVICE_FLIGHT]));
        peer->held[SERVICE_OPEN] = peer->held[SERVICE_FLIGHT];
        peer->held[SERVICE_FLIGHT] = taken;
        list_push_last(&service->held[SERVICE_FLIGHT], &peer->in_held[SERVICE_FLIGHT]);
    }
    service->held_count[SERVICE_FLIGHT] = service->held_count[SERVICE_OPEN];
    service->held_since_total_us[SERVICE_FLIGHT] = service->held_since_total_us[SERVICE_OPEN];
    service->held_oldest_us[SERVICE_FLIGHT] = service->held_oldest_us[SERVICE_OPEN];
    service->held_count[SERVICE_OPEN] = 0;
    service->held_since_total_us[SERVICE_OPEN] = 0;
}

void service_seal(struct service *service, struct batch *batch)
{
    ASSERT(!service->is_committing);
    tree_seal(service->tree, batch);
    seal_sessions(service, batch);
    batch->zxid = service->zxid_applied;
    service->zxid_sealed = service->zxid_applied;
    service->mark_sealed = tree_mark(service->tree);
    service->batch_bytes = 0;
    service->is_committing = true;
    advance_stages(service);
}

/* Of a batch the oldest and the sum are known, which is enough for what is shown. */
static void count_latency(struct service *service)
{
    struct service_latency *latency = &service->counts.latency;
    uint64_t count = service->held_count[SERVICE_FLIGHT];
    uint64_t total_us = count * service->now_us - service->held_since_total_us[SERVICE_FLIGHT];

    if (count == 0)
        return;
    uint64_t oldest_us = service->now_us - service->held_oldest_us[SERVICE_FLIGHT];
    service_add_latency(latency, oldest_us);
    latency->total_us += total_us - oldest_us;
    latency->count += count - 1;
    service->held_count[SERVICE_FLIGHT] = 0;
}

/* What is ready already are pings, which may stand anywhere. */
static void release(struct service *service, struct service_peer *peer)
{
    struct text *held = &peer->held[SERVICE_FLIGHT];

    if (text_size(&peer->ready) == 0) {
        struct text taken = peer->ready;
        peer->ready = *held;
        *held = taken;
    } else {
        text_add_bytes(&peer->ready, text_data(held), text_size(held));
    }
    text_done(held);
    peer->is_greeted = true;
    service_note_answer(service, peer);
    service_want_output(service, peer);
}

void service_committed(struct service *service)
{
    struct list_node *node;

    ASSERT(service->is_committing);
    service->is_committing = false;
    service->is_read_only = false;
    service->zxid_durable = service->zxid_sealed;
    service->session_changes[SERVICE_FLIGHT].count = 0;
    tree_forget(service->tree, service->mark_sealed);
    count_latency(service);
    while ((node = list_pop_first(&service->held[SERVICE_FLIGHT])) != NULL) {
        struct service_peer *peer =
            CONTAINER_OF(node, struct service_peer, in_held[SERVICE_FLIGHT]);
        if (!list_has_node(&peer->in_held[SERVICE_OPEN])) {
            service->counts.outstanding -= peer->queued;
            peer->queued = 0;
        }
        release(service, peer);
    }
}

/* ---- A commit that found the disk full ----------------------------------------------------- */

static void undo_session(struct service *service, const struct service_session_change *change)
{
    struct session *session = sessions_find(service->sessions, change->id);

    if (!change->was_opened && session == NULL) {
        (void)sessions_restore(service->sessions, change->id, change->timeout_ms);
    } else if (change->was_opened && session != NULL) {
        struct service_peer *peer = service_find_peer(service, session->connection);
        if (peer != NULL)
            peer->session = NULL;
        sessions_remove(service->sessions, session);
    }
}

/* Takes back all but the firm ones, which move to `kept`. */
static void undo_sessions(struct service *service, enum service_stage stage)
{
    struct service_session_changes *changes = &service->session_changes[stage];
    size_t kept = 0;

    for (size_t i = changes->count; i-- > 0;) {
        if (!changes->items[i].is_firm)
            undo_session(service, &changes->items[i]);
    }
    for (size_t i = 0; i < changes->count; i++) {
        if (changes->items[i].is_firm)
            changes->items[kept++] = changes->items[i];
    }
    changes->count = kept;
}

/* They wait for something that did not happen, or saw what is not so any more. */
static void abandon(struct service *service, enum service_stage stage)
{
    struct list_node *node;

    while ((node = list_pop_first(&service->held[stage])) != NULL) {
        struct service_peer *peer = CONTAINER_OF(node, struct service_peer, in_held[stage]);
        text_done(&peer->held[stage]);
        peer->is_leaving = true;
        service_let_go(service, peer);
        service_want_output(service, peer);
    }
    service->held_count[stage] = 0;
    service->held_since_total_us[stage] = 0;
}

void service_rolled_back(struct service *service)
{
    ASSERT(service->is_committing);
    service->is_committing = false;
    service->is_read_only = true;
    tree_undo(service->tree, 0);
    tree_drop_dirt(service->tree);
    service->batch_bytes = 0;
    service->zxid_applied = service->zxid_sealed = service->zxid_durable;
    abandon(service, SERVICE_FLIGHT);
    abandon(service, SERVICE_OPEN);
    undo_sessions(service, SERVICE_OPEN);
    undo_sessions(service, SERVICE_FLIGHT);
    for (size_t i = 0; i < service->session_changes[SERVICE_FLIGHT].count; i++) {
        const struct service_session_change *change =
            &service->session_changes[SERVICE_FLIGHT].items[i];
        const struct session *session = sessions_find(service->sessions, change->id);
        if (session != NULL)
            service_note_session(service, session)->was_opened = true;
    }
    service->session_changes[SERVICE_FLIGHT].count = 0;
}
