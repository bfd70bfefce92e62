/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Built-in settings as people and programs read them. Pure; any thread.
 */
#ifndef CLI_SETTING_VIEW_H
#define CLI_SETTING_VIEW_H

#include <stddef.h>

#include "base/settings_schema.h"
#include "base/text.h"

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

#endif
