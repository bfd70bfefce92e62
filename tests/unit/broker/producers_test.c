/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/producers.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static struct batch_head batch(int64_t producer_id, int16_t epoch, int32_t sequence, int32_t count)
{
    return (struct batch_head){
        .producer_id = producer_id,
        .producer_epoch = epoch,
        .base_sequence = sequence,
        .last_offset_delta = count - 1,
        .record_count = count,
    };
}

static enum producers_verdict check(const struct producers *producers, struct batch_head head)
{
    struct producers_batch first;

    return producers_check(producers, &head, &first);
}

static void add(struct producers *producers, struct batch_head head, int64_t offset, int64_t now_ms)
{
    head.base_offset = offset;
    head.max_timestamp_ms = now_ms + 1000;
    producers_add(producers, &head, now_ms);
}

START_TEST(a_producer_that_is_not_known_may_begin_anywhere)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(10);

    ck_assert_int_eq(check(producers, batch(1, 0, 0, 1)), PRODUCERS_NEXT);
    ck_assert_int_eq(check(producers, batch(1, 3, 777, 1)), PRODUCERS_NEXT);
}
END_TEST

START_TEST(what_comes_from_no_producer_is_never_looked_at)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(10);

    add(producers, batch(-1, -1, -1, 5), 0, 0);
    ck_assert_int_eq(check(producers, batch(-1, -1, -1, 5)), PRODUCERS_NEXT);
    ck_assert_uint_eq(producers_count(producers), 0);
}
END_TEST

/* After batches of epoch 3: sequences 10..14, 15..15, 16..20. */
static const struct {
    int16_t epoch;
    int32_t sequence;
    int32_t count;
    enum producers_verdict verdict;
} rules[] = {
    {3, 21, 1, PRODUCERS_NEXT},         {3, 21, 100, PRODUCERS_NEXT},
    {3, 22, 1, PRODUCERS_OUT_OF_ORDER}, {3, 20, 1, PRODUCERS_OUT_OF_ORDER},
    {3, 0, 1, PRODUCERS_OUT_OF_ORDER},  {3, 10, 5, PRODUCERS_DUPLICATE},
    {3, 15, 1, PRODUCERS_DUPLICATE},    {3, 16, 5, PRODUCERS_DUPLICATE},
    {3, 10, 4, PRODUCERS_OUT_OF_ORDER}, {3, 10, 6, PRODUCERS_OUT_OF_ORDER},
    {2, 21, 1, PRODUCERS_FENCED},       {2, 10, 5, PRODUCERS_FENCED},
    {2, 0, 1, PRODUCERS_FENCED},        {4, 0, 1, PRODUCERS_NEXT},
    {4, 21, 1, PRODUCERS_OUT_OF_ORDER}, {4, 10, 5, PRODUCERS_OUT_OF_ORDER},
    {30000, 0, 9, PRODUCERS_NEXT},      {3, INT32_MAX, 1, PRODUCERS_OUT_OF_ORDER},
};

START_TEST(epoch_and_sequence_decide)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        AUTO(producers_destroy) struct producers *producers = producers_new(10);
        add(producers, batch(8, 3, 10, 5), 100, 0);
        add(producers, batch(8, 3, 15, 1), 105, 0);
        add(producers, batch(8, 3, 16, 5), 200, 0);
        struct batch_head head = batch(8, rules[i].epoch, rules[i].sequence, rules[i].count);
        ck_assert_msg(check(producers, head) == rules[i].verdict, "rule %zu", i);
    }
}
END_TEST

START_TEST(a_duplicate_has_the_offsets_of_then)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(10);
    struct batch_head head = batch(8, 3, 10, 5);
    struct producers_batch first;

    add(producers, head, 100, 7);
    add(producers, batch(8, 3, 15, 1), 300, 8);
    ck_assert_int_eq(producers_check(producers, &head, &first), PRODUCERS_DUPLICATE);
    ck_assert_int_eq(first.base_offset, 100);
    ck_assert_int_eq(first.last_offset, 104);
    ck_assert_int_eq(first.max_timestamp_ms, 1007);
}
END_TEST

START_TEST(five_batches_are_remembered_and_no_more)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(10);

    for (int32_t i = 0; i < 6; i++)
        add(producers, batch(8, 0, i, 1), i, 0);
    ck_assert_int_eq(check(producers, batch(8, 0, 0, 1)), PRODUCERS_OUT_OF_ORDER);
    for (int32_t i = 1; i < 6; i++)
        ck_assert_int_eq(check(producers, batch(8, 0, i, 1)), PRODUCERS_DUPLICATE);
}
END_TEST

