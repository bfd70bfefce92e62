/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/guesses.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define S UINT64_C(1000000000)

static struct guess_source ipv4(uint32_t number)
{
    const unsigned char bytes[] = {(unsigned char)(number >> 24), (unsigned char)(number >> 16),
                                   (unsigned char)(number >> 8), (unsigned char)number};

    return guess_source_of(bytes, sizeof bytes);
}

static bool guess(struct guesses *guesses, struct guess_source source, uint64_t now_ns)
{
    uint64_t left_out;

    return guesses_note_wrong(guesses, &source, now_ns, &left_out);
}

static uint64_t wait(const struct guesses *guesses, struct guess_source source, uint64_t now_ns)
{
    return guesses_wait_ns(guesses, &source, now_ns);
}

/* So many wrong ones at once. */
static void guess_free(struct guesses *guesses, struct guess_source source, uint64_t now_ns)
{
    for (int i = 0; i < GUESSES_FREE; i++) {
        ck_assert_uint_eq(wait(guesses, source, now_ns), 0);
        (void)guess(guesses, source, now_ns);
    }
}

START_TEST(some_wrong_ones_are_free_and_then_each_waits_longer)
{
    static const uint64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    AUTO(guesses_destroy) struct guesses *guesses = guesses_new();
    struct guess_source source = ipv4(7);
    uint64_t now = 100 * S;

    guess_free(guesses, source, now);
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        ck_assert_uint_eq(wait(guesses, source, now), waits[i] * S);
        ck_assert_uint_eq(wait(guesses, source, now + waits[i] * S - 1), 1);
        now += waits[i] * S;
        ck_assert_uint_eq(wait(guesses, source, now), 0);
        ck_assert(!guess(guesses, source, now));
    }
}
END_TEST

START_TEST(others_are_not_held_up)
{
    AUTO(guesses_destroy) struct guesses *guesses = guesses_new();

    guess_free(guesses, ipv4(7), S);
    ck_assert_uint_gt(wait(guesses, ipv4(7), S), 0);
    ck_assert_uint_eq(wait(guesses, ipv4(8), S), 0);
}
END_TEST

START_TEST(the_right_one_and_peace_end_it)
{
    AUTO(guesses_destroy) struct guesses *guesses = guesses_new();
    struct guess_source source = ipv4(7);

    guess_free(guesses, source, S);
    guesses_note_right(guesses, &source);
    ck_assert_uint_eq(wait(guesses, source, S), 0);
    guess_free(guesses, source, S);
    guess_free(guesses, source, 62 * S); /* the wait and a minute later */
    ck_assert_uint_eq(wait(guesses, source, 62 * S), S);
}
END_TEST

START_TEST(addresses_of_one_network_of_ipv6_are_one)
{
    AUTO(guesses_destroy) struct guesses *guesses = guesses_new();
    unsigned char address[16] = {0x20, 0x01, 0x0d, 0xb8};

    for (unsigned char i = 0; i < GUESSES_FREE; i++) {
        address[15] = i;
        (void)guess(guesses, guess_source_of(address, sizeof address), S);
    }
    address[15] = 77;
    ck_assert_uint_gt(wait(guesses, guess_source_of(address, sizeof address), S), 0);
    address[7] = 1;
    ck_assert_uint_eq(wait(guesses, guess_source_of(address, sizeof address), S), 0);
}
END_TEST

START_TEST(a_burst_is_one_line_and_many_bursts_are_one_a_second)
{
    AUTO(guesses_destroy) struct guesses *guesses = guesses_new();
    uint64_t left_out = 77;
    size_t lines = 0;

    for (uint32_t address = 0; address < 50; address++) {
        struct guess_source source = ipv4(address);

        for (int i = 0; i < GUESSES_FREE + 5; i++)
            lines += guesses_note_wrong(guesses, &source, S, &left_out);
    }
    ck_assert_uint_eq(lines, 1);
    ck_assert_uint_eq(left_out, 0);
    for (int i = 1; i < GUESSES_FREE; i++)
        ck_assert(!guess(guesses, ipv4(1000), 2 * S));
    struct guess_source source = ipv4(1000);
    ck_assert(guesses_note_wrong(guesses, &source, 2 * S, &left_out));
    ck_assert_uint_eq(left_out, 49);
}
END_TEST

START_TEST(the_table_is_bounded_and_who_was_quiet_for_longest_goes)
{
    AUTO(guesses_destroy) struct guesses *guesses = guesses_new();

    guess_free(guesses, ipv4(0), S);
    guess_free(guesses, ipv4(1), 2 * S - 1);
    for (uint32_t i = 0; i < GUESSES_MAX - 1; i++)
        (void)guess(guesses, ipv4(1000 + i), 2 * S);
    ck_assert_uint_eq(wait(guesses, ipv4(0), 2 * S - 1), 0);
    ck_assert_uint_gt(wait(guesses, ipv4(1), 2 * S), 0);
}
END_TEST

/* By chance, against one that remembers everything: few enough addresses that none is forgotten. */
enum {
    ADDRESSES = GUESSES_MAX,
    ROUNDS = 30000,
};

struct remembered {
    uint64_t wrong;
    uint64_t last_ns;
    uint64_t until_ns;
};

static void remember_wrong(struct remembered *one, uint64_t now)
{
    if (one->wrong > 0 &&
        now >= (one->until_ns > one->last_ns ? one->until_ns : one->last_ns) + 60 * S)
        *one = (struct remembered){.wrong = 0};
    one->wrong++;
    one->last_ns = one->until_ns = now;
    if (one->wrong >= GUESSES_FREE) {
        uint64_t doublings = one->wrong - GUESSES_FREE;

        one->until_ns = now + (doublings > 5 ? 60 : UINT64_C(1) << doublings) * S;
    }
}

static void compare(uint64_t seed)
{
    AUTO(guesses_destroy) struct guesses *guesses = guesses_new();
    struct remembered all[ADDRESSES] = {{.wrong = 0}};
    struct rng rng;
    uint64_t now = S;

    rng_init(&rng, seed);
    for (int round = 0; round < ROUNDS; round++) {
        /* Few of them most of the time, so that some come far. */
        uint32_t number =
            (uint32_t)rng_below(&rng, rng_below(&rng, 4) == 0 ? ADDRESSES : ADDRESSES / 32);
        struct remembered *one = &all[number];
        struct guess_source source = ipv4(number);

        now += rng_below(&rng, S);
        uint64_t expected = now < one->until_ns ? one->until_ns - now : 0;
        ck_assert_uint_eq(wait(guesses, source, now), expected);
        if (expected > 0)
            continue;
        if (rng_below(&rng, 100) == 0) {
            guesses_note_right(guesses, &source);
            *one = (struct remembered){.wrong = 0};
        } else {
            (void)guess(guesses, source, now);
            remember_wrong(one, now);
        }
    }
}

START_TEST(it_agrees_with_one_that_remembers_everything)
{
    for (uint64_t seed = 1; seed <= 5; seed++)
        compare(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        some_wrong_ones_are_free_and_then_each_waits_longer,
        others_are_not_held_up,
        the_right_one_and_peace_end_it,
        addresses_of_one_network_of_ipv6_are_one,
        a_burst_is_one_line_and_many_bursts_are_one_a_second,
        the_table_is_bounded_and_who_was_quiet_for_longest_goes,
        it_agrees_with_one_that_remembers_everything,
    };

    return suite_run("guesses", tests, COUNT_OF(tests));
}
