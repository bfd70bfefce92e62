/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are read as a consumer's subscription and as an assignment, or refused; every text and number of what was
 * read can be looked at.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/protocol/consumer.h"

#define ARENA_SIZE_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The sum is of no use but to read every byte. */
static uint64_t touch(const void *data, int32_t length)
{
    const unsigned char *bytes = data;
    uint64_t sum = 0;

    for (int32_t i = 0; i < length; i++)
        sum += bytes[i];
    return sum;
}

static uint64_t touch_numbers(const int32_t *numbers, int32_t count)
{
    return touch(numbers, count * (int32_t)sizeof *numbers);
}

static uint64_t try_subscription(struct kafka_bytes bytes)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = ARENA_SIZE_MAX};
    struct kafka_consumer_subscription read;
    uint64_t sum = 0;

    if (kafka_decode_subscription(bytes, &arena, &read, NULL) != ERR_OK)
        return 0;
    for (int32_t i = 0; i < read.topic_count; i++)
        sum += touch(read.topics[i].data, read.topics[i].length);
    for (int32_t i = 0; i < read.owned_partition_count; i++)
        sum += touch(read.owned_partitions[i].name.data, read.owned_partitions[i].name.length) +
               touch_numbers(read.owned_partitions[i].partitions,
                             read.owned_partitions[i].partition_count);
    return sum + touch(read.user_data.data, read.user_data.length) +
           touch(read.rack_id.data, read.rack_id.length);
}

static uint64_t try_assignment(struct kafka_bytes bytes)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = ARENA_SIZE_MAX};
    struct kafka_consumer_assignment read;
    uint64_t sum = 0;

    if (kafka_decode_assignment(bytes, &arena, &read, NULL) != ERR_OK)
        return 0;
    for (int32_t i = 0; i < read.assigned_partition_count; i++)
        sum +=
            touch(read.assigned_partitions[i].name.data, read.assigned_partitions[i].name.length) +
            touch_numbers(read.assigned_partitions[i].partitions,
                          read.assigned_partitions[i].partition_count);
    return sum + touch(read.user_data.data, read.user_data.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *copy = mem_alloc(size); /* not a byte more */
    struct kafka_bytes bytes = {copy, (int32_t)size};
    volatile uint64_t sum = 0;

    if (size > 0)
        memcpy(copy, data, size);
    sum = try_subscription(bytes) + try_assignment(bytes);
    (void)sum;
    free(copy);
    return 0;
}
