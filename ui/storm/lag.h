/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the spouts of a topology are behind the log, in Storm's shape. Which topics and whose offsets say the
 * settings of the spouts (sdk/include/gale/ready_log.h). Results are the caller's. Pure; any thread.
 */
#ifndef UI_STORM_LAG_H
#define UI_STORM_LAG_H

#include <jansson.h>
#include <stdbool.h>

#include "base/attribute.h"
#include "base/text.h"

enum {
    LAG_GROUPS_MAX = 16, /* that are asked for one answer */
};

/* Whether the component reads the log; the group whose offsets are its own is appended. */
bool storm_lag_group(const json_t *status, const char *component, struct text *group) MUST_USE;

/* An entry of /topology/{id}/lag. `offsets` is an answer of describe_group, or NULL: then `why_not` is told. */
json_t *storm_lag_spout(const json_t *status, const char *component, const json_t *offsets,
                        const char *why_not);

#endif
