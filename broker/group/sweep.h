/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offsets that nobody needs any more, by Kafka's rules: of a group without members those that are older than the
 * retention, counted from when it became empty or from the commit, whichever is later; of a stable group of
 * consumers those of topics to which none of them subscribes, counted from the commit; and those with an expiry of their
 * own. Then groups that have nothing left. Part of the coordinator.
 */
#ifndef BROKER_GROUP_SWEEP_H
#define BROKER_GROUP_SWEEP_H

#include "broker/group/groups_parts.h"

enum {
    SWEEP_PERIOD_MS = 600000, /* between two looks at a group */
};

/* Looks at the group now, and sets its timer for the next time. */
void sweep_group(struct groups *groups, struct group *group);

/* Sets the timer for the first time; not the same moment for all groups of a broker that starts. */
void sweep_schedule(struct groups *groups, struct group *group);

/* The topics that the members of a group of consumers subscribe to; borrows from their metadata. To be freed with
 * sweep_free_topics(). False if that cannot be told. */
bool sweep_collect_topics(const struct group *group, struct names *ret_topics);
void sweep_free_topics(struct names *topics);

/* Takes the values of these offsets away, and stores tombstones in pieces. */
void sweep_remove_offsets(struct groups *groups, struct group *group, struct offset *const *offsets,
                          size_t count);

#endif
