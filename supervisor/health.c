/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/health.h"

#include <stdio.h>
#include <string.h>

static const char mark[] = "ERROR";

/* The first line that begins with the mark; NULL if there is none. */
static const char *find_mark(const char *output, size_t size, size_t *ret_line)
{
    const char *end = output + size;

    while (output < end) {
        const char *stop = memchr(output, '\n', (size_t)(end - output));
        size_t line = (size_t)((stop == NULL ? end : stop) - output);
        if (line >= sizeof mark - 1 && memcmp(output, mark, sizeof mark - 1) == 0) {
            *ret_line = line;
            return output;
        }
        if (stop == NULL)
            return NULL;
        output = stop + 1;
    }
    return NULL;
}

bool health_judge(const char *script, enum health_end end, const char *output, size_t size,
                  char ret_text[HEALTH_TEXT_MAX])
{
    size_t line_size = 0;
    const char *line = find_mark(output, size, &line_size);

    if (line == NULL) {
        if (end == HEALTH_TIMED_OUT)
            (void)snprintf(ret_text, HEALTH_TEXT_MAX, "%s: did not end in time", script);
        return end != HEALTH_TIMED_OUT;
    }
    (void)snprintf(ret_text, HEALTH_TEXT_MAX, "%s: %.*s", script, (int)line_size, line);
    for (char *at = ret_text; *at != '\0'; at++)
        *at = *at >= ' ' && *at <= '~' ? *at : '?';
    return false;
}
