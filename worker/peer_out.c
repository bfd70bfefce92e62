/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "worker/peer_parts.h"

#define PAUSE_NS_MAX UINT64_C(1000000000)
#define SILENCE_MAX  3u /* BEATs without an answer; then it asks whether the channel is known */

static void give_back(struct peer *peer, struct block *block, enum peer_end end)
{
    if (end == PEER_LOST)
        peer->counts.lost++;
    peer->options.host->give_back(peer->options.context, peer, block, end);
}

static void take_back(struct peer *peer, struct peer_entry *entry, enum peer_end end)
{
    struct block *block = entry->block;

    peer_window_close(&peer->out.kept, entry);
    give_back(peer, block, end);
}

static void notify(struct peer *peer, enum peer_news news)
{
    peer->options.host->changed(peer->options.context, peer, news);
}

/* Whether nothing that was handed over is still here. */
static bool is_drained(const struct peer_out *out)
{
    return out->kept.open_count == 0 && out->waiting_first == NULL;
}

static uint64_t earlier(uint64_t first_ns, uint64_t second_ns)
{
    return first_ns < second_ns ? first_ns : second_ns;
}

/* ---- blocks ---- */

static void transmit(struct peer *peer, struct block *block)
{
    struct frame_head head = {.version = FRAME_VERSION,
                              .kind = FRAME_DATA,
                              .loop = block->loop,
                              .assignment = peer->assignment,
                              .link = block->link,
                              .sequence = block->sequence};

    peer->options.host->transmit(peer->options.context, peer, &head, block);
}

static void transmit_new(struct peer *peer, struct block *block)
{
    struct peer_out *out = &peer->out;

    block->link = out->link;
    block->sequence = ++out->sent;
    peer_window_open(&out->kept, block->sequence, block);
    peer->counts.sent++;
    transmit(peer, block);
}

static void push_waiting(struct peer_out *out, struct block *block)
{
    block->next = NULL;
    if (out->waiting_first == NULL)
        out->waiting_first = block;
    else
        out->waiting_last->next = block;
    out->waiting_last = block;
    out->waiting_count++;
}

/* NULL if nothing waits. */
static struct block *pop_waiting(struct peer_out *out)
{
    struct block *block = out->waiting_first;

    if (block == NULL)
        return NULL;
    out->waiting_first = block->next;
    out->waiting_count--;
    block->next = NULL;
    return block;
}

void peer_send(struct peer *peer, struct block *block, uint64_t now_ns)
{
    struct peer_out *out = &peer->out;

    ASSERT(!out->is_leaving);
    if (out->state != PEER_OUT_UP) {
        push_waiting(out, block);
        return;
    }
    block->next = NULL;
    transmit_new(peer, block);
    out->due_ns = earlier(out->due_ns, now_ns + peer->options.beat_ns);
}

/* Transmits what is kept after this sequence again: at most once in beat_ns, or repeats would breed
 * repeats. If that is too early, the answer to the next BEAT brings it back here. */
static void go_back(struct peer *peer, uint64_t sequence, uint64_t now_ns)
{
    struct peer_out *out = &peer->out;

    if (now_ns < out->back_due_ns || sequence >= out->sent)
        return;
    out->back_due_ns = now_ns + peer->options.beat_ns;
    out->due_ns = earlier(out->due_ns, out->back_due_ns);
    struct peer_entry *entry = peer_window_from(&out->kept, sequence + 1);
    for (; entry != NULL; entry = peer_window_next(&out->kept, entry)) {
        peer->counts.again++;
        transmit(peer, entry->block);
    }
}

/* ---- calling ---- */

static void send_hello(struct peer *peer)
{
    const struct peer_options *options = &peer->options;
    struct frame_hello hello = {.from_incarnation = options->own_incarnation,
                                .to_incarnation = peer->incarnation,
                                .slot = options->own_slot};
    uint8_t payload[FRAME_HELLO_BYTES_MAX];

    memcpy(hello.topology, options->topology, strlen(options->topology) + 1);
    memcpy(hello.supervisor, options->own_supervisor, strlen(options->own_supervisor) + 1);
    peer_send_frame(peer, FRAME_HELLO, peer->out.link, peer->out.sent, payload,
                    frame_write_hello(&hello, payload));
}

static void call(struct peer *peer, uint64_t now_ns)
{
    struct peer_out *out = &peer->out;

    send_hello(peer);
    out->due_ns = now_ns + out->pause_ns;
    out->pause_ns = earlier(2 * out->pause_ns, PAUSE_NS_MAX);
}

