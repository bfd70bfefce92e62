/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/service.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/server/service_parts.h"

enum {
    STALL_TICKS = 1, /* a server that was away longer gives its clients this much only */
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
