/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "worker/peer_parts.h"

#define FIRST_CREDITS 64u

/* Forgets the channel for one of this link; 0: for none. */
static void begin_link(struct peer_in *in, uint64_t link)
{
    in->previous_link = in->link;
    in->link = link;
    in->received = 0;
    in->credit_count = 0;
    in->has_told_gap = in->has_left = false;
    peer_window_clear(&in->unread);
}

void peer_in_end(struct peer *peer)
{
    begin_link(&peer->in, 0);
    peer->in.previous_link = 0; /* a HELLO of that incarnation is stale anyway */
}

void peer_in_done(struct peer *peer)
{
    peer_window_done(&peer->in.unread);
    free(peer->in.credits);
}

static void answer(struct peer *peer, enum frame_kind kind)
{
    peer_send_frame(peer, kind, peer->in.link, peer->in.received, NULL, 0);
}

/* ---- HELLO ---- */

/* Why it is refused; 0 if it is not. */
static uint32_t judge(const struct peer *peer, const struct frame_hello *hello,
                      const struct frame_head *head)
{
    if (strcmp(hello->topology, peer->topology) != 0)
        return FRAME_NOT_ASSIGNED;
    if (hello->to_incarnation != peer->options.own_incarnation)
        return FRAME_NOT_ME;
    if (hello->from_incarnation < peer->highest)
        return FRAME_STALE;
    if (hello->from_incarnation > peer->highest)
        return head->sequence > 0 ? FRAME_NO_LINK : 0;
    if (peer->incarnation == 0)
        return FRAME_NOT_ASSIGNED; /* the cluster state says that it is gone */
    return head->link != peer->in.link && head->sequence > 0 ? FRAME_NO_LINK : 0;
}

static void refuse(struct peer *peer, uint64_t link, uint32_t refusal)
{
    uint8_t payload[sizeof(uint64_t)];

    bytes_put_u64(payload, refusal);
    peer->counts.refused++;
    peer_send_frame(peer, FRAME_REFUSE, link, 0, payload, sizeof payload);
}

/* Takes the new link. If there was another one, the other side began anew, and may have forgotten
 * the channel that leads there as well. */
static void begin_incoming(struct peer *peer, uint64_t link)
{
    bool is_first = peer->in.link == 0;

    begin_link(&peer->in, link);
    answer(peer, FRAME_WELCOME);
    if (!is_first)
        peer_out_probe(peer);
}

/* Whether it is from the worker that this peer is about. */
static bool is_theirs(const struct peer *peer, const struct frame_hello *hello)
{
    return hello->slot == peer->options.slot && hello->from_incarnation != 0 &&
           strcmp(hello->supervisor, peer->supervisor) == 0;
}

void peer_in_hello(struct peer *peer, const struct frame_view *frame, uint64_t now_ns)
{
    struct peer_in *in = &peer->in;
    uint64_t link = frame->head.link;
    struct frame_hello hello;

    if (link == 0 || !frame_read_hello(frame, &hello) || !is_theirs(peer, &hello))
        return;
    uint32_t refusal = judge(peer, &hello, &frame->head);
    if (refusal != 0) {
        refuse(peer, link, refusal);
        return;
    }
    if (hello.from_incarnation > peer->highest)
        peer_begin(peer, hello.from_incarnation, now_ns);
    else if (link != in->link && link != in->previous_link)
        peer_out_call_now(peer,
                          now_ns); /* it is there now: a call that came too early is repeated */

    peer->heard_ns = now_ns;
    if (link == in->link)
        answer(peer, FRAME_WELCOME);
    else if (link != in->previous_link)
        begin_incoming(peer, link);
}

/* ---- DATA ---- */

static void send_credits(struct peer *peer)
{
    struct peer_in *in = &peer->in;

    /* If the other is gone they go nowhere; if it comes back, STATE says the same. */
    if (peer->incarnation != 0)
        peer_send_frame(peer, FRAME_CREDIT, in->link, 0, in->credits,
                        sizeof(uint64_t) * in->credit_count);
    in->credit_count = 0;
}

