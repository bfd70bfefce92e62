/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/records.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "broker/log/varint.h"
#include "tests/support/suite.h"

enum {
    RECORDS = 50,
};

static const enum batch_codec codecs[] = {BATCH_PLAIN, BATCH_GZIP, BATCH_SNAPPY, BATCH_LZ4,
                                          BATCH_ZSTD};

/* A batch as a client of another kind made it: two records, the first without a value, the second with
 * two headers of which one has no value. */
static const unsigned char fixed[] = {
    0,   0,   0,    0,    0,   0,   0,   5,           /* base offset */
    0,   0,   0,    77,                               /* length */
    0,   0,   0,    9,                                /* leader epoch */
    2,                                                /* magic */
    0,   0,   0,    0,                                /* CRC: not looked at here */
    0,   0,                                           /* attributes */
    0,   0,   0,    3,                                /* last offset delta */
    0,   0,   0,    0,    0,   0,   3,   232,         /* base timestamp: 1000 */
    0,   0,   0,    0,    0,   0,   7,   208,         /* max timestamp: 2000 */
    255, 255, 255,  255,  255, 255, 255, 255,         /* producer */
    255, 255, 255,  255,  255, 255,                   /* its epoch and sequence */
    0,   0,   0,    2,                                /* count */
    16,  0,   0,    0,    4,   'k', '1', 1,   0,      /* time 0, delta 0, "k1", null */
    36,  0,   0xd0, 0x0f, 6,   1,   4,   'v', '2',    /* time 1000, delta 3, null, "v2" */
    4,   4,   'h',  '1',  2,   'x', 4,   'h', '2', 1, /* "h1" "x", "h2" null */
};

START_TEST(varints_are_those_of_the_format)
{
    static const struct {
        int64_t value;
        unsigned char bytes[VARINT_SIZE_MAX];
        size_t size;
    } pairs[] = {
        {0, {0}, 1},
        {-1, {1}, 1},
        {1, {2}, 1},
        {63, {126}, 1},
        {-64, {127}, 1},
        {64, {128, 1}, 2},
        {INT32_MAX, {0xfe, 0xff, 0xff, 0xff, 0x0f}, 5},
        {INT32_MIN, {0xff, 0xff, 0xff, 0xff, 0x0f}, 5},
        {INT64_MAX, {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 10},
        {INT64_MIN, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 10},
    };

    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        unsigned char bytes[VARINT_SIZE_MAX];
        const unsigned char *at = pairs[i].bytes;
        size_t left = pairs[i].size;
        int64_t value;
        ck_assert_uint_eq(varint_put(pairs[i].value, bytes), pairs[i].size);
        ck_assert_mem_eq(bytes, pairs[i].bytes, pairs[i].size);
        ck_assert(varint_get(&at, &left, &value));
        ck_assert_int_eq(value, pairs[i].value);
        ck_assert_uint_eq(left, 0);
        at = pairs[i].bytes;
        left = pairs[i].size - 1;
        ck_assert(!varint_get(&at, &left, &value));
    }
}
END_TEST

START_TEST(a_varint_of_more_than_64_bits_is_none)
{
    static const unsigned char bytes[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                          0xff, 0xff, 0xff, 0x02, 0x00};
    const unsigned char *at = bytes;
    size_t size = sizeof bytes;
    int64_t value;

    ck_assert(!varint_get(&at, &size, &value));
    ck_assert_ptr_eq(at, bytes);
}
END_TEST

static struct batch_head head_of(const unsigned char *bytes, size_t size)
{
    struct batch_head head;

    ck_assert_int_ne(batch_read_head(bytes, size, UINT32_MAX, &head), ERR_CORRUPT);
    head.size = (uint32_t)size;
    return head;
}

