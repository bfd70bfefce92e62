/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which settings there are and what their values must look like. A schema is a constant table, and
 * the same table feeds the check, the man page and `gale help`. Programs that share one file each
 * have a table of their own, and check the file against all of them. Pure; any thread.
 */
#ifndef BASE_SETTINGS_SCHEMA_H
#define BASE_SETTINGS_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/settings.h"

enum setting_kind {
    SETTING_TEXT,       /* any text; min and max are its size in bytes */
    SETTING_BOOL,       /* true, false */
    SETTING_U64,        /* 1024 */
    SETTING_F64,        /* -0.5, 1e6 */
    SETTING_DURATION_S, /* decimal seconds: 30, 0.25 */
    SETTING_BYTES,      /* 4096, 64KiB, 1MiB, 2GiB */
};

struct setting_spec {
    const char *key;
    enum setting_kind kind;
    const char *fallback; /* the value when nobody sets one; NULL if there is none */
    double min;           /* both 0: no bounds */
    double max;           /* 0 with a min above 0: no upper bound */
    const char *help;     /* one line */
};

struct setting_table {
    const struct setting_spec *specs;
    size_t count;
};

/* Each accepts the whole text or nothing: no spaces around it, no sign but '-' for F64, no
 * overflow, no infinity. *ret_value is written only on success. */
bool setting_parse_bool(const char *text, bool *ret_value) MUST_USE;
bool setting_parse_u64(const char *text, uint64_t *ret_value) MUST_USE;
bool setting_parse_f64(const char *text, double *ret_value) MUST_USE;
bool setting_parse_duration_s(const char *text, double *ret_value_s) MUST_USE;
bool setting_parse_bytes(const char *text, uint64_t *ret_value_bytes) MUST_USE;

/* debug, info, warn, error: 0 .. 3, as enum log_level has it. */
bool setting_parse_log_level(const char *text, uint32_t *ret_level) MUST_USE;

/* NULL if the table does not have the key. Borrowed. */
const struct setting_spec *setting_table_find(const struct setting_table *table, const char *key);

/* Checks every setting; reports the first, in order, that is unknown or wrong:
 *     gale.yaml:3:7: unknown setting 'nimbus.prot'; did you mean 'nimbus.port'?
 *     command line: setting 'nimbus.port' is 'abc', but must be a whole number from 1 to 65535
 * The fallbacks of the specs must pass by themselves. `error` may be NULL. */
enum err settings_check(const struct settings *settings, const struct setting_spec specs[],
                        size_t count, struct error *error) MUST_USE;

/* The same, where a key may stand in any of the tables: the first that has it counts. */
enum err settings_check_tables(const struct settings *settings, const struct setting_table tables[],
                               size_t count, struct error *error) MUST_USE;

#endif
