/* SPDX-License-Identifier: Apache-2.0 */
#include "base/settings_values.h"

#include <string.h>

#include "base/assert.h"

struct setting settings_value(const struct settings_values *values, const char *key)
{
    const struct setting *setting = settings_find(values->settings, key);

    if (setting != NULL)
        return *setting;
    const struct setting_spec *spec = setting_table_find(&values->table, key);
    ASSERT(spec != NULL);
    return (struct setting){.key = key, .value = spec->fallback, .origin = "default"};
}

const char *settings_text(const struct settings_values *values, const char *key)
{
    return settings_value(values, key).value;
}

const char *settings_origin(const struct settings_values *values, const char *key)
{
    return settings_value(values, key).origin;
}

uint64_t settings_u64(const struct settings_values *values, const char *key)
{
    uint64_t value = 0;
    bool is_number = setting_parse_u64(settings_text(values, key), &value);

    ASSERT(is_number);
    return value;
}

uint32_t settings_u32(const struct settings_values *values, const char *key)
{
    uint64_t value = settings_u64(values, key);

    ASSERT(value <= UINT32_MAX);
    return (uint32_t)value;
}

uint64_t settings_bytes(const struct settings_values *values, const char *key)
{
    uint64_t value = 0;
    bool is_size = setting_parse_bytes(settings_text(values, key), &value);

    ASSERT(is_size);
    return value;
}

uint64_t settings_ms(const struct settings_values *values, const char *key)
{
    double seconds = 0;
    bool is_duration = setting_parse_duration_s(settings_text(values, key), &seconds);

    ASSERT(is_duration);
    return (uint64_t)(seconds * 1000 + 0.5);
}

bool settings_truth(const struct settings_values *values, const char *key)
{
    return strcmp(settings_text(values, key), "true") == 0;
}

enum err settings_log_level(const struct settings_values *values, const char *key,
                            uint32_t *ret_level, struct error *error)
{
    const char *level = settings_text(values, key);

    if (setting_parse_log_level(level, ret_level))
        return ERR_OK;
    return error_set(error, ERR_INVALID,
                     "%s: setting '%s' is '%s', but must be debug, info, warn or error",
                     settings_origin(values, key), key, level);
}
