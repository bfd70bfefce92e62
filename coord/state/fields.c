/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/state/paths.h"

/* ---- reading ---- */

static void refuse(struct fields *fields, enum err err, const char *text)
{
    if (fields->err == ERR_OK)
        fields->err = error_set(fields->error, err, "%s: %s", fields->what, text);
}

void fields_refuse(struct fields *fields, enum err err, const char *member, const char *reason)
{
    char text[128];

    (void)snprintf(text, sizeof text, "'%s' %s", member, reason);
    refuse(fields, err, text);
}

static void check_version(struct fields *fields, uint32_t version)
{
    char reason[64];
    uint64_t found = fields_number(fields, fields->root, "version", UINT32_MAX);

    (void)snprintf(reason, sizeof reason, "is %" PRIu64 ", only %" PRIu32 " is known", found,
                   version);
    if (fields->err == ERR_OK && found != version)
        fields_refuse(fields, ERR_VERSION, "version", reason);
}

void fields_open(struct fields *fields, const char *what, uint32_t version, const char *data,
                 size_t size, struct error *error)
{
    json_error_t fault;

    *fields = (struct fields){.what = what, .error = error};
    if (size == 0) {
        refuse(fields, ERR_CORRUPT, "the node has no data");
        return;
    }
    fields->root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &fault);
    if (fields->root == NULL) {
        char text[128];
        (void)snprintf(text, sizeof text, "line %d, column %d: not JSON", fault.line, fault.column);
        refuse(fields, ERR_CORRUPT, text);
    } else if (!json_is_object(fields->root)) {
        refuse(fields, ERR_CORRUPT, "not an object");
    } else {
        check_version(fields, version);
    }
}

enum err fields_close(struct fields *fields)
{
    json_decref(fields->root);
    fields->root = NULL;
    return fields->err;
}

static json_t *find(struct fields *fields, const json_t *object, const char *member)
{
    if (object != NULL && !json_is_object(object)) {
        fields_refuse(fields, ERR_CORRUPT, member, "is looked for in what is not an object");
        return NULL;
    }
    json_t *value = json_object_get(object, member);
    if (value == NULL)
        fields_refuse(fields, ERR_CORRUPT, member, "is missing");
    return value;
}

bool fields_has(const struct fields *fields, const char *member)
{
    const json_t *value = json_object_get(fields->root, member);

    return value != NULL && !json_is_null(value);
}

char *fields_text(struct fields *fields, const json_t *object, const char *member, size_t max)
{
    const json_t *value = find(fields, object, member);

    if (value == NULL)
        return mem_copy_text("");
    if (!json_is_string(value)) {
        fields_refuse(fields, ERR_CORRUPT, member, "is not a text");
        return mem_copy_text("");
    }
    if (json_string_length(value) > max) {
        fields_refuse(fields, ERR_LIMIT, member, "is too long");
        return mem_copy_text("");
    }
    return mem_copy_text(json_string_value(value));
}

char *fields_id(struct fields *fields, const json_t *object, const char *member)
{
    char *id = fields_text(fields, object, member, PATHS_ID_MAX);

    if (!paths_id_is_valid(id))
        fields_refuse(fields, ERR_CORRUPT, member, "is not an id");
    return id;
}

uint64_t fields_number(struct fields *fields, const json_t *object, const char *member,
                       uint64_t max)
{
    const json_t *value = find(fields, object, member);

    if (value == NULL)
        return 0;
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        fields_refuse(fields, ERR_CORRUPT, member, "is not a number of 0 or more");
        return 0;
    }
    uint64_t number = (uint64_t)json_integer_value(value);
    if (number > max) {
        fields_refuse(fields, ERR_LIMIT, member, "is too large");
        return 0;
    }
    return number;
}

json_t *fields_list(struct fields *fields, const json_t *object, const char *member, size_t max)
{
    json_t *value = find(fields, object, member);

    if (value == NULL)
        return NULL;
    if (!json_is_array(value)) {
        fields_refuse(fields, ERR_CORRUPT, member, "is not a list");
        return NULL;
    }
    if (json_array_size(value) > max) {
        fields_refuse(fields, ERR_LIMIT, member, "has too many elements");
        return NULL;
    }
    return value;
}

char **fields_texts(struct fields *fields, const char *member, size_t max, size_t size_max,
                    size_t *ret_count)
{
    json_t *list = fields_list(fields, fields->root, member, max);
    size_t count = json_array_size(list);
    char **texts = NEW_ARRAY(char *, count);

    for (size_t i = 0; i < count; i++) {
        const json_t *text = json_array_get(list, i);

        if (!json_is_string(text) || json_string_length(text) > size_max)
            fields_refuse(fields, ERR_CORRUPT, member, "has one that is not a short text");
        texts[i] = mem_copy_text(json_is_string(text) ? json_string_value(text) : "");
    }
    *ret_count = count;
    return texts;
}

void fields_free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free((void *)texts);
}

/* ---- writing ---- */

/* jansson returns NULL only for want of memory: texts are made UTF-8. */
static json_t *need(json_t *json)
{
    ASSERT(json != NULL);
    return json;
}

json_t *fields_json_text(const char *text)
{
    json_t *json = json_string(text);

    if (json != NULL)
        return json;
    AUTO(mem_free_text) char *copy = mem_copy_text(text);
    for (char *at = copy; *at != '\0'; at++)
        if ((unsigned char)*at > 127)
            *at = '?';
    return need(json_string(copy));
}

void fields_put(json_t *object, const char *member, json_t *value)
{
    int status = json_object_set_new(object, member, need(value));
    ASSERT(status == 0);
}

void fields_put_text(json_t *object, const char *member, const char *text)
{
    fields_put(object, member, fields_json_text(text));
}

void fields_put_number(json_t *object, const char *member, uint64_t number)
{
    ASSERT(number <= INT64_MAX);
    fields_put(object, member, json_integer((json_int_t)number));
}

void fields_append(json_t *list, json_t *value)
{
    int status = json_array_append_new(list, need(value));
    ASSERT(status == 0);
}

void fields_put_texts(json_t *object, const char *member, char *const texts[], size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        fields_append(list, fields_json_text(texts[i]));
    fields_put(object, member, list);
}

json_t *fields_new(uint32_t version)
{
    json_t *object = need(json_object());

    fields_put_number(object, "version", version);
    return object;
}

char *fields_finish(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);

    ASSERT(text != NULL);
    json_decref(object);
    return text;
}
