/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values in force of the settings in one table: what was set, else the table's fallback. For settings that
 * settings_check() has passed, and keys that the table has: so reading them cannot fail. Pure.
 */
#ifndef BASE_SETTINGS_VALUES_H
#define BASE_SETTINGS_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/settings.h"
#include "base/settings_schema.h"

/* Borrows both. */
struct settings_values {
    const struct settings *settings;
    struct setting_table table;
};

/* The setting in force; its origin is "default" if nobody has set it. */
struct setting settings_value(const struct settings_values *values, const char *key);

/* Borrowed from the settings, or constant. */
const char *settings_text(const struct settings_values *values, const char *key);

/* Where the value came from: "gale.yaml:3:7", "command line", "default". */
const char *settings_origin(const struct settings_values *values, const char *key);

uint64_t settings_u64(const struct settings_values *values, const char *key);
uint32_t settings_u32(const struct settings_values *values, const char *key); /* its maximum fits */
uint64_t settings_bytes(const struct settings_values *values, const char *key);
uint64_t settings_ms(const struct settings_values *values,
                     const char *key); /* of a duration in seconds */
bool settings_truth(const struct settings_values *values, const char *key);

/* One of debug, info, warn and error, which the table cannot say: ERR_INVALID names the place and them. */
enum err settings_log_level(const struct settings_values *values, const char *key,
                            uint32_t *ret_level, struct error *error) MUST_USE;

#endif
