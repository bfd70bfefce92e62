/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/producers.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/idmap.h"
#include "base/list.h"
#include "base/mem.h"

struct producer {
    struct producers_state state; /* the first member */
    struct list_node by_age;
};

struct producers {
    size_t producers_max;
    struct idmap by_id; /* of struct producer pointers */
    struct list by_age; /* the one that was silent for longest first */
};

struct producers *producers_new(size_t producers_max)
{
    struct producers *producers = NEW(struct producers);

    ASSERT(producers_max > 0 && producers_max <= PRODUCERS_MAX);
    producers->producers_max = producers_max;
    list_init(&producers->by_age);
    return producers;
}

static struct producer *find(const struct producers *producers, int64_t producer_id)
{
    const uint64_t *slot = idmap_find(&producers->by_id, (uint64_t)producer_id);

    return slot != NULL ? (struct producer *)(uintptr_t)*slot : NULL;
}

static struct producer *oldest(const struct producers *producers)
{
    struct list_node *node = list_first(&producers->by_age);

    return node != NULL ? CONTAINER_OF(node, struct producer, by_age) : NULL;
}

static void forget(struct producers *producers, struct producer *producer)
{
    (void)idmap_remove(&producers->by_id, (uint64_t)producer->state.producer_id);
    list_remove(&producer->by_age);
    free(producer);
}

void producers_clear(struct producers *producers)
{
    struct producer *producer;

    while ((producer = oldest(producers)) != NULL)
        forget(producers, producer);
}

void producers_destroy(struct producers **producers)
{
    if (*producers == NULL)
        return;
    producers_clear(*producers);
    idmap_done(&(*producers)->by_id);
    free(*producers);
    *producers = NULL;
}

/* ---- The rules ----------------------------------------------------------------------------- */

/* `count` sequences further; 0 comes after INT32_MAX. */
static int32_t sequence_after(int32_t sequence, int32_t count)
{
    return (int32_t)(((uint32_t)sequence + (uint32_t)count) & INT32_MAX);
}

static struct producers_batch batch_of(const struct batch_head *head)
{
    return (struct producers_batch){
        .base_sequence = head->base_sequence,
        .last_sequence = sequence_after(head->base_sequence, head->last_offset_delta),
        .base_offset = head->base_offset,
        .last_offset = batch_last_offset(head),
        .max_timestamp_ms = head->max_timestamp_ms,
    };
}

static const struct producers_batch *find_same(const struct producers_state *state,
                                               const struct producers_batch *batch)
{
    for (uint8_t i = 0; i < state->batch_count; i++) {
        if (state->batches[i].base_sequence == batch->base_sequence &&
            state->batches[i].last_sequence == batch->last_sequence)
            return &state->batches[i];
    }
    return NULL;
}

static enum producers_verdict judge(const struct producers_state *state,
                                    const struct batch_head *head,
                                    struct producers_batch *ret_first)
{
    const struct producers_batch batch = batch_of(head);

    if (head->producer_epoch < state->epoch)
        return PRODUCERS_FENCED;
    if (head->producer_epoch > state->epoch)
        return head->base_sequence == 0 ? PRODUCERS_NEXT : PRODUCERS_OUT_OF_ORDER;

    const struct producers_batch *first = find_same(state, &batch);
    if (first != NULL) {
        *ret_first = *first;
        return PRODUCERS_DUPLICATE;
    }
    const struct producers_batch *last = &state->batches[state->batch_count - 1];
    return head->base_sequence == sequence_after(last->last_sequence, 1) ? PRODUCERS_NEXT
                                                                         : PRODUCERS_OUT_OF_ORDER;
}

enum producers_verdict producers_check(const struct producers *producers,
                                       const struct batch_head *head,
                                       struct producers_batch *ret_first)
{
    if (head->producer_id < 0)
        return PRODUCERS_NEXT;
    const struct producer *producer = find(producers, head->producer_id);
    return producer != NULL ? judge(&producer->state, head, ret_first) : PRODUCERS_NEXT;
}

/* ---- Changes ------------------------------------------------------------------------------- */

/* Of the producer nothing is known yet. */
static struct producer *plant(struct producers *producers, int64_t producer_id)
{
    if (producers->by_id.count >= producers->producers_max)
        forget(producers, oldest(producers));

    struct producer *producer = NEW(struct producer);
    producer->state.producer_id = producer_id;
    idmap_put(&producers->by_id, (uint64_t)producer_id, (uint64_t)(uintptr_t)producer);
    list_push_last(&producers->by_age, &producer->by_age);
    return producer;
}

static void push(struct producers_state *state, const struct producers_batch *batch)
{
    if (state->batch_count == PRODUCERS_BATCHES) {
        memmove(&state->batches[0], &state->batches[1],
                (PRODUCERS_BATCHES - 1) * sizeof state->batches[0]);
        state->batch_count--;
    }
    state->batches[state->batch_count++] = *batch;
}

void producers_add(struct producers *producers, const struct batch_head *head, int64_t now_ms)
{
    const struct producers_batch batch = batch_of(head);

    if (head->producer_id < 0)
        return;
    struct producer *producer = find(producers, head->producer_id);
    if (producer == NULL)
        producer = plant(producers, head->producer_id);
    if (producer->state.epoch != head->producer_epoch)
        producer->state.batch_count = 0;
    producer->state.epoch = head->producer_epoch;
    producer->state.seen_ms = now_ms;
    push(&producer->state, &batch);
    list_remove(&producer->by_age);
    list_push_last(&producers->by_age, &producer->by_age);
}

void producers_restore(struct producers *producers, const struct producers_state *state)
{
    struct producer *producer = find(producers, state->producer_id);

    ASSERT(state->batch_count > 0 && state->batch_count <= PRODUCERS_BATCHES);
    if (producer == NULL)
        producer = plant(producers, state->producer_id);
    producer->state = *state;
    list_remove(&producer->by_age);
    list_push_last(&producers->by_age, &producer->by_age);
}

/* A clock that went back makes nobody old. */
static bool is_expired(const struct producers_state *state, int64_t now_ms, uint64_t expiry_ms)
{
    return now_ms > state->seen_ms && (uint64_t)now_ms - (uint64_t)state->seen_ms >= expiry_ms;
}

void producers_expire(struct producers *producers, int64_t now_ms, uint64_t expiry_ms)
{
    struct producer *producer;

    while ((producer = oldest(producers)) != NULL &&
           is_expired(&producer->state, now_ms, expiry_ms))
        forget(producers, producer);
}

/* ---- Looking ------------------------------------------------------------------------------- */

size_t producers_count(const struct producers *producers)
{
    return producers->by_id.count;
}

const struct producers_state *producers_first(const struct producers *producers)
{
    const struct producer *producer = oldest(producers);

    return producer != NULL ? &producer->state : NULL;
}

const struct producers_state *producers_next(const struct producers *producers,
                                             const struct producers_state *state)
{
    const struct producer *producer = find(producers, state->producer_id);

    ASSERT(producer != NULL);
    struct list_node *node = list_next(&producers->by_age, &producer->by_age);
    return node != NULL ? &CONTAINER_OF(node, struct producer, by_age)->state : NULL;
}

const struct producers_state *producers_find(const struct producers *producers, int64_t producer_id)
{
    const struct producer *producer = find(producers, producer_id);

    return producer != NULL ? &producer->state : NULL;
}
