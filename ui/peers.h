/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of those that gale-ui asks (nimbus, the cluster state, the log, each supervisor) are silent, so that not every
 * request waits for one that gives no answer:
 *
 *              missed: nothing was heard since the question began
 *     answers ----------------------------------------------------> silent
 *        ^                                                            |
 *        '------------------------ heard -----------------------------'
 *
 * While it is silent one question at a time goes to it, to find out, and no sooner than `keep_ns` after the last; all
 * others are told at once since when it is silent. Whoever asks says afterwards what came of it; an asker that says
 * nothing is waited for no longer than the patience that he had. One slow answer does not make it silent: another one
 * that came meanwhile shows that it lives.
 *
 * At most PEERS_MAX are remembered. Whoever is beyond that is asked by everybody.
 *
 * Pure; belongs to one thread at a time.
 */
#ifndef UI_PEERS_H
#define UI_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
    PEERS_MAX = 256,
    PEERS_NAME_MAX = 160, /* bytes that tell them apart */
};

struct peers;

/* Since when, on the wall, and what was said of it first. */
struct peer_silence {
    uint64_t since_ms;
    char why[ERROR_TEXT_MAX];
};

struct peers *peers_new(uint64_t keep_ns) MUST_USE;
void peers_destroy(struct peers **peers);

/* Whether it may be asked now. The asker waits for `patience_ns` at most. */
bool peers_may_ask(struct peers *peers, const char *name, uint64_t now_ns, uint64_t patience_ns,
                   struct peer_silence *ret_silence) MUST_USE;

/* Something came from it, be it a refusal. */
void peers_heard(struct peers *peers, const char *name, uint64_t now_ns);

/* A question that began at `began_ns` got no answer. */
struct peer_miss {
    uint64_t began_ns;
    uint64_t now_ns;
    uint64_t wall_ms; /* of now */
    const char *why;
};

/* True: it is silent. */
bool peers_missed(struct peers *peers, const char *name, const struct peer_miss *miss,
                  struct peer_silence *ret_silence);

#endif
