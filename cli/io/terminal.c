/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void terminal_fill_gaps(void)
{
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
        /* The lowest one that is free is this one. */
        if (fcntl(file, F_GETFD) < 0)
            (void)open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

bool terminal_is_tty(FILE *stream)
{
    return isatty(fileno(stream)) != 0;
}

enum style terminal_style(FILE *stream)
{
    const char *term = getenv("TERM");         /* NOLINT(concurrency-mt-unsafe): nobody sets it */
    const char *no_color = getenv("NO_COLOR"); /* NOLINT(concurrency-mt-unsafe) */

    if (no_color != NULL && no_color[0] != '\0')
        return STYLE_PLAIN;
    if (term == NULL || strcmp(term, "dumb") == 0)
        return STYLE_PLAIN;
    return terminal_is_tty(stream) ? STYLE_COLOURED : STYLE_PLAIN;
}

void terminal_say(const struct text *text)
{
    (void)fwrite(text_data(text), 1, text_size(text), stderr);
}

bool terminal_write(const struct text *text)
{
    struct error error;
    size_t size = text_size(text);

    if (fwrite(text_data(text), 1, size, stdout) == size && fflush(stdout) == 0)
        return true;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
    (void)error_set(&error, ERR_IO, "cannot write to standard output: %s", strerror(errno));
    terminal_complain(NULL, &error);
    return false;
}

void terminal_complain(const char *command, const struct error *error)
{
    enum style style = terminal_style(stderr);

    (void)fprintf(stderr, "%sgale%s%s:%s %s\n", style_red(style), command == NULL ? "" : " ",
                  command == NULL ? "" : command, style_end(style), error->text);
}
