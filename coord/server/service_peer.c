/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/server/service_parts.h"

enum {
    PEER_INDEX_BITS = 24, /* of a number: the place among the peers; above it the generation */
};

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

void service_leave_list(struct list_node *node)
{
    if (list_has_node(node))
        list_remove(node);
}

/* The watches go; the session stays, without a connection, until it comes back or expires. */
void service_let_go(struct service *service, struct service_peer *peer)
{
    watches_drop(service->watches, peer->number);
    if (peer->session != NULL && peer->session->connection == peer->number)
        peer->session->connection = 0;
    peer->session = NULL;
}

void service_disconnect(struct service *service, struct service_peer *peer)
{
    uint32_t place = place_of(peer->number);

    service_let_go(service, peer);
    service->counts.outstanding -= peer->queued;
    service->numbers[place] = NULL;
    if (place < service->numbers_free)
        service->numbers_free = place;
    list_remove(&peer->by_age);
    service_leave_list(&peer->in_outputs);
    for (int stage = 0; stage < SERVICE_STAGES; stage++) {
        service_leave_list(&peer->in_held[stage]);
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

void service_want_output(struct service *service, struct service_peer *peer)
{
    if (!list_has_node(&peer->in_outputs))
        list_push_last(&service->outputs, &peer->in_outputs);
}

struct text *service_ready(struct service *service, struct service_peer *peer)
{
    peer->sent++;
    service->counts.sent++;
    peer->is_greeted = true;
    service_want_output(service, peer);
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

void service_add_latency(struct service_latency *latency, uint64_t us)
{
    if (latency->count == 0 || us < latency->min_us)
        latency->min_us = us;
    if (us > latency->max_us)
        latency->max_us = us;
    latency->total_us += us;
    latency->count++;
}

void service_note_answer(struct service *service, struct service_peer *peer)
{
    peer->answered_us = service->now_us;
    peer->last_latency_us = service->now_us - peer->asked_us;
    service_add_latency(&peer->latency, peer->last_latency_us);
}

struct text *service_begin_answer(struct service *service, struct service_peer *peer)
{
    enum service_stage stage = service_stage(service);

    peer->last_zxid = service->zxid_applied;
    if (stage == SERVICE_NOW) {
        service_add_latency(&service->counts.latency, 0);
        service_note_answer(service, peer);
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

struct text *service_begin_body(struct service *service, struct service_peer *peer,
                                const struct request *request, size_t *ret_begin)
{
    struct text *out = service_begin_answer(service, peer);
    struct reply_header header = service_header(service, request);

    *ret_begin = reply_begin(out, &header);
    return out;
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
    service_let_go(service, peer);
    if (!is_owed(peer))
        service_want_output(service, peer);
}

void service_cut_off(struct service *service, struct service_peer *peer)
{
    for (int stage = 0; stage < SERVICE_STAGES; stage++) {
        service_leave_list(&peer->in_held[stage]);
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
