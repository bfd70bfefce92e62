/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who shows tokens that are not the right one is slowed. After GUESSES_FREE wrong ones within a minute an address has to
 * wait before the next one is looked at: a second, then twice as long each time, up to a minute. The right one, or a
 * minute of peace, ends it. Other addresses are not held up by it.
 *
 * At most GUESSES_MAX addresses are remembered, the one that has been quiet for longest goes first; who uses more of
 * them gets GUESSES_FREE tries with each. One line is to be logged when an address begins to be slowed, and not
 * more than one a second in all: the next one says how many were left out.
 *
 * Pure; belongs to one thread.
 */
#ifndef UI_HTTP_GUESSES_H
#define UI_HTTP_GUESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"

enum {
    GUESSES_MAX = 256,
    GUESSES_FREE = 10,
    GUESSES_SOURCE_BYTES = 16,
};

struct guesses;

/* An address of IPv6, or of IPv4 with zeros before it. */
struct guess_source {
    unsigned char bytes[GUESSES_SOURCE_BYTES];
};

/* A whole /64 of IPv6 is one source: whoever has one address of it has them all. */
struct guess_source guess_source_of(const void *address, size_t size);

struct guesses *guesses_new(void) MUST_USE;
void guesses_destroy(struct guesses **guesses);

/* How long the source has to wait before a token that it shows is looked at; 0: not at all. */
uint64_t guesses_wait_ns(const struct guesses *guesses, const struct guess_source *source,
                         uint64_t now_ns);

/* It was wrong. True: to be logged, with how many of such lines were left out. */
bool guesses_note_wrong(struct guesses *guesses, const struct guess_source *source, uint64_t now_ns,
                        uint64_t *ret_left_out);

/* It was right. */
void guesses_note_right(struct guesses *guesses, const struct guess_source *source);

#endif
