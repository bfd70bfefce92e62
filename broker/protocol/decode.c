/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over the tables with a stack of its own: a level for the message, and one for each array, or tagged struct,
 * that the walk is in. A level's object is read in two steps, its fields in order and then, in flexible versions, its
 * tagged fields as they come; then comes the next object of the level, or the level is left.
 */
#include "broker/protocol/decode.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "broker/protocol/types.h"

enum {
    LEVELS_MAX = KAFKA_DEPTH_MAX + 1, /* a tagged struct may stand in the innermost array */
};

enum step {
    STEP_FIELDS,
    STEP_TAG_COUNT,
    STEP_TAGS,
};

struct level {
    const struct kafka_struct *table;
    unsigned char *object;
    size_t field; /* the next one */
    enum step step;
    uint32_t tags;   /* left to read */
    int32_t objects; /* left to read behind this one */
    const unsigned char
        *outer_end; /* of the bytes around the tagged field that the level is, or NULL */
};

struct walk {
    struct kafka_reader *reader;
    struct kafka_arena *arena;
    int16_t version;
    enum kafka_form form;
    size_t depth;
    const struct kafka_field *field; /* the one that is read, or was read last */
    const unsigned char *field_begin;
    struct level levels[LEVELS_MAX];
};

/* For complaints; NULL for the tags of an object. */
static void look_at(struct walk *walk, const struct kafka_field *field)
{
    walk->field = field;
    walk->field_begin = walk->reader->at;
}

static void enter(struct walk *walk, const struct kafka_struct *table, void *object, int32_t count)
{
    ASSERT(walk->depth < LEVELS_MAX);
    walk->levels[walk->depth++] =
        (struct level){.table = table, .object = object, .objects = count - 1};
}

/* ---- lists ---- */

static size_t size_min_of(const struct kafka_field *field, enum kafka_form form)
{
    bool is_flexible = form == KAFKA_FLEXIBLE;

    switch (field->kind) {
    case KAFKA_KIND_BOOL:
    case KAFKA_KIND_I8:
        return sizeof(int8_t);
    case KAFKA_KIND_I16:
        return sizeof(int16_t);
    case KAFKA_KIND_I32:
        return sizeof(int32_t);
    case KAFKA_KIND_I64:
        return sizeof(int64_t);
    case KAFKA_KIND_UUID:
        return KAFKA_UUID_SIZE;
    case KAFKA_KIND_STRING:
        return is_flexible ? 1 : sizeof(int16_t);
    case KAFKA_KIND_BYTES:
    case KAFKA_KIND_RECORDS:
    case KAFKA_KIND_I32_LIST:
    case KAFKA_KIND_I64_LIST:
    case KAFKA_KIND_STRING_LIST:
    case KAFKA_KIND_STRUCT_LIST:
        return is_flexible ? 1 : sizeof(int32_t);
    case KAFKA_KIND_STRUCT:
        break; /* is always tagged */
    }
    return 0;
}

/* The bytes that an object takes at least; a section of tags takes one. */
static size_t least_size(const struct walk *walk, const struct kafka_struct *table)
{
    size_t size = walk->form == KAFKA_FLEXIBLE;

    for (size_t i = 0; i < table->field_count; i++) {
        const struct kafka_field *field = &table->fields[i];
        if (!field->is_tagged && kafka_field_is_in(field, walk->version))
            size += size_min_of(field, walk->form);
    }
    return size == 0 ? 1 : size;
}

static int32_t read_count(struct walk *walk, size_t element_size_min)
{
    int32_t count = kafka_get_count(walk->reader, walk->form, element_size_min);

    if (count == KAFKA_NULL && !kafka_field_may_be_null(walk->field, walk->version)) {
        kafka_reader_fail(walk->reader, KAFKA_PROBLEM_NULL);
        return 0;
    }
    return count;
}

/* Memory for the elements, which it hangs into the object; NULL if there are none. */
static void *make_list(struct walk *walk, unsigned char *object, int32_t count, size_t size)
{
    void *list = NULL;

    if (count > 0) {
        list = kafka_arena_take(walk->arena, (size_t)count, size);
        if (list == NULL) {
            kafka_reader_fail(walk->reader, KAFKA_PROBLEM_TOO_BIG);
            count = 0;
        }
    }
    memcpy(object + walk->field->offset, &list, sizeof list);
    memcpy(object + walk->field->count_offset, &count, sizeof count);
    return list;
}

static void read_i32_list(struct walk *walk, unsigned char *object)
{
    int32_t count = read_count(walk, sizeof(int32_t));
    int32_t *list = make_list(walk, object, count, sizeof *list);

    for (int32_t i = 0; list != NULL && i < count; i++)
        list[i] = kafka_get_i32(walk->reader);
}

