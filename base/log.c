/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/logfmt.h"

enum colour {
    COLOUR_UNKNOWN,
    COLOUR_OFF,
    COLOUR_ON,
};

/* The log is one of the three things that are allowed to be global. */
struct log_state {
    _Atomic int level;
    _Atomic int colour; /* enum colour: found out by the first line */
};

static struct log_state state = {.level = LOG_INFO}; /* NOLINT(*-non-const-global-variables) */

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&state.level, (int)level, memory_order_relaxed);
}

static bool has_colours(void)
{
    const char *term = getenv("TERM");         /* NOLINT(concurrency-mt-unsafe): nobody sets it */
    const char *no_color = getenv("NO_COLOR"); /* NOLINT(concurrency-mt-unsafe) */

    if (no_color != NULL && no_color[0] != '\0')
        return false;
    return term != NULL && strcmp(term, "dumb") != 0 && isatty(STDERR_FILENO) != 0;
}

/* Two first lines at the same time find out the same. */
static bool is_coloured(void)
{
    int colour = atomic_load_explicit(&state.colour, memory_order_relaxed);

    if (colour == COLOUR_UNKNOWN) {
        colour = has_colours() ? COLOUR_ON : COLOUR_OFF;
        atomic_store_explicit(&state.colour, colour, memory_order_relaxed);
    }
    return colour == COLOUR_ON;
}

static void write_line(enum log_level level, const char *event, const char *format,
                       va_list arguments) PRINTF_LIKE(3, 0);

static void write_line(enum log_level level, const char *event, const char *format,
                       va_list arguments)
{
    if ((int)level < atomic_load_explicit(&state.level, memory_order_relaxed))
        return;

    int errno_before = errno;
    char message[LOGFMT_LINE_MAX] = "";
    char line[LOGFMT_LINE_MAX];
    int wanted = vsnprintf(message, sizeof message, format, arguments);
    struct logfmt logfmt = {
        .wall_ms = clock_wall_ms(),
        .level = level,
        .event = event,
        .message = message,
        .is_coloured = is_coloured(),
        .is_cut = wanted >= (int)sizeof message,
    };
    size_t size = logfmt_render(&logfmt, line);
    ssize_t written = write(STDERR_FILENO, line, size);
    (void)written;
    errno = errno_before;
}

void log_line(enum log_level level, const char *event, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(level, event, format, arguments);
    va_end(arguments);
}

void log_debug(const char *event, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(LOG_DEBUG, event, format, arguments);
    va_end(arguments);
}

void log_info(const char *event, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(LOG_INFO, event, format, arguments);
    va_end(arguments);
}

void log_warn(const char *event, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(LOG_WARN, event, format, arguments);
    va_end(arguments);
}

void log_error(const char *event, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(LOG_ERROR, event, format, arguments);
    va_end(arguments);
}
