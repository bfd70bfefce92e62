/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A terminal that is drawn on again and again: its other screen, without echo, so that keys can be
 * read as they come. What there was before is there again when it ends, and then also what was
 * written to standard error meanwhile.
 */
#ifndef CLI_IO_SCREEN_H
#define CLI_IO_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct screen;

/* Of standard input and output, which are terminals. */
struct screen *screen_open(void);
void screen_close(struct screen **screen);

/* As large as the terminal is now; 24 rows of 80 columns if it does not tell. */
void screen_size(size_t *ret_rows, size_t *ret_columns);

/* Draws from the upper left corner. False if nobody sees it any more. */
bool screen_draw(const struct text *text);

/* Waits for a key up to that time; 0 if none came, and 'q' if `interrupt_fd` can be read. */
char screen_key(int interrupt_fd, uint64_t until_ns);

#endif
