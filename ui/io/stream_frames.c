/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/stream_frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/http/sse.h"

void frame_release(struct frame **frame)
{
    struct frame *old = TAKE(*frame);

    if (old == NULL || --old->users > 0)
        return;
    text_done(&old->text);
    free(old);
}

struct frame *frame_hold(struct frame *frame)
{
    frame->users++;
    return frame;
}

struct frame *frame_new(const char *panel, struct text *object)
{
    struct frame *frame = NEW(struct frame);
    struct text data;

    text_init(&data);
    if (panel == NULL)
        text_add(&data, "%s", text_data(object));
    else
        sse_add_data(panel, object, &data);
    sse_add_tail(text_data(&data), &frame->text);
    text_done(&data);
    text_done(object);
    frame->users = 1;
    return frame;
}

bool frame_is_same(const struct frame *left, const struct frame *right)
{
    return left != NULL && right != NULL && text_size(&left->text) == text_size(&right->text) &&
           memcmp(text_data(&left->text), text_data(&right->text), text_size(&left->text)) == 0;
}
