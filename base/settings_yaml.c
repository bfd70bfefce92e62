/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings from YAML. libyaml turns the bytes into events; a reader walks through them with a path
 * ("nimbus.port") that grows with each key and shrinks when the value is complete, and with a small
 * stack of how long the path was outside. What it finds goes to a map of its own first, so that a
 * file with an error changes nothing. A second map remembers where each path was given, whether it
 * holds a value or a map: YAML wants keys to be unique, and a merge by accident is hard to find.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"

/* One open map. */
struct level {
    size_t path_size;   /* of the path that leads to the map */
    bool is_value_next; /* a key was read */
    yaml_mark_t key_at; /* where that key stands */
};

struct reader {
    yaml_parser_t parser;
    const char *file_name;
    struct settings *staged; /* what the file sets */
    struct settings *seen;   /* every path in the file; the origin is its place */
    struct error *error;
    char path[SETTINGS_KEY_MAX + 1];
    size_t path_size;
    struct level levels[SETTINGS_DEPTH_MAX];
    size_t depth;
    bool is_in_list;
    yaml_mark_t list_at;
    struct text list; /* the items read so far, joined */
    size_t list_count;
    size_t document_count;
};

/* "file:line:column" */
struct place {
    char text[384];
};

static struct place place_of(const struct reader *reader, yaml_mark_t mark)
{
    struct place place;
    int size = snprintf(place.text, sizeof place.text, "%.340s:%zu:%zu", reader->file_name,
                        mark.line + 1, mark.column + 1);

    ASSERT(size > 0 && (size_t)size < sizeof place.text);
    return place;
}

static enum err refuse(const struct reader *reader, yaml_mark_t mark, const char *reason)
{
    return error_set(reader->error, ERR_INVALID, "%s: %s", place_of(reader, mark).text, reason);
}

static struct level *innermost(struct reader *reader)
{
    return reader->depth == 0 ? NULL : &reader->levels[reader->depth - 1];
}

/* The value that belongs to the path is complete: back to the path of the map around it. */
static void leave_value(struct reader *reader)
{
    struct level *level = innermost(reader);
    if (level == NULL)
        return;
    level->is_value_next = false;
    reader->path_size = level->path_size;
    reader->path[reader->path_size] = '\0';
}

static enum err remember_path(struct reader *reader, yaml_mark_t mark)
{
    const struct setting *first = settings_find(reader->seen, reader->path);
    struct place place = place_of(reader, mark);

    if (first != NULL)
        return error_set(reader->error, ERR_INVALID, "%s: '%s' was already given at %s", place.text,
                         reader->path, first->origin);
    return settings_put(reader->seen, reader->path, "", place.text, reader->error);
}

static enum err read_key(struct reader *reader, const yaml_event_t *event)
{
    const char *key = (const char *)event->data.scalar.value;
    size_t key_size = event->data.scalar.length;
    size_t dot = reader->path_size > 0 ? 1 : 0;
    yaml_mark_t mark = event->start_mark;

    if (key_size == 0)
        return refuse(reader, mark, "a key is missing");
    if (strlen(key) != key_size)
        return refuse(reader, mark, "a key must not contain a NUL character");
    if (reader->path_size + dot + key_size > SETTINGS_KEY_MAX)
        return error_set(reader->error, ERR_LIMIT, "%s: a key is longer than %d bytes",
                         place_of(reader, mark).text, SETTINGS_KEY_MAX);

    if (dot > 0)
        reader->path[reader->path_size++] = '.';
    memcpy(reader->path + reader->path_size, key, key_size + 1);
    reader->path_size += key_size;
    innermost(reader)->is_value_next = true;
    innermost(reader)->key_at = mark;
    return remember_path(reader, mark);
}

/* YAML 1.1 has five ways to write nothing; in quotes they are texts like any other. */
static bool is_null(const yaml_event_t *event)
{
    static const char *const forms[] = {"", "~", "null", "Null", "NULL"};

    if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (strcmp((const char *)event->data.scalar.value, forms[i]) == 0)
            return true;
    return false;
}

/* The mark of nothing is where the parser noticed, lines below: names the key's place instead. */
static enum err refuse_null(struct reader *reader, const yaml_event_t *event)
{
    yaml_mark_t mark = reader->is_in_list ? event->start_mark : innermost(reader)->key_at;

