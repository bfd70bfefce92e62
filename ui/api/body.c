/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/api/body.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

enum {
    SHOWN_MAX = 64, /* bytes of a name that is not known */
};

static bool refuse(struct control_fault *fault, const struct body_member *member, struct text *must)
{
    bool may_be_null = member->need == BODY_NULLABLE || member->need == BODY_STATED;

    (void)control_refuse(fault, CONTROL_INVALID, "'%s' must be %s%s", member->name, text_data(must),
                         may_be_null ? ", or null" : "");
    text_done(must);
    return false;
}

static void say_words(const struct body_member *member, struct text *must)
{
    for (size_t i = 0; member->words[i] != NULL; i++)
        text_add(must, "%s'%s'", i == 0 ? "one of " : ", ", member->words[i]);
}

static void say(const struct body_member *member, struct text *must)
{
    switch (member->kind) {
    case BODY_TEXT:
        text_add(must, "a text of %" PRId64 " to %" PRId64 " bytes", member->min, member->max);
        return;
    case BODY_WORD:
        say_words(member, must);
        return;
    case BODY_WHOLE:
        text_add(must, "a whole number from %" PRId64 " to %" PRId64, member->min, member->max);
        return;
    case BODY_REAL:
        text_add(must, "a number from %" PRId64 " to %" PRId64, member->min, member->max);
        return;
    case BODY_FLAG:
        text_add(must, "true or false");
        return;
    case BODY_COUNTS:
        text_add(must, "an object of at most %d whole numbers from %" PRId64 " to %" PRId64,
                 BODY_COUNTS_MAX, member->min, member->max);
        return;
    }
}

static bool is_whole(const struct body_member *member, const json_t *value)
{
    json_int_t number = json_integer_value(value);

    return json_is_integer(value) && number >= member->min && number <= member->max;
}

static bool is_word(const struct body_member *member, const json_t *value)
{
    for (size_t i = 0; json_is_string(value) && member->words[i] != NULL; i++) {
        if (strcmp(json_string_value(value), member->words[i]) == 0)
            return true;
    }
    return false;
}

static bool are_counts(const struct body_member *member, const json_t *value)
{
    const char *name;
    json_t *count;

    if (!json_is_object(value) || json_object_size(value) > BODY_COUNTS_MAX)
        return false;
    json_object_foreach((json_t *)value, name, count)
    {
        if (!is_whole(member, count))
            return false;
    }
    return true;
}

static bool is_text(const struct body_member *member, const json_t *value)
{
    size_t size = json_string_length(value);

    return json_is_string(value) && size >= (size_t)member->min && size <= (size_t)member->max &&
           strlen(json_string_value(value)) == size;
}

static bool is_right(const struct body_member *member, const json_t *value)
{
    switch (member->kind) {
    case BODY_TEXT:
        return is_text(member, value);
    case BODY_WORD:
        return is_word(member, value);
    case BODY_WHOLE:
        return is_whole(member, value);
    case BODY_REAL:
        return json_is_number(value) && json_number_value(value) >= (double)member->min &&
               json_number_value(value) <= (double)member->max;
    case BODY_FLAG:
        return json_is_boolean(value);
    case BODY_COUNTS:
        return are_counts(member, value);
    }
    return false;
}

static bool check_member(const struct body_member *member, const json_t *body,
                         struct control_fault *fault)
{
    const json_t *value = json_object_get(body, member->name);
    bool may_miss = member->need == BODY_OPTIONAL || member->need == BODY_NULLABLE;
    bool may_be_null = member->need == BODY_NULLABLE || member->need == BODY_STATED;
    struct text must = {.data = NULL};

    if (value == NULL ? may_miss : json_is_null(value) ? may_be_null : is_right(member, value))
        return true;
    say(member, &must);
    return refuse(fault, member, &must);
}

static bool has(const struct body_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->count; i++) {
        if (strcmp(shape->members[i].name, name) == 0)
            return true;
    }
    return false;
}

static bool check_names(const struct body_shape *shape, const json_t *body,
                        struct control_fault *fault)
{
    struct text known = {.data = NULL};
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)body, name, value)
    {
        if (has(shape, name))
            continue;
        for (size_t i = 0; i < shape->count; i++)
            text_add(&known, "%s'%s'", i == 0 ? "" : ", ", shape->members[i].name);
        (void)control_refuse(fault, CONTROL_INVALID,
                             "'%.*s' is not a member of the body; it has %s", SHOWN_MAX, name,
                             shape->count == 0 ? "none" : text_data(&known));
        text_done(&known);
        return false;
    }
    return true;
}

bool body_check(const struct body_shape *shape, const json_t *body, struct control_fault *fault)
{
    if (body != NULL && !json_is_object(body))
        return control_refuse(fault, CONTROL_INVALID, "the body must be an object");
    if (!check_names(shape, body, fault))
        return false;
    for (size_t i = 0; i < shape->count; i++) {
        if (!check_member(&shape->members[i], body, fault))
            return false;
    }
    return true;
}
