/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/server/service_parts.h"

enum {
    PEER_INDEX_BITS = 24, /* of a number: the place among the peers; above it the generation */
    STALL_TICKS = 1,      /* a server that was away longer gives its clients this much only */
};

struct service_options service_options_default(void)
{
    return (struct service_options){
        .tick_ms = 2000,
        .session_timeout_min_ms = 4000,
        .session_timeout_max_ms = 40000,
        .frame_max_bytes = 1024 * 1024 - 1,
        .sessions_max = 100 * 1000,
        .nodes_max = 10 * 1000 * 1000,
        .watches_max = 10 * 1000 * 1000,
        .acls_max = 100 * 1000,
        .output_max_bytes = 64 * 1024 * 1024,
        .batch_max_rows = 20 * 1000,
        .batch_max_bytes = 32 * 1024 * 1024,
        .container_check_ms = 60 * 1000,
        .extended_types = true,
    };
}

/* ---- Birth and end ------------------------------------------------------------------------- */

struct service *service_new(const struct service_options *options)
{
    struct service *service = NEW(struct service);

    service->options = *options;
    service->acls = acls_new(options->acls_max);
    service->tree = tree_new(service->acls, options->nodes_max);
    service->watches = watches_new(options->watches_max);
    list_init(&service->peers);
    list_init(&service->outputs);
    for (int stage = 0; stage < SERVICE_STAGES; stage++)
        list_init(&service->held[stage]);
    return service;
}

static void free_texts(struct service *service)
{
    text_done(&service->changed_paths);
    text_done(&service->scratch);
    text_done(&service->path);
    text_done(&service->parts);
}

void service_destroy(struct service **service)
{
    struct service *gone = *service;

    if (gone == NULL)
        return;
    for (struct service_peer *peer = service_next_peer(gone, NULL), *next; peer != NULL;
         peer = next) {
        next = service_next_peer(gone, peer);
        service_disconnect(gone, peer);
    }
    watches_destroy(&gone->watches);
    sessions_destroy(&gone->sessions);
    tree_destroy(&gone->tree);
    acls_destroy(&gone->acls);
    watch_hits_done(&gone->hits);
    free_texts(gone);
    for (int stage = 0; stage < SERVICE_STAGES; stage++)
        free(gone->session_changes[stage].items);
    free(gone->changes);
    free(gone->numbers);
    free(gone);
    *service = NULL;
}

/* ---- Recovery ------------------------------------------------------------------------------ */

static void start_sessions(struct service *service, const unsigned char *secret)
{
    const struct service_options *options = &service->options;
    struct session_options session_options = {
        .tick_ms = options->tick_ms,
        .timeout_min_ms = options->session_timeout_min_ms,
        .timeout_max_ms = options->session_timeout_max_ms,
        .stall_ms = STALL_TICKS * options->tick_ms,
        .sessions_max = options->sessions_max,
    };

    service->sessions = sessions_new(&session_options, secret);
}

static void load_meta(void *owner, int64_t zxid, const unsigned char secret[SESSION_SECRET_SIZE])
{
    struct service *service = owner;

    service->zxid_applied = service->zxid_sealed = service->zxid_durable = zxid;
    start_sessions(service, secret);
}

static enum err load_change(void *owner, const struct batch_change *change, struct error *error)
{
    struct service *service = owner;

    switch (change->kind) {
    case BATCH_PUT_NODE:
        return tree_restore(service->tree, &change->node, error);
    case BATCH_PUT_SESSION:
        if (sessions_restore(service->sessions, change->session_id, change->session_timeout_ms) ==
            NULL)
            return error_set(error, ERR_CORRUPT, "session 0x%llx is there twice, or is none",
                             (unsigned long long)change->session_id);
        return ERR_OK;
    case BATCH_PUT_ACL:
        if (acls_restore(service->acls, change->acl_number, change->acl, change->acl_size) !=
            ERR_OK)
            return error_set(error, ERR_CORRUPT, "ACL %u is damaged", change->acl_number);
        return ERR_OK;
    case BATCH_PUT_STAT:
    case BATCH_DELETE_NODE:
    case BATCH_DELETE_SESSION:
    case BATCH_DELETE_ACL:
        break;
    }
    return error_set(error, ERR_INTERNAL, "a store holds rows, not changes");
}

struct store_sink service_sink(struct service *service)
{
    return (struct store_sink){.owner = service, .meta = load_meta, .change = load_change};
}