static void read_i64_list(struct walk *walk, unsigned char *object)
{
    int32_t count = read_count(walk, sizeof(int64_t));
    int64_t *list = make_list(walk, object, count, sizeof *list);

    for (int32_t i = 0; list != NULL && i < count; i++)
        list[i] = kafka_get_i64(walk->reader);
}

static struct kafka_string read_element_text(struct walk *walk)
{
    struct kafka_string text = kafka_get_string(walk->reader, walk->form);

    if (text.length == KAFKA_NULL)
        kafka_reader_fail(walk->reader, KAFKA_PROBLEM_NULL);
    return text;
}

static void read_string_list(struct walk *walk, unsigned char *object)
{
    int32_t count = read_count(walk, walk->form == KAFKA_FLEXIBLE ? 1 : sizeof(int16_t));
    struct kafka_string *list = make_list(walk, object, count, sizeof *list);

    /* After a failure the rest costs nothing, but is not worth the time either. */
    for (int32_t i = 0; list != NULL && i < count; i++) {
        list[i] = read_element_text(walk);
        if (walk->reader->problem != KAFKA_PROBLEM_NONE)
            return;
    }
}

static void read_struct_list(struct walk *walk, unsigned char *object)
{
    const struct kafka_struct *element = walk->field->element;
    int32_t count = read_count(walk, least_size(walk, element));
    void *list = make_list(walk, object, count, element->size);

    if (list != NULL)
        enter(walk, element, list, count);
}

/* ---- single values ---- */

static void refuse_null(struct walk *walk, int32_t length)
{
    if (length == KAFKA_NULL && !kafka_field_may_be_null(walk->field, walk->version))
        kafka_reader_fail(walk->reader, KAFKA_PROBLEM_NULL);
}

static void read_string(struct walk *walk, struct kafka_string *to)
{
    *to = kafka_get_string(walk->reader, walk->form);
    refuse_null(walk, to->length);
}

static void read_bytes(struct walk *walk, struct kafka_bytes *to)
{
    *to = kafka_get_bytes(walk->reader, walk->form);
    refuse_null(walk, to->length);
}

static void read_records(struct walk *walk, struct kafka_records *to)
{
    struct kafka_bytes bytes = kafka_get_bytes(walk->reader, walk->form);

    *to = (struct kafka_records){.data = bytes.data, .length = bytes.length};
    refuse_null(walk, bytes.length);
}

/* May enter a level, which is then to be read before anything else. */
static void read_value(struct walk *walk, const struct kafka_field *field, unsigned char *object)
{
    struct kafka_reader *reader = walk->reader;
    void *at = object + field->offset;

    look_at(walk, field);
    switch (field->kind) {
    case KAFKA_KIND_BOOL:
        *(bool *)at = kafka_get_i8(reader) != 0;
        return;
    case KAFKA_KIND_I8:
        *(int8_t *)at = kafka_get_i8(reader);
        return;
    case KAFKA_KIND_I16:
        *(int16_t *)at = kafka_get_i16(reader);
        return;
    case KAFKA_KIND_I32:
        *(int32_t *)at = kafka_get_i32(reader);
        return;
    case KAFKA_KIND_I64:
        *(int64_t *)at = kafka_get_i64(reader);
        return;
    case KAFKA_KIND_UUID:
        *(struct kafka_uuid *)at = kafka_get_uuid(reader);
        return;
    case KAFKA_KIND_STRING:
        read_string(walk, at);
        return;
    case KAFKA_KIND_BYTES:
        read_bytes(walk, at);
        return;
    case KAFKA_KIND_RECORDS:
        read_records(walk, at);
        return;
    case KAFKA_KIND_I32_LIST:
        read_i32_list(walk, object);
        return;
    case KAFKA_KIND_I64_LIST:
        read_i64_list(walk, object);
        return;
    case KAFKA_KIND_STRING_LIST:
        read_string_list(walk, object);
        return;
    case KAFKA_KIND_STRUCT_LIST:
        read_struct_list(walk, object);
        return;
    case KAFKA_KIND_STRUCT:
        enter(walk, field->element, at, 1);
        return;
    }
    UNREACHABLE();
}

/* ---- tagged fields ---- */

static const struct kafka_field *find_tagged(const struct walk *walk,
                                             const struct kafka_struct *table, uint32_t tag)
{
    for (size_t i = 0; i < table->field_count; i++) {
        const struct kafka_field *field = &table->fields[i];
        if (field->is_tagged && (uint32_t)field->tag == tag &&
            kafka_field_is_in(field, walk->version))
            return field;
    }
    return NULL;
}

/* The end of the bytes is put back to where it was, if the tagged field has filled all that it said. */
static void leave_tagged(struct walk *walk, const unsigned char *outer_end)
{
    struct kafka_reader *reader = walk->reader;

    if (reader->problem != KAFKA_PROBLEM_NONE)
        return;
    if (reader->at != reader->end)
        kafka_reader_fail(reader, KAFKA_PROBLEM_TAGGED);
    else
        reader->end = outer_end;
}

