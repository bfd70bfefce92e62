/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/frame.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "wire/block.h"

#define HELLO_FIXED_BYTES 24u

/* How large a payload may be; a multiple of `unit`. */
struct extent {
    size_t min;
    size_t max;
    size_t unit;
};

/* By kind; a kind that does not exist has unit 0. */
static const struct extent extents[] = {
    [FRAME_HELLO] = {HELLO_FIXED_BYTES + 2, FRAME_HELLO_BYTES_MAX, 1},
    [FRAME_DATA] = {sizeof(struct block_head), SIZE_MAX, 8},
    [FRAME_BEAT] = {0, 0, 1},
    [FRAME_BYE] = {0, 0, 1},
    [FRAME_TALK] = {0, FRAME_TALK_MAX, 1},
    [FRAME_WELCOME] = {0, 0, 1},
    [FRAME_REFUSE] = {8, 8, 8},
    [FRAME_CREDIT] = {8, FRAME_CREDITS_MAX * 8, 8},
    [FRAME_STATE] = {0, FRAME_CREDITS_MAX * 8, 8},
    [FRAME_GONE] = {0, 0, 1},
    [FRAME_AGAIN] = {0, 0, 1},
};

static bool check_size(uint8_t kind, size_t size)
{
    if (kind >= sizeof extents / sizeof *extents || extents[kind].unit == 0)
        return false;
    const struct extent *extent = &extents[kind];
    return size >= extent->min && size <= extent->max && size % extent->unit == 0;
}

bool frame_read(const void *bytes, size_t size, struct frame_view *ret_view)
{
    const uint8_t *at = bytes;

    if (size < sizeof(struct frame_head))
        return false;
    struct frame_view view = {
        .head = {.version = at[0],
                 .kind = at[1],
                 .loop = bytes_get_u16(at + 2),
                 .zero = bytes_get_u32(at + 4),
                 .assignment = bytes_get_u64(at + 8),
                 .link = bytes_get_u64(at + 16),
                 .sequence = bytes_get_u64(at + 24)},
        .payload = at + sizeof(struct frame_head),
        .size = size - sizeof(struct frame_head),
    };
    if (view.head.version != FRAME_VERSION || view.head.zero != 0 ||
        !check_size(view.head.kind, view.size))
        return false;
    if (view.head.loop != 0 && view.head.kind != FRAME_DATA)
        return false;
    *ret_view = view;
    return true;
}

/* A name of `size` bytes, as a text; false if it cannot be one. */
static bool read_name(const uint8_t *bytes, size_t size, char name[FRAME_NAME_MAX + 1])
{
    if (size == 0 || size > FRAME_NAME_MAX || memchr(bytes, 0, size) != NULL)
        return false;
    memcpy(name, bytes, size);
    name[size] = '\0';
    return true;
}

bool frame_read_hello(const struct frame_view *view, struct frame_hello *ret_hello)
{
    const uint8_t *at = view->payload;

    if (view->head.kind != FRAME_HELLO || view->size < HELLO_FIXED_BYTES)
        return false;
    size_t topology_size = bytes_get_u16(at + 20);
    size_t supervisor_size = bytes_get_u16(at + 22);
    if (view->size != HELLO_FIXED_BYTES + topology_size + supervisor_size)
        return false;

    struct frame_hello hello = {.from_incarnation = bytes_get_u64(at),
                                .to_incarnation = bytes_get_u64(at + 8),
                                .slot = bytes_get_u32(at + 16)};
    const uint8_t *names = at + HELLO_FIXED_BYTES;
    if (!read_name(names, topology_size, hello.topology) ||
        !read_name(names + topology_size, supervisor_size, hello.supervisor))
        return false;
    *ret_hello = hello;
    return true;
}

uint64_t frame_sequence(const struct frame_view *view, size_t index)
{
    ASSERT(index < view->size / 8);
    return bytes_get_u64(view->payload + 8 * index);
}

size_t frame_write_hello(const struct frame_hello *hello, uint8_t bytes[FRAME_HELLO_BYTES_MAX])
{
    size_t topology_size = strlen(hello->topology);
    size_t supervisor_size = strlen(hello->supervisor);

    ASSERT(topology_size > 0 && topology_size <= FRAME_NAME_MAX);
    ASSERT(supervisor_size > 0 && supervisor_size <= FRAME_NAME_MAX);
    bytes_put_u64(bytes, hello->from_incarnation);
    bytes_put_u64(bytes + 8, hello->to_incarnation);
    bytes_put_u32(bytes + 16, hello->slot);
    bytes_put_u16(bytes + 20, (uint16_t)topology_size);
    bytes_put_u16(bytes + 22, (uint16_t)supervisor_size);
    memcpy(bytes + HELLO_FIXED_BYTES, hello->topology, topology_size);
    memcpy(bytes + HELLO_FIXED_BYTES + topology_size, hello->supervisor, supervisor_size);
    return HELLO_FIXED_BYTES + topology_size + supervisor_size;
}

const char *frame_refusal_text(enum frame_refusal refusal)
{
    switch (refusal) {
    case FRAME_NOT_ASSIGNED:
        return "it is not assigned";
    case FRAME_STALE:
        return "a later incarnation of it is known";
    case FRAME_NOT_ME:
        return "it meant another incarnation";
    case FRAME_NO_LINK:
        return "its channel is not known";
    }
    return "unknown reason";
}
