/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/grouping.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define TARGETS_MAX 64

static struct grouping start(enum plan_grouping kind, uint32_t targets, uint64_t seed)
{
    struct grouping_options options = {.kind = kind, .target_count = targets, .seed = seed};
    struct grouping grouping;

    grouping_init(&grouping, &options);
    return grouping;
}

static void count_picks(struct grouping *grouping, uint32_t picks, uint32_t counts[TARGETS_MAX])
{
    struct rng hashes;
    bool inside = true;

    rng_init(&hashes, 12);
    for (uint32_t i = 0; i < picks && inside; i++) {
        uint32_t pick = grouping_pick(grouping, rng_next(&hashes));
        inside = pick < grouping->target_count;
        counts[inside ? pick : 0]++;
    }
    ck_assert(inside);
}

START_TEST(a_shuffle_gives_each_target_one_in_every_round)
{
    for (uint32_t targets = 1; targets <= TARGETS_MAX; targets++) {
        struct grouping grouping = start(PLAN_SHUFFLE, targets, targets);

        for (uint32_t round = 0; round < 20; round++) {
            uint32_t counts[TARGETS_MAX] = {0};
            count_picks(&grouping, targets, counts);
            for (uint32_t i = 0; i < targets; i++)
                ck_assert_uint_eq(counts[i], 1);
        }
        grouping_done(&grouping);
    }
}
END_TEST

START_TEST(rounds_of_a_shuffle_differ)
{
    struct grouping grouping = start(PLAN_SHUFFLE, 8, 1);
    uint32_t places[8] = {0}; /* how often target 0 came at each place */

    for (uint32_t i = 0; i < 8 * 800; i++)
        places[i % 8] += grouping_pick(&grouping, 0) == 0;
    for (uint32_t i = 0; i < 8; i++)
        ck_assert_uint_gt(places[i], 50); /* 100 expected */
    grouping_done(&grouping);
}
END_TEST

START_TEST(senders_with_other_seeds_shuffle_otherwise)
{
    struct grouping a = start(PLAN_SHUFFLE, 16, 1);
    struct grouping again = start(PLAN_SHUFFLE, 16, 1);
    struct grouping b = start(PLAN_SHUFFLE, 16, 2);
    uint32_t different = 0;

    for (uint32_t i = 0; i < 64; i++) {
        uint32_t pick = grouping_pick(&a, 0);
        ck_assert_uint_eq(pick, grouping_pick(&again, 0));
        different += pick != grouping_pick(&b, 0);
    }
    ck_assert_uint_gt(different, 30);
    grouping_done(&a);
    grouping_done(&again);
    grouping_done(&b);
}
END_TEST

START_TEST(fields_follow_the_hash_alone)
{
    struct grouping a = start(PLAN_FIELDS, 7, 1);
    struct grouping b = start(PLAN_FIELDS, 7, 2);
    struct rng hashes;

    rng_init(&hashes, 3);
    for (uint32_t i = 0; i < 1000; i++) {
        uint64_t hash = rng_next(&hashes);
        ck_assert_uint_eq(grouping_pick(&a, hash), grouping_of_hash(hash, 7));
        ck_assert_uint_eq(grouping_pick(&b, hash), grouping_of_hash(hash, 7));
    }
    grouping_done(&a);
    grouping_done(&b);
}
END_TEST

START_TEST(the_owner_of_a_hash_never_changes)
{
    static const struct {
        uint64_t hash;
        uint32_t count;
        uint32_t owner;
    } rows[] = {
        {0, 1, 0},
        {UINT64_MAX, 1, 0},
        {0, 5, 0},
        {UINT64_MAX, 5, 4},
        {UINT64_C(0x7FFFFFFFFFFFFFFF), 2, 0},
        {UINT64_C(0x8000000000000000), 2, 1},
        {UINT64_C(0x00000000FFFFFFFF), 16384, 0},
        {UINT64_C(0x123456789ABCDEF0), 10, 0},
        {UINT64_C(0x9ABCDEF012345678), 10, 6},
        {UINT64_MAX, 16384, 16383},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        ck_assert_msg(grouping_of_hash(rows[i].hash, rows[i].count) == rows[i].owner, "row %zu", i);
}
END_TEST

START_TEST(fields_and_none_spread_evenly)
{
    static const enum plan_grouping kinds[] = {PLAN_FIELDS, PLAN_NONE};

    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        struct grouping grouping = start(kinds[k], 10, 5);
        uint32_t counts[TARGETS_MAX] = {0};

        count_picks(&grouping, 100000, counts);
        for (uint32_t i = 0; i < 10; i++) {
            ck_assert_uint_gt(counts[i], 9500);
            ck_assert_uint_lt(counts[i], 10500);
        }
        grouping_done(&grouping);
    }
}
END_TEST

