/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NS_PER_MS 1000000ull

struct peer {
    char name[PEERS_NAME_MAX + 1]; /* "": free */
    uint64_t heard_ns;             /* last; 0: never */
    uint64_t told_ns; /* when it was last heard or missed: who goes if there is no room */
    bool is_silent;
    uint64_t ask_ns;   /* of one that is silent: not before */
    uint64_t asked_ns; /* and when the last question began that was let through */
    struct peer_silence silence;
};

struct peers {
    uint64_t keep_ns;
    struct peer table[PEERS_MAX];
};

struct peers *peers_new(uint64_t keep_ns)
{
    struct peers *peers = NEW(struct peers);

    peers->keep_ns = keep_ns;
    return peers;
}

void peers_destroy(struct peers **peers)
{
    free(*peers);
    *peers = NULL;
}

static bool has_name(const struct peer *peer, const char *name)
{
    return strncmp(peer->name, name, PEERS_NAME_MAX) == 0;
}

static struct peer *find(struct peers *peers, const char *name)
{
    for (size_t i = 0; i < PEERS_MAX; i++) {
        if (has_name(&peers->table[i], name))
            return &peers->table[i];
    }
    return NULL;
}

/* One that answers goes before one that does not, and then the one of which nothing was told for longest. */
static bool is_dearer(const struct peer *left, const struct peer *right)
{
    return left->is_silent == right->is_silent ? left->told_ns > right->told_ns : left->is_silent;
}

static struct peer *find_cheapest(struct peers *peers)
{
    struct peer *cheapest = &peers->table[0];

    for (size_t i = 1; i < PEERS_MAX; i++) {
        if (is_dearer(cheapest, &peers->table[i]))
            cheapest = &peers->table[i];
    }
    return cheapest;
}

static struct peer *find_or_add(struct peers *peers, const char *name)
{
    struct peer *peer = find(peers, name);

    if (peer != NULL)
        return peer;
    peer = find(peers, "");
    if (peer == NULL)
        peer = find_cheapest(peers);
    *peer = (struct peer){.heard_ns = 0};
    (void)snprintf(peer->name, sizeof peer->name, "%s", name);
    return peer;
}

bool peers_may_ask(struct peers *peers, const char *name, uint64_t now_ns, uint64_t patience_ns,
                   struct peer_silence *ret_silence)
{
    struct peer *peer = find(peers, name);

    if (peer == NULL || !peer->is_silent)
        return true;
    if (now_ns < peer->ask_ns) {
        *ret_silence = peer->silence;
        return false;
    }
    peer->asked_ns = now_ns;
    peer->ask_ns = now_ns + patience_ns + peers->keep_ns;
    return true;
}

void peers_heard(struct peers *peers, const char *name, uint64_t now_ns)
{
    struct peer *peer = find_or_add(peers, name);

    peer->heard_ns = now_ns;
    peer->told_ns = now_ns;
    peer->is_silent = false;
}

static void begin_silence(struct peer *peer, const struct peer_miss *miss)
{
    uint64_t waited_ms = (miss->now_ns - miss->began_ns) / NS_PER_MS;

    peer->is_silent = true;
    peer->ask_ns = 0;
    peer->asked_ns = 0;
    peer->silence.since_ms = miss->wall_ms > waited_ms ? miss->wall_ms - waited_ms : 0;
    (void)snprintf(peer->silence.why, sizeof peer->silence.why, "%s", miss->why);
}

bool peers_missed(struct peers *peers, const char *name, const struct peer_miss *miss,
                  struct peer_silence *ret_silence)
{
    struct peer *peer = find_or_add(peers, name);
    uint64_t next_ns = miss->now_ns + peers->keep_ns;

    peer->told_ns = miss->now_ns;
    if (!peer->is_silent && peer->heard_ns > miss->began_ns)
        return false;
    if (!peer->is_silent)
        begin_silence(peer, miss);
    /* A question of before that ends only now says nothing of the one that is on its way. */
    if (miss->began_ns >= peer->asked_ns || next_ns > peer->ask_ns)
        peer->ask_ns = next_ns;
    *ret_silence = peer->silence;
    return true;
}
