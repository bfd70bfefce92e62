/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways between the loops and out of the tasks: links and lanes with their credit, the targets
 * of each component as a loop reaches them, the routes of each task's streams, and the lanes that
 * must have room before a stage is called. Built before any loop turns, and changed by each loop for
 * itself when the assignment is another one.
 */
#ifndef WORKER_WIRING_H
#define WORKER_WIRING_H

struct loop;
struct task;
struct worker;

/* All loops, stages and tasks are there. */
void wiring_init(struct worker *worker);

/* The loop goes by worker.routing from now on. What it has not handed over yet goes the new ways. On the
 * loop's thread. */
void wiring_route(struct loop *loop);

void wiring_done_task(struct task *task);
void wiring_done_loop(struct loop *loop);

#endif
