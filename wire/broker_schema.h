/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of gale-broker. They stand here for the same reason as those of gale-coord
 * (wire/coord_schema.h); what they come to is said in broker/server/options.h. Names are Kafka's where the
 * meaning is the same. Those that begin with "log." are defaults of topics, which may have their own. Pure;
 * any thread.
 */
#ifndef WIRE_BROKER_SCHEMA_H
#define WIRE_BROKER_SCHEMA_H

#include <stddef.h>

#include "base/settings_schema.h"

/* The table, for help, man page and checks. */
const struct setting_spec *broker_schema_specs(size_t *ret_count);

#endif
