/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the threads of a worker do (worker.stacks, worker.profile of docs/protocol/control.md), as text. Names are
 * somebody else's: what would be a command to a terminal is shown as '?'. Pure; any thread.
 */
#ifndef WIRE_THREADS_TEXT_H
#define WIRE_THREADS_TEXT_H

#include <jansson.h>

#include "base/text.h"

/* loop 0: counter[2] in execute
 *   at add (x.c:17)
 *   at memcpy (libc.so.6+0x9a2f1) */
void threads_text_stacks(const json_t *answer, struct text *text);

/* The name of a frame in a profile's stack, "??" if it has none. Borrowed. */
const char *threads_text_name(const json_t *stack, size_t index);

/* Of a profile a line for each stack, as makers of flame graphs read it: "loop 0;main;...;add 17". */
void threads_text_folded(const json_t *answer, struct text *text);

#endif
