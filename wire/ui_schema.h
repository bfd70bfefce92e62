/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of gale-ui. They stand here for the same reason as those of gale-coord (wire/coord_schema.h); what
 * they come to is said in ui/options.h. Pure; any thread.
 */
#ifndef WIRE_UI_SCHEMA_H
#define WIRE_UI_SCHEMA_H

#include <stddef.h>

#include "base/settings_schema.h"

/* The table, for help, man page and checks. */
const struct setting_spec *ui_schema_specs(size_t *ret_count);

#endif
