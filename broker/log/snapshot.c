/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/snapshot.h"

#include <string.h>

#include "base/crc32c.h"

enum {
    VERSION = 1,
    MAGIC_SIZE = 8,
    HEAD_SIZE = MAGIC_SIZE + 4 + 8 + 4,
    PRODUCER_SIZE = 8 + 8 + 2 + 1,
    BATCH_SIZE = 4 + 4 + 8 + 8 + 8,
    CRC_SIZE = 4,
};

static const char magic[MAGIC_SIZE + 1] = "galeprod";

/* ---- Encoding ------------------------------------------------------------------------------ */

static void put(struct text *out, uint64_t value, size_t size)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(value >> (8 * (size - 1 - i)));
    text_add_bytes(out, bytes, size);
}

static void put_batch(struct text *out, const struct producers_batch *batch)
{
    put(out, (uint32_t)batch->base_sequence, 4);
    put(out, (uint32_t)batch->last_sequence, 4);
    put(out, (uint64_t)batch->base_offset, 8);
    put(out, (uint64_t)batch->last_offset, 8);
    put(out, (uint64_t)batch->max_timestamp_ms, 8);
}

static void put_state(struct text *out, const struct producers_state *state)
{
    put(out, (uint64_t)state->producer_id, 8);
    put(out, (uint64_t)state->seen_ms, 8);
    put(out, (uint16_t)state->epoch, 2);
    put(out, state->batch_count, 1);
    for (uint8_t i = 0; i < state->batch_count; i++)
        put_batch(out, &state->batches[i]);
}

void snapshot_encode(const struct producers *producers, int64_t offset, struct text *out)
{
    size_t from = text_size(out);

    text_add_bytes(out, magic, MAGIC_SIZE);
    put(out, VERSION, 4);
    put(out, (uint64_t)offset, 8);
    put(out, producers_count(producers), 4);
    for (const struct producers_state *state = producers_first(producers); state != NULL;
         state = producers_next(producers, state))
        put_state(out, state);
    put(out, crc32c_of(text_data(out) + from, text_size(out) - from), CRC_SIZE);
}

/* ---- Decoding ------------------------------------------------------------------------------ */

struct source {
    const unsigned char *bytes;
    size_t size; /* what is left */
};

/* The caller has looked at the size. */
static uint64_t get(struct source *source, size_t size)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++)
        value = value << 8 | source->bytes[i];
    source->bytes += size;
    source->size -= size;
    return value;
}

static struct producers_batch get_batch(struct source *source)
{
    struct producers_batch batch;

    batch.base_sequence = (int32_t)get(source, 4);
    batch.last_sequence = (int32_t)get(source, 4);
    batch.base_offset = (int64_t)get(source, 8);
    batch.last_offset = (int64_t)get(source, 8);
    batch.max_timestamp_ms = (int64_t)get(source, 8);
    return batch;
}

static bool is_possible(const struct producers_batch *batch)
{
    return batch->base_sequence >= 0 && batch->last_sequence >= 0 && batch->base_offset >= 0 &&
           batch->last_offset >= batch->base_offset;
}

static bool get_state(struct source *source, struct producers_state *state)
{
    if (source->size < PRODUCER_SIZE)
        return false;
    *state = (struct producers_state){.producer_id = (int64_t)get(source, 8)};
    state->seen_ms = (int64_t)get(source, 8);
    state->epoch = (int16_t)get(source, 2);
    state->batch_count = (uint8_t)get(source, 1);
    if (state->producer_id < 0 || state->epoch < 0 || state->batch_count == 0 ||
        state->batch_count > PRODUCERS_BATCHES ||
        source->size < (size_t)state->batch_count * BATCH_SIZE)
        return false;
    for (uint8_t i = 0; i < state->batch_count; i++) {
        state->batches[i] = get_batch(source);
        if (!is_possible(&state->batches[i]))
            return false;
    }
    return true;
}

static bool get_states(struct source *source, uint64_t count, struct producers *producers)
{
    for (uint64_t i = 0; i < count; i++) {
        struct producers_state state;
        if (!get_state(source, &state) || producers_find(producers, state.producer_id) != NULL)
            return false;
        producers_restore(producers, &state);
    }
    return source->size == 0;
}

static bool crc_is_right(const unsigned char *bytes, size_t size)
{
    struct source stored = {bytes + size - CRC_SIZE, CRC_SIZE};

    return get(&stored, CRC_SIZE) == crc32c_of(bytes, size - CRC_SIZE);
}

enum err snapshot_decode(const void *bytes, size_t size, struct producers *producers,
                         int64_t *ret_offset, struct error *error)
{
    producers_clear(producers);
    if (size < HEAD_SIZE + CRC_SIZE || memcmp(bytes, magic, MAGIC_SIZE) != 0)
        return error_set(error, ERR_CORRUPT, "not a snapshot of producers");
    if (!crc_is_right(bytes, size))
        return error_set(error, ERR_CORRUPT, "the checksum is wrong");

    struct source source = {(const unsigned char *)bytes + MAGIC_SIZE,
                            size - MAGIC_SIZE - CRC_SIZE};
    uint64_t version = get(&source, 4);
    if (version != VERSION)
        return error_set(error, ERR_VERSION, "version %u is not known", (unsigned)version);
    int64_t offset = (int64_t)get(&source, 8);
    uint64_t count = get(&source, 4);
    if (offset < 0 || !get_states(&source, count, producers)) {
        producers_clear(producers);
        return error_set(error, ERR_CORRUPT, "the producers do not fit the format");
    }
    *ret_offset = offset;
    return ERR_OK;
}