START_TEST(a_new_epoch_forgets_the_batches_of_the_old_one)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(10);

    add(producers, batch(8, 0, 0, 1), 0, 0);
    add(producers, batch(8, 1, 0, 2), 1, 0);
    ck_assert_int_eq(check(producers, batch(8, 1, 0, 1)), PRODUCERS_OUT_OF_ORDER);
    ck_assert_int_eq(check(producers, batch(8, 1, 0, 2)), PRODUCERS_DUPLICATE);
    ck_assert_int_eq(check(producers, batch(8, 1, 2, 2)), PRODUCERS_NEXT);
    ck_assert_int_eq(check(producers, batch(8, 0, 1, 1)), PRODUCERS_FENCED);
}
END_TEST

START_TEST(sequences_begin_again_behind_the_largest)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(10);

    add(producers, batch(8, 0, INT32_MAX, 1), 0, 0);
    ck_assert_int_eq(check(producers, batch(8, 0, 0, 1)), PRODUCERS_NEXT);
    add(producers, batch(9, 0, INT32_MAX - 1, 4), 1, 0); /* ..., 0, 1 */
    ck_assert_int_eq(check(producers, batch(9, 0, 2, 1)), PRODUCERS_NEXT);
    ck_assert_int_eq(check(producers, batch(9, 0, 0, 1)), PRODUCERS_OUT_OF_ORDER);
    ck_assert_int_eq(check(producers, batch(9, 0, INT32_MAX - 1, 4)), PRODUCERS_DUPLICATE);
}
END_TEST

START_TEST(beyond_the_maximum_the_one_silent_for_longest_is_forgotten)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(3);

    for (int64_t id = 1; id <= 3; id++)
        add(producers, batch(id, 0, 5, 1), id, id);
    add(producers, batch(1, 0, 6, 1), 9, 9);
    add(producers, batch(4, 0, 0, 1), 10, 10);
    ck_assert_uint_eq(producers_count(producers), 3);
    ck_assert_ptr_null(producers_find(producers, 2));
    ck_assert_ptr_nonnull(producers_find(producers, 1));
    ck_assert_ptr_nonnull(producers_find(producers, 3));
    ck_assert_int_eq(check(producers, batch(2, 0, 77, 1)), PRODUCERS_NEXT);
}
END_TEST

START_TEST(who_is_silent_for_too_long_is_forgotten)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(10);

    add(producers, batch(1, 0, 0, 1), 0, 1000);
    add(producers, batch(2, 0, 0, 1), 1, 1001);
    producers_expire(producers, 1099, 100);
    ck_assert_uint_eq(producers_count(producers), 2);
    producers_expire(producers, 1100, 100);
    ck_assert_uint_eq(producers_count(producers), 1);
    producers_expire(producers, 5, 100); /* a clock that went back */
    ck_assert_uint_eq(producers_count(producers), 1);
    producers_expire(producers, 1101, 100);
    ck_assert_ptr_null(producers_first(producers));
}
END_TEST

START_TEST(they_are_walked_over_from_the_one_silent_for_longest)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(10);
    static const int64_t wanted[] = {2, 3, 1};
    const struct producers_state *state = NULL;

    for (int64_t id = 1; id <= 3; id++)
        add(producers, batch(id, 0, 0, 1), id, id);
    add(producers, batch(1, 0, 1, 1), 9, 9);
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        state = i == 0 ? producers_first(producers) : producers_next(producers, state);
        ck_assert_int_eq(state->producer_id, wanted[i]);
    }
    ck_assert_ptr_null(producers_next(producers, state));
}
END_TEST

/* ---- Against the plainest model: the list of all batches ----------------------------------- */

enum {
    MODEL_STEPS = 4000,
    MODEL_PRODUCERS = 4,
};

struct model {
    struct batch_head batches[MODEL_STEPS]; /* with their offsets */
    size_t count;
};

static const struct batch_head *last_of(const struct model *model, int64_t producer_id)
{
    for (size_t i = model->count; i > 0; i--) {
        if (model->batches[i - 1].producer_id == producer_id)
            return &model->batches[i - 1];
    }
    return NULL;
}

