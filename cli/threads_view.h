/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the threads of a worker look: their stacks, and a profile of their processor time. Names are
 * somebody else's: what would be a command to the terminal is shown as '?'. Pure; any thread.
 */
#ifndef CLI_THREADS_VIEW_H
#define CLI_THREADS_VIEW_H

#include <jansson.h>

#include "base/text.h"

/* loop 0: counter[2] in execute
 *   at add (x.c:17)
 *   at memcpy (libc.so.6+0x9a2f1) */
void threads_view_stacks(const json_t *answer, struct text *text);

/* Of each thread its share, and the functions that took most of it themselves and with what they call. */
void threads_view_profile(const json_t *answer, struct text *text);

/* A line for each stack, as makers of flame graphs read it: "loop 0;main;...;add 17". */
void threads_view_folded(const json_t *answer, struct text *text);

#endif
