/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/plan_passes.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "wire/config_schema.h"
#include "wire/say.h"

#define NAME_BYTES               \
    "abcdefghijklmnopqrstuvwxyz" \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
    "0123456789_-"

/* Names of settings may be grouped by dots. */
#define KEY_BYTES NAME_BYTES "."

/* The text is not empty and consists of `bytes`. What it names is the `number`th of its kind. */
static enum err check_text(const char *what, uint32_t number, const char *text, const char *bytes,
                           struct error *error)
{
    struct said said = say_quoted(text);

    if (text == NULL || *text == '\0')
        return error_set(error, ERR_INVALID, "%s %" PRIu32 " has no name: give it one", what,
                         number);
    if (strlen(text) > PLAN_NAME_MAX)
        return error_set(error, ERR_LIMIT, "%s %s: the name is longer than %d bytes", what,
                         said.text, PLAN_NAME_MAX);
    if (text[strspn(text, bytes)] != '\0')
        return error_set(error, ERR_INVALID, "%s %s: a name consists of letters, digits, %s", what,
                         said.text,
                         strchr(bytes, '.') == NULL ? "'_' and '-'" : "'_', '-' and '.'");
    return ERR_OK;
}

static enum err check_name(const char *what, uint32_t number, const char *name, struct error *error)
{
    enum err err = check_text(what, number, name, NAME_BYTES, error);

    if (err == ERR_OK && strncmp(name, "__", 2) == 0)
        return error_set(error, ERR_INVALID,
                         "%s '%s': names that start with '__' are Gale's own: choose another", what,
                         name);
    return err;
}

static enum err check_fields(const struct plan_stream *stream, struct error *error)
{
    if (stream->field_count > PLAN_FIELDS_MAX)
        return error_set(error, ERR_LIMIT, "more than %d fields", PLAN_FIELDS_MAX);
    for (uint32_t i = 0; i < stream->field_count; i++) {
        const struct plan_field *field = &stream->fields[i];
        enum err err = check_name("field", i + 1, field->name, error);

        if (err != ERR_OK)
            return err;
        if (!kind_is_known(field->kind))
            return error_set(error, ERR_INVALID, "field '%s' has the unknown kind %u", field->name,
                             (unsigned)field->kind);
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(stream->fields[j].name, field->name) == 0)
                return error_set(error, ERR_INVALID, "two fields are named '%s': rename one",
                                 field->name);
        }
    }
    return ERR_OK;
}

static enum err check_stream(const struct plan_component *component, uint32_t index,
                             struct error *error)
{
    const struct plan_stream *stream = &component->streams[index];
    enum err err = check_name("stream", index + 1, stream->name, error);

    if (err != ERR_OK)
        return err;
    for (uint32_t i = 0; i < index; i++) {
        if (strcmp(component->streams[i].name, stream->name) == 0)
            return error_set(error, ERR_INVALID, "it emits two streams named '%s': rename one",
                             stream->name);
    }
    err = check_fields(stream, error);
    return err == ERR_OK ? err : error_wrap(error, "stream '%s'", stream->name);
}

/* What a first byte says of the size of its character; 0 if it cannot be a first byte. */
static size_t size_by_first(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC0 || first >= 0xF8)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* The size of the character at `at`, or 0 if that is not UTF-8: cut off, longer than it needs to
 * be, half of a surrogate pair, or beyond the last character. */
static size_t utf8_size(const unsigned char *at)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = size_by_first(*at);
    uint32_t point = size == 1 ? *at : *at & (0x7Fu >> size);

    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        point = point << 6 | (at[i] & 0x3Fu);
    }
    bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point < least[size] || point > 0x10FFFF || surrogate ? 0 : size;
}

static bool is_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at != '\0') {
        size_t size = utf8_size(at);
        if (size == 0)
            return false;
        at += size;
    }
    return true;
}

/* Values and help texts travel as JSON. */
static enum err check_value(const char *key, const char *what, const char *text,
                            struct error *error)
{
    if (text == NULL)
        return ERR_OK;
    if (strlen(text) > PLAN_TEXT_MAX)
        return error_set(error, ERR_LIMIT, "setting '%s': the %s is longer than %d bytes", key,
                         what, PLAN_TEXT_MAX);
    if (!is_utf8(text))
        return error_set(error, ERR_INVALID, "setting '%s': the %s is not UTF-8: write it so", key,
                         what);
    return ERR_OK;
}

