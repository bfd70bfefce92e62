/* SPDX-License-Identifier: Apache-2.0 */
#include "base/varint.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

START_TEST(numbers_take_a_byte_for_seven_bits)
{
    static const struct {
        uint64_t value;
        const char *bytes;
        size_t size;
    } rows[] = {
        {0, "\x00", 1},
        {127, "\x7F", 1},
        {128, "\x80\x01", 2},
        {300, "\xAC\x02", 2},
        {UINT32_MAX, "\xFF\xFF\xFF\xFF\x0F", 5},
        {UINT64_MAX, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 10},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        unsigned char bytes[VARINT_SIZE_MAX];
        const unsigned char *at = (const unsigned char *)rows[i].bytes;
        size_t left = rows[i].size;
        uint64_t value = 1;
        ck_assert_uint_eq(varint_encode(rows[i].value, bytes), rows[i].size);
        ck_assert_mem_eq(bytes, rows[i].bytes, rows[i].size);
        ck_assert(varint_decode(&at, &left, &value));
        ck_assert_uint_eq(value, rows[i].value);
        ck_assert_uint_eq(left, 0);
    }
}
END_TEST

START_TEST(what_is_cut_is_no_number_and_nothing_is_taken)
{
    unsigned char bytes[VARINT_SIZE_MAX];
    size_t size = varint_encode(UINT64_MAX, bytes);

    for (size_t cut = 0; cut < size; cut++) {
        unsigned char *exact = mem_alloc(cut + 1); /* so that a sanitizer sees who reads beyond */
        const unsigned char *at = exact + 1;
        size_t left = cut;
        uint64_t value = 7;
        memcpy(exact + 1, bytes, cut);
        ck_assert(!varint_decode(&at, &left, &value));
        ck_assert_ptr_eq(at, exact + 1);
        ck_assert_uint_eq(left, cut);
        ck_assert_uint_eq(value, 7);
        free(exact);
    }
}
END_TEST

START_TEST(more_than_64_bits_are_no_number)
{
    static const unsigned char rows[][11] = {
        {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02, 0x00},
        {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const unsigned char *at = rows[i];
        size_t left = sizeof rows[i];
        uint64_t value;
        ck_assert(!varint_decode(&at, &left, &value));
        ck_assert_ptr_eq(at, rows[i]);
    }
}
END_TEST

START_TEST(what_was_added_is_taken_again)
{
    struct rng rng;
    struct text text;
    uint64_t values[1000];

    rng_init(&rng, 1);
    text_init(&text);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        values[i] = rng_next(&rng) >> rng_below(&rng, 64);
        varint_add(&text, values[i]);
    }
    const unsigned char *at = (const unsigned char *)text_data(&text);
    size_t left = text_size(&text);
    for (size_t i = 0; i < COUNT_OF(values); i++)
        ck_assert_uint_eq(varint_take(&at, &left), values[i]);
    ck_assert_uint_eq(left, 0);
    text_done(&text);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        numbers_take_a_byte_for_seven_bits,
        what_is_cut_is_no_number_and_nothing_is_taken,
        more_than_64_bits_are_no_number,
        what_was_added_is_taken_again,
    };
    return suite_run("varint", tests, COUNT_OF(tests));
}
