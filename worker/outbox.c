/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/outbox.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

void block_queue_push(struct block_queue *queue, struct block *block)
{
    block->next = NULL;
    queue->bytes += block->capacity;
    if (queue->first == NULL)
        queue->first = block;
    else
        queue->last->next = block;
    queue->last = block;
}

void block_queue_push_first(struct block_queue *queue, struct block *block)
{
    block->next = queue->first;
    queue->bytes += block->capacity;
    if (queue->first == NULL)
        queue->last = block;
    queue->first = block;
}

struct block *block_queue_pop(struct block_queue *queue)
{
    struct block *block = queue->first;

    if (block == NULL)
        return NULL;
    queue->first = block->next;
    queue->bytes -= block->capacity;
    return block;
}

void outbox_init(struct outbox *outbox, const struct outbox_options *options)
{
    *outbox = (struct outbox){.block_bytes = options->block_bytes,
                              .queues = options->queues,
                              .post = options->post,
                              .postman = options->postman};
}

void outbox_allow(struct outbox *outbox, uint32_t lanes_max)
{
    outbox->dirty = mem_resize(outbox->dirty, lanes_max, sizeof(struct lane *));
}

static void destroy_queue(struct block_queue *queue)
{
    struct block *block;

    while ((block = block_queue_pop(queue)) != NULL)
        block_destroy(&block);
}

void outbox_done(struct outbox *outbox)
{
    destroy_queue(&outbox->near);
    destroy_queue(&outbox->away);
    free(outbox->dirty);
    *outbox = (struct outbox){0};
}

void lane_init(struct lane *lane, struct outbox *outbox, const struct lane_options *options)
{
    ASSERT(options->limit > 0);
    *lane = (struct lane){.outbox = outbox,
                          .link = options->link,
                          .remote = options->remote,
                          .loop = options->loop,
                          .limit = options->is_nowhere ? 0 : options->limit,
                          .waiting_bytes_max = options->waiting_bytes_max,
                          .component = options->component,
                          .kind = (uint8_t)options->kind};
}

void lane_done(struct lane *lane)
{
    struct block_queue waiting = {.first = lane->waiting_first, .last = lane->waiting_last};

    destroy_queue(&waiting);
    block_destroy(&lane->open);
    *lane = (struct lane){0};
}

static bool is_near(const struct lane *lane)
{
    return lane->link == NULL && lane->remote == NULL;
}

/* Within a loop the block that was read last is used next: it is still in the cache. Between
 * loops it is the other way round. A block that has just come back lies in the cache of the core
 * that read it, from where each line comes slowly; after about a megabyte of others it lies in the
 * shared cache. So there are always that many in rotation, and the one that came back first is
 * used next. */
static struct block *take_empty(struct lane *lane, uint32_t size)
{
    struct outbox *outbox = lane->outbox;

    if (size > outbox->block_bytes)
        return block_new(size); /* a block of its own for one large record */
    if (is_near(lane)) {
        if (outbox->near.first == NULL)
            return block_new(outbox->block_bytes);
        outbox->near_count--;
        return block_queue_pop(&outbox->near);
    }
    if (outbox->away.first == NULL ||
        (uint64_t)outbox->rotation * outbox->block_bytes < OUTBOX_ROTATION_MIN) {
        outbox->rotation++;
        return block_new(outbox->block_bytes);
    }
    outbox->away_count--;
    return block_queue_pop(&outbox->away);
}

static void give_empty(const struct lane *lane, struct block *block)
{
    struct outbox *outbox = lane->outbox;
    bool near = is_near(lane);
    uint32_t *count = near ? &outbox->near_count : &outbox->away_count;

    if (block->capacity != outbox->block_bytes) {
        block_destroy(&block);
    } else if (*count == OUTBOX_POOL_MAX) {
        outbox->rotation -= !near;
        block_destroy(&block);
    } else if (near) {
        ++*count;
        block_queue_push_first(&outbox->near, block);
    } else {
        ++*count;
        block_queue_push(&outbox->away, block);
    }
}

static uint32_t *full_counter(const struct lane *lane)
{
    return lane->kind == BLOCK_DATA ? &lane->outbox->full_lanes : &lane->outbox->full_ack_lanes;
}

/* What a block takes of its lane's limit. */
static uint32_t credit_of(const struct lane *lane, const struct block *block)
{
    uint32_t usual = lane->outbox->block_bytes;

    return block->capacity <= usual ? 1
                                    : (uint32_t)(((uint64_t)block->capacity + usual - 1) / usual);
}

