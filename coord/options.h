/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the settings coord.* say of a client: wire/config_schema.c has their defaults and bounds.
 * Pure; any thread.
 */
#ifndef COORD_OPTIONS_H
#define COORD_OPTIONS_H

#include "base/err.h"
#include "base/settings.h"
#include "coord/client.h"

/* Reads the settings, taking the defaults for those that nobody has set; others than coord.* are
 * not looked at. Texts are borrowed from the settings. The limits and the seed are those of
 * coord_options_default(). Errors name the origin of the value. */
enum err coord_options_read(const struct settings *settings, struct coord_options *ret_options,
                            struct error *error) MUST_USE;

#endif
