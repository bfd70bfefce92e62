/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of records: tuples on their way to the consumer, acks on their way back.
 */
#ifndef BENCH_HANDWRITTEN_BLOCK_H
#define BENCH_HANDWRITTEN_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/handwritten/job.h"

#define BLOCK_BYTES 16384u

struct edge {
    uint64_t root;
    uint64_t value;
};

struct block {
    uint32_t used;
    uint32_t count;
    uint8_t bytes[BLOCK_BYTES]; /* 8-byte aligned */
};

/* Then comes, if there are acks, a struct edge, and then the text, padded to a multiple of 8. */
struct tuple {
    uint32_t size;
    uint32_t length; /* of the text */
};

static inline struct edge *tuple_edge(struct tuple *tuple)
{
    return (struct edge *)(void *)(tuple + 1);
}

static inline uint32_t tuple_text_offset(const struct job *job)
{
    return (uint32_t)(sizeof(struct tuple) + (job->has_acks ? sizeof(struct edge) : 0));
}

static inline uint32_t tuple_padded(uint32_t size)
{
    return (size + 7u) & ~7u;
}

static inline struct tuple *tuple_at(struct block *block, uint32_t offset)
{
    return (struct tuple *)(void *)(block->bytes + offset);
}

static inline void tuple_commit(struct block *block, struct tuple *tuple, uint32_t offset,
                                uint32_t length)
{
    *tuple = (struct tuple){.size = tuple_padded(offset + length), .length = length};
    block->used += tuple->size;
    block->count++;
}

static inline struct edge *acks_edges(struct block *acks)
{
    return (struct edge *)(void *)acks->bytes;
}

/* What is known of one tree already is folded into it. */
static inline void acks_put(struct block *acks, struct edge edge)
{
    struct edge *edges = acks_edges(acks);

    if (acks->count > 0 && edges[acks->count - 1].root == edge.root)
        edges[acks->count - 1].value ^= edge.value;
    else
        edges[acks->count++] = edge;
}

#endif
