/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses the machines of topologies that want some for themselves, the oldest topology first:
 * those that have the labels of most of its components, then those with the fewest workers of
 * others, then those where it has most workers already. So it stays where it is alone. Machines
 * with workers that may not be moved now are no choice. Private to the scheduler; pure.
 */
#ifndef NIMBUS_SCHEDULE_SCHEDULER_ISOLATION_H
#define NIMBUS_SCHEDULE_SCHEDULER_ISOLATION_H

#include "nimbus/schedule/scheduler_crew.h"
#include "nimbus/schedule/scheduler_ground.h"

/* Sets the owners of machines, and `machines` of each crew. Topologies that are fixed have been
 * entered into the ground; nobody else has. */
void isolation_choose(struct ground *ground, struct crew *crews);

#endif