/* A field that is not known is passed over. */
static void read_tagged(struct walk *walk, struct level *level)
{
    struct kafka_reader *reader = walk->reader;

    look_at(walk, NULL);
    uint32_t tag = kafka_get_uvarint(reader);
    uint32_t size = kafka_get_uvarint(reader);
    const struct kafka_field *field = find_tagged(walk, level->table, tag);
    const unsigned char *begin = kafka_get(reader, size);
    const unsigned char *outer_end = reader->end;
    size_t depth = walk->depth;

    if (begin == NULL || field == NULL)
        return;
    reader->at = begin;
    reader->end = begin + size;
    read_value(walk, field, level->object);
    if (walk->depth == depth) {
        leave_tagged(walk, outer_end);
        return;
    }
    walk->levels[depth].outer_end = outer_end;
}

/* ---- the walk ---- */

/* Reads fields until one of them enters a level, or there are no more. */
static void read_fields(struct walk *walk, struct level *level)
{
    size_t depth = walk->depth;

    while (level->field < level->table->field_count) {
        const struct kafka_field *field = &level->table->fields[level->field++];
        if (field->is_tagged || !kafka_field_is_in(field, walk->version)) {
            kafka_field_init(field, level->object);
            continue;
        }
        read_value(walk, field, level->object);
        if (walk->depth != depth || walk->reader->problem != KAFKA_PROBLEM_NONE)
            return;
    }
    level->step = STEP_TAG_COUNT;
}

static void read_tag_count(struct walk *walk, struct level *level)
{
    level->step = STEP_TAGS;
    if (walk->form == KAFKA_CLASSIC)
        return;
    look_at(walk, NULL);
    level->tags = kafka_get_uvarint(walk->reader);
}

/* To the next object of the level, or out of it. */
static void finish_object(struct walk *walk, struct level *level)
{
    if (level->objects > 0) {
        level->objects--;
        level->object += level->table->size;
        level->field = 0;
        level->step = STEP_FIELDS;
        return;
    }
    walk->depth--;
    if (level->outer_end != NULL)
        leave_tagged(walk, level->outer_end);
}

static void take_step(struct walk *walk)
{
    struct level *level = &walk->levels[walk->depth - 1];

    switch (level->step) {
    case STEP_FIELDS:
        read_fields(walk, level);
        return;
    case STEP_TAG_COUNT:
        read_tag_count(walk, level);
        return;
    case STEP_TAGS:
        if (level->tags == 0) {
            finish_object(walk, level);
            return;
        }
        level->tags--;
        read_tagged(walk, level);
        return;
    }
    UNREACHABLE();
}

/* ---- complaints ---- */

static const char *text_of(enum kafka_problem problem)
{
    switch (problem) {
    case KAFKA_PROBLEM_NONE:
        break;
    case KAFKA_PROBLEM_CUT:
        return "is cut off";
    case KAFKA_PROBLEM_LENGTH:
        return "has a length that is not valid";
    case KAFKA_PROBLEM_NULL:
        return "must not be null";
    case KAFKA_PROBLEM_TAGGED:
        return "is not as long as its tag says";
    case KAFKA_PROBLEM_TOO_BIG:
        return "needs more memory than a message may take";
    }
    UNREACHABLE();
}

COLD static enum err complain(const struct walk *walk, const struct kafka_schema *schema,
                              struct error *error)
{
    enum kafka_problem problem = walk->reader->problem;
    enum err code = problem == KAFKA_PROBLEM_TOO_BIG ? ERR_LIMIT : ERR_CORRUPT;

    return error_set(error, code, "%s v%d: '%s' at byte %zu %s", schema->name, walk->version,
                     walk->field == NULL ? "tags" : walk->field->name,
                     (size_t)(walk->field_begin - walk->reader->begin), text_of(problem));
}

enum err kafka_decode(const struct kafka_schema *schema, int16_t version,
                      struct kafka_reader *reader, struct kafka_arena *arena, void *ret_message,
                      struct error *error)
{
    struct walk walk;

    if (!kafka_schema_has(schema, version))
        return error_set(error, ERR_VERSION, "%s: there is no version %d", schema->name, version);
    walk.reader = reader;
    walk.arena = arena;
    walk.version = version;
    walk.form = kafka_schema_is_flexible(schema, version) ? KAFKA_FLEXIBLE : KAFKA_CLASSIC;
    walk.depth = 0;
    look_at(&walk, NULL);
    enter(&walk, &schema->body, ret_message, 1);
    while (walk.depth > 0 && reader->problem == KAFKA_PROBLEM_NONE)
        take_step(&walk);
    if (reader->problem != KAFKA_PROBLEM_NONE)
        return complain(&walk, schema, error);
    return ERR_OK;
}
