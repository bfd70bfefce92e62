/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a partition's producers as the bytes of a file, "<20 digits>.snapshot", so that not
 * all of the log needs to be read to know them. Numbers are big-endian:
 *
 *     8   "galeprod"
 *     4   version, 1
 *     8   offset: the state after all batches below it
 *     4   count of producers, the one that was silent for longest first; for each
 *             8  id    8  seen_ms    2  epoch    1  count of batches, 1 .. 5; for each
 *                 4  base sequence    4  last sequence
 *                 8  base offset      8  last offset      8  max timestamp
 *     4   CRC-32C of all before
 *
 * A snapshot that is missing, damaged or of another version costs a reading of the log and nothing
 * else. Pure; any thread.
 */
#ifndef BROKER_LOG_SNAPSHOT_H
#define BROKER_LOG_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "broker/log/producers.h"

enum {
    /* Larger than the largest that is written: a file beyond it is not read. */
    SNAPSHOT_BYTES_MAX = 28 + PRODUCERS_MAX * (19 + PRODUCERS_BATCHES * 32),
};

/* Appends the bytes. */
void snapshot_encode(const struct producers *producers, int64_t offset, struct text *out);

/* Replaces what `producers` knows; it knows nothing after an error: ERR_CORRUPT, ERR_VERSION. */
enum err snapshot_decode(const void *bytes, size_t size, struct producers *producers,
                         int64_t *ret_offset, struct error *error) MUST_USE;

#endif
