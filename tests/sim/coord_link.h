/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection between a client and the server: frames arrive in order after random delays. It can
 * be held up for a while, and it can be cut: then some of the last frames are lost, what is sent
 * later is lost, and each side learns of it at some other time, or never.
 *
 * What has arrived waits until its receiver takes it. Links live as long as the network.
 */
#ifndef TESTS_SIM_COORD_LINK_H
#define TESTS_SIM_COORD_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "tests/sim/coord_agenda.h"

enum coord_link_end {
    COORD_LINK_CLIENT,
    COORD_LINK_SERVER,
    COORD_LINK_ENDS,
};

struct coord_frame {
    struct list_node node;
    bool is_end; /* the other side has closed */
    size_t size;
    unsigned char bytes[]; /* without its length */
};

/* One direction. */
struct coord_pipe {
    struct list flying;
    struct list arrived;
    size_t bytes; /* of both */
    uint64_t last_us;
    bool is_closed; /* nobody takes from it any more */
    void *receiver; /* who is told of arrivals */
};

struct coord_network {
    struct coord_agenda *agenda;
    struct list links;
    uint64_t delay_us; /* the longest usual one */
    uint32_t links_made;
    /* Something can be taken, or the end has come. */
    void (*arrived[COORD_LINK_ENDS])(void *receiver);
};

struct coord_link {
    struct list_node by_age;
    struct coord_network *network;
    uint32_t number;
    bool is_cut;
    struct coord_pipe to[COORD_LINK_ENDS];
};

void coord_network_init(struct coord_network *network, struct coord_agenda *agenda);
void coord_network_done(struct coord_network *network);

/* The receivers are to be set by the ends. */
struct coord_link *coord_link_new(struct coord_network *network);

/* To the other end, as one frame. */
void coord_link_send(struct coord_link *link, enum coord_link_end from, const void *bytes,
                     size_t size);

/* The other end is told when all that flies has arrived. */
void coord_link_close(struct coord_link *link, enum coord_link_end from);

/* Nothing that is sent from now on arrives before that moment. */
void coord_link_hold(struct coord_link *link, uint64_t until_us);

void coord_link_cut(struct coord_link *link);

/* The process at that end is gone: what it has not sent yet is lost, or more. */
void coord_link_kill(struct coord_link *link, enum coord_link_end end);

/* The next frame, to be freed; NULL if nothing has arrived. */
struct coord_frame *coord_link_take(struct coord_link *link, enum coord_link_end at);

/* Bytes that fly to that end or wait there. */
size_t coord_link_waiting(const struct coord_link *link, enum coord_link_end at);

#endif