/* The last five of the epoch that the producer has now. */
static const struct batch_head *same_of(const struct model *model, const struct batch_head *head)
{
    size_t seen = 0;

    for (size_t i = model->count; i > 0 && seen < 5; i--) {
        const struct batch_head *old = &model->batches[i - 1];
        if (old->producer_id != head->producer_id)
            continue;
        if (old->producer_epoch != head->producer_epoch)
            return NULL;
        seen++;
        if (old->base_sequence == head->base_sequence &&
            old->last_offset_delta == head->last_offset_delta)
            return old;
    }
    return NULL;
}

static enum producers_verdict model_check(const struct model *model, const struct batch_head *head)
{
    const struct batch_head *last = last_of(model, head->producer_id);

    if (last == NULL)
        return PRODUCERS_NEXT;
    if (head->producer_epoch < last->producer_epoch)
        return PRODUCERS_FENCED;
    if (head->producer_epoch > last->producer_epoch)
        return head->base_sequence == 0 ? PRODUCERS_NEXT : PRODUCERS_OUT_OF_ORDER;
    if (same_of(model, head) != NULL)
        return PRODUCERS_DUPLICATE;
    int64_t next = (int64_t)last->base_sequence + last->last_offset_delta + 1;
    if (next > INT32_MAX)
        next -= INT64_C(1) + INT32_MAX;
    return head->base_sequence == next ? PRODUCERS_NEXT : PRODUCERS_OUT_OF_ORDER;
}

/* Often what follows, or what was sent before; sometimes nonsense. */
static struct batch_head random_batch(const struct model *model, struct rng *rng)
{
    int64_t id = rng_below(rng, MODEL_PRODUCERS);
    const struct batch_head *last = last_of(model, id);
    int32_t count = (int32_t)(1 + rng_below(rng, 3));
    uint32_t dice = rng_below(rng, 10);

    if (last == NULL || dice == 0)
        return batch(id, (int16_t)rng_below(rng, 3), INT32_MAX - (int32_t)rng_below(rng, 4), count);
    if (dice == 1)
        return batch(id, (int16_t)(last->producer_epoch + 1), (int32_t)rng_below(rng, 2), count);
    if (dice < 5) {
        const struct batch_head *old = &model->batches[rng_below(rng, (uint32_t)model->count)];
        return batch(old->producer_id, old->producer_epoch, old->base_sequence, old->record_count);
    }
    uint32_t next = (uint32_t)last->base_sequence + (uint32_t)last->record_count;
    return batch(id, last->producer_epoch, (int32_t)(next & INT32_MAX), count);
}

START_TEST(verdicts_are_those_of_the_plainest_model)
{
    for (uint64_t seed = 0; seed < 5; seed++) {
        AUTO(producers_destroy) struct producers *producers = producers_new(10);
        struct model *model = NEW(struct model);
        struct rng rng;
        int64_t offset = 0;
        rng_init(&rng, seed);
        for (size_t step = 0; step < MODEL_STEPS; step++) {
            struct batch_head head = random_batch(model, &rng);
            struct producers_batch first = {.base_offset = -1};
            enum producers_verdict verdict = producers_check(producers, &head, &first);
            ck_assert_msg(verdict == model_check(model, &head), "seed %u step %zu", (unsigned)seed,
                          step);
            if (verdict == PRODUCERS_DUPLICATE)
                ck_assert_int_eq(first.base_offset, same_of(model, &head)->base_offset);
            if (verdict != PRODUCERS_NEXT)
                continue;
            head.base_offset = offset;
            offset += head.record_count + (int32_t)rng_below(&rng, 3);
            producers_add(producers, &head, (int64_t)step);
            model->batches[model->count++] = head;
        }
        ck_assert_uint_gt(model->count, MODEL_STEPS / 4);
        free(model);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_producer_that_is_not_known_may_begin_anywhere,
        what_comes_from_no_producer_is_never_looked_at,
        epoch_and_sequence_decide,
        a_duplicate_has_the_offsets_of_then,
        five_batches_are_remembered_and_no_more,
        a_new_epoch_forgets_the_batches_of_the_old_one,
        sequences_begin_again_behind_the_largest,
        beyond_the_maximum_the_one_silent_for_longest_is_forgotten,
        who_is_silent_for_too_long_is_forgotten,
        they_are_walked_over_from_the_one_silent_for_longest,
        verdicts_are_those_of_the_plainest_model,
    };
    return suite_run("producers", tests, COUNT_OF(tests));
}
