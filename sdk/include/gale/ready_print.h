/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bolt that prints any tuple to standard output, one line for each.
 *
 *     format = text    reader.lines text="in the beginning" number=1
 *     format = json    {"component":"reader","stream":"lines","fields":{"text":"in ...","number":1}}
 *
 * In text, a string stands in quotes, with the escapes of JSON, unless it is one plain word; a null
 * is nothing, and bytes are hexadecimal. A line is written as one piece, so lines of several tasks
 * do not mix. What is printed is flushed at each tick: set `.tick_ms` (100, say) where somebody
 * watches.
 */
#ifndef GALE_READY_PRINT_H
#define GALE_READY_PRINT_H

#include <gale/ready_text.h>
#include <gale/tuple.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
#define GALE_PRINT_BOLT                                                                            \
    {sizeof(struct gale_printer), gale_print_open, gale_print_execute, gale_print_flush,           \
     gale_print_flush, gale_print_close}

#define GALE_PRINT_SETTINGS {"format", "text", "text or json"}
/* clang-format on */

struct gale_printer {
    bool is_json;
    struct gale_text line;
};

static inline enum gale_err gale_print_open(void *self, struct gale_task *task)
{
    struct gale_printer *printer = (struct gale_printer *)self;
    const char *format = gale_conf_str(task, "format", "text");

    printer->is_json = strcmp(format, "json") == 0;
    if (!printer->is_json && strcmp(format, "text") != 0)
        return gale_error(task, "format '%s' is neither text nor json", format);
    return GALE_OK;
}

/* Whether the text can stand without quotes. */
static inline bool gale_print_is_plain(struct gale_str str)
{
    for (size_t i = 0; i < str.length; i++) {
        char c = str.data[i];

        if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=')
            return false;
    }
    return str.length > 0;
}

static inline void gale_print_text_value(struct gale_text *line, const struct gale_value *value)
{
    if (value->kind == GALE_KIND_BYTES)
        gale_text_add_hex(line, value->as.bytes);
    else if (value->kind != GALE_KIND_STR)
        gale_text_add_number(line, value);
    else if (gale_print_is_plain(value->as.str))
        gale_text_add(line, value->as.str.data, value->as.str.length);
    else
        gale_text_add_quoted(line, value->as.str);
}

static inline void gale_print_json_value(struct gale_text *line, const struct gale_value *value)
{
    bool is_finite = value->kind != GALE_KIND_F64 || value->as.f64 - value->as.f64 == 0;

    if (value->kind == GALE_KIND_NONE || !is_finite) {
        gale_text_add_word(line, "null");
    } else if (value->kind == GALE_KIND_STR) {
        gale_text_add_quoted(line, value->as.str);
    } else if (value->kind == GALE_KIND_BYTES) {
        gale_text_add_char(line, '"');
        gale_text_add_hex(line, value->as.bytes);
        gale_text_add_char(line, '"');
    } else {
        gale_text_add_number(line, value);
    }
}

static inline void gale_print_text(struct gale_text *line, const struct gale_tuple *tuple)
{
    const struct gale_stream *stream = gale_tuple_stream(tuple);
    uint32_t count = gale_stream_field_count(stream);

    gale_text_add_word(line, gale_tuple_component(tuple));
    gale_text_add_char(line, '.');
    gale_text_add_word(line, stream->name);
    for (uint32_t i = 0; i < count; i++) {
        struct gale_value value = gale_tuple_value(tuple, i);

        gale_text_add_char(line, ' ');
        gale_text_add_word(line, stream->fields[i].name);
        gale_text_add_char(line, '=');
        gale_print_text_value(line, &value);
    }
}

static inline void gale_print_json(struct gale_text *line, const struct gale_tuple *tuple)
{
    const struct gale_stream *stream = gale_tuple_stream(tuple);
    uint32_t count = gale_stream_field_count(stream);

    gale_text_add_word(line, "{\"component\":");
    gale_text_add_quoted(line, gale_str(gale_tuple_component(tuple)));
    gale_text_add_word(line, ",\"stream\":");
    gale_text_add_quoted(line, gale_str(stream->name));
    gale_text_add_word(line, ",\"fields\":{");
    for (uint32_t i = 0; i < count; i++) {
        struct gale_value value = gale_tuple_value(tuple, i);

        if (i > 0)
            gale_text_add_char(line, ',');
        gale_text_add_quoted(line, gale_str(stream->fields[i].name));
        gale_text_add_char(line, ':');
        gale_print_json_value(line, &value);
    }
    gale_text_add_word(line, "}}");
}

static inline enum gale_verdict gale_print_execute(void *self, struct gale_task *task,
                                                   const struct gale_tuple *tuple)
{
    struct gale_printer *printer = (struct gale_printer *)self;
    struct gale_text *line = &printer->line;

    line->size = 0;
    if (printer->is_json)
        gale_print_json(line, tuple);
    else
        gale_print_text(line, tuple);
    gale_text_add_char(line, '\n');
    if (fwrite(line->data, 1, line->size, stdout) != line->size)
        return gale_fail_with(task, "cannot write to standard output: %s", strerror(errno));
    return GALE_ACK;
}

static inline void gale_print_flush(void *self, struct gale_task *task)
{
    (void)self;
    if (fflush(stdout) != 0)
        gale_log_error(task, "cannot write to standard output: %s", strerror(errno));
}

static inline void gale_print_close(void *self, struct gale_task *task)
{
    struct gale_printer *printer = (struct gale_printer *)self;

    gale_print_flush(self, task);
    gale_text_done(&printer->line);
}

#ifdef __cplusplus
}
#endif

#endif
