/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a crash leaves of a task, for both simulators: nobody is told.
 */
#ifndef TESTS_SIM_WRECK_H
#define TESTS_SIM_WRECK_H

struct task;

/* What it holds is gone, without a verdict. */
void wreck_held(struct task *task);

#endif
