/* SPDX-License-Identifier: Apache-2.0 */
#include "base/settings.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    INDEX_SIZE = 2 * SETTINGS_MAX, /* a power of two, never more than half full */
};

/* The entries stand in order of insertion; the index finds them by hash, with linear probing. */
struct settings {
    struct setting *entries;
    uint16_t *index; /* position in entries + 1, or 0 */
    size_t count;
    size_t capacity;
};

struct settings *settings_new(void)
{
    struct settings *settings = NEW(struct settings);

    settings->index = NEW_ARRAY(uint16_t, INDEX_SIZE);
    return settings;
}

/* The map owns the texts that struct setting shows as const. */
static void free_text(const char *text)
{
    free((void *)text);
}

void settings_destroy(struct settings **settings)
{
    if (*settings == NULL)
        return;
    for (size_t i = 0; i < (*settings)->count; i++) {
        free_text((*settings)->entries[i].key);
        free_text((*settings)->entries[i].value);
        free_text((*settings)->entries[i].origin);
    }
    free((*settings)->entries);
    free((*settings)->index);
    free(*settings);
    *settings = NULL;
}

static uint32_t hash(const char *key)
{
    uint32_t value = 2166136261u; /* FNV-1a */

    for (; *key != '\0'; key++)
        value = (value ^ (unsigned char)*key) * 16777619u;
    return value;
}

/* The place in the index that holds the key, or the free one where it belongs. */
static uint16_t *slot_of(const struct settings *settings, const char *key)
{
    uint32_t i = hash(key) % INDEX_SIZE;

    while (settings->index[i] != 0 &&
           strcmp(settings->entries[settings->index[i] - 1].key, key) != 0)
        i = (i + 1) % INDEX_SIZE;
    return &settings->index[i];
}

static bool is_key_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '-' || byte == '.';
}

/* NULL if the key is good, else what is wrong with it. */
static const char *fault_of(const char *key)
{
    if (key[0] == '\0')
        return "is empty";
    for (const char *byte = key; *byte != '\0'; byte++)
        if (!is_key_byte(*byte))
            return "has a character other than a letter, a digit, '_', '-' and '.'";
    if (key[0] == '.' || key[strlen(key) - 1] == '.' || strstr(key, "..") != NULL)
        return "has an empty part between dots";
    return NULL;
}

static void append(struct settings *settings, struct setting entry, uint16_t *slot)
{
    if (settings->count == settings->capacity) {
        settings->capacity = settings->capacity == 0 ? 16 : settings->capacity * 2;
        settings->entries =
            mem_resize(settings->entries, settings->capacity, sizeof *settings->entries);
    }
    settings->entries[settings->count++] = entry;
    *slot = (uint16_t)settings->count;
}

static void replace(struct setting *entry, const char *value, const char *origin)
{
    free_text(entry->value);
    free_text(entry->origin);
    entry->value = value;
    entry->origin = origin;
}

enum err settings_put(struct settings *settings, const char *key, const char *value,
                      const char *origin, struct error *error)
{
    if (strlen(key) > SETTINGS_KEY_MAX)
        return error_set(error, ERR_LIMIT, "%s: key '%.40s...' is longer than %d bytes", origin,
                         key, SETTINGS_KEY_MAX);
    const char *fault = fault_of(key);
    if (fault != NULL)
        return error_set(error, ERR_INVALID, "%s: key '%s' %s", origin, key, fault);
    if (strlen(value) > SETTINGS_VALUE_MAX)
        return error_set(error, ERR_LIMIT, "%s: the value of '%s' is longer than %d bytes", origin,
                         key, SETTINGS_VALUE_MAX);

    uint16_t *slot = slot_of(settings, key);
    if (*slot == 0 && settings->count == SETTINGS_MAX)
        return error_set(error, ERR_LIMIT, "%s: more than %d settings", origin, SETTINGS_MAX);

    char *new_value = mem_copy_text(value); /* before the old ones go: they may be the arguments */
    char *new_origin = mem_copy_text(origin);
    if (*slot != 0) {
        replace(&settings->entries[*slot - 1], new_value, new_origin);
        return ERR_OK;
    }
    struct setting entry = {.key = mem_copy_text(key), .value = new_value, .origin = new_origin};
    append(settings, entry, slot);
    return ERR_OK;
}

enum err settings_put_line(struct settings *settings, const char *line, const char *origin,
                           struct error *error)
{
    const char *equals = strchr(line, '=');
    if (equals == NULL)
        return error_set(error, ERR_INVALID, "%s: '%s' must be written as key=value", origin, line);

    size_t key_size = (size_t)(equals - line);
    AUTO(mem_free_text) char *key = mem_alloc(key_size + 1);
    memcpy(key, line, key_size);
    return settings_put(settings, key, equals + 1, origin, error);
}

const struct setting *settings_find(const struct settings *settings, const char *key)
{
    uint16_t position = *slot_of(settings, key);

    return position == 0 ? NULL : &settings->entries[position - 1];
}

size_t settings_count(const struct settings *settings)
{
    return settings->count;
}

const struct setting *settings_at(const struct settings *settings, size_t index)
{
    ASSERT(index < settings->count);
    return &settings->entries[index];
}