static void deliver_abroad(struct lane *lane, struct block *block)
{
    block->peer = lane->remote;
    block->loop = lane->loop;
    block->way = OUTBOX_OUT;
    lane->outbox->abroad++;
    intake_put(lane->outbox->post, block);
    parker_wake(lane->outbox->postman);
}

static void deliver(struct lane *lane, struct block *block)
{
    lane->out += credit_of(lane, block);
    if (lane->remote != NULL) {
        deliver_abroad(lane, block);
        return;
    }
    if (lane->link == NULL) {
        block_queue_push(&lane->outbox->queues[lane->component], block);
        return;
    }
    bool pushed = ring_push(&lane->link->forward, block);
    ASSERT(pushed); /* the ring has room for the limits of all its lanes */
    lane->outbox->sent++;
    parker_wake(lane->link->receiver);
}

static void wait_for_credit(struct lane *lane, struct block *block)
{
    struct block_queue waiting = {.first = lane->waiting_first, .last = lane->waiting_last};

    if (lane->waiting_first == NULL)
        ++*full_counter(lane);
    block_queue_push(&waiting, block);
    lane->waiting_first = waiting.first;
    lane->waiting_last = waiting.last;
    lane->waiting_bytes += block->capacity;
}

static void deliver_waiting(struct lane *lane)
{
    while (lane->waiting_first != NULL && lane->out < lane->limit) {
        struct block *block = lane->waiting_first;
        lane->waiting_first = block->next;
        lane->waiting_bytes -= block->capacity;
        if (lane->waiting_first == NULL)
            --*full_counter(lane);
        deliver(lane, block);
    }
}

void *lane_append_new(struct lane *lane, uint32_t size)
{
    struct outbox *outbox = lane->outbox;

    if (lane->waiting_bytes > lane->waiting_bytes_max)
        return NULL;
    if (lane->open != NULL) {
        if (lane->out < lane->limit && lane->waiting_first == NULL)
            deliver(lane, lane->open);
        else
            wait_for_credit(lane, lane->open);
    }
    lane->open = take_empty(lane, size);
    block_reset(lane->open, (enum block_kind)lane->kind, lane->component);
    lane->open->lane = lane;
    if (!lane->is_dirty) {
        lane->is_dirty = true;
        outbox->dirty[outbox->dirty_count++] = lane;
    }
    return block_append(lane->open, size);
}

void lane_flush(struct lane *lane)
{
    if (lane->open == NULL || lane->out >= lane->limit || lane->waiting_first != NULL)
        return;
    deliver(lane, lane->open);
    lane->open = NULL;
}

bool outbox_flush(struct outbox *outbox)
{
    uint32_t before = outbox->dirty_count;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < before; i++) {
        struct lane *lane = outbox->dirty[i];
        lane_flush(lane);
        if (lane->open != NULL)
            outbox->dirty[kept++] = lane;
        else
            lane->is_dirty = false;
    }
    outbox->dirty_count = kept;
    return kept < before;
}

struct block *lane_empty(struct lane *lane)
{
    struct block_queue all = {.first = lane->waiting_first, .last = lane->waiting_last};

    if (lane->waiting_first != NULL)
        --*full_counter(lane);
    lane->waiting_first = lane->waiting_last = NULL;
    lane->waiting_bytes = 0;
    if (lane->open != NULL)
        block_queue_push(&all, lane->open);
    lane->open = NULL; /* it stays in the list of dirty lanes until the next flush */
    return all.first;
}

void lane_drop(struct lane *lane, struct block *block)
{
    give_empty(lane, block);
}

void outbox_take_back(struct outbox *outbox, struct block *block)
{
    struct lane *lane = block->lane;

    ASSERT(lane->outbox == outbox && lane->out >= credit_of(lane, block));
    lane->out -= credit_of(lane, block);
    if (lane->remote != NULL) {
        outbox->abroad--;
        block->peer = NULL; /* its next lane may stay within this worker */
    }
    give_empty(lane, block);
    deliver_waiting(lane);
}

void link_return(struct link *link, struct block *block)
{
    bool pushed = ring_push(&link->back, block);

    ASSERT(pushed);
    if (atomic_load_explicit(link->sender_wants_room, memory_order_seq_cst))
        parker_wake(link->sender);
}
