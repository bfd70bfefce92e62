/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/progress.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

START_TEST(nothing_is_to_be_committed_but_where_reading_begins)
{
    AUTO(progress_done) struct progress progress;

    progress_init(&progress, 42);
    ck_assert_int_eq(progress_offset(&progress), 42);
    ck_assert_uint_eq(progress_span(&progress), 0);
}
END_TEST

START_TEST(the_lowest_open_record_holds_back_the_offset)
{
    AUTO(progress_done) struct progress progress;
    uint64_t numbers[3];

    progress_init(&progress, 10);
    for (int i = 0; i < 3; i++)
        numbers[i] = progress_open(&progress, 10 + i);
    progress_close(&progress, numbers[1]);
    progress_close(&progress, numbers[2]);
    ck_assert_int_eq(progress_offset(&progress), 10);
    progress_close(&progress, numbers[0]);
    ck_assert_int_eq(progress_offset(&progress), 13);
}
END_TEST

START_TEST(a_gap_in_the_offsets_is_not_waited_for)
{
    AUTO(progress_done) struct progress progress;

    progress_init(&progress, 0);
    progress_close(&progress, progress_open(&progress, 7));
    ck_assert_int_eq(progress_offset(&progress), 8);
    uint64_t number = progress_open(&progress, 1000000000000);
    ck_assert_int_eq(progress_offset(&progress), 8);
    progress_close(&progress, number);
    ck_assert_int_eq(progress_offset(&progress), 1000000000001);
}
END_TEST

START_TEST(after_a_log_was_cut_lower_offsets_are_committed)
{
    AUTO(progress_done) struct progress progress;

    progress_init(&progress, 500);
    progress_close(&progress, progress_open(&progress, 500));
    progress_close(&progress, progress_open(&progress, 3));
    ck_assert_int_eq(progress_offset(&progress), 4);
}
END_TEST

START_TEST(it_is_full_when_the_front_stays_open_for_so_long)
{
    AUTO(progress_done) struct progress progress;

    progress_init(&progress, 0);
    uint64_t front = progress_open(&progress, 0);
    for (uint32_t i = 1; i < PROGRESS_MAX; i++) {
        ck_assert(!progress_is_full(&progress));
        progress_close(&progress, progress_open(&progress, i));
    }
    ck_assert(progress_is_full(&progress));
    progress_close(&progress, front);
    ck_assert(!progress_is_full(&progress));
    ck_assert_int_eq(progress_offset(&progress), PROGRESS_MAX);
}
END_TEST

/* ---- against a list that is looked through from the front ---- */

#define RECORDS_MAX 400

struct record {
    int64_t offset;
    uint64_t number;
    bool is_closed;
};

static int64_t naive_offset(const struct record *records, size_t count, int64_t start)
{
    int64_t offset = start;

    for (size_t i = 0; i < count && records[i].is_closed; i++)
        offset = records[i].offset + 1;
    return offset;
}

static void close_some(struct progress *progress, struct record *records, size_t count,
                       struct rng *rng)
{
    size_t index = rng_next(rng) % count;

    if (records[index].is_closed)
        return;
    records[index].is_closed = true;
    progress_close(progress, records[index].number);
}

static void compare(uint64_t seed)
{
    AUTO(progress_done) struct progress progress;
    struct record records[RECORDS_MAX];
    size_t count = 0;
    int64_t next = 5;
    struct rng rng;

    rng_init(&rng, seed);
    progress_init(&progress, next);
    for (int step = 0; step < 2000; step++) {
        if (count < RECORDS_MAX && rng_next(&rng) % 2 == 0) {
            next += (int64_t)(rng_next(&rng) % 3);
            records[count] = (struct record){.offset = next};
            records[count].number = progress_open(&progress, next++);
            count++;
        } else if (count > 0) {
            close_some(&progress, records, count, &rng);
        }
        ck_assert_msg(progress_offset(&progress) == naive_offset(records, count, 5),
                      "seed %llu, step %d", (unsigned long long)seed, step);
    }
}

START_TEST(it_agrees_with_a_list)
{
    for (uint64_t seed = 1; seed <= 200; seed++)
        compare(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        nothing_is_to_be_committed_but_where_reading_begins,
        the_lowest_open_record_holds_back_the_offset,
        a_gap_in_the_offsets_is_not_waited_for,
        after_a_log_was_cut_lower_offsets_are_committed,
        it_is_full_when_the_front_stays_open_for_so_long,
        it_agrees_with_a_list,
    };

    return suite_run("progress", tests, sizeof tests / sizeof *tests);
}
