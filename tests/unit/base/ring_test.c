/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static void *item(uintptr_t number)
{
    return (void *)number;
}

START_TEST(a_new_ring_is_empty)
{
    AUTO(ring_done) struct ring ring;

    ring_init(&ring, 4);
    ck_assert(ring_is_empty(&ring));
    ck_assert_ptr_null(ring_pop(&ring));
}
END_TEST

START_TEST(items_come_out_in_the_order_they_went_in)
{
    AUTO(ring_done) struct ring ring;

    ring_init(&ring, 4);
    for (uintptr_t i = 1; i <= 3; i++)
        ck_assert(ring_push(&ring, item(i)));
    ck_assert(!ring_is_empty(&ring));
    for (uintptr_t i = 1; i <= 3; i++)
        ck_assert_ptr_eq(ring_pop(&ring), item(i));
    ck_assert(ring_is_empty(&ring));
}
END_TEST

START_TEST(a_full_ring_refuses_the_next_item)
{
    AUTO(ring_done) struct ring ring;

    ring_init(&ring, 2);
    ck_assert(ring_push(&ring, item(1)));
    ck_assert(ring_push(&ring, item(2)));
    ck_assert(!ring_push(&ring, item(3)));
    ck_assert_ptr_eq(ring_pop(&ring), item(1));
    ck_assert(ring_push(&ring, item(4)));
    ck_assert(!ring_push(&ring, item(5)));
    ck_assert_ptr_eq(ring_pop(&ring), item(2));
    ck_assert_ptr_eq(ring_pop(&ring), item(4));
    ck_assert_ptr_null(ring_pop(&ring));
}
END_TEST

static uint32_t count_pushes(uint32_t capacity)
{
    AUTO(ring_done) struct ring ring;
    uint32_t count = 0;

    ring_init(&ring, capacity);
    while (ring_push(&ring, &ring))
        count++;
    return count;
}

START_TEST(a_capacity_is_rounded_up_to_a_power_of_two)
{
    ck_assert_uint_eq(count_pushes(1), 1);
    ck_assert_uint_eq(count_pushes(2), 2);
    ck_assert_uint_eq(count_pushes(3), 4);
    ck_assert_uint_eq(count_pushes(64), 64);
    ck_assert_uint_eq(count_pushes(65), 128);
}
END_TEST

START_TEST(the_two_sides_write_to_different_cache_lines)
{
    ck_assert_uint_eq(offsetof(struct ring, tail) % 64, 0);
    ck_assert_uint_eq(offsetof(struct ring, head) % 64, 0);
    ck_assert_uint_eq(sizeof(struct ring) % 64, 0);
    ck_assert_uint_lt(offsetof(struct ring, slots), 64);
}
END_TEST

/* The naive queue: numbers are handed out in order, so two counters are the whole queue. */
static void check_against_naive(uint64_t seed, uint32_t first_index)
{
    AUTO(ring_done) struct ring ring;
    struct rng rng;
    uintptr_t pushed = 0;
    uintptr_t popped = 0;

    rng_init(&rng, seed);
    uint32_t capacity = UINT32_C(1) << rng_below(&rng, 6);
    uint32_t eagerness = 1 + rng_below(&rng, 9); /* pushes in ten operations */
    ring_init(&ring, capacity);
    atomic_store(&ring.tail, first_index);
    atomic_store(&ring.head, first_index);
    ring.head_seen = first_index;
    ring.tail_seen = first_index;

    for (int i = 0; i < 5000; i++) {
        if (rng_below(&rng, 10) < eagerness) {
            bool has_room = pushed - popped < capacity;
            ck_assert_int_eq(ring_push(&ring, item(pushed + 1)), has_room);
            pushed += has_room;
        } else {
            void *expected = pushed == popped ? NULL : item(popped + 1);
            ck_assert_ptr_eq(ring_pop(&ring), expected);
            popped += expected != NULL;
        }
        ck_assert_int_eq(ring_is_empty(&ring), pushed == popped);
    }
}

START_TEST(it_behaves_like_a_naive_queue)
{
    for (uint64_t seed = 1; seed <= 50; seed++)
        check_against_naive(seed, 0);
}
END_TEST

START_TEST(it_survives_the_wrap_of_its_indices)
{
    for (uint64_t seed = 1; seed <= 50; seed++)
        check_against_naive(seed, UINT32_MAX - 20);
}
END_TEST

enum {
    STREAM = 200000
};

struct message {
    uint64_t number; /* plain memory: the ring is what publishes it */
};

struct channel {
    struct ring ring;
    struct message messages[64];
};

/* There are half as many slots in the ring as messages, so a message is free again before its
 * number is overwritten. */
static void *produce(void *context)
{
    struct channel *channel = context;

    for (uint64_t i = 1; i <= STREAM; i++) {
        struct message *message = &channel->messages[i % COUNT_OF(channel->messages)];
        message->number = i;
        while (!ring_push(&channel->ring, message))
            (void)sched_yield();
    }
    return NULL;
}

START_TEST(what_one_thread_pushes_another_pops_whole_and_in_order)
{
    struct channel *channel = NEW(struct channel);
    pthread_t producer;

    ring_init(&channel->ring, COUNT_OF(channel->messages) / 2);
    ck_assert_int_eq(pthread_create(&producer, NULL, produce, channel), 0);
    for (uint64_t i = 1; i <= STREAM; i++) {
        const struct message *message;
        while ((message = ring_pop(&channel->ring)) == NULL)
            (void)sched_yield();
        if (message->number != i)
            ck_abort_msg("got %llu, not %llu", (unsigned long long)message->number,
                         (unsigned long long)i);
    }
    ck_assert_int_eq(pthread_join(producer, NULL), 0);
    ck_assert(ring_is_empty(&channel->ring));
    ring_done(&channel->ring);
    free(channel);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_new_ring_is_empty,
        items_come_out_in_the_order_they_went_in,
        a_full_ring_refuses_the_next_item,
        a_capacity_is_rounded_up_to_a_power_of_two,
        the_two_sides_write_to_different_cache_lines,
        it_behaves_like_a_naive_queue,
        it_survives_the_wrap_of_its_indices,
        what_one_thread_pushes_another_pops_whole_and_in_order,
    };
    return suite_run("ring", tests, sizeof tests / sizeof *tests);
}
