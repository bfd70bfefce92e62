/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of gale-coord. They stand here and not beside the server, as all programs may be given
 * the same file, and each has to tell what is meant for another from what is mistyped; what they come
 * to is said in coord/server/options.h. Those of its clients (coord.servers, ...) are everybody's, and
 * in config_specs(). Pure; any thread.
 */
#ifndef WIRE_COORD_SCHEMA_H
#define WIRE_COORD_SCHEMA_H

#include <stddef.h>

#include "base/settings_schema.h"

enum {
    COORD_SCHEMA_NODES_MAX = 1 << 26, /* upper bound of coord.nodes_max */
};

/* The table, for help, man page and checks. */
const struct setting_spec *coord_schema_specs(size_t *ret_count);

#endif
