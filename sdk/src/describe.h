/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the descriptors that a topology's `.so` exports to a plan.
 *
 * Descriptors are written by people and are not to be trusted: what cannot be said in a plan is
 * checked here (functions, records, streams that are declared twice and differ), everything else by
 * plan_check(), which the caller runs next. Pure; the descriptors are only read, and not kept.
 */
#ifndef SDK_SRC_DESCRIBE_H
#define SDK_SRC_DESCRIBE_H

#include <gale/types.h>

#include "base/err.h"
#include "wire/plan.h"

#define DESCRIBE_RECORD_MAX 65536 /* bytes of the struct that a stream carries */

/* Makes a plan that is not checked yet. ERR_VERSION if the topology was built for another ABI or
 * the descriptor is none. Counts that stand for a default (tasks, executors) are filled in. */
MUST_USE enum err describe(const struct gale_topology *topology, struct plan **ret_plan,
                           struct error *error);

#endif
