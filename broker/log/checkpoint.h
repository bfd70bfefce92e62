/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of all partitions of a data folder when the broker starts: up to where each is durable, where it
 * begins, and whether it was closed properly. One text file, "checkpoint", replaced as a whole:
 *
 *     gale-checkpoint 1
 *     <flushed offset> <start offset> <clean|open> <name>       one line each, sorted by name
 *     crc <8 hexadecimal digits>                                CRC-32C of all lines before
 *
 * It may be behind the truth: then more is read at the start. It must not be ahead of it: it is saved after
 * a flush has ended, and before a partition that was clean takes its first append. Pure over files.h; a
 * checkpoint belongs to one thread, which may be another one than that of the partitions.
 */
#ifndef BROKER_LOG_CHECKPOINT_H
#define BROKER_LOG_CHECKPOINT_H

#include <stddef.h>

#include "base/err.h"
#include "broker/log/files.h"
#include "broker/log/partition.h"

struct checkpoint;

enum {
    CHECKPOINT_BYTES_MAX = 256 * 1024 * 1024, /* a larger file is not read */
};

/* An empty one, to be filled and saved. */
struct checkpoint *checkpoint_new(void) MUST_USE;
void checkpoint_destroy(struct checkpoint **checkpoint);

/* Says it of a partition, of which nothing was said before; is_known is taken to be true. The folder's
 * name has no line break. */
void checkpoint_put(struct checkpoint *checkpoint, const char *folder,
                    const struct partition_checkpoint *entry);

/* What was said; is_known is false if nothing was. */
struct partition_checkpoint checkpoint_find(struct checkpoint *checkpoint, const char *folder);

size_t checkpoint_count(const struct checkpoint *checkpoint);

/* Puts it into the place of the one that was there; durable when this returns ERR_OK. After an error
 * that one may still be there. */
enum err checkpoint_save(struct files *files, struct checkpoint *checkpoint,
                         struct error *error) MUST_USE;

/* An empty one if there is no file. ERR_CORRUPT: it is damaged; one goes on with an empty one then,
 * and all that there is is read. */
enum err checkpoint_load(struct files *files, struct checkpoint **ret_checkpoint,
                         struct error *error) MUST_USE;

#endif
