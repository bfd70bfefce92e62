/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides what goes between this worker and one other: two channels, one each way, over a transport
 * that may lose and cut (frames: wire/frame.h). What it does beyond the transport:
 *
 *   - a block that was sent is kept until the other side has read it: that is the lane's credit;
 *   - after a cut the receiver says what it has (WELCOME, AGAIN), and the sender goes back and sends
 *     the rest again, in order: a cut loses and doubles nothing;
 *   - when the other worker dies or is no longer assigned, exactly the blocks that it may not have
 *     read are handed back as lost, so that their trees fail at once;
 *   - a sender that is not assigned, or has been replaced, is refused.
 *
 *     down --(told where it is)--> calling --WELCOME--> up --(told gone)--> down
 *                                     ^------REFUSE-------'
 *
 * The owner tells it who the other is (peer_told), from the cluster state; then hands over blocks
 * and frames, and steps the clock. Everything comes back through struct peer_host, in the call. A
 * DATA frame out of order is not taken: the sender goes back. While there is something unread or
 * unsent a BEAT goes out every beat_ns, so that the loss of the last frame is found as well; when
 * idle, every idle_beat_ns.
 *
 * Pure: no I/O, no clock. A peer belongs to one thread.
 */
#ifndef WORKER_PEER_H
#define WORKER_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/block.h"
#include "wire/frame.h"

struct peer;

/* Why a block comes back to who sent it. */
enum peer_end {
    PEER_READ, /* the other side has read it */
    PEER_LOST, /* the other side is gone, and may have read it or not */
};

enum peer_news {
    PEER_UP,      /* what is sent now is on its way */
    PEER_DOWN,    /* the other worker is gone */
    PEER_LEFT,    /* the other side said BYE and will send nothing more */
    PEER_REFUSED, /* it refuses us: peer_refusal() */
};

/* What a peer does to the world. `peer` is always the caller. None of these may call back into the
 * peer. */
struct peer_host {
    /* Sends a control frame; both are copied. */
    void (*send)(void *context, struct peer *peer, const struct frame_head *head,
                 const void *payload, size_t size);

    /* Sends a block, head first, behind this head. It stays the peer's. */
    void (*transmit)(void *context, struct peer *peer, const struct frame_head *head,
                     struct block *block);

    /* A block came: bytes of head and records, not checked yet, borrowed. False if it is not a true
     * one: the channel then counts it as read and goes on. Else peer_read(peer, link, sequence) is
     * called when it has been read. */
    bool (*deliver)(void *context, struct peer *peer, const struct frame_view *frame);

    /* A TALK came. */
    void (*hear)(void *context, struct peer *peer, const void *payload, size_t size);

    /* A block that was given to peer_send() is the owner's again. */
    void (*give_back)(void *context, struct peer *peer, struct block *block, enum peer_end end);

    void (*changed)(void *context, struct peer *peer, enum peer_news news);
};

struct peer_options {
    const char *topology; /* copied, like the other texts */
    const char *own_supervisor;
    uint32_t own_slot;
    uint64_t own_incarnation;
    const char *supervisor; /* the other's */
    uint32_t slot;
    uint64_t hello_ns;     /* first pause between HELLOs: 50 ms; doubles up to 1 s */
    uint64_t beat_ns;      /* 200 ms */
    uint64_t idle_beat_ns; /* 2 s */
    uint32_t unread_max;   /* blocks of the other that may be unread here; a frame beyond it is not
                              taken. FRAME_CREDITS_MAX at most */
    uint64_t seed;         /* for epochs */
    const struct peer_host *host; /* borrowed, with its context */
    void *context;
};

struct peer *peer_new(const struct peer_options *options) MUST_USE;

/* Blocks that were sent come back as lost first. Accepts NULL inside. */
void peer_destroy(struct peer **peer);

/* The version of the assignment by which we go from now on; goes into every head. */
void peer_set_assignment(struct peer *peer, uint64_t version);

/* The other worker is up in this incarnation. One that is higher than what was known ends the one
 * before (LOST, then DOWN, then it calls again); a lower one, or the same, is not news. */
void peer_told(struct peer *peer, uint64_t incarnation, uint64_t now_ns);

/* The other worker is gone, or not assigned any more: everything sent to it is lost, and nothing of
 * the incarnation that was known is taken. If it is told again afterwards, we call again, over a new
 * channel, and the incoming one goes on where it was. */
void peer_told_gone(struct peer *peer, uint64_t now_ns);

/* Nobody is to come in its place: what waits to be sent is lost as well. After peer_told_gone(). */
void peer_give_up(struct peer *peer);

/* The block, of a lane to loop block->loop over there; not after peer_leave(). Kept, and transmitted
 * at once if the peer is up, else as soon as it is, whichever incarnation that may be. Its `next`,
 * `link` and `sequence` are the peer's while it has it. */
void peer_send(struct peer *peer, struct block *block, uint64_t now_ns);

/* Sends a TALK, if the peer is up; false if not. At most FRAME_TALK_MAX bytes. It may be lost. */
bool peer_talk(struct peer *peer, const void *payload, size_t size);

/* A frame that came from the other worker. The owner finds the peer of a HELLO by its names, of all
 * others by peer_has_link(). */
void peer_receive(struct peer *peer, const struct frame_view *frame, uint64_t now_ns);

/* Whether a frame of this kind and link belongs to this peer. */
bool peer_has_link(const struct peer *peer, enum frame_kind kind, uint64_t link);

/* The block that was delivered has been read. Of an old link: nothing happens. Credits are gathered
 * until peer_flush() or FRAME_CREDITS_MAX. */
void peer_read(struct peer *peer, uint64_t link, uint64_t sequence);

/* Sends the credits that were gathered: once a turn. */
void peer_flush(struct peer *peer, uint64_t now_ns);

/* What is due by now: HELLO, BEAT, BYE. */
void peer_tick(struct peer *peer, uint64_t now_ns);
uint64_t peer_deadline_ns(const struct peer *peer);

/* Nothing more will be sent: tells the other side when everything that was sent has been read.
 * peer_has_left() once it has answered, or is gone; no more when another incarnation comes after
 * that, until it has answered too. One that never answers is waited for: the owner has a limit. */
void peer_leave(struct peer *peer, uint64_t now_ns);
bool peer_has_left(const struct peer *peer);

bool peer_is_up(const struct peer *peer);
enum frame_refusal peer_refusal(const struct peer *peer);
uint64_t peer_incarnation(const struct peer *peer);  /* told, or of a HELLO; 0: none, or gone */
uint32_t peer_unread_there(const struct peer *peer); /* blocks handed over that did not come back */
uint64_t peer_heard_ns(const struct peer *peer);     /* when this incarnation last said anything;
                                                        0: never */

struct peer_counts {
    uint64_t sent;     /* blocks, the first time */
    uint64_t again;    /* blocks sent again after a cut */
    uint64_t received; /* blocks taken */
    uint64_t repeated; /* frames that had been taken before */
    uint64_t gaps;     /* frames that came too early */
    uint64_t lost;     /* blocks given back as lost */
    uint64_t refused;  /* HELLOs that were refused here */
};

struct peer_counts peer_counts(const struct peer *peer);

#endif