static void gather(struct peer *peer, uint64_t sequence)
{
    struct peer_in *in = &peer->in;

    if (in->credit_count == in->credit_capacity) {
        in->credit_capacity = in->credit_capacity == 0 ? FIRST_CREDITS : in->credit_capacity * 2;
        in->credits = mem_resize(in->credits, in->credit_capacity, sizeof(uint64_t));
    }
    bytes_put_u64(in->credits + sizeof(uint64_t) * in->credit_count, sequence);
    in->credit_count++;
    if (in->credit_count == FRAME_CREDITS_MAX)
        send_credits(peer);
}

void peer_read(struct peer *peer, uint64_t link, uint64_t sequence)
{
    struct peer_in *in = &peer->in;

    if (link != in->link)
        return;
    struct peer_entry *entry = peer_window_find(&in->unread, sequence);
    if (entry == NULL)
        return;
    peer_window_close(&in->unread, entry);
    gather(peer, sequence);
}

void peer_flush(struct peer *peer, uint64_t now_ns)
{
    (void)now_ns;
    if (peer->in.credit_count > 0)
        send_credits(peer);
}

static bool is_full(const struct peer *peer)
{
    return peer->in.unread.open_count >= peer->options.unread_max;
}

static void take(struct peer *peer, const struct frame_view *frame)
{
    struct peer_in *in = &peer->in;
    uint64_t sequence = frame->head.sequence;

    in->received = sequence;
    in->has_told_gap = false;
    peer->counts.received++;
    if (peer->options.host->deliver(peer->options.context, peer, frame))
        peer_window_open(&in->unread, sequence, NULL);
    else
        gather(peer, sequence);
}

static void hear_data(struct peer *peer, const struct frame_view *frame)
{
    struct peer_in *in = &peer->in;

    if (frame->head.sequence <= in->received) {
        peer->counts.repeated++;
    } else if (frame->head.sequence > in->received + 1) {
        peer->counts.gaps++;
        if (!in->has_told_gap)
            answer(peer, FRAME_AGAIN);
        in->has_told_gap = true;
    } else if (!is_full(peer)) {
        take(peer, frame);
    }
}

/* ---- questions of the other side ---- */

static void send_state(struct peer *peer)
{
    const struct peer_window *unread = &peer->in.unread;
    uint8_t *list = mem_alloc(sizeof(uint64_t) * unread->open_count);
    size_t size = 0;

    const struct peer_entry *entry = peer_window_from(unread, 0);
    for (; entry != NULL; entry = peer_window_next(unread, entry)) {
        bytes_put_u64(list + size, entry->sequence);
        size += sizeof(uint64_t);
    }
    peer_send_frame(peer, FRAME_STATE, peer->in.link, peer->in.received, list, size);
    free(list);
}

/* Nothing overtakes on the way, so what was sent before this frame and is not here is missing. What
 * was not taken for want of room would not be taken now either. */
static bool is_missing(const struct peer *peer, uint64_t sequence)
{
    return sequence > peer->in.received && !is_full(peer);
}

static void hear_beat(struct peer *peer, uint64_t sequence)
{
    send_state(peer);
    if (is_missing(peer, sequence))
        answer(peer, FRAME_AGAIN);
}

static void hear_bye(struct peer *peer, uint64_t sequence)
{
    struct peer_in *in = &peer->in;

    if (sequence > in->received) {
        if (is_missing(peer, sequence))
            answer(peer, FRAME_AGAIN);
        return;
    }
    answer(peer, FRAME_GONE);
    if (in->has_left)
        return;
    in->has_left = true;
    peer->options.host->changed(peer->options.context, peer, PEER_LEFT);
}

void peer_in_receive(struct peer *peer, const struct frame_view *frame)
{
    const struct peer_host *host = peer->options.host;
    const struct frame_head *head = &frame->head;

    if (head->kind == FRAME_TALK)
        host->hear(peer->options.context, peer, frame->payload, frame->size);
    else if (head->kind == FRAME_DATA && !peer->in.has_left)
        hear_data(peer, frame);
    else if (head->kind == FRAME_BEAT)
        hear_beat(peer, head->sequence);
    else if (head->kind == FRAME_BYE)
        hear_bye(peer, head->sequence);
}
