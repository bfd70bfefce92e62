/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/postman.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "worker/runtime.h"

#define HELLO_NS     UINT64_C(50000000)
#define BEAT_NS      UINT64_C(200000000)
#define IDLE_BEAT_NS UINT64_C(2000000000)
#define POOL_MAX     256u /* empty blocks kept for what comes */

struct postman {
    struct postman_options options;
    struct parker parker;
    struct worker *worker;
    struct tuple_schema *schemas; /* by stream id */
    struct remote **remotes;
    uint32_t remote_count;
    struct remote *last; /* that a frame came from */
    uint32_t member_count;
    uint64_t version;
    struct block_queue pool;
    uint32_t pool_count;
    struct postman_counts counts;
};

/* ---- blocks for what comes ---- */

static struct block *take_block(struct postman *postman, size_t bytes)
{
    uint32_t usual = postman->options.block_bytes;

    if (bytes > usual)
        return block_new((uint32_t)bytes);
    if (postman->pool.first == NULL)
        return block_new(usual);
    postman->pool_count--;
    return block_queue_pop(&postman->pool);
}

static void keep_block(struct postman *postman, struct block *block)
{
    if (block->capacity != postman->options.block_bytes || postman->pool_count == POOL_MAX) {
        block_destroy(&block);
        return;
    }
    postman->pool_count++;
    block_queue_push_first(&postman->pool, block);
}

/* ---- what the peers want done ---- */

static void send_control(void *context, struct peer *peer, const struct frame_head *head,
                         const void *payload, size_t size)
{
    struct remote *remote = context;
    const struct postman_options *options = &remote->postman->options;

    (void)peer;
    options->host->send(options->context, remote, head, payload, size);
}

static void transmit(void *context, struct peer *peer, const struct frame_head *head,
                     struct block *block)
{
    send_control(context, peer, head, &block->head, sizeof block->head + block->head.used);
}

/* Whether all its records are for this loop. One that is not, although the block is sound, was sent
 * by another assignment than ours. */
static bool is_for(const struct loop *loop, const struct block *block)
{
    const struct plan_component *component;

    if (block->head.kind != BLOCK_DATA)
        return true; /* each report looks for its tree by itself */
    component = &loop->worker->plan->components[block->head.component];
    for (uint32_t at = 0; at < block->head.used;) {
        const struct tuple_head *tuple =
            (const struct tuple_head *)(const void *)(block->bytes + at);
        if (loop->tasks[tuple->target] == NULL ||
            loop->tasks[tuple->target]->stage->component != component)
            return false;
        at += tuple->size;
    }
    return true;
}

/* Tuples of a component that are for tasks of another would be read by the wrong schema of roots, so
 * this is looked at even if they go astray. */
static bool check(const struct postman *postman, const struct block *block)
{
    const struct plan *plan = postman->worker->plan;
    size_t size = sizeof block->head + block->head.used;

    if (!block_check(&block->head, size, postman->schemas, plan->stream_count, plan->task_count))
        return false;
    return block->head.kind != BLOCK_DATA || block->head.component < plan->component_count;
}

static void give(struct loop *loop, struct block *block, enum outbox_way way)
{
    block->way = (uint8_t)way;
    intake_put(&loop->inbox, block);
    parker_wake(&loop->parker);
}

static bool deliver(void *context, struct peer *peer, const struct frame_view *frame)
{
    struct remote *remote = context;
    struct postman *postman = remote->postman;
    const struct worker *worker = postman->worker;
    struct block_head head;

    (void)peer;
    if (frame->size < sizeof head)
        return false;
    memcpy(&head, frame->payload, sizeof head);
    if (head.used != frame->size - sizeof head)
        return false;
    struct block *block = take_block(postman, head.used);
    memcpy(&block->head, frame->payload, frame->size);
    if (!check(postman, block)) {
        postman->counts.untrue++;
        keep_block(postman, block);
        return false;
    }
    block->cursor = 0;
    block->lane = NULL;
    block->peer = remote;
    block->link = frame->head.link;
    block->sequence = frame->head.sequence;

    uint32_t index = frame->head.loop < worker->loop_count ? frame->head.loop : 0;
    struct loop *loop = worker->loops[index];
    bool is_here = is_for(loop, block);
    postman->counts.astray += !is_here;
    give(loop, block, is_here ? OUTBOX_IN : OUTBOX_ASTRAY);
    return true;
}

