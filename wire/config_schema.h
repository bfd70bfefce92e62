/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which settings a run of a given plan knows: the built-in ones, the properties of components, and
 * what topology and components declare. Pure.
 */
#ifndef WIRE_CONFIG_SCHEMA_H
#define WIRE_CONFIG_SCHEMA_H

#include <stddef.h>

#include "base/settings_schema.h"
#include "wire/plan.h"

struct config_schema {
    struct setting_spec *specs; /* a key may stand here twice: the first one counts */
    char **keys;                /* what the specs' keys point to */
    size_t count;
    size_t capacity;
};

/* Properties of every component; max_pending, which only spouts have, is one. Where the plan says
 * nothing of one, it has a fallback. */
const struct setting_spec *config_properties(size_t *ret_count);

/* The prefix "nimbus" of "nimbus.listen", if settings that begin so are Gale's own; NULL if not. The
 * key may be the prefix alone. */
const char *config_own_prefix(const char *key);

/* The plan was checked, and is borrowed for as long as the schema lives. */
struct config_schema *config_schema_new(const struct plan *plan);
void config_schema_destroy(struct config_schema **schema);

/* "<component>.<key>"; the caller owns it. */
char *config_key(const char *component, const char *key);

#endif