START_TEST(records_of_a_known_batch_are_read)
{
    struct batch_head head = head_of(fixed, sizeof fixed);
    AUTO(records_reader_done) struct records_reader reader = {.left = 0};
    struct record record;

    ck_assert_int_eq(records_open(&reader, fixed, &head, NULL), ERR_OK);
    ck_assert_int_eq(records_next(&reader, &record, NULL), ERR_OK);
    ck_assert_int_eq(record.offset, 5);
    ck_assert_int_eq(record.timestamp_ms, 1000);
    ck_assert_int_eq(record.key_size, 2);
    ck_assert_mem_eq(record.key, "k1", 2);
    ck_assert_int_eq(record.value_size, RECORDS_ABSENT);
    ck_assert_int_eq(record.header_count, 0);
    ck_assert_int_eq(records_next(&reader, &record, NULL), ERR_OK);
    ck_assert_int_eq(record.offset, 8);
    ck_assert_int_eq(record.timestamp_ms, 2000);
    ck_assert_int_eq(record.key_size, RECORDS_ABSENT);
    ck_assert_mem_eq(record.value, "v2", 2);
    ck_assert_int_eq(record.header_count, 2);
    ck_assert_uint_eq(record.headers_size, 9);
    ck_assert_int_eq(records_next(&reader, &record, NULL), ERR_NOT_FOUND);
    ck_assert_int_eq(records_next(&reader, &record, NULL), ERR_NOT_FOUND);
}
END_TEST

START_TEST(where_the_log_stamps_all_records_have_the_time_of_the_append)
{
    struct batch_head head = head_of(fixed, sizeof fixed);
    AUTO(records_reader_done) struct records_reader reader = {.left = 0};
    struct record record;

    head.attributes |= RECORDS_IS_STAMPED;
    head.max_timestamp_ms = 777;
    ck_assert_int_eq(records_open(&reader, fixed, &head, NULL), ERR_OK);
    ck_assert_int_eq(records_next(&reader, &record, NULL), ERR_OK);
    ck_assert_int_eq(record.timestamp_ms, 777);
}
END_TEST

static enum err read_all(const unsigned char *bytes, const struct batch_head *head)
{
    AUTO(records_reader_done) struct records_reader reader = {.left = 0};
    struct error error = {.text = ""};
    struct record record;
    enum err err = records_open(&reader, bytes, head, &error);

    while (err == ERR_OK)
        err = records_next(&reader, &record, &error);
    ck_assert_int_eq(err != ERR_NOT_FOUND, error.text[0] != '\0');
    return err;
}

/* What to change in the known batch so that it makes no sense. */
static const struct {
    size_t at;
    unsigned char byte;
} nonsense[] = {
    {60, 1},               /* fewer records than there are */
    {60, 3},               /* more */
    {57, 0x80},            /* a negative count */
    {26, 2},               /* an offset behind the last */
    {61, 1},               /* a negative size */
    {61, 0},               /* no size */
    {61, 14},              /* too short */
    {61, 18},              /* too long */
    {65, 3},               /* a key of -2 bytes */
    {65, 0xfe},            /* a key beyond the record */
    {69, 2},               /* a header that is not there */
    {69, 1},               /* a negative count of headers */
    {74, 0},               /* the same offset again */
    {79, 6},               /* three headers */
    {80, 1},               /* a header without a name */
    {sizeof fixed - 1, 2}, /* a value behind the end */
};

START_TEST(sizes_counts_and_offsets_are_checked)
{
    struct batch_head head = head_of(fixed, sizeof fixed);

    ck_assert_int_eq(read_all(fixed, &head), ERR_NOT_FOUND);
    for (size_t i = 0; i < COUNT_OF(nonsense); i++) {
        unsigned char *copy = mem_alloc(sizeof fixed);
        memcpy(copy, fixed, sizeof fixed);
        copy[nonsense[i].at] = nonsense[i].byte;
        head = head_of(copy, sizeof fixed);
        ck_assert_msg(read_all(copy, &head) == ERR_CORRUPT, "case %zu", i);
        free(copy);
    }
}
END_TEST

START_TEST(a_batch_that_ends_anywhere_is_refused)
{
    for (size_t size = BATCH_HEAD_SIZE; size < sizeof fixed; size++) {
        unsigned char *copy = mem_alloc(size);
        memcpy(copy, fixed, size);
        struct batch_head head = head_of(copy, size);
        ck_assert_int_eq(read_all(copy, &head), ERR_CORRUPT);
        free(copy);
    }
}
END_TEST

START_TEST(numbers_of_a_client_may_overflow)
{
    struct batch_head head = head_of(fixed, sizeof fixed);

    head.base_timestamp_ms = INT64_MAX;
    head.base_offset = INT64_MAX;
    ck_assert_int_eq(read_all(fixed, &head), ERR_NOT_FOUND);
}
END_TEST

