/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a profile of a worker's processor time looks; stacks are wire/threads_text.h. Names are somebody else's: what
 * would be a command to the terminal is shown as '?'. Pure; any thread.
 */
#ifndef CLI_VIEWS_THREADS_VIEW_H
#define CLI_VIEWS_THREADS_VIEW_H

#include <jansson.h>

#include "base/text.h"

/* Of each thread its share, and the functions that took most of it themselves and with what they call. */
void threads_view_profile(const json_t *answer, struct text *text);

#endif
