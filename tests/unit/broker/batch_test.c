/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/batches.h"
#include "tests/support/suite.h"

static struct batches_item make(int32_t record_count)
{
    return batches_make(&(struct batches_order){
        .record_count = record_count, .value_size = 10, .timestamp_ms = 5000, .step_ms = 10});
}

START_TEST(a_head_is_read_field_by_field)
{
    /* Written down by hand: offset 1, length 49, epoch 2, magic 2, crc, attributes 4 (zstd), ... */
    static const unsigned char bytes[] = {
        0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 49, 0, 0, 0, 2, 2, 0xDE, 0xAD, 0xBE, 0xEF,
        0, 4, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0,  0, 4, 0, 0, 0, 0,    0,    0,    0,
        5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 7, 0,  0, 0, 8, 0, 0, 0,    9,
    };
    struct batch_head head;

    ck_assert_uint_eq(sizeof bytes, BATCH_HEAD_SIZE);
    ck_assert_int_eq(batch_read_head(bytes, sizeof bytes, 61, &head), ERR_OK);
    ck_assert_int_eq(head.base_offset, 1);
    ck_assert_uint_eq(head.size, 61);
    ck_assert_int_eq(head.leader_epoch, 2);
    ck_assert_int_eq(head.magic, 2);
    ck_assert_uint_eq(head.crc, 0xDEADBEEFU);
    ck_assert_uint_eq(head.attributes, 4);
    ck_assert_int_eq(batch_codec_of(&head), BATCH_ZSTD);
    ck_assert_int_eq(head.last_offset_delta, 3);
    ck_assert_int_eq(batch_last_offset(&head), 4);
    ck_assert_int_eq(head.base_timestamp_ms, 4);
    ck_assert_int_eq(head.max_timestamp_ms, 5);
    ck_assert_int_eq(head.producer_id, 6);
    ck_assert_int_eq(head.producer_epoch, 7);
    ck_assert_int_eq(head.base_sequence, 8);
    ck_assert_int_eq(head.record_count, 9);
    ck_assert(!batch_crc_is_right(bytes, &head));
}
END_TEST

START_TEST(what_is_not_all_there_is_said_so)
{
    struct batches_item item = make(1);
    struct batch_head head;

    for (size_t size = 0; size < item.head.size; size++) {
        head.size = 0;
        ck_assert_int_eq(batch_read_head(item.bytes, size, UINT32_MAX, &head), ERR_FULL);
        ck_assert_uint_eq(head.size, size < BATCH_HEAD_SIZE ? 0 : item.head.size);
    }
    free(item.bytes);
}
END_TEST

START_TEST(what_cannot_be_a_batch_is_refused_as_soon_as_it_shows)
{
    struct batches_item item = make(1);
    struct batch_head head;
    const unsigned char lengths[][4] = {
        {0, 0, 0, 0}, {0, 0, 0, 48}, {0x80, 0, 0, 0}, {0xFF, 0xFF, 0xFF, 0xFF}};

    ck_assert_int_eq(batch_read_head(item.bytes, item.head.size, item.head.size, &head), ERR_OK);
    ck_assert_int_eq(batch_read_head(item.bytes, 12, item.head.size - 1, &head), ERR_CORRUPT);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        unsigned char bytes[12] = {0};
        memcpy(bytes + 8, lengths[i], 4);
        ck_assert_int_eq(batch_read_head(bytes, sizeof bytes, UINT32_MAX, &head), ERR_CORRUPT);
    }
    item.bytes[16] = 1; /* an older format */
    ck_assert_int_eq(batch_read_head(item.bytes, 17, UINT32_MAX, &head), ERR_CORRUPT);
    free(item.bytes);
}
END_TEST

START_TEST(every_byte_but_place_and_epoch_is_under_the_checksum)
{
    struct batches_item item = make(3);

    for (size_t at = 0; at < item.head.size; at++) {
        struct batch_head head;
        item.bytes[at] ^= 0x10;
        enum err err = batch_read_head(item.bytes, item.head.size, UINT32_MAX, &head);
        bool is_right = err == ERR_OK && batch_crc_is_right(item.bytes, &head);
        ck_assert_int_eq(is_right, at < 8 || (at >= 12 && at < 16));
        item.bytes[at] ^= 0x10;
    }
    free(item.bytes);
}
END_TEST

START_TEST(what_a_client_may_not_send_is_named)
{
    struct batches_item item = make(3);
    struct batch_head bad[16];
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        bad[i] = item.head;
    bad[count++].attributes |= 5;
    bad[count++].attributes |= 7;
    bad[count++].attributes |= 1 << 3;
    bad[count++].attributes |= 1 << 4;
    bad[count++].attributes |= 1 << 5;
    bad[count++].attributes |= 1 << 6;
    bad[count++].producer_id = -2;
    bad[count++].producer_id = 7;
    bad[count++].record_count = 0;
    bad[count++].record_count = -1;
    bad[count++].record_count = 4;
    bad[count++].last_offset_delta = 1;
    bad[count++].max_timestamp_ms = -2;
    bad[count++].max_timestamp_ms = 4999;
    bad[count++].crc++;
    ck_assert_ptr_null(batch_fault(item.bytes, &item.head));
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(batch_fault(item.bytes, &bad[i]) != NULL, "number %zu", i);
    bad[15].producer_id = 7;
    bad[15].producer_epoch = 0;
    bad[15].base_sequence = 0;
    ck_assert_ptr_null(batch_fault(item.bytes, &bad[15]));
    free(item.bytes);
}
END_TEST

START_TEST(a_place_does_not_touch_the_checksum_and_a_stamp_renews_it)
{
    struct batches_item item = make(2);
    struct batch_head head;

    batch_place(item.bytes, INT64_MAX - 5, INT32_MAX);
    ck_assert_int_eq(batch_read_head(item.bytes, item.head.size, UINT32_MAX, &head), ERR_OK);
    ck_assert_int_eq(head.base_offset, INT64_MAX - 5);
    ck_assert_int_eq(head.leader_epoch, INT32_MAX);
    ck_assert(batch_crc_is_right(item.bytes, &head));

    unsigned char copy[BATCH_HEAD_SIZE]; /* the head apart from the rest, as an append has it */
    memcpy(copy, item.bytes, sizeof copy);
    batch_stamp(copy, item.bytes + BATCH_HEAD_SIZE, item.head.size - BATCH_HEAD_SIZE, 777777);
    memcpy(item.bytes, copy, sizeof copy);
    ck_assert_int_eq(batch_read_head(item.bytes, item.head.size, UINT32_MAX, &head), ERR_OK);
    ck_assert_int_eq(head.max_timestamp_ms, 777777);
    ck_assert_int_eq(head.base_timestamp_ms, 5000);
    ck_assert_uint_eq(head.attributes, 1 << 3);
    ck_assert(batch_crc_is_right(item.bytes, &head));
    free(item.bytes);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_head_is_read_field_by_field,
        what_is_not_all_there_is_said_so,
        what_cannot_be_a_batch_is_refused_as_soon_as_it_shows,
        every_byte_but_place_and_epoch_is_under_the_checksum,
        what_a_client_may_not_send_is_named,
        a_place_does_not_touch_the_checksum_and_a_stamp_renews_it,
    };

    return suite_run("batch", tests, sizeof tests / sizeof *tests);
}
