/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/batches.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "broker/log/records.h"

struct batches_item batches_make(const struct batches_order *order)
{
    struct records_builder builder = {.max_timestamp_ms = 0};
    struct batch_head head = records_plain_head(order->codec, order->timestamp_ms);
    int32_t count = order->record_count == 0 ? 1 : order->record_count;
    unsigned char *value = mem_alloc(order->value_size);
    const unsigned char *bytes;
    struct batches_item item;
    struct error error;
    struct rng rng;

    rng_init(&rng, order->content);
    if (order->producer_id != 0) {
        head.producer_id = order->producer_id;
        head.producer_epoch = order->producer_epoch;
        head.base_sequence = order->base_sequence;
    }
    records_builder_begin(&builder, &head);
    for (int32_t i = 0; i < count; i++) {
        for (size_t j = 0; j < order->value_size; j++)
            value[j] = (unsigned char)rng_next(&rng);
        const struct record record = {.offset = i,
                                      .timestamp_ms = order->timestamp_ms + i * order->step_ms,
                                      .key_size = RECORDS_ABSENT,
                                      .value = value,
                                      .value_size = (int32_t)order->value_size};
        records_builder_add(&builder, &record);
    }
    ck_assert_int_eq(records_builder_finish(&builder, &bytes, &item.head, &error), ERR_OK);
    item.bytes = mem_alloc(item.head.size);
    memcpy(item.bytes, bytes, item.head.size);
    records_builder_done(&builder);
    free(value);
    ck_assert_int_eq(batch_read_head(item.bytes, item.head.size, UINT32_MAX, &item.head), ERR_OK);
    ck_assert_ptr_null(batch_fault(item.bytes, &item.head));
    return item;
}