/* ---- Making -------------------------------------------------------------------------------- */

struct made {
    struct record records[RECORDS];
    unsigned char bytes[RECORDS][3][40]; /* key, value, headers */
    size_t count;
};

static int32_t random_bytes(struct rng *rng, unsigned char to[40])
{
    int32_t size = (int32_t)rng_below(rng, 41);

    for (int32_t i = 0; i < size; i++)
        to[i] = (unsigned char)rng_below(rng, 4);
    return rng_below(rng, 5) == 0 ? RECORDS_ABSENT : size;
}

static void make_record(struct made *made, struct rng *rng, int64_t offset)
{
    size_t i = made->count++;
    struct record *record = &made->records[i];

    *record = (struct record){
        .offset = offset,
        .timestamp_ms = (int64_t)rng_below(rng, 100000) - 50000,
        .key = made->bytes[i][0],
        .value = made->bytes[i][1],
        .headers = made->bytes[i][2],
        .key_size = random_bytes(rng, made->bytes[i][0]),
        .value_size = random_bytes(rng, made->bytes[i][1]),
    };
    if (rng_below(rng, 3) == 0) {
        memcpy(made->bytes[i][2], "\x02h\x01", 3); /* "h", null */
        record->header_count = 1;
        record->headers_size = 3;
    }
}

static void expect_record(const struct record *left, const struct record *right)
{
    ck_assert_int_eq(left->offset, right->offset);
    ck_assert_int_eq(left->timestamp_ms, right->timestamp_ms);
    ck_assert_int_eq(left->key_size, right->key_size);
    ck_assert(left->key_size <= 0 || memcmp(left->key, right->key, (size_t)left->key_size) == 0);
    ck_assert_int_eq(left->value_size, right->value_size);
    ck_assert(left->value_size <= 0 ||
              memcmp(left->value, right->value, (size_t)left->value_size) == 0);
    ck_assert_int_eq(left->header_count, right->header_count);
    ck_assert_uint_eq(left->headers_size, right->headers_size);
}

static void expect_records(const unsigned char *batch, const struct batch_head *head,
                           const struct made *made)
{
    AUTO(records_reader_done) struct records_reader reader = {.left = 0};
    struct record record;

    ck_assert_int_eq(records_open(&reader, batch, head, NULL), ERR_OK);
    for (size_t i = 0; i < made->count; i++) {
        ck_assert_int_eq(records_next(&reader, &record, NULL), ERR_OK);
        expect_record(&record, &made->records[i]);
    }
    ck_assert_int_eq(records_next(&reader, &record, NULL), ERR_NOT_FOUND);
}

START_TEST(random_records_come_back_from_a_batch_of_any_codec)
{
    AUTO(records_builder_done) struct records_builder builder = {.max_timestamp_ms = 0};
    struct made *made = NEW(struct made);
    struct rng rng;

    rng_init(&rng, 1);
    for (size_t round = 0; round < 200; round++) {
        struct batch_head wanted = records_plain_head(codecs[round % COUNT_OF(codecs)], 5);
        const unsigned char *batch;
        struct batch_head head;
        struct batch_head read;
        wanted.base_offset = (int64_t)(rng_next(&rng) >> 2);
        wanted.last_offset_delta = rng_below(&rng, 2) == 0 ? 1000 : 0;
        records_builder_begin(&builder, &wanted);
        made->count = 0;
        int64_t offset = wanted.base_offset;
        for (uint32_t left = 1 + rng_below(&rng, RECORDS - 1); left > 0; left--) {
            offset += 1 + rng_below(&rng, 3);
            make_record(made, &rng, offset);
            records_builder_add(&builder, &made->records[made->count - 1]);
        }
        ck_assert_int_eq(records_builder_finish(&builder, &batch, &head, NULL), ERR_OK);
        ck_assert_int_eq(batch_read_head(batch, head.size, head.size, &read), ERR_OK);
        ck_assert(batch_crc_is_right(batch, &read));
        ck_assert_uint_eq(read.crc, head.crc);
        ck_assert_uint_eq(read.size, head.size);
        ck_assert_int_eq(read.max_timestamp_ms, head.max_timestamp_ms);
        ck_assert_int_eq(batch_last_offset(&head),
                         wanted.last_offset_delta == 1000 ? wanted.base_offset + 1000 : offset);
        expect_records(batch, &read, made);
    }
    free(made);
}
END_TEST