static void hear(void *context, struct peer *peer, const void *payload, size_t size)
{
    struct remote *remote = context;
    const struct postman_options *options = &remote->postman->options;

    (void)peer;
    options->host->hear(options->context, remote, payload, size);
}

static struct loop *loop_of(const struct block *block)
{
    struct lane *lane = block->lane;

    return CONTAINER_OF(lane->outbox, struct loop, outbox);
}

static void give_back(void *context, struct peer *peer, struct block *block, enum peer_end end)
{
    (void)context;
    (void)peer;
    give(loop_of(block), block, end == PEER_READ ? OUTBOX_BACK : OUTBOX_LOST);
}

static void changed(void *context, struct peer *peer, enum peer_news news)
{
    struct remote *remote = context;
    const struct postman_options *options = &remote->postman->options;

    (void)peer;
    if (news == PEER_UP || news == PEER_LEFT)
        remote->has_left = news == PEER_LEFT;
    options->host->changed(options->context, remote, news);
}

static const struct peer_host peer_host = {.send = send_control,
                                           .transmit = transmit,
                                           .deliver = deliver,
                                           .hear = hear,
                                           .give_back = give_back,
                                           .changed = changed};

/* ---- birth and end ---- */

struct postman *postman_new(const struct postman_options *options)
{
    struct postman *postman = NEW(struct postman);

    postman->options = *options;
    postman->options.topology = mem_copy_text(options->topology);
    postman->options.supervisor = mem_copy_text(options->supervisor);
    parker_init(&postman->parker);
    return postman;
}

static void destroy_remote(struct remote *remote)
{
    const struct postman_options *options = &remote->postman->options;

    peer_destroy(&remote->peer);
    options->host->forget(options->context, remote);
    free(remote->supervisor);
    free(remote);
}

/* What the loops have put and nobody has taken. */
static void empty_post(struct postman *postman)
{
    struct block *block = intake_take(&postman->worker->post);

    while (block != NULL) {
        struct block *next = block->next;
        if (block->way == OUTBOX_READ)
            keep_block(postman, block);
        else
            give(loop_of(block), block, OUTBOX_LOST);
        block = next;
    }
}

void postman_destroy(struct postman **postman)
{
    struct block *block;

    if (*postman == NULL)
        return;
    for (uint32_t i = 0; i < (*postman)->remote_count; i++)
        destroy_remote((*postman)->remotes[i]);
    if ((*postman)->worker != NULL)
        empty_post(*postman);
    while ((block = block_queue_pop(&(*postman)->pool)) != NULL)
        block_destroy(&block);
    free((*postman)->remotes);
    free((*postman)->schemas);
    mem_free_text((char **)&(*postman)->options.topology);
    mem_free_text((char **)&(*postman)->options.supervisor);
    free(*postman);
    *postman = NULL;
}

struct parker *postman_parker(struct postman *postman)
{
    return &postman->parker;
}

void postman_attach(struct postman *postman, struct worker *worker)
{
    postman->worker = worker;
    postman->schemas = NEW_ARRAY(struct tuple_schema, worker->plan->stream_count);
    for (uint32_t s = 0; s < worker->plan->stream_count; s++)
        postman->schemas[s] = worker->schemas[s].tuple;
}

/* ---- who the others are ---- */

