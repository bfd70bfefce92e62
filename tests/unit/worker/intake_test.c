/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/intake.h"

#include <pthread.h>

#include "base/parker.h"
#include "tests/support/suite.h"

#define PUTTERS     2
#define ROUNDS      20000u
#define BLOCK_BYTES 16

struct hall {
    struct intake intake;
    struct parker parker;
};

struct putter {
    struct hall *hall;
    uint32_t index;
};

START_TEST(an_empty_intake_gives_nothing)
{
    struct intake intake;

    intake_init(&intake);
    ck_assert(intake_is_empty(&intake));
    ck_assert_ptr_null(intake_take(&intake));
}
END_TEST

START_TEST(blocks_are_taken_in_the_order_in_which_they_were_put)
{
    struct intake intake;
    struct block *blocks[3];

    intake_init(&intake);
    for (uint32_t i = 0; i < 3; i++) {
        blocks[i] = block_new(BLOCK_BYTES);
        intake_put(&intake, blocks[i]);
    }
    ck_assert(!intake_is_empty(&intake));
    struct block *block = intake_take(&intake);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_ptr_eq(block, blocks[i]);
        block = block->next;
        block_destroy(&blocks[i]);
    }
    ck_assert_ptr_null(block);
    ck_assert(intake_is_empty(&intake));
}
END_TEST

static void *put_many(void *context)
{
    const struct putter *putter = context;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct block *block = block_new(BLOCK_BYTES);
        block->sequence = i;
        block->link = putter->index;
        intake_put(&putter->hall->intake, block);
        parker_wake(&putter->hall->parker);
    }
    return NULL;
}

/* Returns how many were taken; those of each putter are in order. */
static uint32_t take_all(struct hall *hall, uint64_t next[PUTTERS])
{
    struct block *block = intake_take(&hall->intake);
    uint32_t count = 0;

    while (block != NULL) {
        struct block *following = block->next;
        ck_assert_uint_lt(block->link, PUTTERS);
        ck_assert_uint_eq(block->sequence, next[block->link]);
        next[block->link]++;
        block_destroy(&block);
        block = following;
        count++;
    }
    return count;
}

START_TEST(a_taker_that_sleeps_misses_nothing_of_two_putters)
{
    struct hall hall;
    pthread_t threads[PUTTERS];
    struct putter putters[PUTTERS];
    uint64_t next[PUTTERS] = {0};
    uint32_t count = 0;

    intake_init(&hall.intake);
    parker_init(&hall.parker);
    for (uint32_t i = 0; i < PUTTERS; i++) {
        putters[i] = (struct putter){.hall = &hall, .index = i};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, put_many, &putters[i]), 0);
    }
    while (count < PUTTERS * ROUNDS) {
        parker_prepare(&hall.parker);
        if (intake_is_empty(&hall.intake))
            parker_sleep(&hall.parker, UINT64_MAX);
        else
            parker_cancel(&hall.parker);
        count += take_all(&hall, next);
    }
    for (uint32_t i = 0; i < PUTTERS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert(intake_is_empty(&hall.intake));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_empty_intake_gives_nothing,
        blocks_are_taken_in_the_order_in_which_they_were_put,
        a_taker_that_sleeps_misses_nothing_of_two_putters,
    };
    return suite_run("intake", tests, sizeof tests / sizeof *tests);
}
