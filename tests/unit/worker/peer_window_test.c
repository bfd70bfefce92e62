/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/peer_window.h"

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define SPAN 1500u

static void close_one(struct peer_window *window, uint64_t sequence)
{
    struct peer_entry *entry = peer_window_find(window, sequence);

    ck_assert_ptr_nonnull(entry);
    ck_assert_uint_eq(entry->sequence, sequence);
    peer_window_close(window, entry);
    ck_assert_ptr_null(peer_window_find(window, sequence));
}

START_TEST(an_empty_one_finds_nothing)
{
    AUTO(peer_window_done) struct peer_window window = {.entries = NULL};

    ck_assert_ptr_null(peer_window_find(&window, 0));
    ck_assert_ptr_null(peer_window_find(&window, UINT64_MAX));
    ck_assert_ptr_null(peer_window_from(&window, 0));
    peer_window_open(&window, 1, NULL);
    close_one(&window, 1);
    ck_assert_ptr_null(peer_window_from(&window, 0));
}
END_TEST

START_TEST(it_is_cleared_for_sequences_that_begin_again)
{
    AUTO(peer_window_done) struct peer_window window = {.entries = NULL};

    for (uint64_t i = 1; i <= 100; i++)
        peer_window_open(&window, i, NULL);
    peer_window_clear(&window);
    ck_assert_ptr_null(peer_window_from(&window, 0));
    peer_window_open(&window, 1, NULL);
    ck_assert_uint_eq(window.open_count, 1);
}
END_TEST

START_TEST(one_that_stays_open_costs_no_more_than_itself)
{
    AUTO(peer_window_done) struct peer_window window = {.entries = NULL};

    peer_window_open(&window, 1, NULL);
    for (uint64_t i = 2; i < 100000; i++) {
        peer_window_open(&window, i, NULL);
        close_one(&window, i);
    }
    ck_assert_uint_eq(window.open_count, 1);
    ck_assert_uint_le(window.capacity, 64);
    ck_assert_uint_eq(peer_window_from(&window, 0)->sequence, 1);
    close_one(&window, 1);
}
END_TEST

/* ---- property: against an array of flags ---- */

static void compare(const struct peer_window *window, const bool is_open[SPAN])
{
    const struct peer_entry *entry = peer_window_from(window, 0);
    size_t count = 0;

    for (uint64_t i = 0; i < SPAN; i++) {
        const struct peer_entry *found = peer_window_find(window, i);
        ck_assert_int_eq(found != NULL, is_open[i]);
        if (found == NULL)
            continue;
        ck_assert_ptr_eq(found, entry);
        ck_assert_ptr_eq(peer_window_from(window, i), entry);
        entry = peer_window_next(window, entry);
        count++;
    }
    ck_assert_ptr_null(entry);
    ck_assert_uint_eq(window->open_count, count);
}

/* Opens most sequences, and closes some of those that are open, mostly old ones or mostly any. */
static void run(uint64_t seed)
{
    AUTO(peer_window_done) struct peer_window window = {.entries = NULL};
    bool is_open[SPAN] = {false};
    struct rng rng;

    rng_init(&rng, seed);
    uint32_t reach = 1 + rng_below(&rng, 300);
    uint32_t skip = 1 + rng_below(&rng, 20);
    for (uint32_t i = 0; i < SPAN; i++) {
        if (rng_below(&rng, skip) > 0 || skip == 1) {
            peer_window_open(&window, i, NULL);
            is_open[i] = true;
        }
        for (uint32_t tries = rng_below(&rng, 4); tries > 0; tries--) {
            uint32_t back = rng_below(&rng, reach);
            if (back <= i && is_open[i - back]) {
                close_one(&window, i - back);
                is_open[i - back] = false;
            }
        }
        if (i % 500 == 0)
            compare(&window, is_open);
    }
    compare(&window, is_open);
}

START_TEST(it_holds_what_was_opened_and_not_closed)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        run(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_empty_one_finds_nothing,
        it_is_cleared_for_sequences_that_begin_again,
        one_that_stays_open_costs_no_more_than_itself,
        it_holds_what_was_opened_and_not_closed,
    };

    return suite_run("peer_window", tests, COUNT_OF(tests));
}
