/* SPDX-License-Identifier: Apache-2.0 */
#include "base/logfmt.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"

/* A line under construction. The end is kept free for "..." and the newline. */
struct line {
    char *data;
    size_t size;
    bool is_full;
};

enum {
    ESCAPED_MAX = 8,
    ROOM = LOGFMT_LINE_MAX - (int)sizeof "...", /* sizeof counts the newline in place of the NUL */
};

struct level_look {
    const char *name;
    const char *colour;
};

static const struct level_look looks[] = {
    [LOG_DEBUG] = {"debug", "\x1b[2m"},
    [LOG_INFO] = {"info", "\x1b[32m"},
    [LOG_WARN] = {"warn", "\x1b[33m"},
    [LOG_ERROR] = {"error", "\x1b[31m"},
};

/* All or nothing, so that no escape is cut in two; nothing more after the first that fails. */
static void put(struct line *line, const char *bytes, size_t size)
{
    if (line->is_full || size > ROOM - line->size) {
        line->is_full = true;
        return;
    }
    memcpy(line->data + line->size, bytes, size);
    line->size += size;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

static size_t escape(unsigned char byte, char ret_escaped[ESCAPED_MAX])
{
    static const char *const short_forms[32] = {['\t'] = "\\t", ['\n'] = "\\n", ['\r'] = "\\r"};
    const char *form = byte < 32 ? short_forms[byte] : NULL;

    int size = form != NULL ? snprintf(ret_escaped, ESCAPED_MAX, "%s", form)
                            : snprintf(ret_escaped, ESCAPED_MAX, "\\x%02x", byte);
    ASSERT(size > 0 && size < ESCAPED_MAX);
    return (size_t)size;
}

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f;
}

static void put_escaped(struct line *line, const char *text)
{
    for (; *text != '\0' && !line->is_full; text++) {
        unsigned char byte = (unsigned char)*text;
        char escaped[ESCAPED_MAX];

        if (is_control(byte))
            put(line, escaped, escape(byte, escaped));
        else
            put(line, text, 1);
    }
}

static void put_time(struct line *line, uint64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm utc = {0};
    char date[64];
    char millis[8];

    if (gmtime_r(&seconds, &utc) == NULL) /* a year beyond int */
        utc = (struct tm){.tm_mday = 1};
    size_t size = strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    int millis_size = snprintf(millis, sizeof millis, ".%03uZ", (unsigned)(wall_ms % 1000));
    ASSERT(millis_size > 0);
    put(line, date, size);
    put(line, millis, (size_t)millis_size);
}

static void put_level(struct line *line, const struct logfmt *logfmt)
{
    ASSERT((size_t)logfmt->level < sizeof looks / sizeof *looks);

    const struct level_look *look = &looks[logfmt->level];
    put_text(line, logfmt->is_coloured ? look->colour : "");
    put_text(line, look->name);
    put_text(line, logfmt->is_coloured ? "\x1b[0m" : "");
}

/* Half a UTF-8 character would spoil the line for its readers: goes back to the last whole one. */
static void drop_partial_character(struct line *line)
{
    size_t tail = 0;

    while (tail < 3 && tail < line->size &&
           ((unsigned char)line->data[line->size - 1 - tail] & 0xC0) == 0x80)
        tail++;
    if (tail == line->size)
        return;

    unsigned char lead = (unsigned char)line->data[line->size - 1 - tail];
    size_t wanted = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (tail < wanted)
        line->size -= tail + 1;
}

size_t logfmt_render(const struct logfmt *logfmt, char ret_line[LOGFMT_LINE_MAX])
{
    struct line line = {.data = ret_line};

    put_time(&line, logfmt->wall_ms);
    put_text(&line, " ");
    put_level(&line, logfmt);
    put_text(&line, " ");
    put_escaped(&line, logfmt->event);
    if (logfmt->message[0] != '\0')
        put_text(&line, " ");
    put_escaped(&line, logfmt->message);

    if (line.is_full || logfmt->is_cut) {
        drop_partial_character(&line);
        memcpy(line.data + line.size, "...", 3);
        line.size += 3;
    }
    line.data[line.size++] = '\n';
    return line.size;
}
