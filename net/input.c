/* SPDX-License-Identifier: Apache-2.0 */
#include "net/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* A remainder that fills less than this part of its memory gets memory of its own size. */
#define WASTE_FACTOR 4

void input_done(struct input *input)
{
    free(input->bytes);
    *input = (struct input){.bytes = NULL};
}

const unsigned char *input_bytes(const struct input *input)
{
    return input->size == 0 ? NULL : input->bytes + input->start;
}

static void move_to_front(struct input *input)
{
    if (input->start > 0)
        memmove(input->bytes, input->bytes + input->start, input->size);
    input->start = 0;
}

static void resize(struct input *input, size_t capacity)
{
    input->bytes = mem_resize(input->bytes, capacity, 1);
    input->capacity = capacity;
}

size_t input_free(const struct input *input)
{
    return input->capacity - input->start - input->size;
}

unsigned char *input_room(struct input *input, size_t size)
{
    if (input_free(input) < size) {
        move_to_front(input);
        if (input->capacity - input->size < size)
            resize(input, input->size + size);
    }
    return input->bytes + input->start + input->size;
}

void input_add(struct input *input, size_t size)
{
    ASSERT(size <= input->capacity - input->start - input->size);
    input->size += size;
}

void input_use(struct input *input, size_t size)
{
    ASSERT(size <= input->size);
    input->start += size;
    input->size -= size;
    if (input->size == 0) {
        input_done(input);
    } else if (input->size < input->capacity / WASTE_FACTOR) {
        move_to_front(input);
        resize(input, input->size);
    }
}

void input_keep(struct input *input, const unsigned char *bytes, size_t size)
{
    if (size == 0) {
        input_done(input);
        return;
    }
    if (size > input->capacity || size < input->capacity / WASTE_FACTOR)
        resize(input, size);
    memcpy(input->bytes, bytes, size);
    input->start = 0;
    input->size = size;
}
