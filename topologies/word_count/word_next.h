/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a word is: a run of ASCII letters and apostrophes, in lower case. One that is longer than
 * WORD_BYTES_MAX is cut into pieces, so that a word always fits a buffer on the stack.
 */
#ifndef TOPOLOGIES_WORD_COUNT_WORD_NEXT_H
#define TOPOLOGIES_WORD_COUNT_WORD_NEXT_H

#include <gale/gale.h>

#define WORD_BYTES_MAX 255

/* The letter in lower case; 0 for what separates words. */
static const char word_fold[256] = {
    ['\''] = '\'', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f',
    ['G'] = 'g',   ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l', ['M'] = 'm',
    ['N'] = 'n',   ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't',
    ['U'] = 'u',   ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z', ['a'] = 'a',
    ['b'] = 'b',   ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h',
    ['i'] = 'i',   ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o',
    ['p'] = 'p',   ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v',
    ['w'] = 'w',   ['x'] = 'x', ['y'] = 'y', ['z'] = 'z'};

/* Takes the next word off *rest and writes it, folded, into `text`, which has WORD_BYTES_MAX bytes.
 * *ret_word borrows it from there. False if there is no further word. */
static inline bool word_next(struct gale_str *rest, char *text, struct gale_str *ret_word)
{
    const unsigned char *at = (const unsigned char *)rest->data;
    const unsigned char *end = at + rest->length;
    size_t length = 0;

    while (at < end && word_fold[*at] == 0)
        at++;
    while (at < end && word_fold[*at] != 0 && length < WORD_BYTES_MAX)
        text[length++] = word_fold[*at++];
    *rest = gale_str_of((const char *)at, (size_t)(end - at));
    *ret_word = gale_str_of(text, length);
    return length > 0;
}

#endif