    return error_set(reader->error, ERR_INVALID,
                     "%s: '%s' has no value; give one, or \"\" for an empty text",
                     place_of(reader, mark).text, reader->path);
}

static enum err check_value(struct reader *reader, const yaml_event_t *event)
{
    if (is_null(event))
        return refuse_null(reader, event);
    if (strlen((const char *)event->data.scalar.value) != event->data.scalar.length)
        return refuse(reader, event->start_mark, "a value must not contain a NUL character");
    if (event->data.scalar.length > SETTINGS_VALUE_MAX)
        return error_set(reader->error, ERR_LIMIT, "%s: the value of '%s' is longer than %d bytes",
                         place_of(reader, event->start_mark).text, reader->path,
                         SETTINGS_VALUE_MAX);
    return ERR_OK;
}

static enum err stage(struct reader *reader, const char *value, yaml_mark_t mark)
{
    struct place place = place_of(reader, mark);
    enum err err = settings_put(reader->staged, reader->path, value, place.text, reader->error);

    leave_value(reader);
    return err;
}

static enum err read_item(struct reader *reader, const yaml_event_t *event)
{
    const char *item = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;

    if (strchr(item, ',') != NULL)
        return refuse(reader, event->start_mark,
                      "an item of a list must not contain ',', which joins the items");
    if (reader->list_count++ > 0)
        text_add_bytes(&reader->list, ",", 1);
    text_add_bytes(&reader->list, item, size);
    return ERR_OK;
}

/* The start of a file without a map: nothing at all is fine, anything else is not. */
static enum err read_root_scalar(struct reader *reader, const yaml_event_t *event)
{
    if (is_null(event))
        return ERR_OK;
    return refuse(reader, event->start_mark, "settings must be a map of 'key: value'");
}

static enum err refuse_marks(struct reader *reader, const yaml_event_t *event, const void *anchor,
                             const void *tag)
{
    if (anchor != NULL)
        return refuse(reader, event->start_mark, "anchors ('&') are not supported");
    if (tag != NULL)
        return refuse(reader, event->start_mark, "tags ('!') are not supported");
    return ERR_OK;
}

static enum err on_scalar(struct reader *reader, const yaml_event_t *event)
{
    enum err err = refuse_marks(reader, event, event->data.scalar.anchor, event->data.scalar.tag);
    if (err != ERR_OK)
        return err;
    if (reader->depth == 0)
        return read_root_scalar(reader, event);
    if (!innermost(reader)->is_value_next)
        return read_key(reader, event);

    err = check_value(reader, event);
    if (err != ERR_OK)
        return err;
    if (reader->is_in_list)
        return read_item(reader, event);
    return stage(reader, (const char *)event->data.scalar.value, event->start_mark);
}

/* A map or a list begins: is this a place where one may stand? */
static enum err check_nesting(struct reader *reader, const yaml_event_t *event)
{
    if (reader->is_in_list)
        return refuse(reader, event->start_mark, "a list may hold plain values only");
    if (reader->depth > 0 && !innermost(reader)->is_value_next)
        return refuse(reader, event->start_mark, "a key must be a plain word");
    if (reader->depth == SETTINGS_DEPTH_MAX)
        return error_set(reader->error, ERR_LIMIT, "%s: nested deeper than %d levels",
                         place_of(reader, event->start_mark).text, SETTINGS_DEPTH_MAX);
    return ERR_OK;
}

static enum err on_map_start(struct reader *reader, const yaml_event_t *event)
{
    enum err err = refuse_marks(reader, event, event->data.mapping_start.anchor,
                                event->data.mapping_start.tag);
    if (err == ERR_OK)
        err = check_nesting(reader, event);
    if (err != ERR_OK)
        return err;

    reader->levels[reader->depth++] = (struct level){.path_size = reader->path_size};
    return ERR_OK;
}

static enum err on_map_end(struct reader *reader)
{
    ASSERT(reader->depth > 0);
    reader->depth--;
    leave_value(reader);
    return ERR_OK;
}

static enum err on_list_start(struct reader *reader, const yaml_event_t *event)
{
    enum err err = refuse_marks(reader, event, event->data.sequence_start.anchor,
                                event->data.sequence_start.tag);
    if (err == ERR_OK)
        err = check_nesting(reader, event);
    if (err != ERR_OK)
        return err;
    if (reader->depth == 0)
        return refuse(reader, event->start_mark, "settings must be a map of 'key: value'");