void peer_out_call_now(struct peer *peer, uint64_t now_ns)
{
    if (peer->out.state != PEER_OUT_CALLING)
        return;
    peer->out.pause_ns = peer->options.hello_ns;
    call(peer, now_ns);
}

void peer_out_probe(struct peer *peer)
{
    if (peer->out.state == PEER_OUT_UP)
        send_hello(peer);
}

/* Never 0. */
static uint64_t draw_link(struct rng *rng)
{
    uint64_t link = 0;

    while (link == 0)
        link = rng_next(rng);
    return link;
}

void peer_out_begin(struct peer *peer, uint64_t now_ns)
{
    struct peer_out *out = &peer->out;

    ASSERT(out->kept.open_count == 0);
    out->state = PEER_OUT_CALLING;
    out->link = draw_link(&peer->rng);
    out->sent = 0;
    out->unanswered = 0;
    out->back_due_ns = 0;
    out->has_said_bye = out->is_bye_answered = false;
    peer_out_call_now(peer, now_ns);
}

static void lose_kept(struct peer *peer)
{
    struct peer_window *kept = &peer->out.kept;

    for (struct peer_entry *entry; (entry = peer_window_from(kept, 0)) != NULL;)
        take_back(peer, entry, PEER_LOST);
}

void peer_out_end(struct peer *peer)
{
    struct peer_out *out = &peer->out;

    lose_kept(peer);
    out->state = PEER_OUT_DOWN;
    out->link = 0;
    out->refusal = 0;
    out->due_ns = UINT64_MAX;
}

void peer_give_up(struct peer *peer)
{
    for (struct block *block; (block = pop_waiting(&peer->out)) != NULL;)
        give_back(peer, block, PEER_LOST);
}

void peer_out_done(struct peer *peer)
{
    lose_kept(peer);
    peer_give_up(peer);
    peer_window_done(&peer->out.kept);
}

/* ---- leaving ---- */

static void say_bye(struct peer *peer, uint64_t now_ns)
{
    struct peer_out *out = &peer->out;

    peer_send_frame(peer, FRAME_BYE, out->link, out->sent, NULL, 0);
    out->has_said_bye = true;
    out->due_ns = now_ns + peer->options.beat_ns;
}

/* The first BYE, as soon as it can be said. tick() repeats it. */
static void try_bye(struct peer *peer, uint64_t now_ns)
{
    const struct peer_out *out = &peer->out;

    if (out->is_leaving && !out->has_said_bye && out->state == PEER_OUT_UP && is_drained(out))
        say_bye(peer, now_ns);
}

void peer_leave(struct peer *peer, uint64_t now_ns)
{
    peer->out.is_leaving = true;
    try_bye(peer, now_ns);
}

bool peer_has_left(const struct peer *peer)
{
    const struct peer_out *out = &peer->out;

    return out->is_leaving && (out->state == PEER_OUT_DOWN || out->is_bye_answered);
}

/* ---- time ---- */

/* Asks the other what it has. When it has said nothing for several times, it may have forgotten the
 * channel and could not even say so: only a HELLO tells who asks. */
static void ask(struct peer *peer, uint64_t now_ns)
{
    struct peer_out *out = &peer->out;
    bool is_busy = !is_drained(out) || out->is_leaving;

    if (out->unanswered >= SILENCE_MAX) {
        send_hello(peer);
    } else if (out->has_said_bye) {
        say_bye(peer, now_ns);
        out->unanswered++;
    } else {
        peer_send_frame(peer, FRAME_BEAT, out->link, out->sent, NULL, 0);
        out->unanswered++;
    }
    out->due_ns = now_ns + (is_busy ? peer->options.beat_ns : peer->options.idle_beat_ns);
}

void peer_tick(struct peer *peer, uint64_t now_ns)
{
    struct peer_out *out = &peer->out;

    if (now_ns < out->due_ns)
        return;
    if (out->state == PEER_OUT_CALLING)
        call(peer, now_ns);
    else
        ask(peer, now_ns);
}

uint64_t peer_deadline_ns(const struct peer *peer)
{
    return peer->out.due_ns;
}

/* ---- answers ---- */

