/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/peer.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "worker/peer_parts.h"

static char *copy_name(const char *name)
{
    ASSERT(name[0] != '\0' && strlen(name) <= FRAME_NAME_MAX);
    return mem_copy_text(name);
}

struct peer *peer_new(const struct peer_options *options)
{
    ASSERT(options->own_incarnation > 0);
    ASSERT(options->hello_ns > 0 && options->beat_ns > 0 && options->idle_beat_ns > 0);
    ASSERT(options->unread_max > 0 && options->unread_max <= FRAME_CREDITS_MAX);

    struct peer *peer = NEW(struct peer);
    peer->options = *options;
    peer->topology = copy_name(options->topology);
    peer->own_supervisor = copy_name(options->own_supervisor);
    peer->supervisor = copy_name(options->supervisor);
    peer->options.topology = peer->topology;
    peer->options.own_supervisor = peer->own_supervisor;
    peer->options.supervisor = peer->supervisor;
    peer->out.due_ns = UINT64_MAX;
    rng_init(&peer->rng, options->seed);
    return peer;
}

void peer_destroy(struct peer **peer)
{
    if (*peer == NULL)
        return;
    peer_out_done(*peer);
    peer_in_done(*peer);
    mem_free_text(&(*peer)->topology);
    mem_free_text(&(*peer)->own_supervisor);
    mem_free_text(&(*peer)->supervisor);
    free(*peer);
    *peer = NULL;
}

void peer_set_assignment(struct peer *peer, uint64_t version)
{
    peer->assignment = version;
}

void peer_send_frame(struct peer *peer, enum frame_kind kind, uint64_t link, uint64_t sequence,
                     const void *payload, size_t size)
{
    struct frame_head head = {.version = FRAME_VERSION,
                              .kind = (uint8_t)kind,
                              .assignment = peer->assignment,
                              .link = link,
                              .sequence = sequence};

    peer->options.host->send(peer->options.context, peer, &head, payload, size);
}

/* ---- who the other is ---- */

static void end(struct peer *peer)
{
    peer->incarnation = 0;
    peer->heard_ns = 0;
    peer_out_end(peer);
    peer->options.host->changed(peer->options.context, peer, PEER_DOWN);
}

void peer_begin(struct peer *peer, uint64_t incarnation, uint64_t now_ns)
{
    if (peer->incarnation != 0)
        end(peer);
    if (incarnation > peer->highest)
        peer_in_end(peer);
    peer->incarnation = peer->highest = incarnation;
    peer_out_begin(peer, now_ns);
}

void peer_told(struct peer *peer, uint64_t incarnation, uint64_t now_ns)
{
    if (incarnation == 0 || incarnation < peer->highest || incarnation == peer->told)
        return;
    peer->told = incarnation;
    /* Where it is was not known before: what was called into the blue is called again. */
    if (incarnation == peer->incarnation)
        peer_out_call_now(peer, now_ns);
    else
        peer_begin(peer, incarnation, now_ns);
}

void peer_told_gone(struct peer *peer, uint64_t now_ns)
{
    (void)now_ns;
    peer->told = 0;
    if (peer->incarnation != 0)
        end(peer);
}

uint64_t peer_incarnation(const struct peer *peer)
{
    return peer->incarnation;
}

/* ---- frames ---- */

/* Whether a frame of this kind goes down a channel; all others answer. */
static bool goes_down(enum frame_kind kind)
{
    switch (kind) {
    case FRAME_HELLO:
    case FRAME_DATA:
    case FRAME_BEAT:
    case FRAME_BYE:
    case FRAME_TALK:
        return true;
    case FRAME_WELCOME:
    case FRAME_REFUSE:
    case FRAME_CREDIT:
    case FRAME_STATE:
    case FRAME_GONE:
    case FRAME_AGAIN:
        return false;
    }
    return false;
}

bool peer_has_link(const struct peer *peer, enum frame_kind kind, uint64_t link)
{
    return link != 0 && link == (goes_down(kind) ? peer->in.link : peer->out.link);
}

void peer_receive(struct peer *peer, const struct frame_view *frame, uint64_t now_ns)
{
    enum frame_kind kind = (enum frame_kind)frame->head.kind;

    if (kind == FRAME_HELLO) {
        peer_in_hello(peer, frame, now_ns);
        return;
    }
    /* The incoming channel of one that is gone is known, but rests. */
    if (!peer_has_link(peer, kind, frame->head.link) || peer->incarnation == 0)
        return;
    peer->heard_ns = now_ns;
    if (goes_down(kind))
        peer_in_receive(peer, frame);
    else
        peer_out_receive(peer, frame, now_ns);
}

uint64_t peer_heard_ns(const struct peer *peer)
{
    return peer->heard_ns;
}

struct peer_counts peer_counts(const struct peer *peer)
{
    return peer->counts;
}
