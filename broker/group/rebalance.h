/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a group goes from one generation to the next (the drawing is in groups.h).
 *
 * Preparing: every member's join is waited for, and the ids that were given out, at most as long as the slowest member
 * asks for (rebalance timeout). Members that did not come are removed; static ones stay until their session ends.
 * The first join of an empty group waits a little for others, and a little more as long as they come.
 *
 * Completing: all have their new generation; the leader's assignment is waited for. When it is in the log, all that
 * sync get their part. Who does not sync within the rebalance timeout is removed, the leader too.
 *
 * Sessions: a member whose join or sync waits is alive. A new member cannot send heartbeats before its first answer: its
 * join waits at most five minutes. Part of the coordinator.
 */
#ifndef BROKER_GROUP_REBALANCE_H
#define BROKER_GROUP_REBALANCE_H

#include "base/attribute.h"
#include "broker/group/groups_parts.h"

/* All members have to join again; the reason is told. Nothing but one more reason if they have to already. The state
 * is not DELETING. */
void rebalance_prepare(struct groups *groups, struct group *group, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Ends the wait for joins if all have come. */
void rebalance_check(struct groups *groups, struct group *group);

/* The wait for joins, or for syncs, has been long enough. */
void rebalance_phase_over(struct groups *groups, struct group *group);

/* Tells those who wait in its name that it is unknown, takes it out, and lets the others join again. */
void rebalance_remove_member(struct groups *groups, struct group_member *member,
                             const char *reason);

/* The member was heard of. */
void rebalance_touch(struct groups *groups, struct group_member *member);

/* The assignment goes to the log; then the generation is stable. */
void rebalance_assign(struct groups *groups, struct group *group);

#endif
