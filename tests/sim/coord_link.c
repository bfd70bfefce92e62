/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/coord_link.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    NOTICE_MAX_US = 1500 * 1000, /* until a side learns of a cut, if it does */
};

static enum coord_link_end other(enum coord_link_end end)
{
    return end == COORD_LINK_CLIENT ? COORD_LINK_SERVER : COORD_LINK_CLIENT;
}

static struct coord_frame *first_frame(const struct list *list)
{
    struct list_node *node = list_first(list);

    return node == NULL ? NULL : CONTAINER_OF(node, struct coord_frame, node);
}

static void drop_frame(struct coord_pipe *pipe, struct coord_frame *frame)
{
    pipe->bytes -= frame->size;
    list_remove(&frame->node);
    free(frame);
}

static void drop_all(struct coord_pipe *pipe, const struct list *list)
{
    struct coord_frame *frame;

    while ((frame = first_frame(list)) != NULL)
        drop_frame(pipe, frame);
}

void coord_network_init(struct coord_network *network, struct coord_agenda *agenda)
{
    *network = (struct coord_network){.agenda = agenda};
    list_init(&network->links);
}

void coord_network_done(struct coord_network *network)
{
    struct list_node *node;

    while ((node = list_pop_first(&network->links)) != NULL) {
        struct coord_link *link = CONTAINER_OF(node, struct coord_link, by_age);
        for (int end = 0; end < COORD_LINK_ENDS; end++) {
            drop_all(&link->to[end], &link->to[end].flying);
            drop_all(&link->to[end], &link->to[end].arrived);
        }
        free(link);
    }
}

struct coord_link *coord_link_new(struct coord_network *network)
{
    struct coord_link *link = NEW(struct coord_link);

    link->network = network;
    link->number = ++network->links_made;
    for (int end = 0; end < COORD_LINK_ENDS; end++) {
        list_init(&link->to[end].flying);
        list_init(&link->to[end].arrived);
    }
    list_push_last(&network->links, &link->by_age);
    return link;
}

/* ---- arrival ---- */

/* The first that flies has arrived; its number is that of the end. */
static void arrive(void *owner, uint64_t number)
{
    struct coord_link *link = owner;
    struct coord_pipe *pipe = &link->to[number];
    struct coord_frame *frame = first_frame(&pipe->flying);

    if (frame == NULL)
        return; /* lost in a cut */
    if (pipe->is_closed) {
        drop_frame(pipe, frame);
        return;
    }
    list_remove(&frame->node);
    list_push_last(&pipe->arrived, &frame->node);
    link->network->arrived[number](pipe->receiver);
}

static struct coord_frame *new_frame(const void *bytes, size_t size)
{
    struct coord_frame *frame = mem_alloc(sizeof *frame + size);

    frame->size = size;
    if (size > 0)
        memcpy(frame->bytes, bytes, size);
    return frame;
}

static void send(struct coord_link *link, enum coord_link_end to, struct coord_frame *frame,
                 uint64_t delay_us)
{
    struct coord_pipe *pipe = &link->to[to];
    uint64_t at_us = link->network->agenda->now_us + delay_us;

    if (at_us < pipe->last_us)
        at_us = pipe->last_us;
    pipe->last_us = at_us;
    pipe->bytes += frame->size;
    list_push_last(&pipe->flying, &frame->node);
    coord_agenda_add(link->network->agenda, at_us, arrive, link, to);
}

void coord_link_send(struct coord_link *link, enum coord_link_end from, const void *bytes,
                     size_t size)
{
    struct coord_network *network = link->network;

    if (!link->is_cut)
        send(link, other(from), new_frame(bytes, size),
             10 + coord_agenda_pause(network->agenda, network->delay_us));
}

struct coord_frame *coord_link_take(struct coord_link *link, enum coord_link_end at)
{
    struct coord_frame *frame = first_frame(&link->to[at].arrived);

    if (frame == NULL)
        return NULL;
    list_remove(&frame->node);
    link->to[at].bytes -= frame->size;
    return frame;
}

size_t coord_link_waiting(const struct coord_link *link, enum coord_link_end at)
{
    return link->to[at].bytes;
}

/* ---- ends ---- */

static void send_end(struct coord_link *link, enum coord_link_end to, uint64_t delay_us)
{
    struct coord_frame *frame = new_frame(NULL, 0);

    frame->is_end = true;
    send(link, to, frame, delay_us);
}

static void shut(struct coord_link *link, enum coord_link_end end)
{
    link->to[end].is_closed = true;
    drop_all(&link->to[end], &link->to[end].arrived);
}

void coord_link_close(struct coord_link *link, enum coord_link_end from)
{
    shut(link, from);
    if (!link->is_cut)
        send_end(link, other(from), coord_agenda_pause(link->network->agenda, 20000));
}

void coord_link_hold(struct coord_link *link, uint64_t until_us)
{
    for (int end = 0; end < COORD_LINK_ENDS; end++) {
        if (link->to[end].last_us < until_us)
            link->to[end].last_us = until_us;
    }
}

/* Some that fly do not arrive: the last ones. */
static void lose_some(struct coord_link *link, enum coord_link_end to)
{
    struct rng *rng = &link->network->agenda->rng;
    struct coord_pipe *pipe = &link->to[to];
    struct list_node *node;

    while ((node = list_last(&pipe->flying)) != NULL && rng_below(rng, 4) > 0)
        drop_frame(pipe, CONTAINER_OF(node, struct coord_frame, node));
}

/* The end is told, or is left to find out. */
static void notify(struct coord_link *link, enum coord_link_end to, uint64_t bound_us)
{
    struct coord_agenda *agenda = link->network->agenda;

    if (rng_below(&agenda->rng, 4) > 0)
        send_end(link, to, coord_agenda_pause(agenda, bound_us));
}

void coord_link_cut(struct coord_link *link)
{
    if (link->is_cut)
        return;
    link->is_cut = true;
    for (int end = 0; end < COORD_LINK_ENDS; end++) {
        lose_some(link, (enum coord_link_end)end);
        notify(link, (enum coord_link_end)end, NOTICE_MAX_US);
    }
}

void coord_link_kill(struct coord_link *link, enum coord_link_end end)
{
    shut(link, end);
    if (link->is_cut)
        return;
    link->is_cut = true;
    lose_some(link, other(end));
    notify(link, other(end), 50000);
}
