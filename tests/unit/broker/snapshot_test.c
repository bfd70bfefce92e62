/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/snapshot.h"

#include "base/crc32c.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static void add_random(struct producers *producers, struct rng *rng, int64_t producers_max)
{
    struct batch_head head = {
        .producer_id = (int64_t)rng_below(rng, (uint32_t)producers_max),
        .producer_epoch = (int16_t)rng_below(rng, 3),
        .base_sequence = (int32_t)rng_below(rng, INT32_MAX),
        .base_offset = (int64_t)(rng_next(rng) >> 8),
        .last_offset_delta = (int32_t)rng_below(rng, 100),
        .max_timestamp_ms = (int64_t)rng_next(rng),
    };

    producers_add(producers, &head, (int64_t)rng_next(rng));
}

static void expect_same(const struct producers *left, const struct producers *right)
{
    const struct producers_state *a = producers_first(left);
    const struct producers_state *b = producers_first(right);

    ck_assert_uint_eq(producers_count(left), producers_count(right));
    while (a != NULL) {
        ck_assert_ptr_nonnull(b);
        ck_assert_int_eq(a->producer_id, b->producer_id);
        ck_assert_int_eq(a->seen_ms, b->seen_ms);
        ck_assert_int_eq(a->epoch, b->epoch);
        ck_assert_int_eq(a->batch_count, b->batch_count);
        for (uint8_t i = 0; i < a->batch_count; i++) {
            ck_assert_int_eq(a->batches[i].base_sequence, b->batches[i].base_sequence);
            ck_assert_int_eq(a->batches[i].last_sequence, b->batches[i].last_sequence);
            ck_assert_int_eq(a->batches[i].base_offset, b->batches[i].base_offset);
            ck_assert_int_eq(a->batches[i].last_offset, b->batches[i].last_offset);
            ck_assert_int_eq(a->batches[i].max_timestamp_ms, b->batches[i].max_timestamp_ms);
        }
        a = producers_next(left, a);
        b = producers_next(right, b);
    }
    ck_assert_ptr_null(b);
}

static enum err decode(const struct text *bytes, struct producers *producers, int64_t *ret_offset)
{
    struct error error = {.text = ""};
    enum err err =
        snapshot_decode(text_data(bytes), text_size(bytes), producers, ret_offset, &error);

    ck_assert_int_eq(err != ERR_OK, error.text[0] != '\0');
    if (err != ERR_OK)
        ck_assert_uint_eq(producers_count(producers), 0);
    return err;
}

START_TEST(the_state_of_no_producers_comes_back)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(10);
    AUTO(producers_destroy) struct producers *again = producers_new(10);
    AUTO(text_done) struct text bytes = {0};
    int64_t offset = -1;

    snapshot_encode(producers, 0, &bytes);
    ck_assert_uint_eq(text_size(&bytes), 28);
    ck_assert_int_eq(decode(&bytes, again, &offset), ERR_OK);
    ck_assert_int_eq(offset, 0);
    ck_assert_uint_eq(producers_count(again), 0);
}
END_TEST

START_TEST(the_state_of_random_producers_comes_back)
{
    struct rng rng;

    rng_init(&rng, 3);
    for (int round = 0; round < 50; round++) {
        AUTO(producers_destroy) struct producers *producers = producers_new(30);
        AUTO(producers_destroy) struct producers *again = producers_new(30);
        AUTO(text_done) struct text bytes = {0};
        int64_t offset = -1;
        for (int i = 0; i < round * 10; i++)
            add_random(producers, &rng, 50);
        add_random(again, &rng, 10); /* is replaced */
        snapshot_encode(producers, 1000 + round, &bytes);
        ck_assert_int_eq(decode(&bytes, again, &offset), ERR_OK);
        ck_assert_int_eq(offset, 1000 + round);
        expect_same(producers, again);
    }
}
END_TEST

START_TEST(the_largest_snapshot_is_within_its_bound)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(PRODUCERS_MAX);
    AUTO(text_done) struct text bytes = {0};

    for (int64_t id = 0; id < PRODUCERS_MAX; id++) {
        for (int32_t i = 0; i < PRODUCERS_BATCHES; i++) {
            struct batch_head head = {.producer_id = id, .base_sequence = i, .base_offset = i};
            producers_add(producers, &head, 0);
        }
    }
    snapshot_encode(producers, 0, &bytes);
    ck_assert_uint_eq(text_size(&bytes), SNAPSHOT_BYTES_MAX);
}
END_TEST