    reader->is_in_list = true;
    reader->list_at = event->start_mark;
    reader->list_count = 0;
    text_clear(&reader->list);
    return ERR_OK;
}

static enum err on_list_end(struct reader *reader)
{
    reader->is_in_list = false;
    return stage(reader, text_data(&reader->list), reader->list_at);
}

static enum err on_document_start(struct reader *reader, const yaml_event_t *event)
{
    if (reader->document_count++ > 0)
        return refuse(reader, event->start_mark, "a second document is not supported");
    return ERR_OK;
}

static enum err handle(struct reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(reader, event);
    case YAML_MAPPING_START_EVENT:
        return on_map_start(reader, event);
    case YAML_MAPPING_END_EVENT:
        return on_map_end(reader);
    case YAML_SEQUENCE_START_EVENT:
        return on_list_start(reader, event);
    case YAML_SEQUENCE_END_EVENT:
        return on_list_end(reader);
    case YAML_DOCUMENT_START_EVENT:
        return on_document_start(reader, event);
    case YAML_ALIAS_EVENT:
        return refuse(reader, event->start_mark, "aliases ('*') are not supported");
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return ERR_OK;
    }
    UNREACHABLE();
}

/* libyaml tells bad bytes by offset only. Counts as it does itself: columns in characters. */
static yaml_mark_t mark_of_offset(const char *bytes, size_t offset)
{
    yaml_mark_t mark = {.index = offset};

    for (size_t i = 0; i < offset; i++) {
        if (bytes[i] == '\n') {
            mark.line++;
            mark.column = 0;
        } else if (((unsigned char)bytes[i] & 0xC0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

static enum err explain(const struct reader *reader, const char *bytes, size_t size)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem == NULL ? "not YAML" : parser->problem;
    size_t offset = parser->problem_offset < size ? parser->problem_offset : size;

    ASSERT(parser->error != YAML_MEMORY_ERROR); /* out of memory ends the process everywhere */
    if (parser->error == YAML_READER_ERROR)
        return refuse(reader, mark_of_offset(bytes, offset), problem);
    if (parser->context == NULL)
        return refuse(reader, parser->problem_mark, problem);
    return error_set(reader->error, ERR_INVALID, "%s: %s %s",
                     place_of(reader, parser->problem_mark).text, parser->context, problem);
}

static enum err read_events(struct reader *reader, const char *bytes, size_t size)
{
    bool is_over = false;

    while (!is_over) {
        yaml_event_t event;
        if (yaml_parser_parse(&reader->parser, &event) == 0)
            return explain(reader, bytes, size);
        is_over = event.type == YAML_STREAM_END_EVENT;
        enum err err = handle(reader, &event);
        yaml_event_delete(&event);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

/* Puts all or nothing. */
static enum err commit(struct settings *settings, const struct settings *staged,
                       const char *file_name, struct error *error)
{
    size_t count = settings_count(settings);
    for (size_t i = 0; i < settings_count(staged); i++)
        count += settings_find(settings, settings_at(staged, i)->key) == NULL;
    if (count > SETTINGS_MAX)
        return error_set(error, ERR_LIMIT, "%s: more than %d settings", file_name, SETTINGS_MAX);

    for (size_t i = 0; i < settings_count(staged); i++) {
        const struct setting *setting = settings_at(staged, i);
        enum err err = settings_put(settings, setting->key, setting->value, setting->origin, error);
        ASSERT(err == ERR_OK); /* it went into `staged` by the same rules */
    }
    return ERR_OK;
}

enum err settings_load_yaml(struct settings *settings, const char *bytes, size_t size,
                            const char *file_name, struct error *error)
{
    if (size > SETTINGS_YAML_MAX)
        return error_set(error, ERR_LIMIT, "%s: larger than %d bytes", file_name,
                         SETTINGS_YAML_MAX);

    AUTO(settings_destroy) struct settings *staged = settings_new();
    AUTO(settings_destroy) struct settings *seen = settings_new();
    struct reader reader = {.file_name = file_name, .staged = staged, .seen = seen, .error = error};
    int is_ready = yaml_parser_initialize(&reader.parser);
    ASSERT(is_ready != 0); /* fails only for want of memory */
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)bytes, size);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);

    enum err err = read_events(&reader, bytes, size);
    yaml_parser_delete(&reader.parser);
    text_done(&reader.list);
    return err == ERR_OK ? commit(settings, staged, file_name, error) : err;
}
