/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for what a message is decoded to: taken piece by piece, given back as a whole, and never more than a
 * maximum, so that no count in a request makes us allocate what we did not mean to. All zero bytes but for the
 * maximum are an empty arena. Pure; an arena belongs to one thread.
 */
#ifndef BROKER_PROTOCOL_ARENA_H
#define BROKER_PROTOCOL_ARENA_H

#include <stddef.h>

#include "base/attribute.h"

enum {
    KAFKA_ARENA_ALIGNMENT = 16,
};

/* What the structs of one request may take, unless a setting says otherwise. */
#define KAFKA_ARENA_SIZE_MAX ((size_t)64 << 20)

struct kafka_arena_block;

struct kafka_arena {
    struct kafka_arena_block *blocks; /* the one in use first */
    unsigned char *at;
    unsigned char *end;
    size_t size;     /* of all blocks */
    size_t size_max; /* of their contents; blocks themselves cost little more */
};

void kafka_arena_init(struct kafka_arena *arena, size_t size_max);
void kafka_arena_done(struct kafka_arena *arena);

/* Gives back all that was taken, and keeps one small block for the next message. */
void kafka_arena_reset(struct kafka_arena *arena);

/* `count` things of `size` bytes, not zeroed, aligned for all types; NULL beyond the maximum. Good until the
 * arena is reset or done. */
void *kafka_arena_take(struct kafka_arena *arena, size_t count, size_t size) MUST_USE;

#endif