enum err service_start(struct service *service, uint64_t now_us, int64_t wall_ms,
                       struct error *error)
{
    ASSERT(service->sessions != NULL);
    if (tree_counts(service->tree).nodes == 0) {
        tree_plant(service->tree);
    } else {
        enum err err = tree_link(service->tree, error);
        if (err != ERR_OK)
            return err;
    }
    sessions_start_ids(service->sessions, (uint64_t)wall_ms);
    service_set_time(service, now_us, wall_ms);
    service->next_reap_us = now_us + service->options.container_check_ms * UINT64_C(1000);
    for (struct session *session = sessions_next(service->sessions, NULL); session != NULL;
         session = sessions_next(service->sessions, session))
        sessions_touch(service->sessions, session);
    return ERR_OK;
}

void service_set_time(struct service *service, uint64_t now_us, int64_t wall_ms)
{
    service->now_us = now_us;
    service->wall_ms = wall_ms;
    sessions_set_time(service->sessions, now_us / 1000);
}

/* ---- Peers --------------------------------------------------------------------------------- */

static void grow_numbers(struct service *service)
{
    size_t old = service->numbers_capacity;

    service->numbers_capacity = old == 0 ? 64 : old * 2;
    ASSERT(service->numbers_capacity <= (size_t)1 << PEER_INDEX_BITS);
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
    size_t size = sizeof *service->numbers;
    service->numbers = mem_resize(service->numbers, service->numbers_capacity, size);
    for (size_t i = old; i < service->numbers_capacity; i++)
        service->numbers[i] = NULL;
    service->numbers_free = (uint32_t)old;
}

static uint64_t give_number(struct service *service, struct service_peer *peer)
{
    uint32_t place = service->numbers_free;

    while (place < service->numbers_capacity && service->numbers[place] != NULL)
        place++;
    if (place == service->numbers_capacity) {
        grow_numbers(service);
        place = service->numbers_free;
    }
    service->numbers[place] = peer;
    service->numbers_free = place + 1;
    return ((uint64_t)++service->generation << PEER_INDEX_BITS) | place;
}

static uint32_t place_of(uint64_t number)
{
    return (uint32_t)(number & ((1U << PEER_INDEX_BITS) - 1));
}

struct service_peer *service_find_peer(const struct service *service, uint64_t number)
{
    uint32_t place = place_of(number);

    if (place >= service->numbers_capacity || service->numbers[place] == NULL ||
        service->numbers[place]->number != number)
        return NULL;
    return service->numbers[place];
}

struct service_peer *service_connect(struct service *service, const char *address, uint16_t port,
                                     void *context)
{
    struct service_peer *peer = NEW(struct service_peer);

    peer->context = context;
    peer->port = port;
    peer->established_us = service->now_us;
    (void)snprintf(peer->address, sizeof peer->address, "%s", address);
    acl_identities_init(&peer->identities, peer->address);
    peer->number = give_number(service, peer);
    list_push_last(&service->peers, &peer->by_age);
    return peer;
}

void *service_peer_context(const struct service_peer *peer)
{
    return peer->context;
}

static void leave_list(struct list_node *node)
{
    if (list_has_node(node))
        list_remove(node);
}

/* The watches go; the session stays, without a connection, until it comes back or expires. */
static void let_go(struct service *service, struct service_peer *peer)
{
    watches_drop(service->watches, peer->number);
    if (peer->session != NULL && peer->session->connection == peer->number)
        peer->session->connection = 0;
    peer->session = NULL;
}

void service_disconnect(struct service *service, struct service_peer *peer)
{
    uint32_t place = place_of(peer->number);

    let_go(service, peer);
    service->counts.outstanding -= peer->queued;
    service->numbers[place] = NULL;
    if (place < service->numbers_free)
        service->numbers_free = place;
    list_remove(&peer->by_age);
    leave_list(&peer->in_outputs);
    for (int stage = 0; stage < SERVICE_STAGES; stage++) {
        leave_list(&peer->in_held[stage]);
        text_done(&peer->held[stage]);
    }
    text_done(&peer->ready);
    acl_identities_done(&peer->identities);
    free(peer);
}

/* ---- Output -------------------------------------------------------------------------------- */

enum service_stage service_stage(const struct service *service)
{
    if (service->zxid_applied != service->zxid_sealed)
        return SERVICE_OPEN;
    /* While the disk is full the tree is what is durable, also when committing is tried again. */
    return service->is_committing && !service->is_read_only ? SERVICE_FLIGHT : SERVICE_NOW;
}

static void want_output(struct service *service, struct service_peer *peer)
{
    if (!list_has_node(&peer->in_outputs))
        list_push_last(&service->outputs, &peer->in_outputs);
}

struct text *service_ready(struct service *service, struct service_peer *peer)
{
    peer->sent++;
    service->counts.sent++;
    peer->is_greeted = true;
    want_output(service, peer);
    return &peer->ready;
}

struct text *service_begin_event(struct service *service, struct service_peer *peer)
{
    enum service_stage stage = service_stage(service);