static struct remote *find_remote(const struct postman *postman, const char *supervisor,
                                  uint32_t slot)
{
    for (uint32_t i = 0; i < postman->remote_count; i++) {
        struct remote *remote = postman->remotes[i];
        if (remote->slot == slot && strcmp(remote->supervisor, supervisor) == 0)
            return remote;
    }
    return NULL;
}

static struct peer *new_peer(const struct postman *postman, struct remote *remote)
{
    const struct postman_options *options = &postman->options;
    struct peer_options peer = {.topology = options->topology,
                                .own_supervisor = options->supervisor,
                                .own_slot = options->slot,
                                .own_incarnation = options->incarnation,
                                .supervisor = remote->supervisor,
                                .slot = remote->slot,
                                .hello_ns = HELLO_NS,
                                .beat_ns = BEAT_NS,
                                .idle_beat_ns = IDLE_BEAT_NS,
                                .unread_max = FRAME_CREDITS_MAX,
                                .seed = options->seed + postman->remote_count,
                                .host = &peer_host,
                                .context = remote};

    return peer_new(&peer);
}

struct remote *postman_remote(struct postman *postman, const char *supervisor, uint32_t slot)
{
    struct remote *remote = find_remote(postman, supervisor, slot);

    if (remote != NULL || postman->remote_count == POSTMAN_REMOTES_MAX)
        return remote;
    remote = NEW(struct remote);
    remote->supervisor = mem_copy_text(supervisor);
    remote->slot = slot;
    remote->postman = postman;
    remote->member = POSTMAN_NO_MEMBER;
    remote->peer = new_peer(postman, remote);
    postman->remotes =
        mem_resize(postman->remotes, postman->remote_count + 1, sizeof(struct remote *));
    postman->remotes[postman->remote_count++] = remote;
    return remote;
}

void postman_assign(struct postman *postman, uint64_t version, struct remote *const members[],
                    uint32_t count, uint64_t now_ns)
{
    postman->version = version;
    postman->member_count = count;
    for (uint32_t i = 0; i < postman->remote_count; i++)
        postman->remotes[i]->member = POSTMAN_NO_MEMBER;
    for (uint32_t i = 0; i < count; i++) {
        if (members[i] != NULL)
            members[i]->member = i;
    }
    for (uint32_t i = 0; i < postman->remote_count; i++) {
        struct remote *remote = postman->remotes[i];
        peer_set_assignment(remote->peer, version);
        if (remote->member != POSTMAN_NO_MEMBER)
            continue;
        peer_told_gone(remote->peer, now_ns);
        peer_give_up(remote->peer);
    }
}

bool postman_is_linked(const struct postman *postman)
{
    for (uint32_t i = 0; i < postman->remote_count; i++) {
        const struct remote *remote = postman->remotes[i];
        if (remote->member != POSTMAN_NO_MEMBER && !peer_is_up(remote->peer))
            return false;
    }
    return true;
}

/* ---- what comes ---- */

/* Of a worker that is not in our assignment nothing is taken: it is a stale one, or our assignment is,
 * and then it will say HELLO again. */
static struct remote *sender_of_hello(const struct postman *postman, const struct frame_view *view)
{
    struct frame_hello hello;

    if (!frame_read_hello(view, &hello))
        return NULL;
    struct remote *remote = find_remote(postman, hello.supervisor, hello.slot);
    return remote != NULL && remote->member != POSTMAN_NO_MEMBER ? remote : NULL;
}

static struct remote *sender_of(const struct postman *postman, const struct frame_view *view)
{
    enum frame_kind kind = (enum frame_kind)view->head.kind;

    if (kind == FRAME_HELLO)
        return sender_of_hello(postman, view);
    if (postman->last != NULL && peer_has_link(postman->last->peer, kind, view->head.link))
        return postman->last;
    for (uint32_t i = 0; i < postman->remote_count; i++) {
        if (peer_has_link(postman->remotes[i]->peer, kind, view->head.link))
            return postman->remotes[i];
    }
    return NULL;
}

