/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what nimbus and the supervisors answer. What is missing, or not of its kind, is empty or 0:
 * an answer of another version is shown as far as it goes. Every function accepts NULL for the
 * object. Pure; any thread.
 */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Borrowed. */
const char *answer_text(const json_t *object, const char *member);
uint64_t answer_count(const json_t *object, const char *member);
bool answer_flag(const json_t *object, const char *member);

/* The item of that list at `index`; NULL if there is none. */
const json_t *answer_item(const json_t *object, const char *list, size_t index);
size_t answer_size(const json_t *object, const char *list);

/* Appends words that somebody else has written, with '?' for what would be a command to the
 * terminal, and in one line. */
void answer_add_words(const char *words, struct text *text);

/* The object on one line with its newline, "v":1 being its first member. */
void answer_add_json(const json_t *object, struct text *text);

#endif
