/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data of an event, which several viewers write at their own pace: it goes with the last who holds it. For
 * ui/io/streams.h and its neighbours, inside of their monitor.
 */
#ifndef UI_IO_STREAM_FRAMES_H
#define UI_IO_STREAM_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attribute.h"
#include "base/text.h"

struct frame {
    size_t users;
    struct text text;
};

/* Held once. The object is taken over; `panel` is put into it, unless it is NULL. */
struct frame *frame_new(const char *panel, struct text *object) MUST_USE;

struct frame *frame_hold(struct frame *frame);
void frame_release(struct frame **frame);

/* NULL is the same as nothing. */
bool frame_is_same(const struct frame *left, const struct frame *right);

#endif
