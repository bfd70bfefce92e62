/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Built-in settings as people and programs read them. Pure; any thread.
 */
#ifndef CLI_VIEWS_SETTING_VIEW_H
#define CLI_VIEWS_SETTING_VIEW_H

#include <stddef.h>

#include "base/settings.h"
#include "base/settings_schema.h"
#include "base/text.h"

enum setting_view_origins {
    SETTING_VIEW_VALUES,
    SETTING_VIEW_ORIGINS, /* and where each comes from */
};

/* "seconds", "bytes", "number", ... */
const char *setting_view_kind(enum setting_kind kind);

/* "0.01 to 86400", "at least 1", or "" if anything goes. */
void setting_view_range(const struct setting_spec *spec, struct text *text);

/* One sentence with its newline: type, range and default. */
void setting_view_sentence(const struct setting_spec *spec, struct text *text);

/* A table of all. */
void setting_view_table(const struct setting_spec specs[], size_t count, struct text *text);

/* One JSON object on one line, with its newline. */
void setting_view_json(const struct setting_spec specs[], size_t count, struct text *text);

/* The values in force of all that are known, and then those that are set and not known here: they
 * belong to a topology or to one of its components. */
void setting_view_values(const struct setting_spec specs[], size_t count,
                         const struct settings *settings, enum setting_view_origins origins,
                         struct text *text);
void setting_view_values_json(const struct setting_spec specs[], size_t count,
                              const struct settings *settings, struct text *text);

#endif
