/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/log_merge.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

#define TIME_FORM "dddd-dd-ddTdd:dd:dd.dddZ"

enum {
    TIME_SIZE = sizeof TIME_FORM - 1,
};

struct source {
    char *name;
    struct text pending;      /* what was fed and not taken out */
    size_t at;                /* of it: where the next line begins */
    char time[TIME_SIZE + 1]; /* of the line taken last; "" before the first */
};

struct log_merge {
    bool is_raw;
    struct source *sources;
    size_t count;
};

struct log_merge *log_merge_new(bool is_raw)
{
    struct log_merge *merge = NEW(struct log_merge);

    merge->is_raw = is_raw;
    return merge;
}

void log_merge_destroy(struct log_merge **merge)
{
    if (*merge == NULL)
        return;
    for (size_t i = 0; i < (*merge)->count; i++) {
        free((*merge)->sources[i].name);
        text_done(&(*merge)->sources[i].pending);
    }
    free((*merge)->sources);
    free(*merge);
    *merge = NULL;
}

size_t log_merge_add(struct log_merge *merge, const char *name)
{
    merge->sources = mem_resize(merge->sources, merge->count + 1, sizeof *merge->sources);
    merge->sources[merge->count] = (struct source){.name = mem_copy_text(name)};
    text_init(&merge->sources[merge->count].pending);
    return merge->count++;
}

void log_merge_feed(struct log_merge *merge, size_t index, const void *bytes, size_t size)
{
    ASSERT(index < merge->count);
    text_add_bytes(&merge->sources[index].pending, bytes, size);
}

/* ---- lines ---- */

struct line {
    const char *bytes;
    size_t size; /* without the end of the line */
    size_t step; /* with it */
};

/* The next line of the source; false if there is none. */
static bool peek(const struct source *source, bool is_over, struct line *ret_line)
{
    const char *begin = text_data(&source->pending) + source->at;
    size_t left = text_size(&source->pending) - source->at;
    const char *end = memchr(begin, '\n', left);
    size_t size = end == NULL ? left : (size_t)(end - begin);

    if (left == 0 || (end == NULL && !is_over && left < LOG_MERGE_LINE_MAX))
        return false;
    if (size > LOG_MERGE_LINE_MAX) {
        size = LOG_MERGE_LINE_MAX;
        end = NULL;
    }
    *ret_line = (struct line){.bytes = begin, .size = size, .step = size + (end == NULL ? 0 : 1)};
    return true;
}

/* Whether it begins with a time. */
static bool has_time(const struct line *line)
{
    if (line->size < TIME_SIZE)
        return false;
    for (size_t i = 0; i < TIME_SIZE; i++) {
        bool is_digit = isdigit((unsigned char)line->bytes[i]) != 0;

        if (TIME_FORM[i] == 'd' ? !is_digit : line->bytes[i] != TIME_FORM[i])
            return false;
    }
    return true;
}

/* That of the line, or of the one before it. */
static const char *time_of(const struct source *source, const struct line *line)
{
    return has_time(line) ? line->bytes : source->time;
}

/* The source whose next line is the earliest, the first of several; NULL if there is no line. */
static struct source *choose(const struct log_merge *merge, bool is_over, struct line *ret_line)
{
    struct source *chosen = NULL;

    for (size_t i = 0; i < merge->count; i++) {
        struct source *source = &merge->sources[i];
        struct line line;

        if (!peek(source, is_over, &line))
            continue;
        if (chosen == NULL ||
            strncmp(time_of(source, &line), time_of(chosen, ret_line), TIME_SIZE) < 0) {
            chosen = source;
            *ret_line = line;
        }
    }
    return chosen;
}

static void take(struct source *source, const struct line *line, bool is_raw, struct text *text)
{
    if (!is_raw)
        text_add(text, "%s  ", source->name);
    text_add_bytes(text, line->bytes, line->size);
    text_add(text, "\n");
    if (has_time(line))
        memcpy(source->time, line->bytes, TIME_SIZE);
    source->at += line->step;
}

/* Gives back the memory of what was taken. */
static void forget_taken(struct source *source)
{
    struct text rest;

    text_init(&rest);
    text_add_bytes(&rest, text_data(&source->pending) + source->at,
                   text_size(&source->pending) - source->at);
    text_done(&source->pending);
    source->pending = rest;
    source->at = 0;
}

void log_merge_drain(struct log_merge *merge, bool is_over, struct text *text)
{
    struct line line;
    struct source *source;

    while ((source = choose(merge, is_over, &line)) != NULL)
        take(source, &line, merge->is_raw, text);
    for (size_t i = 0; i < merge->count; i++)
        forget_taken(&merge->sources[i]);
}

size_t log_merge_tail(const char *bytes, size_t size, size_t lines)
{
    size_t at = size;

    if (lines == 0)
        return size;
    if (at > 0 && bytes[at - 1] == '\n')
        at--;
    for (; at > 0; at--) {
        if (bytes[at - 1] == '\n' && --lines == 0)
            return at;
    }
    return 0;
}
