/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a connection that came and were not used yet: the beginning of a frame, mostly, so
 * in one piece. Takes memory only while it holds something, and no more than twice that while it
 * grows. Pure; an input belongs to one thread.
 */
#ifndef NET_INPUT_H
#define NET_INPUT_H

#include <stddef.h>

/* All zero bytes are an empty input. */
struct input {
    unsigned char *bytes; /* NULL while empty */
    size_t start;         /* of what is held, in `bytes` */
    size_t size;          /* of what is held */
    size_t capacity;
};

void input_done(struct input *input);

/* What is held: input->size bytes, borrowed until the next change. */
const unsigned char *input_bytes(const struct input *input);

/* Room for `size` bytes right behind what is held; input_add() says how many came. */
unsigned char *input_room(struct input *input, size_t size);
void input_add(struct input *input, size_t size);

/* What input_room() has without taking or moving memory. */
size_t input_free(const struct input *input);

/* Drops the first `size` of the bytes held. */
void input_use(struct input *input, size_t size);

/* Holds a copy of these instead; they do not lie in the input. */
void input_keep(struct input *input, const unsigned char *bytes, size_t size);

#endif
