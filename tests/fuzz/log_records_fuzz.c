/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the bytes of a batch are, its records are read or refused with words; and what was read makes a
 * batch from which the same is read again. The input is a batch whose sum nobody looks at.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/log/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const struct record *left, const struct record *right)
{
    ASSERT(left->offset == right->offset && left->timestamp_ms == right->timestamp_ms);
    ASSERT(left->key_size == right->key_size && left->value_size == right->value_size);
    ASSERT(left->key_size <= 0 || memcmp(left->key, right->key, (size_t)left->key_size) == 0);
    ASSERT(left->value_size <= 0 ||
           memcmp(left->value, right->value, (size_t)left->value_size) == 0);
    ASSERT(left->headers_size == right->headers_size);
}

/* Reads both side by side. */
static void compare(const void *batch, const struct batch_head *head, const void *other,
                    const struct batch_head *other_head)
{
    AUTO(records_reader_done) struct records_reader left = {.left = 0};
    AUTO(records_reader_done) struct records_reader right = {.left = 0};
    struct record a;
    struct record b;
    enum err err = records_open(&left, batch, head, NULL);
    enum err other_err = records_open(&right, other, other_head, NULL);

    while (err == ERR_OK && other_err == ERR_OK) {
        err = records_next(&left, &a, NULL);
        other_err = records_next(&right, &b, NULL);
        if (err == ERR_OK && other_err == ERR_OK)
            expect_same(&a, &b);
    }
    ASSERT(err == ERR_NOT_FOUND && other_err == ERR_NOT_FOUND);
}

/* All records of the batch; false if one cannot be read, or could not be made again. */
static bool copy(const void *batch, const struct batch_head *head, struct records_builder *builder)
{
    AUTO(records_reader_done) struct records_reader reader = {.left = 0};
    struct error error = {.text = ""};
    struct record record;
    enum err err = records_open(&reader, batch, head, &error);

    records_builder_begin(builder, head);
    while (err == ERR_OK && (err = records_next(&reader, &record, &error)) == ERR_OK) {
        if (record.offset < head->base_offset)
            return false; /* the offset did overflow */
        records_builder_add(builder, &record);
    }
    ASSERT((err == ERR_NOT_FOUND) == (error.text[0] == '\0'));
    return err == ERR_NOT_FOUND;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(records_builder_done) struct records_builder builder = {.max_timestamp_ms = 0};
    const unsigned char *made;
    struct batch_head made_head;
    struct batch_head head;

    enum err err = batch_read_head(data, size, UINT32_MAX, &head);
    if (err == ERR_CORRUPT || size < BATCH_HEAD_SIZE)
        return 0;
    head.size = (uint32_t)size; /* so that seeds may be changed at their ends */
    if (head.base_offset < 0 || !copy(data, &head, &builder))
        return 0;
    err = records_builder_finish(&builder, &made, &made_head, NULL);
    ASSERT(err == ERR_OK);
    ASSERT(batch_crc_is_right(made, &made_head));
    compare(data, &head, made, &made_head);
    return 0;
}