void postman_receive(struct postman *postman, const void *bytes, size_t size, uint64_t now_ns)
{
    struct frame_view view;
    struct remote *remote = frame_read(bytes, size, &view) ? sender_of(postman, &view) : NULL;

    if (remote == NULL) {
        postman->counts.strange++;
        return;
    }
    postman->last = remote;
    peer_receive(remote->peer, &view, now_ns);
}

/* ---- what goes ---- */

static void send_block(struct block *block, uint64_t now_ns)
{
    struct remote *remote = block->peer;

    if (remote->member == POSTMAN_NO_MEMBER)
        give(loop_of(block), block,
             OUTBOX_LOST); /* its loop goes by the assignment before, still */
    else if (block->head.kind != BLOCK_DATA && peer_incarnation(remote->peer) == 0)
        give(loop_of(block), block, OUTBOX_BACK);
    else
        peer_send(remote->peer, block, now_ns);
}

static void note_read(struct postman *postman, struct block *block)
{
    struct remote *remote = block->peer;

    remote->has_credits = true;
    peer_read(remote->peer, block->link, block->sequence);
    keep_block(postman, block);
}

static bool take_post(struct postman *postman, uint64_t now_ns)
{
    struct block *block = intake_take(&postman->worker->post);
    bool did = block != NULL;

    while (block != NULL) {
        struct block *next = block->next;
        if (block->way == OUTBOX_READ)
            note_read(postman, block);
        else
            send_block(block, now_ns);
        block = next;
    }
    return did;
}

bool postman_turn(struct postman *postman, uint64_t now_ns)
{
    bool did = take_post(postman, now_ns);

    for (uint32_t i = 0; i < postman->remote_count; i++) {
        struct remote *remote = postman->remotes[i];
        if (remote->has_credits)
            peer_flush(remote->peer, now_ns);
        remote->has_credits = false;
        if (peer_deadline_ns(remote->peer) <= now_ns)
            peer_tick(remote->peer, now_ns);
    }
    return did;
}

bool postman_has_input(const struct postman *postman)
{
    return !intake_is_empty(&postman->worker->post);
}

uint64_t postman_deadline_ns(const struct postman *postman)
{
    uint64_t deadline_ns = UINT64_MAX;

    for (uint32_t i = 0; i < postman->remote_count; i++) {
        uint64_t own_ns = peer_deadline_ns(postman->remotes[i]->peer);
        deadline_ns = own_ns < deadline_ns ? own_ns : deadline_ns;
    }
    return deadline_ns;
}

void postman_leave(struct postman *postman, uint64_t now_ns)
{
    for (uint32_t i = 0; i < postman->remote_count; i++)
        peer_leave(postman->remotes[i]->peer, now_ns);
}

bool postman_has_left(const struct postman *postman)
{
    for (uint32_t i = 0; i < postman->remote_count; i++) {
        const struct remote *remote = postman->remotes[i];
        if (!remote->has_left && !peer_has_left(remote->peer))
            return false;
    }
    return true;
}

static void add_counts(struct peer_counts *sum, const struct peer_counts *counts)
{
    sum->sent += counts->sent;
    sum->again += counts->again;
    sum->received += counts->received;
    sum->repeated += counts->repeated;
    sum->gaps += counts->gaps;
    sum->lost += counts->lost;
    sum->refused += counts->refused;
}

struct postman_counts postman_counts(const struct postman *postman)
{
    struct postman_counts counts = postman->counts;

    for (uint32_t i = 0; i < postman->remote_count; i++) {
        const struct remote *remote = postman->remotes[i];
        struct peer_counts own = peer_counts(remote->peer);
        add_counts(&counts.peers, &own);
        counts.links += remote->member != POSTMAN_NO_MEMBER;
        counts.links_up += remote->member != POSTMAN_NO_MEMBER && peer_is_up(remote->peer);
    }
    return counts;
}
