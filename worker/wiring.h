/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways between the loops and out of the tasks: links and lanes with their credit, the targets
 * of each component as a loop reaches them, the routes of each task's streams, and the lanes that
 * must have room before a stage is called. Built once, before any loop turns.
 */
#ifndef WORKER_WIRING_H
#define WORKER_WIRING_H

struct loop;
struct task;
struct worker;

/* All loops, stages and tasks are there. */
void wiring_init(struct worker *worker);

void wiring_done_task(struct task *task);
void wiring_done_loop(struct loop *loop);

#endif
