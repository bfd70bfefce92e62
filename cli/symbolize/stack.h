/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns the addresses of a crashed process into functions and source lines, with libdw. Reads the
 * files that the process had mapped; downloads nothing.
 */
#ifndef CLI_SYMBOLIZE_STACK_H
#define CLI_SYMBOLIZE_STACK_H

#include "base/text.h"
#include "cli/symbolize/input.h"

/* Appends a line for each frame, innermost first, "  at parse (parser.c:17)". A function that was
 * inlined has a line of its own. The list ends where the runtime called user code. */
void stack_render(const struct input *input, struct text *text);

#endif
