/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define SIZE_LIMIT ((size_t)1000000)

START_TEST(what_is_taken_is_aligned_and_apart)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = SIZE_LIMIT};
    unsigned char *previous = NULL;

    for (size_t size = 1; size < 300; size++) {
        unsigned char *taken = kafka_arena_take(&arena, 1, size);
        ck_assert_ptr_nonnull(taken);
        ck_assert_uint_eq((uintptr_t)taken % KAFKA_ARENA_ALIGNMENT, 0);
        memset(taken, (int)size, size);
        if (previous != NULL)
            ck_assert_uint_eq(previous[size - 2], (unsigned char)(size - 1));
        previous = taken;
    }
}
END_TEST

START_TEST(nothing_beyond_the_maximum_is_given)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = SIZE_LIMIT};
    size_t taken = 0;

    ck_assert_ptr_null(kafka_arena_take(&arena, 1, SIZE_LIMIT + 1));
    ck_assert_uint_eq(arena.size, 0);
    while (kafka_arena_take(&arena, 10, 100) != NULL)
        taken += 1000;
    ck_assert_uint_le(arena.size, SIZE_LIMIT);
    ck_assert_uint_gt(taken, SIZE_LIMIT / 2);
}
END_TEST

START_TEST(the_whole_maximum_can_be_taken_at_once)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = SIZE_LIMIT};

    ck_assert_ptr_nonnull(kafka_arena_take(&arena, SIZE_LIMIT / 16, 16));
    ck_assert_ptr_null(kafka_arena_take(&arena, 1, 1));
}
END_TEST

START_TEST(a_product_that_overflows_is_refused)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = SIZE_LIMIT};

    ck_assert_ptr_null(kafka_arena_take(&arena, SIZE_MAX / 2, 4));
    ck_assert_ptr_null(kafka_arena_take(&arena, SIZE_MAX, 1));
}
END_TEST

START_TEST(nothing_is_something)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = SIZE_LIMIT};

    ck_assert_ptr_nonnull(kafka_arena_take(&arena, 0, 8));
}
END_TEST

START_TEST(a_reset_gives_all_back_and_keeps_little)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = SIZE_LIMIT};

    void *first = kafka_arena_take(&arena, 1, 100);
    size_t small = arena.size;
    kafka_arena_reset(&arena);
    ck_assert_uint_eq(arena.size, small);
    ck_assert_ptr_eq(kafka_arena_take(&arena, 1, 100), first);

    ck_assert_ptr_nonnull(kafka_arena_take(&arena, 1, SIZE_LIMIT / 2));
    kafka_arena_reset(&arena);
    ck_assert_uint_le(arena.size, 8192);
    ck_assert_ptr_nonnull(kafka_arena_take(&arena, 1, SIZE_LIMIT / 2));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_taken_is_aligned_and_apart,
        nothing_beyond_the_maximum_is_given,
        the_whole_maximum_can_be_taken_at_once,
        a_product_that_overflows_is_refused,
        nothing_is_something,
        a_reset_gives_all_back_and_keeps_little,
    };

    return suite_run("protocol_arena", tests, COUNT_OF(tests));
}
