/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/call.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/protocol/path.h"

/* ---- one call ---- */

static void *copy_bytes(const void *bytes, size_t size)
{
    if (bytes == NULL)
        return NULL;
    void *copy = mem_alloc(size);
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

/* With everything but the parts. */
static struct coord_call copy_alone(const struct coord_call *call)
{
    struct coord_call copy = *call;

    copy.path = call->path == NULL ? NULL : mem_copy_text(call->path);
    copy.data = copy_bytes(call->data, call->size);
    copy.parts = NULL;
    return copy;
}

struct coord_call coord_call_copy(const struct coord_call *call)
{
    struct coord_call copy = copy_alone(call);

    if (call->part_count == 0)
        return copy;
    struct coord_call *parts = NEW_ARRAY(struct coord_call, call->part_count);
    for (size_t i = 0; i < call->part_count; i++) {
        ASSERT(call->parts[i].part_count == 0); /* there is no multi within a multi */
        parts[i] = copy_alone(&call->parts[i]);
    }
    copy.parts = parts;
    return copy;
}

/* A call in the queue, and what comes out of it, owns what its pointers to const point to. */
static void free_alone(const struct coord_call *call)
{
    free((void *)(uintptr_t)call->path);
    free((void *)(uintptr_t)call->data);
}

void coord_call_done(struct coord_call *call)
{
    for (size_t i = 0; i < call->part_count; i++)
        free_alone(&call->parts[i]);
    free((void *)(uintptr_t)call->parts);
    free_alone(call);
    *call = (struct coord_call){.part_count = 0};
}

/* ---- what can be sent ---- */

static bool is_sequential(const struct coord_call *call)
{
    return call->kind == COORD_CREATE &&
           (call->mode == COORD_PERSISTENT_SEQUENTIAL || call->mode == COORD_EPHEMERAL_SEQUENTIAL);
}

static const char *find_path_fault(const struct coord_call *call)
{
    size_t size = call->path == NULL ? 0 : strlen(call->path);

    if (size >= COORD_PATH_MAX)
        return "is longer than 1023 bytes";
    if (is_sequential(call) && size > 1 && call->path[size - 1] == '/')
        size--; /* the name is the number alone */
    return path_fault(call->path, size);
}

static const char *alone_fault(const struct coord_call *call)
{
    if (call->size > 0 && call->data == NULL)
        return "has a size and no data";
    if (call->size > COORD_DATA_MAX_BYTES)
        return "has more than 1000000 bytes of data";
    if (call->version < COORD_ANY_VERSION)
        return "has a version below -1";
    return find_path_fault(call);
}

static const char *part_fault(const struct coord_call *part)
{
    if (part->kind != COORD_CREATE && part->kind != COORD_DELETE && part->kind != COORD_SET &&
        part->kind != COORD_CHECK)
        return "is neither create, delete, set nor check, and so no part of a multi";
    if (part->kind == COORD_CREATE && part->mode == COORD_CONTAINER)
        return "creates a container in a multi";
    return alone_fault(part);
}

static const char *multi_fault(const struct coord_call *call)
{
    size_t size = 0;

    if (call->part_count > COORD_PARTS_MAX)
        return "has more than 64 parts";
    for (size_t i = 0; i < call->part_count; i++) {
        const char *fault = part_fault(&call->parts[i]);
        if (fault != NULL)
            return fault;
        size += call->parts[i].size + strlen(call->parts[i].path);
    }
    return size > COORD_DATA_MAX_BYTES ? "has more than 1000000 bytes in its parts" : NULL;
}

const char *coord_call_fault(const struct coord_call *call)
{
    switch (call->kind) {
    case COORD_CREATE:
    case COORD_DELETE:
    case COORD_SET:
    case COORD_GET:
    case COORD_EXISTS:
    case COORD_CHILDREN:
    case COORD_SYNC:
        return alone_fault(call);
    case COORD_CHECK:
        return "is a check outside of a multi";
    case COORD_MULTI:
        return multi_fault(call);
    }
    UNREACHABLE();
}

/* ---- the queue ---- */

enum {
    CAPACITY_MIN = 8,
};

/* Makes room behind the last: moves all to the front when half of the array is free there, so that
 * each call is moved at most as often as one is pushed, otherwise makes the array larger. */
static void make_room(struct coord_calls *calls)
{
    size_t count = calls->end - calls->begin;

    if (count > calls->capacity / 2 || calls->capacity == 0) {
        calls->capacity = calls->capacity == 0 ? CAPACITY_MIN : 2 * calls->capacity;
        calls->items = mem_resize(calls->items, calls->capacity, sizeof *calls->items);
    }
    memmove(calls->items, calls->items + calls->begin, count * sizeof *calls->items);
    calls->begin = 0;
    calls->end = count;
}

void coord_calls_push(struct coord_calls *calls, const struct coord_call *call)
{
    if (calls->end == calls->capacity)
        make_room(calls);
    calls->items[calls->end++] = coord_call_copy(call);
}

bool coord_calls_pop(struct coord_calls *calls, struct coord_call *ret_call)
{
    if (calls->begin == calls->end)
        return false;
    *ret_call = calls->items[calls->begin++];
    if (calls->begin == calls->end)
        calls->begin = calls->end = 0;
    return true;
}

void coord_calls_done(struct coord_calls *calls)
{
    struct coord_call call;

    while (coord_calls_pop(calls, &call))
        coord_call_done(&call);
    free(calls->items);
    *calls = (struct coord_calls){.items = NULL};
}
