/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are decoded as a catalog or refused with words, as they are and with the right checksum behind them; what was
 * decoded encodes to a file that decodes and encodes to itself.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "base/crc32c.h"
#include "base/mem.h"
#include "base/text.h"
#include "broker/server/catalog_file.h"
#include "broker/server/topic_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct catalog_limits limits = {.topics_max = 50, .partitions_max = 1000};

static void expect_right(const struct catalog_state *state)
{
    uint64_t partitions = 0;

    ASSERT(state->topic_count <= limits.topics_max && state->deleted_count <= limits.topics_max);
    for (size_t i = 0; i < state->topic_count; i++) {
        const struct catalog_topic *topic = state->topics[i];

        ASSERT(topic_name_fault(topic->name) == NULL && topic->partition_count >= 1);
        ASSERT(!catalog_id_is_zero(&topic->id));
        ASSERT(i == 0 || topic_name_compare_loosely(state->topics[i - 1]->name, topic->name) < 0);
        partitions += (uint64_t)topic->partition_count;
    }
    ASSERT(partitions == state->partition_count && partitions <= limits.partitions_max);
}

static void expect_stable(const struct catalog_state *state)
{
    AUTO(text_done) struct text first = {0};
    AUTO(text_done) struct text second = {0};
    AUTO(catalog_state_done) struct catalog_state again = {0};

    catalog_file_encode(state, &first);
    enum err err = catalog_file_decode(text_data(&first), text_size(&first), &limits, &again, NULL);
    ASSERT(err == ERR_OK);
    catalog_file_encode(&again, &second);
    ASSERT(text_size(&first) == text_size(&second));
    ASSERT(memcmp(text_data(&first), text_data(&second), text_size(&first)) == 0);
}

static void decode(const char *bytes, size_t size)
{
    AUTO(catalog_state_done) struct catalog_state state = {0};
    struct error error = {.code = ERR_OK};
    enum err err = catalog_file_decode(bytes, size, &limits, &state, &error);

    ASSERT(err == error.code);
    ASSERT((err == ERR_OK) == (error.text[0] == '\0'));
    if (err != ERR_OK)
        return;
    expect_right(&state);
    expect_stable(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(text_done) struct text sealed = {0};

    decode((const char *)data, size);
    text_add_bytes(&sealed, data, size);
    text_add(&sealed, "  \"crc32c\": \"%08x\"\n}\n", crc32c_of(data, size));
    decode(text_data(&sealed), text_size(&sealed));
    return 0;
}
