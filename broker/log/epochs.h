/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which leader epoch begins at which offset. Both only grow. In its file each entry is 16 bytes,
 * little-endian: i32 epoch, i64 first offset, u32 CRC-32C of the twelve before; entries are only ever
 * added at the end, so what is torn is the last one.
 *
 * The batches name their epochs, so a damaged file is made anew from them. Pure; one thread.
 */
#ifndef BROKER_LOG_EPOCHS_H
#define BROKER_LOG_EPOCHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EPOCHS_ENTRY_SIZE = 16,
    EPOCHS_MAX =
        65536, /* beyond it the oldest is forgotten: one comes with each life of the broker */
};

struct epochs_entry {
    int32_t epoch;
    int64_t start_offset;
};

/* All zero: empty. */
struct epochs {
    struct epochs_entry *entries;
    size_t count;
    size_t capacity;
};

void epochs_done(struct epochs *epochs);

/* The epoch of a batch at that offset. True if it is a new one. One that is not larger than the last
 * one, or begins before it, is not. */
bool epochs_add(struct epochs *epochs, int32_t epoch, int64_t start_offset);

/* Forgets all but the entry that holds `start_offset`, and later ones. Returns how many went. */
size_t epochs_cut_before(struct epochs *epochs, int64_t start_offset);

/* Forgets the entries that begin at `end_offset` or behind it. Returns how many went. */
size_t epochs_cut_from(struct epochs *epochs, int64_t end_offset);

/* -1 if there is none. */
int32_t epochs_last(const struct epochs *epochs);

/* The largest epoch not above `epoch`, and where the next one begins: `log_end` if it is the last. -1
 * both if `epoch` is before all. */
void epochs_find_end(const struct epochs *epochs, int32_t epoch, int64_t log_end,
                     int32_t *ret_epoch, int64_t *ret_end);

void epochs_encode(const struct epochs_entry *entry, unsigned char to[EPOCHS_ENTRY_SIZE]);

/* Adds the entries of a file. False if a whole entry of it was damaged, or did not grow: what is behind
 * it was not added. An end that is less than an entry is left out without a word. */
bool epochs_decode(struct epochs *epochs, const void *bytes, size_t size);

#endif
