/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/spread.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

bool spread_is_name(const char *name)
{
    size_t length = 0;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    for (; name[length] != '\0'; length++) {
        if (length == SPREAD_NAME_MAX || !is_name_char(name[length]))
            return false;
    }
    return length > 0;
}

/* Keeps the order; a name that is there already is not added. */
static void insert(struct spread_topics *topics, char *name)
{
    uint32_t at = 0;

    while (at < topics->count && strcmp(topics->names[at], name) < 0)
        at++;
    if (at < topics->count && strcmp(topics->names[at], name) == 0) {
        free(name);
        return;
    }
    memmove(&topics->names[at + 1], &topics->names[at],
            (topics->count - at) * sizeof topics->names[0]);
    topics->names[at] = name;
    topics->count++;
}

static char *copy_trimmed(const char *from, size_t length)
{
    while (length > 0 && *from == ' ') {
        from++;
        length--;
    }
    while (length > 0 && from[length - 1] == ' ')
        length--;
    char *name = mem_alloc(length + 1);
    memcpy(name, from, length);
    return name;
}

static enum err add(struct spread_topics *topics, const char *from, size_t length,
                    struct error *error)
{
    AUTO(mem_free_text) char *name = copy_trimmed(from, length);

    if (!spread_is_name(name))
        return error_set(error, ERR_INVALID,
                         "'%s' is no name for a topic: letters, digits, '.', '_' and '-', at most "
                         "%d of them",
                         name, SPREAD_NAME_MAX);
    if (topics->count == SPREAD_TOPICS_MAX)
        return error_set(error, ERR_LIMIT, "more than %d topics", SPREAD_TOPICS_MAX);
    insert(topics, TAKE(name));
    return ERR_OK;
}

enum err spread_topics_parse(const char *text, struct spread_topics *ret_topics,
                             struct error *error)
{
    struct spread_topics topics = {.count = 0};
    enum err err = ERR_OK;

    for (;;) {
        size_t length = strcspn(text, ",");
        err = add(&topics, text, length, error);
        if (err != ERR_OK || text[length] == '\0')
            break;
        text += length + 1;
    }
    if (err == ERR_OK)
        *ret_topics = topics;
    else
        spread_topics_done(&topics);
    return err;
}

void spread_topics_done(struct spread_topics *topics)
{
    for (uint32_t i = 0; i < topics->count; i++)
        free(topics->names[i]);
    topics->count = 0;
}

uint32_t spread_topics_find(const struct spread_topics *topics, const char *name)
{
    for (uint32_t i = 0; i < topics->count; i++) {
        if (strcmp(topics->names[i], name) == 0)
            return i;
    }
    return UINT32_MAX;
}
