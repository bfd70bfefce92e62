/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answers of the coordinator that are more than an error code here and there. Part of the coordinator.
 */
#ifndef BROKER_GROUP_REPLY_H
#define BROKER_GROUP_REPLY_H

#include <stdint.h>

#include "broker/group/groups_parts.h"
#include "broker/protocol/types.h"

/* Each does nothing for a token of 0: nobody waits. */

void reply_join_error(struct groups *groups, uint64_t token, struct kafka_string member_id,
                      int16_t error);

/* The generation as it is; with all members, if the member leads. */
void reply_join(struct groups *groups, struct group_waiter waiter,
                const struct group_member *member);

/* The same to a static member that came back: `leader_id` is who led before, so that it does not take itself
 * for a leader that has something to do. From version 9 on it can be told so. */
void reply_join_replaced(struct groups *groups, struct group_waiter waiter,
                         const struct group_member *member, struct kafka_string leader_id);

void reply_sync_error(struct groups *groups, uint64_t token, int16_t error);

/* The member's part of the assignment. */
void reply_sync(struct groups *groups, uint64_t token, const struct group_member *member);

void reply_heartbeat(struct groups *groups, uint64_t token, int16_t error);

#endif
