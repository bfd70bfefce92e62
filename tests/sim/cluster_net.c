/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/cluster_net.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CONNECT_NS 3000000u /* at most, to make a connection */
#define SLOW       50u      /* how much slower a slow way is */

void cluster_net_init(struct cluster_net *net, struct rng *rng)
{
    *net = (struct cluster_net){.rng = rng};
    for (uint32_t i = 0; i < CLUSTER_ENDS_MAX; i++)
        net->due_ns[i] = UINT64_MAX;
}

static void free_frames(struct cluster_frame *frame)
{
    while (frame != NULL) {
        struct cluster_frame *next = frame->next;
        free(frame);
        frame = next;
    }
}

void cluster_net_done(struct cluster_net *net)
{
    for (uint32_t from = 0; from < CLUSTER_ENDS_MAX; from++) {
        for (uint32_t to = 0; to < CLUSTER_ENDS_MAX; to++) {
            if (net->ways[from][to] != NULL)
                free_frames(net->ways[from][to]->first);
            free(net->ways[from][to]);
        }
    }
}

/* Drops what is on the way, but for the first few. */
static void drop(struct cluster_way *way, uint32_t kept)
{
    struct cluster_frame *last = NULL;
    struct cluster_frame *rest = way->first;

    for (; kept > 0 && rest != NULL; kept--) {
        last = rest;
        rest = rest->next;
    }
    for (const struct cluster_frame *frame = rest; frame != NULL; frame = frame->next)
        way->net->lost++;
    if (last == NULL)
        way->first = NULL;
    else
        last->next = NULL;
    way->last = last;
    free_frames(rest);
}

/* All, none, or all but the first few. */
static void drop_some(struct cluster_way *way)
{
    uint32_t mood = rng_below(way->net->rng, 3);

    if (mood == 0)
        return;
    drop(way, mood == 1 ? 0 : rng_below(way->net->rng, 8));
}

void cluster_net_bind(struct cluster_net *net, uint32_t address, uint32_t process)
{
    net->listener[address] = process + 1;
}

/* Nobody listens at the address any more. */
static void unbind(struct cluster_net *net, uint32_t address)
{
    net->listener[address] = 0;
    for (uint32_t from = 0; from < CLUSTER_ENDS_MAX; from++) {
        if (net->ways[from][address] != NULL)
            drop(net->ways[from][address], 0);
    }
}

void cluster_net_leave(struct cluster_net *net, uint32_t process)
{
    for (uint32_t i = 0; i < CLUSTER_ENDS_MAX; i++) {
        if (net->ways[process][i] != NULL)
            cluster_net_disconnect(net->ways[process][i]);
        if (net->listener[i] == process + 1)
            unbind(net, i);
    }
}

struct cluster_way *cluster_net_connect(struct cluster_net *net, uint32_t from, uint32_t address,
                                        uint64_t now_ns)
{
    struct cluster_way *way = net->ways[from][address];

    if (way == NULL) {
        way = net->ways[from][address] = NEW(struct cluster_way);
        way->net = net;
        way->from = from;
        way->address = address;
    }
    way->is_open = true;
    way->up_ns = now_ns + rng_below(net->rng, CONNECT_NS);
    return way;
}

void cluster_net_disconnect(struct cluster_way *way)
{
    if (way->is_open)
        drop_some(way);
    way->is_open = false;
}

static uint64_t draw_delay_ns(const struct cluster_way *way)
{
    const struct cluster_net *net = way->net;
    uint64_t most_ns = net->delay_ns;

    /* Slow for good, as the ends say. */
    if ((way->from * 7 + way->address * 13) % 1000 < net->slow_chance)
        most_ns *= SLOW;
    return 1 + rng_next(net->rng) % most_ns;
}

void cluster_net_send(struct cluster_way *way, const struct frame_head *head, const void *payload,
                      size_t size, uint64_t now_ns)
{
    struct cluster_net *net = way->net;

    net->sent++;
    if (!way->is_open || now_ns < way->up_ns || net->listener[way->address] == 0) {
        net->lost++;
        return;
    }
    struct cluster_frame *frame = mem_alloc(sizeof *frame + sizeof *head + size);
    uint64_t due_ns = now_ns + draw_delay_ns(way);
    frame->due_ns = way->last_ns = due_ns > way->last_ns ? due_ns : way->last_ns;
    frame->from = way->from;
    frame->size = sizeof *head + size;
    frame->next = NULL;
    memcpy(frame->bytes, head, sizeof *head);
    if (size > 0)
        memcpy((uint8_t *)frame->bytes + sizeof *head, payload, size);
    if (way->last == NULL)
        way->first = frame;
    else
        way->last->next = frame;
    way->last = frame;
    if (frame->due_ns < net->due_ns[way->address])
        net->due_ns[way->address] = frame->due_ns;
}

void cluster_net_cut(struct cluster_way *way, uint64_t now_ns, uint64_t down_ns)
{
    drop_some(way);
    if (now_ns + down_ns > way->up_ns)
        way->up_ns = now_ns + down_ns;
}

/* The way whose first frame is the first to arrive there. */
static struct cluster_way *find_first(const struct cluster_net *net, uint32_t address)
{
    struct cluster_way *first = NULL;

    for (uint32_t from = 0; from < CLUSTER_ENDS_MAX; from++) {
        struct cluster_way *way = net->ways[from][address];
        if (way == NULL || way->first == NULL)
            continue;
        if (first == NULL || way->first->due_ns < first->first->due_ns)
            first = way;
    }
    return first;
}

struct cluster_frame *cluster_net_take(struct cluster_net *net, uint32_t address, uint64_t now_ns)
{
    if (net->due_ns[address] > now_ns)
        return NULL;
    struct cluster_way *way = find_first(net, address);
    net->due_ns[address] = way == NULL ? UINT64_MAX : way->first->due_ns;
    if (way == NULL || way->first->due_ns > now_ns)
        return NULL;
    struct cluster_frame *frame = way->first;
    way->first = frame->next;
    if (way->first == NULL)
        way->last = NULL;
    return frame;
}

uint64_t cluster_net_due_ns(const struct cluster_net *net, uint32_t address)
{
    return net->due_ns[address];
}
