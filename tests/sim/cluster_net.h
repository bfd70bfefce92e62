/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The links between simulated workers: one way for each sender and each address, which keeps the
 * order, delays, and loses all or part of what is on it when it is cut. What is sent while it is down,
 * or while nobody listens at the address, is lost. Nobody is told.
 */
#ifndef TESTS_SIM_CLUSTER_NET_H
#define TESTS_SIM_CLUSTER_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "wire/frame.h"

#define CLUSTER_ENDS_MAX 64u /* processes, or addresses, of a run */

struct cluster_frame {
    struct cluster_frame *next;
    uint64_t due_ns;
    uint32_t from;
    size_t size;
    uint64_t bytes[]; /* aligned as what comes over a socket is */
};

struct cluster_way {
    struct cluster_net *net;
    uint32_t from;
    uint32_t address;
    bool is_open;     /* its sender has connected */
    uint64_t up_ns;   /* down before */
    uint64_t last_ns; /* when the last frame arrives */
    struct cluster_frame *first;
    struct cluster_frame *last;
};

struct cluster_net {
    struct rng *rng;
    uint64_t delay_ns;    /* of a frame, at most */
    uint32_t slow_chance; /* of 1000, for a way to be slow */
    struct cluster_way *ways[CLUSTER_ENDS_MAX][CLUSTER_ENDS_MAX]; /* by sender and address */
    uint32_t listener[CLUSTER_ENDS_MAX];                          /* by address; + 1 */
    uint64_t due_ns[CLUSTER_ENDS_MAX]; /* by address: no frame arrives earlier */
    uint64_t sent;
    uint64_t lost;
};

void cluster_net_init(struct cluster_net *net, struct rng *rng);
void cluster_net_done(struct cluster_net *net);

/* A process listens at the address, from now on and alone. */
void cluster_net_bind(struct cluster_net *net, uint32_t address, uint32_t process);

/* A process ends: what it has sent may still arrive, or a part of it. */
void cluster_net_leave(struct cluster_net *net, uint32_t process);

struct cluster_way *cluster_net_connect(struct cluster_net *net, uint32_t from, uint32_t address,
                                        uint64_t now_ns);
void cluster_net_disconnect(struct cluster_way *way);

void cluster_net_send(struct cluster_way *way, const struct frame_head *head, const void *payload,
                      size_t size, uint64_t now_ns);

/* What is on the way is lost, or the last part of it; then it is down for so long. */
void cluster_net_cut(struct cluster_way *way, uint64_t now_ns, uint64_t down_ns);

/* The next frame that has arrived at the address; the caller frees it. NULL: none. */
struct cluster_frame *cluster_net_take(struct cluster_net *net, uint32_t address, uint64_t now_ns);

/* When the next arrives; UINT64_MAX: none is on its way. */
uint64_t cluster_net_due_ns(const struct cluster_net *net, uint32_t address);

#endif