START_TEST(any_bit_that_changed_is_found)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(10);
    AUTO(producers_destroy) struct producers *again = producers_new(10);
    AUTO(text_done) struct text bytes = {0};
    struct rng rng;
    int64_t offset;

    rng_init(&rng, 5);
    for (int i = 0; i < 8; i++)
        add_random(producers, &rng, 3);
    snapshot_encode(producers, 42, &bytes);
    for (size_t bit = 0; bit < text_size(&bytes) * 8; bit++) {
        bytes.data[bit / 8] ^= (char)(1 << bit % 8);
        ck_assert_int_eq(decode(&bytes, again, &offset), ERR_CORRUPT);
        bytes.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    ck_assert_int_eq(decode(&bytes, again, &offset), ERR_OK);
}
END_TEST

START_TEST(any_end_that_is_missing_is_found)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(10);
    AUTO(producers_destroy) struct producers *again = producers_new(10);
    AUTO(text_done) struct text bytes = {0};
    struct rng rng;
    int64_t offset;

    rng_init(&rng, 6);
    add_random(producers, &rng, 3);
    snapshot_encode(producers, 42, &bytes);
    while (text_size(&bytes) > 0) {
        bytes.size--;
        ck_assert_int_eq(decode(&bytes, again, &offset), ERR_CORRUPT);
    }
}
END_TEST

/* What has a right checksum and makes no sense. */
static void seal(struct text *bytes)
{
    size_t size = text_size(bytes) - 4;
    uint32_t crc = crc32c_of(text_data(bytes), size);

    for (size_t i = 0; i < 4; i++)
        bytes->data[size + i] = (char)(crc >> (8 * (3 - i)));
}

static const struct {
    size_t at;
    char byte;
    enum err err;
} nonsense[] = {
    {11, 2, ERR_VERSION},      /* version */
    {12, '\x80', ERR_CORRUPT}, /* a negative offset */
    {23, 2, ERR_CORRUPT},      /* more producers than are there */
    {23, 0, ERR_CORRUPT},      /* fewer */
    {24, '\x80', ERR_CORRUPT}, /* a negative producer id */
    {40, '\x80', ERR_CORRUPT}, /* a negative epoch */
    {42, 0, ERR_CORRUPT},      /* no batches */
    {42, 6, ERR_CORRUPT},      /* six */
    {43, '\x80', ERR_CORRUPT}, /* a negative sequence */
    {51, '\x80', ERR_CORRUPT}, /* a negative offset */
    {59, 0, ERR_OK},
};

START_TEST(sense_is_looked_for_behind_a_right_checksum)
{
    for (size_t i = 0; i < COUNT_OF(nonsense); i++) {
        AUTO(producers_destroy) struct producers *producers = producers_new(10);
        AUTO(text_done) struct text bytes = {0};
        int64_t offset;
        struct batch_head head = {.producer_id = 1, .base_offset = 5};
        producers_add(producers, &head, 0);
        snapshot_encode(producers, 42, &bytes);
        bytes.data[nonsense[i].at] = nonsense[i].byte;
        seal(&bytes);
        ck_assert_msg(decode(&bytes, producers, &offset) == nonsense[i].err, "case %zu", i);
    }
}
END_TEST

START_TEST(a_producer_that_stands_there_twice_is_nonsense)
{
    AUTO(producers_destroy) struct producers *producers = producers_new(10);
    AUTO(text_done) struct text bytes = {0};
    int64_t offset;

    for (int64_t id = 0; id < 2; id++) {
        struct batch_head head = {.producer_id = id};
        producers_add(producers, &head, 0);
    }
    snapshot_encode(producers, 42, &bytes);
    bytes.data[24 + 19 + 32 + 7] = 0; /* the id of the second */
    seal(&bytes);
    ck_assert_int_eq(decode(&bytes, producers, &offset), ERR_CORRUPT);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_state_of_no_producers_comes_back,
        the_state_of_random_producers_comes_back,
        the_largest_snapshot_is_within_its_bound,
        any_bit_that_changed_is_found,
        any_end_that_is_missing_is_found,
        sense_is_looked_for_behind_a_right_checksum,
        a_producer_that_stands_there_twice_is_nonsense,
    };
    return suite_run("snapshot", tests, COUNT_OF(tests));
}
