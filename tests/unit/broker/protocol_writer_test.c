/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

/* The writer never looks into a file. */
static struct file *file_number(size_t number)
{
    static char files[4];

    return (struct file *)(void *)&files[number];
}

static void put_text(struct kafka_writer *writer, const char *text)
{
    memcpy(kafka_put(writer, strlen(text)), text, strlen(text));
}

static void put_file(struct kafka_writer *writer, size_t number, uint64_t position, int32_t length)
{
    struct kafka_records records = {
        .file = file_number(number), .position = position, .length = length};

    kafka_put_records(writer, KAFKA_CLASSIC, records);
}

START_TEST(values_are_written_as_they_are_read)
{
    static const unsigned char expected[] = {
        0x80, 0x01, 0x02, 0xff, 0xff, 0xff, 0xfe, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
        0xac, 0x02, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x02, 'a',  'b',  0xff, 0xff, 0x03, 'a',
        'b',  0x00, 0x00, 0x00, 0x00, 0x01, 'c',  0xff, 0xff, 0xff, 0xff, 0x02, 'c',  0x00, 0x01};
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_bytes bytes = {(const unsigned char *)"c", 1};
    struct kafka_bytes null = {NULL, KAFKA_NULL};

    kafka_put_i8(&writer, -128);
    kafka_put_i16(&writer, 0x0102);
    kafka_put_i32(&writer, -2);
    kafka_put_i64(&writer, 0x0102030405060708);
    kafka_put_uvarint(&writer, 300);
    kafka_put_uvarint(&writer, UINT32_MAX);
    kafka_put_string(&writer, KAFKA_CLASSIC, (struct kafka_string){"ab", 2});
    kafka_put_string(&writer, KAFKA_CLASSIC, KAFKA_STRING_NULL);
    kafka_put_string(&writer, KAFKA_FLEXIBLE, (struct kafka_string){"ab", 2});
    kafka_put_string(&writer, KAFKA_FLEXIBLE, KAFKA_STRING_NULL);
    kafka_put_bytes(&writer, KAFKA_CLASSIC, bytes);
    kafka_put_bytes(&writer, KAFKA_CLASSIC, null);
    kafka_put_bytes(&writer, KAFKA_FLEXIBLE, bytes);
    kafka_put_bytes(&writer, KAFKA_FLEXIBLE, null);
    kafka_put_count(&writer, KAFKA_FLEXIBLE, 0);
    ck_assert_uint_eq(writer.size, sizeof expected);
    ck_assert_mem_eq(writer.bytes, expected, sizeof expected);
    ck_assert_uint_eq(kafka_writer_total(&writer), sizeof expected);
}
END_TEST

START_TEST(a_writer_grows_and_keeps_what_it_has)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};

    for (int32_t i = 0; i < 10000; i++)
        kafka_put_i32(&writer, i);
    for (int32_t i = 0; i < 10000; i++) {
        struct kafka_reader reader;
        kafka_reader_init(&reader, writer.bytes + (size_t)i * 4, 4);
        ck_assert_int_eq(kafka_get_i32(&reader), i);
    }
}
END_TEST

START_TEST(an_empty_writer_has_no_parts)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};

    ck_assert_uint_eq(kafka_writer_part_count(&writer), 0);
    ck_assert_uint_eq(kafka_writer_total(&writer), 0);
    kafka_writer_parts(&writer, NULL);
}
END_TEST

