/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a tuple looks that was sampled, in one line:
 *
 *     splitter[1] -> counter[0] words {word="whale", count=3}
 *
 * Its fields are somebody else's bytes: what would be a command to the terminal is shown as '?'. Pure;
 * any thread.
 */
#ifndef CLI_VIEWS_SAMPLE_VIEW_H
#define CLI_VIEWS_SAMPLE_VIEW_H

#include <jansson.h>

#include "base/text.h"

/* Appends the line and its newline. */
void sample_view_tuple(const json_t *tuple, struct text *text);

#endif