    if (stage == SERVICE_NOW)
        return service_ready(service, peer);
    peer->sent++;
    service->counts.sent++;
    if (!list_has_node(&peer->in_held[stage]))
        list_push_last(&service->held[stage], &peer->in_held[stage]);
    return &peer->held[stage];
}

static void add_latency(struct service_latency *latency, uint64_t us)
{
    if (latency->count == 0 || us < latency->min_us)
        latency->min_us = us;
    if (us > latency->max_us)
        latency->max_us = us;
    latency->total_us += us;
    latency->count++;
}

static void note_answer(struct service *service, struct service_peer *peer)
{
    peer->answered_us = service->now_us;
    peer->last_latency_us = service->now_us - peer->asked_us;
    add_latency(&peer->latency, peer->last_latency_us);
}

struct text *service_begin_answer(struct service *service, struct service_peer *peer)
{
    enum service_stage stage = service_stage(service);

    peer->last_zxid = service->zxid_applied;
    if (stage == SERVICE_NOW) {
        add_latency(&service->counts.latency, 0);
        note_answer(service, peer);
    } else {
        if (service->held_count[stage]++ == 0)
            service->held_oldest_us[stage] = service->now_us;
        service->held_since_total_us[stage] += service->now_us;
        service->counts.outstanding++;
        peer->queued++;
    }
    return service_begin_event(service, peer);
}

struct reply_header service_header(const struct service *service, const struct request *request)
{
    return (struct reply_header){.xid = request->xid, .zxid = service->zxid_applied};
}

void service_answer(struct service *service, struct service_peer *peer,
                    const struct request *request, enum coord_error error)
{
    struct reply_header header = service_header(service, request);

    header.error = error;
    reply_put_header(service_begin_answer(service, peer), &header);
}

static bool is_owed(const struct service_peer *peer)
{
    return list_has_node(&peer->in_held[SERVICE_FLIGHT]) ||
           list_has_node(&peer->in_held[SERVICE_OPEN]);
}

void service_leave(struct service *service, struct service_peer *peer)
{
    peer->is_leaving = true;
    let_go(service, peer);
    if (!is_owed(peer))
        want_output(service, peer);
}

void service_cut_off(struct service *service, struct service_peer *peer)
{
    for (int stage = 0; stage < SERVICE_STAGES; stage++) {
        leave_list(&peer->in_held[stage]);
        text_done(&peer->held[stage]);
    }
    service_leave(service, peer);
}

struct service_peer *service_next_output(struct service *service, struct text **ret_out,
                                         bool *ret_close)
{
    struct list_node *node = list_pop_first(&service->outputs);

    if (node == NULL)
        return NULL;
    struct service_peer *peer = CONTAINER_OF(node, struct service_peer, in_outputs);
    *ret_out = &peer->ready;
    *ret_close = peer->is_leaving && !is_owed(peer);
    return peer;
}

size_t service_waiting_bytes(const struct service_peer *peer)
{
    return text_size(&peer->ready) + text_size(&peer->held[SERVICE_FLIGHT]) +
           text_size(&peer->held[SERVICE_OPEN]);
}

/* ---- Batches ------------------------------------------------------------------------------- */

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
    add_latency(latency, oldest_us);
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
    note_answer(service, peer);
    want_output(service, peer);
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
        let_go(service, peer);
        want_output(service, peer);
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

/* ---- Looking in ---------------------------------------------------------------------------- */

const struct tree *service_tree(const struct service *service)
{
    return service->tree;
}

struct sessions *service_sessions(struct service *service)
{
    return service->sessions;
}

const struct watches *service_watches(const struct service *service)
{
    return service->watches;
}

int64_t service_zxid(const struct service *service)
{
    return service->zxid_durable;
}

struct service_counts service_counts(const struct service *service)
{
    return service->counts;
}

struct service_peer *service_next_peer(const struct service *service,
                                       const struct service_peer *peer)
{
    struct list_node *node =
        peer == NULL ? list_first(&service->peers) : list_next(&service->peers, &peer->by_age);

    return node == NULL ? NULL : CONTAINER_OF(node, struct service_peer, by_age);
}

void service_view_peer(const struct service_peer *peer, struct service_peer_view *ret_view)
{
    *ret_view = (struct service_peer_view){
        .number = peer->number,
        .address = peer->address,
        .port = peer->port,
        .session_id = peer->session == NULL ? 0 : peer->session->id,
        .timeout_ms = peer->timeout_ms,
        .received = peer->received,
        .sent = peer->sent,
        .queued = peer->queued,
        .last_op = peer->last_op,
        .last_xid = peer->last_xid,
        .last_zxid = peer->last_zxid,
        .established_us = peer->established_us,
        .answered_us = peer->answered_us,
        .last_latency_us = peer->last_latency_us,
        .latency = peer->latency,
    };
}
