/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean ...?": finds what somebody meant to type. Pure; any thread.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

enum {
    NEAREST_WORD_MAX = 255, /* longer words have no neighbours */
};

/* The candidate that is the fewest mistakes away from `word`, the first of several; NULL when none
 * is near. A mistake is a letter too many, too few, wrong, or swapped with the next. Two are
 * allowed, one in a word of up to four letters. Borrowed from the candidates. */
const char *nearest(const char *word, const char *const *candidates, size_t count);

#endif
