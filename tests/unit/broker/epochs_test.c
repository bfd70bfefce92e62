/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/epochs.h"

#include <string.h>

#include "tests/support/suite.h"

static void expect_end(const struct epochs *epochs, int32_t asked, int32_t epoch, int64_t end)
{
    int32_t found;
    int64_t found_end;

    epochs_find_end(epochs, asked, 100, &found, &found_end);
    ck_assert_int_eq(found, epoch);
    ck_assert_int_eq(found_end, end);
}

START_TEST(an_epoch_ends_where_the_next_one_begins)
{
    struct epochs epochs = {.count = 0};

    expect_end(&epochs, 0, -1, -1);
    ck_assert(epochs_add(&epochs, 2, 0));
    ck_assert(!epochs_add(&epochs, 2, 10)); /* goes on */
    ck_assert(!epochs_add(&epochs, 1, 10)); /* cannot come back */
    ck_assert(!epochs_add(&epochs, -1, 10));
    ck_assert(epochs_add(&epochs, 5, 30));
    ck_assert(!epochs_add(&epochs, 6, 29));
    ck_assert(epochs_add(&epochs, 7, 60));
    expect_end(&epochs, 1, -1, -1);
    expect_end(&epochs, 2, 2, 30);
    expect_end(&epochs, 4, 2, 30);
    expect_end(&epochs, 5, 5, 60);
    expect_end(&epochs, 7, 7, 100);
    expect_end(&epochs, 9, 7, 100);
    ck_assert_int_eq(epochs_last(&epochs), 7);
    ck_assert(epochs_add(&epochs, 8, 60)); /* nothing was ever appended in epoch 7 */
    expect_end(&epochs, 7, 5, 60);
    epochs_done(&epochs);
}
END_TEST

START_TEST(what_is_outside_of_the_log_is_forgotten)
{
    struct epochs epochs = {.count = 0};

    for (int32_t epoch = 0; epoch < 10; epoch++)
        ck_assert(epochs_add(&epochs, epoch, 10 * epoch));
    ck_assert_uint_eq(epochs_cut_before(&epochs, 0), 0);
    ck_assert_uint_eq(epochs_cut_before(&epochs, 25), 2);
    expect_end(&epochs, 1, -1, -1);
    expect_end(&epochs, 2, 2, 30);
    ck_assert_uint_eq(epochs_cut_from(&epochs, 71), 2);
    ck_assert_int_eq(epochs_last(&epochs), 7);
    ck_assert_uint_eq(epochs_cut_before(&epochs, 1000), 5);
    ck_assert_uint_eq(epochs.count, 1);
    ck_assert_uint_eq(epochs_cut_from(&epochs, 0), 1);
    ck_assert_int_eq(epochs_last(&epochs), -1);
    epochs_done(&epochs);
}
END_TEST

START_TEST(a_file_is_read_up_to_what_is_damaged)
{
    unsigned char bytes[4 * EPOCHS_ENTRY_SIZE];

    for (int32_t i = 0; i < 4; i++) {
        const struct epochs_entry entry = {i + 1, 100 * i};
        epochs_encode(&entry, bytes + (size_t)i * EPOCHS_ENTRY_SIZE);
    }
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct epochs epochs = {.count = 0};
        ck_assert(epochs_decode(&epochs, bytes, size));
        ck_assert_uint_eq(epochs.count, size / EPOCHS_ENTRY_SIZE);
        epochs_done(&epochs);
    }
    for (size_t at = 0; at < sizeof bytes; at++) {
        struct epochs epochs = {.count = 0};
        bytes[at] ^= 0x40;
        ck_assert(!epochs_decode(&epochs, bytes, sizeof bytes));
        ck_assert_uint_eq(epochs.count, at / EPOCHS_ENTRY_SIZE);
        bytes[at] ^= 0x40;
        epochs_done(&epochs);
    }
}
END_TEST

START_TEST(there_is_a_limit_and_the_oldest_goes)
{
    struct epochs epochs = {.count = 0};

    for (int32_t epoch = 0; epoch < EPOCHS_MAX + 5; epoch++)
        ck_assert(epochs_add(&epochs, epoch, epoch));
    ck_assert_uint_eq(epochs.count, EPOCHS_MAX);
    ck_assert_int_eq(epochs.entries[0].epoch, 5);
    epochs_done(&epochs);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_epoch_ends_where_the_next_one_begins,
        what_is_outside_of_the_log_is_forgotten,
        a_file_is_read_up_to_what_is_damaged,
        there_is_a_limit_and_the_oldest_goes,
    };

    return suite_run("epochs", tests, sizeof tests / sizeof *tests);
}