static enum err check_key(uint32_t number, const char *key, struct error *error)
{
    enum err err = check_text("setting", number, key, KEY_BYTES, error);

    if (err != ERR_OK)
        return err;
    if (key[0] == '.' || key[strlen(key) - 1] == '.' || strstr(key, "..") != NULL)
        return error_set(error, ERR_INVALID,
                         "setting '%s' has nothing before or after a dot: remove the dot", key);
    return ERR_OK;
}

static enum err check_settings(const struct plan_settings *settings, struct error *error)
{
    if (settings->count > PLAN_SETTINGS_MAX)
        return error_set(error, ERR_LIMIT, "more than %d settings", PLAN_SETTINGS_MAX);
    for (uint32_t i = 0; i < settings->count; i++) {
        const struct plan_setting *setting = &settings->items[i];
        enum err err = check_key(i + 1, setting->key, error);

        if (err == ERR_OK)
            err = check_value(setting->key, "value", setting->value, error);
        if (err == ERR_OK)
            err = check_value(setting->key, "help", setting->help, error);
        if (err != ERR_OK)
            return err;
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(settings->items[j].key, setting->key) == 0)
                return error_set(error, ERR_INVALID, "setting '%s' is declared twice: remove one",
                                 setting->key);
        }
    }
    return ERR_OK;
}

/* A setting of Gale ("worker.loops") must not be taken for a property of a component. */
static enum err check_not_reserved(const char *name, struct error *error)
{
    if (config_own_prefix(name) == NULL)
        return ERR_OK;
    return error_set(error, ERR_INVALID,
                     "component '%s': Gale's own settings start with '%s.': choose another name",
                     name, name);
}

/* "<component>.tasks" is taken: it sets the number of tasks. */
static enum err check_not_properties(const struct plan_settings *settings, struct error *error)
{
    struct setting_table properties;

    properties.specs = config_properties(&properties.count);
    for (uint32_t i = 0; i < settings->count; i++) {
        const char *key = settings->items[i].key;

        if (setting_table_find(&properties, key) != NULL)
            return error_set(error, ERR_INVALID,
                             "setting '%s' is a property of every component: choose another name",
                             key);
    }
    return ERR_OK;
}

static enum err check_inner_names(const struct plan_component *component, struct error *error)
{
    if (component->stream_count > PLAN_STREAMS_MAX)
        return error_set(error, ERR_LIMIT, "more than %d streams", PLAN_STREAMS_MAX);
    for (uint32_t i = 0; i < component->stream_count; i++) {
        enum err err = check_stream(component, i, error);
        if (err != ERR_OK)
            return err;
    }
    enum err err = check_settings(&component->settings, error);
    return err == ERR_OK ? check_not_properties(&component->settings, error) : err;
}

static enum err check_component_names(const struct plan *plan, uint32_t index, struct error *error)
{
    const struct plan_component *component = &plan->components[index];
    enum err err = check_name("component", index + 1, component->name, error);

    if (err == ERR_OK)
        err = check_not_reserved(component->name, error);
    if (err != ERR_OK)
        return err;
    for (uint32_t i = 0; i < index; i++) {
        if (strcmp(plan->components[i].name, component->name) == 0)
            return error_set(error, ERR_INVALID, "two components are named '%s': rename one",
                             component->name);
    }
    err = check_inner_names(component, error);
    return err == ERR_OK ? err : error_wrap(error, "component '%s'", component->name);
}

static enum err check_topology_name(const struct plan *plan, struct error *error)
{
    if (plan->name == NULL || *plan->name == '\0')
        return error_set(error, ERR_INVALID, "the topology has no name: give it one");
    return check_name("topology", 1, plan->name, error);
}

enum err plan_names_check(struct plan *plan, struct error *error)
{
    enum err err = check_topology_name(plan, error);

    for (uint32_t i = 0; err == ERR_OK && i < plan->component_count; i++)
        err = check_component_names(plan, i, error);
    if (err != ERR_OK)
        return err;

    err = check_settings(&plan->settings, error);
    return err == ERR_OK ? err : error_wrap(error, "topology '%s'", plan->name);
}