static void hear_welcome(struct peer *peer, uint64_t sequence, uint64_t now_ns)
{
    struct peer_out *out = &peer->out;

    /* To a HELLO that was repeated, or that only asked: the next BEAT tells what is missing. */
    if (out->state == PEER_OUT_UP)
        return;
    out->state = PEER_OUT_UP;
    out->refusal = 0;
    out->due_ns = now_ns + peer->options.beat_ns;
    notify(peer, PEER_UP);
    go_back(peer, sequence, now_ns);
    for (struct block *block; (block = pop_waiting(out)) != NULL;)
        transmit_new(peer, block);
}

static bool is_refusal(uint64_t value)
{
    return value >= FRAME_NOT_ASSIGNED && value <= FRAME_NO_LINK;
}

static void hear_refuse(struct peer *peer, uint64_t refusal, uint64_t now_ns)
{
    struct peer_out *out = &peer->out;
    bool is_news = out->state == PEER_OUT_UP || out->refusal != refusal;

    if (!is_refusal(refusal))
        return;
    out->refusal = (uint32_t)refusal;
    if (out->state == PEER_OUT_UP) {
        out->state = PEER_OUT_CALLING;
        out->pause_ns = peer->options.hello_ns;
        out->due_ns = now_ns + out->pause_ns;
    }
    if (is_news)
        notify(peer, PEER_REFUSED);
    /* It was welcomed once and is forgotten: nobody can tell what of it was read. */
    if (refusal == FRAME_NO_LINK && out->sent > 0) {
        lose_kept(peer);
        peer_out_begin(peer, now_ns);
    }
}

static void hear_credit(struct peer *peer, const struct frame_view *frame)
{
    for (size_t i = 0; i < frame->size / 8; i++) {
        struct peer_entry *entry = peer_window_find(&peer->out.kept, frame_sequence(frame, i));
        if (entry != NULL)
            take_back(peer, entry, PEER_READ);
    }
}

/* Both lists ascend. */
static void hear_state(struct peer *peer, const struct frame_view *frame)
{
    struct peer_window *kept = &peer->out.kept;
    size_t count = frame->size / 8;
    size_t i = 0;

    struct peer_entry *entry = peer_window_from(kept, 0);
    while (entry != NULL && entry->sequence <= frame->head.sequence) {
        struct peer_entry *next = peer_window_next(kept, entry);
        while (i < count && frame_sequence(frame, i) < entry->sequence)
            i++;
        if (i == count || frame_sequence(frame, i) != entry->sequence)
            take_back(peer, entry, PEER_READ);
        entry = next;
    }
}

static void hear_gone(struct peer *peer)
{
    struct peer_out *out = &peer->out;

    if (!out->has_said_bye)
        return;
    out->is_bye_answered = true;
    out->due_ns = UINT64_MAX;
}

void peer_out_receive(struct peer *peer, const struct frame_view *frame, uint64_t now_ns)
{
    struct peer_out *out = &peer->out;
    const struct frame_head *head = &frame->head;

    if (head->kind == FRAME_REFUSE) {
        hear_refuse(peer, frame_sequence(frame, 0), now_ns);
        return;
    }
    if (head->sequence > out->sent)
        return; /* it says that it has what was never sent */
    out->unanswered = 0;
    if (head->kind == FRAME_WELCOME)
        hear_welcome(peer, head->sequence, now_ns);
    else if (head->kind == FRAME_CREDIT)
        hear_credit(peer, frame);
    else if (head->kind == FRAME_STATE)
        hear_state(peer, frame);
    else if (head->kind == FRAME_AGAIN && out->state == PEER_OUT_UP)
        go_back(peer, head->sequence, now_ns);
    else if (head->kind == FRAME_GONE)
        hear_gone(peer);
    try_bye(peer, now_ns);
}

/* ---- questions ---- */

bool peer_is_up(const struct peer *peer)
{
    return peer->out.state == PEER_OUT_UP;
}

enum frame_refusal peer_refusal(const struct peer *peer)
{
    return (enum frame_refusal)peer->out.refusal;
}

uint32_t peer_unread_there(const struct peer *peer)
{
    return (uint32_t)peer->out.kept.open_count + peer->out.waiting_count;
}

bool peer_talk(struct peer *peer, const void *payload, size_t size)
{
    ASSERT(size <= FRAME_TALK_MAX);
    if (peer->out.state != PEER_OUT_UP)
        return false;
    peer_send_frame(peer, FRAME_TALK, peer->out.link, 0, payload, size);
    return true;
}
