/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a peer: the channel that leads to the other worker (peer_out.c), the one that comes
 * from it (peer_in.c), and what they share (peer.c). The rest of worker/ uses peer.h.
 *
 * Which channel a frame belongs to is its link. The outgoing one begins anew, with a new link and
 * sequence 1, when another incarnation is known of, or when the receiver has forgotten it (NO_LINK):
 * in both cases what was transmitted is lost and what was not goes on. The incoming one is whatever
 * the last HELLO said, and ends when a higher incarnation is known of. While the other is gone no
 * frame of its last incarnation is taken, but what is known of the channel stays: if the cluster
 * state takes its word back, the channel goes on.
 */
#ifndef WORKER_PEER_PARTS_H
#define WORKER_PEER_PARTS_H

#include "base/rng.h"
#include "worker/peer.h"
#include "worker/peer_window.h"

enum peer_out_state {
    PEER_OUT_DOWN,    /* nobody there */
    PEER_OUT_CALLING, /* HELLO until WELCOME */
    PEER_OUT_UP,
};

/* Transmitted blocks are in `kept`, those that were never transmitted wait behind them. */
struct peer_out {
    enum peer_out_state state;
    uint64_t link; /* 0 while down */
    uint64_t sent; /* the last sequence that was transmitted */
    struct peer_window kept;
    struct block *waiting_first;
    struct block *waiting_last;
    uint32_t waiting_count;
    uint32_t unanswered;  /* BEATs and BYEs since the other said anything of this channel */
    uint64_t due_ns;      /* the next HELLO, BEAT or BYE */
    uint64_t pause_ns;    /* calling: until the HELLO after the next one */
    uint64_t back_due_ns; /* before, it does not go back again */
    uint32_t refusal;     /* enum frame_refusal, or 0 */
    bool is_leaving;      /* peer_leave() */
    bool has_said_bye;    /* over this link */
    bool is_bye_answered; /* over this link */
};

struct peer_in {
    uint64_t link;          /* 0: none yet */
    uint64_t previous_link; /* a late HELLO of it is not taken for a new one */
    uint64_t received;      /* the last sequence in a row */
    struct peer_window unread;
    uint8_t *credits; /* gathered for the next CREDIT: little-endian sequences */
    uint32_t credit_count;
    uint32_t credit_capacity;
    bool has_told_gap; /* AGAIN was sent, and nothing in order has come since */
    bool has_left;
};

struct peer {
    struct peer_options options; /* its texts point to the copies below */
    char *topology;
    char *own_supervisor;
    char *supervisor;
    struct rng rng;
    uint64_t assignment;
    uint64_t incarnation; /* the other's, as far as known; 0: it is gone, or nothing is known */
    uint64_t highest;     /* ever known of; the incoming channel is of this one */
    uint64_t told;        /* by the cluster state, 0: gone; a HELLO can be ahead of it */
    uint64_t heard_ns;
    struct peer_out out;
    struct peer_in in;
    struct peer_counts counts;
};

/* ---- peer.c ---- */

/* Sends a control frame of this link. */
void peer_send_frame(struct peer *peer, enum frame_kind kind, uint64_t link, uint64_t sequence,
                     const void *payload, size_t size);

/* Another incarnation than the one known, which is over if there was one, and it calls. */
void peer_begin(struct peer *peer, uint64_t incarnation, uint64_t now_ns);

/* ---- peer_out.c ---- */

/* Draws a link and calls. */
void peer_out_begin(struct peer *peer, uint64_t now_ns);

/* What was transmitted is lost. */
void peer_out_end(struct peer *peer);

/* So is what waits. For the end of the peer. */
void peer_out_done(struct peer *peer);

/* Sends a HELLO at once if it is calling, and from now on in short intervals again. */
void peer_out_call_now(struct peer *peer, uint64_t now_ns);

/* Asks whether this channel is still known there. */
void peer_out_probe(struct peer *peer);

void peer_out_receive(struct peer *peer, const struct frame_view *frame, uint64_t now_ns);

/* ---- peer_in.c ---- */

/* The incarnation that the channel came from is over. */
void peer_in_end(struct peer *peer);
void peer_in_done(struct peer *peer);

void peer_in_hello(struct peer *peer, const struct frame_view *frame, uint64_t now_ns);

/* A frame of the current link, of an incarnation that is not gone. */
void peer_in_receive(struct peer *peer, const struct frame_view *frame);

#endif
