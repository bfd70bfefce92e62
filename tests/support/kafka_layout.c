/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/kafka_layout.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/protocol/decode.h"
#include "broker/protocol/encode.h"
#include "tests/support/kafka_messages.h"

enum {
    WORD_MAX = 128,
    OPEN_MAX = 16,
    UUID_SIZE = 16,
};

/* The next word, ended by NUL, and what follows; false at the end. */
static bool next_word(const char **layout, char *ret_word)
{
    size_t size = strcspn(*layout, " ");

    if (size == 0)
        return false;
    ASSERT(size < WORD_MAX);
    memcpy(ret_word, *layout, size);
    ret_word[size] = '\0';
    *layout += size + ((*layout)[size] == ' ');
    return true;
}

/* ---- bytes ---- */

static void put_number(struct text *out, int64_t value, size_t size)
{
    for (size_t i = size; i-- > 0;) {
        unsigned char byte = (unsigned char)((uint64_t)value >> (8 * i));
        text_add_bytes(out, &byte, 1);
    }
}

static void put_variable(struct text *out, uint32_t value)
{
    while (value > 127) {
        put_number(out, (int64_t)(value % 128) + 128, 1);
        value /= 128;
    }
    put_number(out, value, 1);
}

/* Takes the bytes behind `at` off, to be put back behind what belongs before them. */
static char *cut_behind(struct text *out, size_t at, size_t *ret_size)
{
    char *behind = malloc(out->size - at + 1);

    ASSERT(behind != NULL);
    *ret_size = out->size - at;
    memcpy(behind, text_data(out) + at, *ret_size);
    out->size = at;
    return behind;
}

/* What has been opened and not closed yet: a list, or tags, whose count goes to `begin`. */
struct open {
    char kind; /* i, v, t; ( for a struct */
    size_t begin;
    uint32_t count;
    bool has_tag; /* a tag's value begins at tag_begin */
    size_t tag_begin;
};

struct state {
    struct text *out;
    struct open open[OPEN_MAX];
    size_t depth;
};

static void insert_variable(struct text *out, size_t at, uint32_t value)
{
    size_t size;
    char *behind = cut_behind(out, at, &size);

    put_variable(out, value);
    text_add_bytes(out, behind, size);
    free(behind);
}

static void insert_count(struct text *out, const struct open *open)
{
    size_t size;
    char *behind;

    if (open->kind == 'v') {
        insert_variable(out, open->begin, open->count + 1);
    } else if (open->kind == 't') {
        insert_variable(out, open->begin, open->count);
    } else {
        behind = cut_behind(out, open->begin, &size);
        put_number(out, open->count, 4);
        text_add_bytes(out, behind, size);
        free(behind);
    }
}

static struct open *innermost(struct state *state)
{
    return state->depth == 0 ? NULL : &state->open[state->depth - 1];
}

static void finish_tag(struct state *state)
{
    struct open *open = innermost(state);

    if (open == NULL || !open->has_tag)
        return;
    insert_variable(state->out, open->tag_begin, (uint32_t)(state->out->size - open->tag_begin));
    open->has_tag = false;
}

static void open_one(struct state *state, char kind)
{
    ASSERT(state->depth < OPEN_MAX);
    state->open[state->depth++] = (struct open){.kind = kind, .begin = state->out->size};
}

static void close_one(struct state *state)
{
    ASSERT(state->depth > 0);
    finish_tag(state);
    struct open closed = state->open[--state->depth];
    if (closed.kind != '(')
        insert_count(state->out, &closed);
}

/* 'text' without its quotes, or ~. */
static void put_text(struct text *out, const char *value, size_t length_size)
{
    size_t length = strlen(value) - 2;

    if (strcmp(value, "~") == 0) {
        put_number(out, length_size == 0 ? 0 : -1, length_size == 0 ? 1 : length_size);
        return;
    }
    ASSERT(value[0] == '\'' && value[length + 1] == '\'');
    if (length_size == 0)
        put_variable(out, (uint32_t)length + 1);
    else
        put_number(out, (int64_t)length, length_size);
    text_add_bytes(out, value + 1, length);
}

static void put_uuid(struct text *out, int64_t value)
{
    for (int i = 0; i < UUID_SIZE; i++)
        put_number(out, value, 1);
}

static int64_t number_of(const char *value)
{
    char *end;
    long long number = strtoll(value, &end, 10);

    ASSERT(end != value && *end == '\0');
    return number;
}

static void put_value(struct state *state, const char *value)
{
    struct text *out = state->out;

    switch (value[0]) {
    case 'b':
        put_number(out, number_of(value + 1), 1);
        return;
    case 'h':
        put_number(out, number_of(value + 1), 2);
        return;
    case 'l':
        put_number(out, number_of(value + 1), 8);
        return;
    case 'u':
        put_uuid(out, number_of(value + 1));
        return;
    case 's':
        put_text(out, value + 1, 2);
        return;
    case 'y':
        put_text(out, value + 1, 4);
        return;
    case 'S':
    case 'Y':
        put_text(out, value + 1, 0);
        return;
    case '(':
        open_one(state, '(');
        return;
    case 'i':
    case 'v':
        break;
    default:
        UNREACHABLE();
    }
    if (value[1] == '[')
        open_one(state, value[0]);
    else if (value[1] == '~')
        put_number(out, value[0] == 'v' ? 0 : -1, value[0] == 'v' ? 1 : 4);
    else
        put_number(out, number_of(value + 1), 4);
}

