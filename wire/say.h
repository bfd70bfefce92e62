/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How errors name things that people wrote: quoted, on one line, cut to a length, and with the
 * remedy nearest at hand. The results are values: `say_quoted(name).text` lives as long as the
 * call it is an argument of. Pure; any thread.
 */
#ifndef WIRE_SAY_H
#define WIRE_SAY_H

#include <stdint.h>

#include "base/text.h"

enum {
    SAID_TEXT_MAX = 160,
};

struct said {
    char text[SAID_TEXT_MAX];
};

/* 'text', with '?' for each byte that is not printable ASCII, cut after 64 bytes. NULL is ''. */
struct said say_quoted(const char *text);

/* What to write instead of `word`: "did you mean 'text'?", or if nothing is near, what there is:
 * "there is: 'text', 'total'", or "there is none". Neither word nor names are NULL. */
struct said say_choices(const char *word, const char *const *names, uint32_t count);

/* Appends words that somebody else has chosen, all of them: what would be a command to a terminal becomes '?'. */
void say_words(const char *words, struct text *text);

#endif