START_TEST(a_batch_made_like_a_producer_makes_it_may_be_appended)
{
    AUTO(records_builder_done) struct records_builder builder = {.max_timestamp_ms = 0};
    const unsigned char *batch;
    struct batch_head head = records_plain_head(BATCH_ZSTD, 1000);
    struct record record = {.timestamp_ms = 1000,
                            .key = (const unsigned char *)"k",
                            .key_size = 1,
                            .value_size = RECORDS_ABSENT};

    records_builder_begin(&builder, &head);
    records_builder_add(&builder, &record);
    record.offset = 1;
    record.timestamp_ms = 999;
    records_builder_add(&builder, &record);
    ck_assert_int_eq(records_builder_finish(&builder, &batch, &head, NULL), ERR_OK);
    ck_assert_ptr_null(batch_fault(batch, &head));
    ck_assert_int_eq(head.max_timestamp_ms, 1000);
    ck_assert_int_eq(head.record_count, 2);
    ck_assert_int_eq(head.last_offset_delta, 1);
}
END_TEST

START_TEST(a_batch_of_no_records_is_its_head)
{
    AUTO(records_builder_done) struct records_builder builder = {.max_timestamp_ms = 0};
    struct batch_head head = records_plain_head(BATCH_GZIP, 1000);
    const unsigned char *batch;

    head.base_offset = 44;
    head.last_offset_delta = 6;
    head.producer_id = 9;
    records_builder_begin(&builder, &head);
    ck_assert_int_eq(records_builder_finish(&builder, &batch, &head, NULL), ERR_OK);
    ck_assert_uint_eq(head.size, BATCH_HEAD_SIZE);
    ck_assert_int_eq(batch_codec_of(&head), BATCH_PLAIN);
    ck_assert_int_eq(batch_last_offset(&head), 50);
    ck_assert_int_eq(head.producer_id, 9);
    ck_assert_int_eq(head.max_timestamp_ms, -1);
    ck_assert(batch_crc_is_right(batch, &head));
    ck_assert_int_eq(read_all(batch, &head), ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_bomb_in_a_batch_is_refused)
{
    AUTO(records_builder_done) struct records_builder builder = {.max_timestamp_ms = 0};
    struct batch_head head = records_plain_head(BATCH_ZSTD, 0);
    const unsigned char *batch;
    size_t size = CODEC_BYTES_LEAST + 1;
    unsigned char *zeros = mem_alloc(size);
    struct record record = {
        .key_size = RECORDS_ABSENT, .value = zeros, .value_size = (int32_t)size};

    records_builder_begin(&builder, &head);
    records_builder_add(&builder, &record);
    ck_assert_uint_gt(records_builder_plain_size(&builder), size);
    ck_assert_int_eq(records_builder_finish(&builder, &batch, &head, NULL), ERR_OK);
    ck_assert_uint_lt(head.size, 4096);
    ck_assert_int_eq(read_all(batch, &head), ERR_LIMIT);
    free(zeros);
}
END_TEST

START_TEST(a_codec_that_does_not_exist_is_refused)
{
    struct batch_head head = head_of(fixed, sizeof fixed);

    head.attributes = 6;
    ck_assert_int_eq(read_all(fixed, &head), ERR_UNSUPPORTED);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        varints_are_those_of_the_format,
        a_varint_of_more_than_64_bits_is_none,
        records_of_a_known_batch_are_read,
        where_the_log_stamps_all_records_have_the_time_of_the_append,
        sizes_counts_and_offsets_are_checked,
        a_batch_that_ends_anywhere_is_refused,
        numbers_of_a_client_may_overflow,
        random_records_come_back_from_a_batch_of_any_codec,
        a_batch_made_like_a_producer_makes_it_may_be_appended,
        a_batch_of_no_records_is_its_head,
        a_bomb_in_a_batch_is_refused,
        a_codec_that_does_not_exist_is_refused,
    };
    return suite_run("records", tests, COUNT_OF(tests));
}
