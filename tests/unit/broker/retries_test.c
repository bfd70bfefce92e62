/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/retries.h"

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static const struct retries_limits limits = {
    .failures_max = 3, .pause_ms = 100, .pause_max_ms = 1000};

START_TEST(pauses_double_up_to_the_longest)
{
    static const uint64_t pauses_ms[] = {100, 200, 400, 800, 1000, 1000};

    for (uint32_t i = 0; i < sizeof pauses_ms / sizeof *pauses_ms; i++)
        ck_assert_uint_eq(retries_pause_ms(&limits, i + 1), pauses_ms[i]);
    ck_assert_uint_eq(retries_pause_ms(&limits, UINT32_MAX), 1000);
}
END_TEST

START_TEST(without_a_pause_it_is_tried_at_once)
{
    const struct retries_limits none = {.pause_max_ms = 1000};

    ck_assert_uint_eq(retries_pause_ms(&none, UINT32_MAX), 0);
}
END_TEST

START_TEST(a_long_pause_does_not_overflow)
{
    const struct retries_limits wide = {.pause_ms = UINT64_MAX / 2, .pause_max_ms = UINT64_MAX};

    ck_assert_uint_eq(retries_pause_ms(&wide, 3), UINT64_MAX);
}
END_TEST

START_TEST(a_record_is_given_up_at_its_last_failure)
{
    const struct retries_limits forever = {.failures_max = 0};

    ck_assert_int_eq(retries_judge(&limits, 1, false), RETRIES_AGAIN);
    ck_assert_int_eq(retries_judge(&limits, 2, false), RETRIES_AGAIN);
    ck_assert_int_eq(retries_judge(&limits, 3, false), RETRIES_GIVE_UP);
    ck_assert_int_eq(retries_judge(&limits, 1, true), RETRIES_GIVE_UP);
    ck_assert_int_eq(retries_judge(&forever, UINT32_MAX, false), RETRIES_AGAIN);
    ck_assert_int_eq(retries_judge(&forever, 1, true), RETRIES_GIVE_UP);
}
END_TEST

START_TEST(nothing_is_taken_before_it_is_due)
{
    AUTO(retries_done) struct retries retries = {.count = 0};
    struct retries_entry entry;

    retries_put(&retries, (struct retries_entry){.due_ms = 10, .slot = 7});
    ck_assert(!retries_take(&retries, 9, &entry));
    ck_assert(retries_take(&retries, 10, &entry));
    ck_assert_uint_eq(entry.slot, 7);
    ck_assert(!retries_take(&retries, 10, &entry));
}
END_TEST

START_TEST(what_failed_together_comes_in_the_order_of_the_log)
{
    static const int64_t offsets[] = {5, 3, 9, 1, 7};
    AUTO(retries_done) struct retries retries = {.count = 0};
    struct retries_entry entry;
    int64_t before = 0;

    for (uint32_t part = 2; part > 0; part--) {
        for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
            retries_put(&retries,
                        (struct retries_entry){.due_ms = 10, .part = part, .offset = offsets[i]});
    }
    for (uint32_t i = 0; i < 10; i++) {
        ck_assert(retries_take(&retries, 10, &entry));
        ck_assert_uint_eq(entry.part, i < 5 ? 1 : 2);
        ck_assert(i % 5 == 0 || entry.offset > before);
        before = entry.offset;
    }
}
END_TEST

/* ---- against a list that is searched for the least ---- */

#define ENTRIES_MAX 300

struct list {
    struct retries_entry entries[ENTRIES_MAX];
    uint32_t count;
};

static bool is_before(const struct retries_entry *a, const struct retries_entry *b)
{
    return a->due_ms < b->due_ms ||
           (a->due_ms == b->due_ms &&
            (a->part < b->part || (a->part == b->part && a->offset < b->offset)));
}

static bool list_take(struct list *list, uint64_t now_ms, struct retries_entry *ret_entry)
{
    uint32_t least = 0;

    for (uint32_t i = 1; i < list->count; i++) {
        if (is_before(&list->entries[i], &list->entries[least]))
            least = i;
    }
    if (list->count == 0 || list->entries[least].due_ms > now_ms)
        return false;
    *ret_entry = list->entries[least];
    list->entries[least] = list->entries[--list->count];
    return true;
}

static void step(struct retries *retries, struct list *list, struct rng *rng, int64_t offset)
{
    struct retries_entry expected = {.slot = 0};
    struct retries_entry got = {.slot = 0};

    if (list->count < ENTRIES_MAX && rng_next(rng) % 3 != 0) {
        struct retries_entry entry = {.due_ms = rng_next(rng) % 50,
                                      .offset = offset,
                                      .part = (uint32_t)(rng_next(rng) % 4),
                                      .slot = (uint32_t)offset};
        retries_put(retries, entry);
        list->entries[list->count++] = entry;
        return;
    }
    uint64_t now_ms = rng_next(rng) % 60;
    bool has_some = list_take(list, now_ms, &expected);
    ck_assert_int_eq(retries_take(retries, now_ms, &got), has_some);
    ck_assert_uint_eq(got.slot, expected.slot);
}

START_TEST(it_agrees_with_a_list)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        AUTO(retries_done) struct retries retries = {.count = 0};
        struct list list = {.count = 0};
        struct rng rng;

        rng_init(&rng, seed);
        for (int64_t i = 1; i <= 1000; i++)
            step(&retries, &list, &rng, i);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        pauses_double_up_to_the_longest,
        without_a_pause_it_is_tried_at_once,
        a_long_pause_does_not_overflow,
        a_record_is_given_up_at_its_last_failure,
        nothing_is_taken_before_it_is_due,
        what_failed_together_comes_in_the_order_of_the_log,
        it_agrees_with_a_list,
    };

    return suite_run("retries", tests, sizeof tests / sizeof *tests);
}
