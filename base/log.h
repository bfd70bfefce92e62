/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a process: lines to stderr, one write(2) each, so that lines of several threads and
 * processes do not mix. What they look like: base/logfmt.h.
 *
 * The event is a stable id ("slot.started"), the message is key=value in lower case. Error = a
 * person must act; warn = we went on; info = life events; debug = the rest. Only io/, main.c and
 * cli/ log; library code returns. Any thread; errno is kept. A line that cannot be written is lost:
 * there is nobody left to tell.
 *
 * The level is coloured if stderr is a terminal, TERM is set and not "dumb", and NO_COLOR is not
 * set or empty.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/attribute.h"

enum log_level {
    LOG_DEBUG,
    LOG_INFO,
    LOG_WARN,
    LOG_ERROR,
};

/* Lines below the level are dropped; LOG_INFO at the start. */
void log_set_level(enum log_level level);

void log_line(enum log_level level, const char *event, const char *format, ...) PRINTF_LIKE(3, 4);

void log_debug(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_info(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_warn(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);
void log_error(const char *event, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