/* "0:name=value" within tags. */
static const char *begin_tag(struct state *state, const char *word)
{
    struct open *open = innermost(state);
    char *end;
    long tag = strtol(word, &end, 10);

    ASSERT(open != NULL && open->kind == 't' && end != word && *end == ':');
    finish_tag(state);
    open->count++;
    put_variable(state->out, (uint32_t)tag);
    open->has_tag = true;
    open->tag_begin = state->out->size;
    return end + 1;
}

static void put_word(struct state *state, const char *word)
{
    struct open *open = innermost(state);

    if (strcmp(word, "t") == 0) {
        put_number(state->out, 0, 1);
        return;
    }
    if (strcmp(word, "t{") == 0) {
        open_one(state, 't');
        return;
    }
    if (strcmp(word, "]") == 0 || strcmp(word, "}") == 0 || strcmp(word, ")") == 0) {
        close_one(state);
        return;
    }
    if (open != NULL && (open->kind == 'i' || open->kind == 'v'))
        open->count++;
    if (open != NULL && open->kind == 't')
        word = begin_tag(state, word);
    const char *equals = strchr(word, '=');
    put_value(state, equals == NULL ? word : equals + 1);
}

void kafka_layout_bytes(const char *layout, struct text *out)
{
    struct state state = {.out = out};
    char word[WORD_MAX];

    while (next_word(&layout, word))
        put_word(&state, word);
    ASSERT(state.depth == 0 && *layout == '\0');
}

/* ---- meaning ---- */

static void add_value(struct text *out, const char *value)
{
    if (value[0] == '(') {
        text_add(out, "( ");
        return;
    }
    if (value[0] != 'u') {
        text_add(out, "%s ", value + 1);
        return;
    }
    text_add(out, "#");
    for (int i = 0; i < UUID_SIZE; i++)
        text_add(out, "%02x", (unsigned)number_of(value + 1));
    text_add(out, " ");
}

static void add_word(struct text *out, const char *word)
{
    if (strcmp(word, "t") == 0)
        return;
    if (strcmp(word, "t{") == 0) {
        text_add(out, "{ ");
        return;
    }
    if (strchr("])}", word[0]) != NULL) {
        text_add(out, "%s ", word);
        return;
    }
    const char *equals = strchr(word, '=');
    const char *colon = strchr(word, ':');
    const char *name = colon != NULL && equals != NULL && colon < equals ? colon + 1 : word;
    if (equals != NULL)
        text_add(out, "%.*s=", (int)(equals - name), name);
    add_value(out, equals == NULL ? word : equals + 1);
}

void kafka_layout_meaning(const char *layout, struct text *out)
{
    char word[WORD_MAX];

    while (next_word(&layout, word))
        add_word(out, word);
}

/* ---- checking ---- */

static void check_version(const struct kafka_layout_row *row, int16_t version)
{
    AUTO(text_done) struct text bytes = {0};
    AUTO(text_done) struct text meaning = {0};
    AUTO(text_done) struct text decoded = {0};
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = KAFKA_ARENA_SIZE_MAX};
    void *message = mem_alloc(row->schema->body.size);
    struct kafka_reader reader;
    struct error error = {.text = ""};

    kafka_layout_bytes(row->layout, &bytes);
    kafka_layout_meaning(row->layout, &meaning);
    kafka_reader_init(&reader, text_data(&bytes), text_size(&bytes));
    enum err err = kafka_decode(row->schema, version, &reader, &arena, message, &error);
    ck_assert_msg(err == ERR_OK, "%s: %s", row->layout, error.text);
    kafka_messages_print(row->schema, version, message, &decoded);
    ck_assert_msg(kafka_reader_left(&reader) == 0, "%s v%d: %zu bytes left, after %s",
                  row->schema->name, version, kafka_reader_left(&reader), text_data(&decoded));
    ck_assert_msg(strcmp(text_data(&decoded), text_data(&meaning)) == 0,
                  "%s v%d: decoded\n  %s\ninstead of\n  %s", row->schema->name, version,
                  text_data(&decoded), text_data(&meaning));
    ck_assert_int_eq(kafka_encode(row->schema, version, message, &writer, NULL), ERR_OK);
    ck_assert_uint_eq(writer.size, text_size(&bytes));
    if (writer.size > 0)
        ck_assert_mem_eq(writer.bytes, text_data(&bytes), writer.size);
    free(message);
}

static bool has_row(const struct kafka_layout_row *rows, size_t count,
                    const struct kafka_schema *schema, int16_t version)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].schema == schema && version >= rows[i].first && version <= rows[i].last)
            return true;
    return false;
}

void kafka_layout_check(const struct kafka_layout_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct kafka_schema *schema = rows[i].schema;
        for (int16_t version = schema->first; version <= schema->last; version++)
            ck_assert_msg(has_row(rows, count, schema, version), "%s v%d: no row", schema->name,
                          version);
        for (int16_t version = rows[i].first; version <= rows[i].last; version++)
            check_version(&rows[i], version);
    }
}