START_TEST(bytes_and_pieces_of_files_come_out_in_their_order)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_part parts[8];

    put_text(&writer, "begin");
    put_file(&writer, 0, 4096, 100);
    put_file(&writer, 1, 0, 7);
    put_text(&writer, "end");
    ck_assert_uint_eq(kafka_writer_total(&writer), 5 + 4 + 100 + 4 + 7 + 3);
    ck_assert_uint_eq(kafka_writer_part_count(&writer), 5);
    kafka_writer_parts(&writer, parts);
    ck_assert_uint_eq(parts[0].size, 9);
    ck_assert_mem_eq(parts[0].data, "begin\0\0\0\x64", 9);
    ck_assert_ptr_null(parts[0].file);
    ck_assert_ptr_eq(parts[1].file, file_number(0));
    ck_assert_uint_eq(parts[1].position, 4096);
    ck_assert_uint_eq(parts[1].size, 100);
    ck_assert_ptr_null(parts[1].data);
    ck_assert_mem_eq(parts[2].data, "\0\0\0\x07", 4);
    ck_assert_ptr_eq(parts[3].file, file_number(1));
    ck_assert_uint_eq(parts[4].size, 3);
    ck_assert_mem_eq(parts[4].data, "end", 3);
}
END_TEST

START_TEST(a_piece_at_the_end_has_nothing_behind_it)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_part parts[2];

    put_file(&writer, 2, 1, 1);
    ck_assert_uint_eq(kafka_writer_part_count(&writer), 2);
    kafka_writer_parts(&writer, parts);
    ck_assert_ptr_null(parts[0].file);
    ck_assert_ptr_eq(parts[1].file, file_number(2));
}
END_TEST

START_TEST(records_in_memory_are_copied)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_records records = {.data = (const unsigned char *)"abc", .length = 3};

    kafka_put_records(&writer, KAFKA_FLEXIBLE, records);
    ck_assert_uint_eq(writer.size, 4);
    ck_assert_mem_eq(writer.bytes,
                     "\x04"
                     "abc",
                     4);
    ck_assert_uint_eq(writer.piece_count, 0);
}
END_TEST

START_TEST(a_cut_forgets_bytes_and_pieces)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};

    put_text(&writer, "kept");
    put_file(&writer, 0, 0, 10);
    size_t size = writer.size;
    put_text(&writer, "gone");
    put_file(&writer, 1, 0, 1000);
    kafka_writer_cut(&writer, size, 1);
    ck_assert_uint_eq(kafka_writer_total(&writer), size + 10);
    ck_assert_uint_eq(kafka_writer_part_count(&writer), 2);
    kafka_writer_clear(&writer);
    ck_assert_uint_eq(kafka_writer_total(&writer), 0);
}
END_TEST

START_TEST(taken_bytes_outlive_the_writer)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    struct kafka_part part;

    put_text(&writer, "first");
    kafka_writer_parts(&writer, &part);
    unsigned char *bytes = kafka_writer_take(&writer);
    put_text(&writer, "second");
    ck_assert_ptr_eq(part.data, bytes);
    ck_assert_mem_eq(part.data, "first", 5);
    ck_assert_mem_eq(writer.bytes, "second", 6);
    free(bytes);

    kafka_writer_clear(&writer);
    free(kafka_writer_take(&writer));
    bytes = kafka_writer_take(&writer);
    ck_assert_ptr_nonnull(bytes);
    free(bytes);
}
END_TEST

START_TEST(a_number_goes_before_what_it_counts)
{
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};

    put_text(&writer, "abcdef");
    kafka_insert_uvarint(&writer, 3, 300);
    ck_assert_uint_eq(writer.size, 8);
    ck_assert_mem_eq(writer.bytes,
                     "abc\xac\x02"
                     "def",
                     8);
    kafka_insert_uvarint(&writer, 8, 1);
    ck_assert_mem_eq(writer.bytes,
                     "abc\xac\x02"
                     "def\x01",
                     9);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        values_are_written_as_they_are_read,
        a_writer_grows_and_keeps_what_it_has,
        an_empty_writer_has_no_parts,
        bytes_and_pieces_of_files_come_out_in_their_order,
        a_piece_at_the_end_has_nothing_behind_it,
        records_in_memory_are_copied,
        a_cut_forgets_bytes_and_pieces,
        taken_bytes_outlive_the_writer,
        a_number_goes_before_what_it_counts,
    };

    return suite_run("protocol_writer", tests, COUNT_OF(tests));
}
