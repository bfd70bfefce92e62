/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what nimbus and the supervisors answer. What is missing, or not of its kind, is empty or 0: an answer of
 * another version is shown as far as it goes. Every function accepts NULL for the object; results are
 * borrowed from it. Pure; any thread.
 */
#ifndef UI_READ_H
#define UI_READ_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

const char *read_text(const json_t *object, const char *member); /* "" */
uint64_t read_count(const json_t *object, const char *member);   /* 0; also of what is negative */
double read_real(const json_t *object, const char *member);      /* of any number */
bool read_flag(const json_t *object, const char *member);
bool read_has(const json_t *object, const char *member); /* it is there, and not null */
const json_t *read_list(const json_t *object,
                        const char *member); /* NULL, which is an empty list to jansson */

/* The item of the list whose `member` is that text; NULL. */
const json_t *read_find(const json_t *list, const char *member, const char *text);

#endif
