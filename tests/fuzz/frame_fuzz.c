/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are accepted as a frame or refused. What a HELLO says is two texts, and writing it again
 * gives the same payload; the sequences of a CREDIT or STATE can be read; a block is judged without
 * leaving the frame, wherever the frame stands in memory.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "wire/block.h"
#include "wire/frame.h"

#define TASKS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tuple_schema schemas[] = {
    {.field_count = 2, .kinds = {KIND_U64, KIND_STR}},
    {.field_count = 1, .kinds = {KIND_BOOL}},
};

static void look_at_hello(const struct frame_view *view)
{
    uint8_t bytes[FRAME_HELLO_BYTES_MAX];
    struct frame_hello hello;

    if (!frame_read_hello(view, &hello))
        return;
    ASSERT(strlen(hello.topology) > 0 && strlen(hello.topology) <= FRAME_NAME_MAX);
    ASSERT(strlen(hello.supervisor) > 0 && strlen(hello.supervisor) <= FRAME_NAME_MAX);
    ASSERT(frame_write_hello(&hello, bytes) == view->size);
    ASSERT(memcmp(bytes, view->payload, view->size) == 0);
}

static uint64_t look_at_sequences(const struct frame_view *view)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < view->size / 8; i++)
        sum += frame_sequence(view, i);
    return sum;
}

/* As a receiver does it: the block is copied to where it is aligned. */
static bool look_at_block(const struct frame_view *view)
{
    struct block_head *head = mem_alloc(view->size);

    memcpy(head, view->payload, view->size);
    bool is_true = block_check(head, view->size, schemas, COUNT_OF(schemas), TASKS);
    free(head);
    return is_true;
}

static uint64_t look_at(const struct frame_view *view)
{
    switch ((enum frame_kind)view->head.kind) {
    case FRAME_HELLO:
        look_at_hello(view);
        return 0;
    case FRAME_DATA:
        return look_at_block(view);
    case FRAME_CREDIT:
    case FRAME_STATE:
        ASSERT(view->size <= FRAME_CREDITS_MAX * sizeof(uint64_t));
        return look_at_sequences(view);
    case FRAME_REFUSE:
        return strlen(frame_refusal_text((enum frame_refusal)(uint32_t)frame_sequence(view, 0)));
    case FRAME_TALK:
        ASSERT(view->size <= FRAME_TALK_MAX);
        return 0;
    case FRAME_BEAT:
    case FRAME_BYE:
    case FRAME_WELCOME:
    case FRAME_GONE:
    case FRAME_AGAIN:
        ASSERT(view->size == 0);
        return 0;
    }
    UNREACHABLE();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    volatile uint64_t sum = 0;
    struct frame_view view;

    if (frame_read(data, size, &view)) {
        ASSERT(view.payload + view.size == data + size);
        sum = look_at(&view);
    }
    (void)sum;
    return 0;
}