START_TEST(global_is_the_first)
{
    struct grouping grouping = start(PLAN_GLOBAL, 9, 5);

    for (uint64_t i = 0; i < 100; i++)
        ck_assert_uint_eq(grouping_pick(&grouping, i << 40), 0);
    grouping_done(&grouping);
}
END_TEST

START_TEST(a_partial_key_has_two_targets_at_most)
{
    for (uint32_t targets = 1; targets <= 20; targets++) {
        struct grouping grouping = start(PLAN_PARTIAL_KEY, targets, 5);
        static uint32_t seen[100][20];
        struct rng rng;

        memset(seen, 0, sizeof seen);
        rng_init(&rng, targets);
        for (uint32_t i = 0; i < 20000; i++) {
            uint32_t key = rng_below(&rng, 100);
            struct rng hash;
            rng_init(&hash, key);
            uint32_t pick = grouping_pick(&grouping, rng_next(&hash));
            ck_assert(pick < targets);
            seen[key][pick] = 1;
        }
        for (uint32_t key = 0; key < 100; key++) {
            uint32_t used = 0;
            for (uint32_t i = 0; i < targets; i++)
                used += seen[key][i];
            ck_assert_uint_le(used, 2);
        }
        grouping_done(&grouping);
    }
}
END_TEST

/* Zipf's law: key k comes with a chance of about 1 / k. */
static uint32_t skewed_key(struct rng *rng)
{
    uint32_t key = 1;

    for (uint32_t range = 1; rng_below(rng, 2) == 0 && range < 12; range++)
        key = key * 2 + rng_below(rng, 2);
    return key;
}

static double worst_load(enum plan_grouping kind)
{
    struct grouping grouping = start(kind, 5, 5);
    uint32_t counts[5] = {0};
    uint32_t worst = 0;
    struct rng rng;

    rng_init(&rng, 6);
    for (uint32_t i = 0; i < 100000; i++) {
        struct rng hash;
        rng_init(&hash, skewed_key(&rng) + 5);
        counts[grouping_pick(&grouping, rng_next(&hash))]++;
    }
    for (uint32_t i = 0; i < 5; i++)
        worst = counts[i] > worst ? counts[i] : worst;
    grouping_done(&grouping);
    return worst / 20000.0; /* of an even share */
}

START_TEST(partial_keys_balance_a_skewed_stream)
{
    ck_assert_double_gt(worst_load(PLAN_FIELDS), 2.4); /* half of all tuples have one key */
    ck_assert_double_lt(worst_load(PLAN_PARTIAL_KEY), 1.5);
}
END_TEST

START_TEST(local_or_shuffle_stays_at_home_if_it_can)
{
    static const uint32_t locals[] = {2, 5, 6};
    struct grouping_options options = {.kind = PLAN_LOCAL_OR_SHUFFLE,
                                       .target_count = 8,
                                       .locals = locals,
                                       .local_count = 3,
                                       .seed = 1};
    struct grouping grouping;
    uint32_t counts[TARGETS_MAX] = {0};

    grouping_init(&grouping, &options);
    count_picks(&grouping, 300, counts);
    for (uint32_t i = 0; i < 8; i++)
        ck_assert_uint_eq(counts[i], i == 2 || i == 5 || i == 6 ? 100 : 0);
    grouping_done(&grouping);
}
END_TEST

START_TEST(local_or_shuffle_without_a_home_is_a_shuffle)
{
    struct grouping grouping = start(PLAN_LOCAL_OR_SHUFFLE, 8, 1);
    uint32_t counts[TARGETS_MAX] = {0};

    count_picks(&grouping, 80, counts);
    for (uint32_t i = 0; i < 8; i++)
        ck_assert_uint_eq(counts[i], 10);
    grouping_done(&grouping);
}
END_TEST

START_TEST(only_keyed_groupings_ask_for_a_hash)
{
    for (int kind = PLAN_SHUFFLE; kind <= PLAN_LOCAL_OR_SHUFFLE; kind++) {
        if (kind == PLAN_ALL || kind == PLAN_DIRECT)
            continue;
        struct grouping grouping = start((enum plan_grouping)kind, 2, 1);
        ck_assert(grouping_is_keyed(&grouping) ==
                  (kind == PLAN_FIELDS || kind == PLAN_PARTIAL_KEY));
        grouping_done(&grouping);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_shuffle_gives_each_target_one_in_every_round,
        rounds_of_a_shuffle_differ,
        senders_with_other_seeds_shuffle_otherwise,
        fields_follow_the_hash_alone,
        the_owner_of_a_hash_never_changes,
        fields_and_none_spread_evenly,
        global_is_the_first,
        a_partial_key_has_two_targets_at_most,
        partial_keys_balance_a_skewed_stream,
        local_or_shuffle_stays_at_home_if_it_can,
        local_or_shuffle_without_a_home_is_a_shuffle,
        only_keyed_groupings_ask_for_a_hash,
    };
    return suite_run("grouping", tests, sizeof tests / sizeof *tests);
}
