/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds every place of a file at which a text stands, with the bytes around it, while the file comes in pieces of any
 * size: as ui/logs/lines.h, but by places, as Storm's log viewer searches. Places do not overlap. Pure; belongs to one
 * thread.
 */
#ifndef UI_LOGS_PLACES_H
#define UI_LOGS_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "ui/logs/needle.h"

enum {
    PLACES_AROUND = 128, /* bytes before and after */
};

struct places {
    const struct needle *needle;
    struct text bytes; /* what was fed and is still needed */
    uint64_t offset;   /* of its first byte in the file */
    size_t from;       /* looked at up to here */
    bool is_last;
};

struct places_match {
    uint64_t offset;    /* in the file */
    const char *before; /* borrowed until the next call, as the others are */
    size_t before_size;
    const char *match;
    size_t match_size;
    const char *after;
    size_t after_size;
};

void places_init(struct places *places, const struct needle *needle, uint64_t offset);
void places_done(struct places *places);
void places_feed(struct places *places, const void *bytes, size_t size, bool is_last);
bool places_take(struct places *places, struct places_match *ret_match) MUST_USE;

/* Where to go on later. */
uint64_t places_next(const struct places *places);

#endif
