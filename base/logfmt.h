/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a log line looks: logfmt, one line per event, in time, level, event, key=value order:
 *
 *     2026-11-21T20:30:01.123Z info slot.started slot=a pid=3
 *
 * A message cannot break out of its line: control characters come out as \n, \t, \x1b. Pure; any
 * thread. base/log.h writes the lines.
 */
#ifndef BASE_LOGFMT_H
#define BASE_LOGFMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

enum {
    LOGFMT_LINE_MAX = 4096, /* with the newline; a longer line ends in "..." */
};

struct logfmt {
    uint64_t wall_ms; /* since 1970, UTC */
    enum log_level level;
    const char *event;
    const char *message;
    bool is_coloured; /* the level, by terminal escapes */
    bool is_cut;      /* the message has lost its end already */
};

/* Writes the line with its newline, without NUL, and returns its size. */
size_t logfmt_render(const struct logfmt *logfmt, char ret_line[LOGFMT_LINE_MAX]);

#endif
