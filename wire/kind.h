/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a field of a tuple holds. The numbers stand in plans and are part of the SDK's ABI.
 */
#ifndef WIRE_KIND_H
#define WIRE_KIND_H

#include <stdbool.h>

enum kind {
    KIND_NONE = 0,
    KIND_BOOL = 1,
    KIND_I64 = 2,
    KIND_U64 = 3,
    KIND_F64 = 4,
    KIND_STR = 5,
    KIND_BYTES = 6,
    KIND_NULLABLE = 0x10, /* a flag beside one of the above */
};

/* The kind without its nullable flag. */
static inline enum kind kind_base(enum kind kind)
{
    return (enum kind)((unsigned)kind & 0xFu);
}

static inline bool kind_is_nullable(enum kind kind)
{
    return ((unsigned)kind & KIND_NULLABLE) != 0;
}

/* Whether the value lies in the tail of the tuple, with offset and length in its slot. */
static inline bool kind_has_tail(enum kind kind)
{
    return kind_base(kind) == KIND_STR || kind_base(kind) == KIND_BYTES;
}

static inline bool kind_is_known(enum kind kind)
{
    unsigned base = (unsigned)kind & ~(unsigned)KIND_NULLABLE;

    return base >= KIND_BOOL && base <= KIND_BYTES;
}

#endif
