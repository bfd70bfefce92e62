/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/reader.h"

#include <stdlib.h>

#include "base/mem.h"
#include "tests/support/suite.h"

#define READER_OF(...) \
    reader_of((const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__}))

static struct kafka_reader reader_of(const unsigned char *bytes, size_t size)
{
    struct kafka_reader reader;

    kafka_reader_init(&reader, bytes, size);
    return reader;
}

static void expect_end(const struct kafka_reader *reader)
{
    ck_assert_int_eq(reader->problem, KAFKA_PROBLEM_NONE);
    ck_assert_uint_eq(kafka_reader_left(reader), 0);
}

static void expect_problem(const struct kafka_reader *reader, enum kafka_problem problem)
{
    ck_assert_int_eq(reader->problem, problem);
    ck_assert_uint_eq(kafka_reader_left(reader), 0);
}

START_TEST(numbers_are_big_endian)
{
    struct kafka_reader reader = READER_OF(0x80, 0x01, 0x02, 0xff, 0xff, 0xff, 0xfe, 0x01, 0x02,
                                           0x03, 0x04, 0x05, 0x06, 0x07, 0x08);

    ck_assert_int_eq(kafka_get_i8(&reader), -128);
    ck_assert_int_eq(kafka_get_i16(&reader), 0x0102);
    ck_assert_int_eq(kafka_get_i32(&reader), -2);
    ck_assert_int_eq(kafka_get_i64(&reader), 0x0102030405060708);
    expect_end(&reader);
}
END_TEST

START_TEST(a_number_that_is_cut_off_fails_and_yields_zero)
{
    struct kafka_reader reader = READER_OF(0x01, 0x02, 0x03);

    ck_assert_int_eq(kafka_get_i32(&reader), 0);
    expect_problem(&reader, KAFKA_PROBLEM_CUT);
    ck_assert_int_eq(kafka_get_i8(&reader), 0);
    expect_problem(&reader, KAFKA_PROBLEM_CUT);
}
END_TEST

START_TEST(variable_numbers_have_seven_bits_in_a_byte)
{
    struct kafka_reader reader =
        READER_OF(0x00, 0x7f, 0x80, 0x01, 0xac, 0x02, 0xff, 0xff, 0xff, 0xff, 0x0f);

    ck_assert_uint_eq(kafka_get_uvarint(&reader), 0);
    ck_assert_uint_eq(kafka_get_uvarint(&reader), 127);
    ck_assert_uint_eq(kafka_get_uvarint(&reader), 128);
    ck_assert_uint_eq(kafka_get_uvarint(&reader), 300);
    ck_assert_uint_eq(kafka_get_uvarint(&reader), UINT32_MAX);
    expect_end(&reader);
}
END_TEST

START_TEST(variable_numbers_beyond_32_bits_are_refused)
{
    struct kafka_reader wide = READER_OF(0xff, 0xff, 0xff, 0xff, 0x10);
    struct kafka_reader endless = READER_OF(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00);
    struct kafka_reader cut = READER_OF(0x80, 0x80);

    ck_assert_uint_eq(kafka_get_uvarint(&wide), 0);
    expect_problem(&wide, KAFKA_PROBLEM_LENGTH);
    ck_assert_uint_eq(kafka_get_uvarint(&endless), 0);
    expect_problem(&endless, KAFKA_PROBLEM_LENGTH);
    (void)kafka_get_uvarint(&cut);
    expect_problem(&cut, KAFKA_PROBLEM_CUT);
}
END_TEST

START_TEST(texts_have_their_length_in_either_form)
{
    struct kafka_reader reader =
        READER_OF(0x00, 0x02, 'a', 'b', 0xff, 0xff, 0x00, 0x00, 0x03, 'a', 'b', 0x00, 0x01);
    struct kafka_string text = kafka_get_string(&reader, KAFKA_CLASSIC);

    ck_assert_int_eq(text.length, 2);
    ck_assert_mem_eq(text.data, "ab", 2);
    ck_assert_int_eq(kafka_get_string(&reader, KAFKA_CLASSIC).length, KAFKA_NULL);
    text = kafka_get_string(&reader, KAFKA_CLASSIC);
    ck_assert_int_eq(text.length, 0);
    ck_assert_ptr_nonnull(text.data);
    text = kafka_get_string(&reader, KAFKA_FLEXIBLE);
    ck_assert_int_eq(text.length, 2);
    ck_assert_mem_eq(text.data, "ab", 2);
    ck_assert_int_eq(kafka_get_string(&reader, KAFKA_FLEXIBLE).length, KAFKA_NULL);
    ck_assert_int_eq(kafka_get_string(&reader, KAFKA_FLEXIBLE).length, 0);
    expect_end(&reader);
}
END_TEST

