/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/log/epochs.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/mem.h"

void epochs_done(struct epochs *epochs)
{
    free(epochs->entries);
    *epochs = (struct epochs){0};
}

static void forget_first(struct epochs *epochs, size_t count)
{
    epochs->count -= count;
    memmove(epochs->entries, epochs->entries + count, epochs->count * sizeof *epochs->entries);
}

bool epochs_add(struct epochs *epochs, int32_t epoch, int64_t start_offset)
{
    if (epoch < 0)
        return false; /* nobody's: a batch that was never placed */
    if (epochs->count > 0) {
        const struct epochs_entry *last = &epochs->entries[epochs->count - 1];
        if (epoch <= last->epoch || start_offset < last->start_offset)
            return false;
        if (start_offset == last->start_offset)
            epochs->count--; /* nothing was ever appended in it */
    }
    if (epochs->count == EPOCHS_MAX)
        forget_first(epochs, 1);
    if (epochs->count == epochs->capacity) {
        epochs->capacity = epochs->capacity == 0 ? 2 : 2 * epochs->capacity;
        epochs->entries = mem_resize(epochs->entries, epochs->capacity, sizeof *epochs->entries);
    }
    epochs->entries[epochs->count++] = (struct epochs_entry){epoch, start_offset};
    return true;
}

size_t epochs_cut_before(struct epochs *epochs, int64_t start_offset)
{
    size_t gone = 0;

    while (gone + 1 < epochs->count && epochs->entries[gone + 1].start_offset <= start_offset)
        gone++;
    if (gone > 0)
        forget_first(epochs, gone);
    return gone;
}

size_t epochs_cut_from(struct epochs *epochs, int64_t end_offset)
{
    size_t gone = 0;

    while (epochs->count > 0 && epochs->entries[epochs->count - 1].start_offset >= end_offset) {
        epochs->count--;
        gone++;
    }
    return gone;
}

int32_t epochs_last(const struct epochs *epochs)
{
    return epochs->count == 0 ? -1 : epochs->entries[epochs->count - 1].epoch;
}

void epochs_find_end(const struct epochs *epochs, int32_t epoch, int64_t log_end,
                     int32_t *ret_epoch, int64_t *ret_end)
{
    size_t above = epochs->count;

    while (above > 0 && epochs->entries[above - 1].epoch > epoch)
        above--;
    *ret_epoch = above == 0 ? -1 : epochs->entries[above - 1].epoch;
    if (above == 0)
        *ret_end = -1;
    else
        *ret_end = above < epochs->count ? epochs->entries[above].start_offset : log_end;
}

void epochs_encode(const struct epochs_entry *entry, unsigned char to[EPOCHS_ENTRY_SIZE])
{
    bytes_put_u32(to, (uint32_t)entry->epoch);
    bytes_put_u64(to + 4, (uint64_t)entry->start_offset);
    bytes_put_u32(to + 12, crc32c_of(to, 12));
}

bool epochs_decode(struct epochs *epochs, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    for (; size >= EPOCHS_ENTRY_SIZE; at += EPOCHS_ENTRY_SIZE, size -= EPOCHS_ENTRY_SIZE) {
        if (bytes_get_u32(at + 12) != crc32c_of(at, 12) ||
            !epochs_add(epochs, (int32_t)bytes_get_u32(at), (int64_t)bytes_get_u64(at + 4)))
            return false;
    }
    return true;
}
