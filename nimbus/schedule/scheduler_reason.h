/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says what a topology lacks, in a sentence for people, with the remedy. Private to the scheduler;
 * pure.
 */
#ifndef NIMBUS_SCHEDULE_SCHEDULER_REASON_H
#define NIMBUS_SCHEDULE_SCHEDULER_REASON_H

#include <stdint.h>

#include "base/attribute.h"
#include "base/text.h"
#include "nimbus/schedule/scheduler_crew.h"
#include "nimbus/schedule/scheduler_ground.h"

/* NULL if all is as wanted. The caller owns it. */
char *reason_of_crew(const struct crew *crew) MUST_USE;

/* Why one more executor of the component finds no place, as the ground is now. */
void reason_of_component(const struct ground *ground, uint32_t topology,
                         const struct scheduler_component *component, struct text *out);

#endif