START_TEST(a_negative_length_other_than_null_is_refused)
{
    struct kafka_reader text = READER_OF(0xff, 0xfe, 'a', 'b');
    struct kafka_reader bytes = READER_OF(0x80, 0x00, 0x00, 0x00, 'a');
    struct kafka_reader compact = READER_OF(0x81, 0x80, 0x80, 0x80, 0x08, 'a');

    (void)kafka_get_string(&text, KAFKA_CLASSIC);
    expect_problem(&text, KAFKA_PROBLEM_LENGTH);
    (void)kafka_get_bytes(&bytes, KAFKA_CLASSIC);
    expect_problem(&bytes, KAFKA_PROBLEM_LENGTH);
    (void)kafka_get_bytes(&compact, KAFKA_FLEXIBLE);
    expect_problem(&compact, KAFKA_PROBLEM_LENGTH);
}
END_TEST

START_TEST(a_text_is_not_longer_than_16_bits_in_either_form)
{
    unsigned char *bytes = mem_alloc(40000);
    struct kafka_reader reader;

    bytes[0] = 0x81; /* 32769: one more than 32768 bytes */
    bytes[1] = 0x80;
    bytes[2] = 0x02;
    kafka_reader_init(&reader, bytes, 40000);
    ck_assert_int_eq(kafka_get_string(&reader, KAFKA_FLEXIBLE).length, 0);
    expect_problem(&reader, KAFKA_PROBLEM_LENGTH);

    bytes[0] = 0x80; /* 32768 */
    kafka_reader_init(&reader, bytes, 40000);
    ck_assert_int_eq(kafka_get_string(&reader, KAFKA_FLEXIBLE).length, INT16_MAX);
    ck_assert_int_eq(reader.problem, KAFKA_PROBLEM_NONE);
    free(bytes);
}
END_TEST

START_TEST(a_count_is_held_against_the_bytes_that_are_left)
{
    struct kafka_reader two = READER_OF(0x00, 0x00, 0x00, 0x02, 1, 2, 3, 4, 5, 6, 7, 8);
    struct kafka_reader three = READER_OF(0x00, 0x00, 0x00, 0x03, 1, 2, 3, 4, 5, 6, 7, 8);
    struct kafka_reader compact = READER_OF(0x03, 1, 2, 3, 4, 5, 6, 7, 8);
    struct kafka_reader null = READER_OF(0x00);

    ck_assert_int_eq(kafka_get_count(&two, KAFKA_CLASSIC, 4), 2);
    ck_assert_uint_eq(kafka_reader_left(&two), 8);
    ck_assert_int_eq(kafka_get_count(&three, KAFKA_CLASSIC, 4), 0);
    expect_problem(&three, KAFKA_PROBLEM_CUT);
    ck_assert_int_eq(kafka_get_count(&compact, KAFKA_FLEXIBLE, 4), 2);
    ck_assert_int_eq(kafka_get_count(&null, KAFKA_FLEXIBLE, 4), KAFKA_NULL);
    expect_end(&null);
}
END_TEST

START_TEST(tags_are_passed_over)
{
    struct kafka_reader reader = READER_OF(0x02, 0x00, 0x01, 'a', 0x85, 0x01, 0x00, 0x07);
    struct kafka_reader cut = READER_OF(0x02, 0x00, 0x01, 'a');

    kafka_skip_tags(&reader);
    ck_assert_int_eq(kafka_get_i8(&reader), 7);
    expect_end(&reader);
    kafka_skip_tags(&cut);
    expect_problem(&cut, KAFKA_PROBLEM_CUT);
}
END_TEST

START_TEST(a_reader_of_nothing_is_at_its_end)
{
    struct kafka_reader reader;

    kafka_reader_init(&reader, NULL, 0);
    expect_end(&reader);
    (void)kafka_get_uuid(&reader);
    expect_problem(&reader, KAFKA_PROBLEM_CUT);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        numbers_are_big_endian,
        a_number_that_is_cut_off_fails_and_yields_zero,
        variable_numbers_have_seven_bits_in_a_byte,
        variable_numbers_beyond_32_bits_are_refused,
        texts_have_their_length_in_either_form,
        a_negative_length_other_than_null_is_refused,
        a_text_is_not_longer_than_16_bits_in_either_form,
        a_count_is_held_against_the_bytes_that_are_left,
        tags_are_passed_over,
        a_reader_of_nothing_is_at_its_end,
    };

    return suite_run("protocol_reader", tests, COUNT_OF(tests));
}
