/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/group/group.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/group/value.h"

const char *group_state_name(enum group_state state)
{
    switch (state) {
    case GROUP_EMPTY:
        return "Empty";
    case GROUP_PREPARING:
        return "PreparingRebalance";
    case GROUP_COMPLETING:
        return "CompletingRebalance";
    case GROUP_STABLE:
        return "Stable";
    case GROUP_DELETING:
        return "Dead";
    }
    UNREACHABLE();
}

struct group *group_new(struct kafka_string name, uint64_t seed)
{
    struct group *group = NEW(struct group);

    group->name = value_copy_string(name);
    group->protocol_type = KAFKA_STRING_NULL;
    group->protocol = KAFKA_STRING_NULL;
    group->state_ms = -1;
    names_init(&group->members, seed);
    names_init(&group->instances, seed);
    names_init(&group->pendings, seed);
    names_init(&group->offsets, seed);
    list_init(&group->members_by_age);
    list_init(&group->pendings_by_age);
    group->phase.kind = GROUP_TIMER_PHASE;
    group->sweep.kind = GROUP_TIMER_SWEEP;
    return group;
}

void group_destroy(struct group **group)
{
    if (*group == NULL)
        return;
    struct group_member *member = group_next_member(*group, NULL);
    while (member != NULL) {
        group_remove_member(*group, member);
        member = group_next_member(*group, NULL);
    }
    struct list_node *node = list_first(&(*group)->pendings_by_age);
    while (node != NULL) {
        group_remove_pending(*group, CONTAINER_OF(node, struct group_pending, by_age));
        node = list_first(&(*group)->pendings_by_age);
    }
    names_done(&(*group)->members);
    names_done(&(*group)->instances);
    names_done(&(*group)->pendings);
    names_done(&(*group)->offsets);
    value_drop_string(&(*group)->name);
    value_drop_string(&(*group)->protocol_type);
    value_drop_string(&(*group)->protocol);
    free(*group);
    *group = NULL;
}

/* ---- members ------------------------------------------------------------------------------- */

struct group_member *group_find_member(const struct group *group, struct kafka_string id)
{
    struct names_node *node = names_find(&group->members, id, 0);

    return node == NULL ? NULL : CONTAINER_OF(node, struct group_member, by_id);
}

struct group_member *group_find_instance(const struct group *group, struct kafka_string instance_id)
{
    struct names_node *node = names_find(&group->instances, instance_id, 0);

    return node == NULL ? NULL : CONTAINER_OF(node, struct group_member, by_instance);
}

struct group_pending *group_find_pending(const struct group *group, struct kafka_string id)
{
    struct names_node *node = names_find(&group->pendings, id, 0);

    return node == NULL ? NULL : CONTAINER_OF(node, struct group_pending, by_id);
}

size_t group_member_count(const struct group *group)
{
    return group->members.count;
}

struct group_member *group_next_member(const struct group *group, const struct group_member *member)
{
    struct list_node *node = member == NULL ? list_first(&group->members_by_age)
                                            : list_next(&group->members_by_age, &member->by_age);

    return node == NULL ? NULL : CONTAINER_OF(node, struct group_member, by_age);
}

void group_add_member(struct group *group, struct group_member *member)
{
    member->group = group;
    member->timer.kind = GROUP_TIMER_MEMBER;
    member->join.kind = GROUP_WAITER_JOIN;
    member->sync.kind = GROUP_WAITER_SYNC;
    names_put(&group->members, &member->by_id, member->id, 0);
    if (member->instance_id.length >= 0)
        names_put(&group->instances, &member->by_instance, member->instance_id, 0);
    list_push_last(&group->members_by_age, &member->by_age);
    if (group->leader == NULL)
        group->leader = member;
}

void group_remove_member(struct group *group, struct group_member *member)
{
    if (member->join.token != 0)
        group->awaiting_count--;
    names_remove(&group->members, &member->by_id);
    if (member->instance_id.length >= 0)
        names_remove(&group->instances, &member->by_instance);
    list_remove(&member->by_age);
    if (group->leader == member)
        group->leader = group_next_member(group, NULL);
    group_free_protocols(member->protocols, member->protocol_count);
    value_drop_string(&member->id);
    value_drop_string(&member->instance_id);
    value_drop_string(&member->client_id);
    value_drop_string(&member->client_host);
    value_drop_bytes(&member->assignment);
    free(member);
}

void group_rename_member(struct group *group, struct group_member *member, struct kafka_string id)
{
    names_remove(&group->members, &member->by_id);
    value_drop_string(&member->id);
    member->id = value_copy_string(id);
    names_put(&group->members, &member->by_id, member->id, 0);
}

struct group_pending *group_add_pending(struct group *group, struct kafka_string id)
{
    struct group_pending *pending = NEW(struct group_pending);

    pending->group = group;
    pending->timer.kind = GROUP_TIMER_PENDING;
    pending->id = value_copy_string(id);
    names_put(&group->pendings, &pending->by_id, pending->id, 0);
    list_push_last(&group->pendings_by_age, &pending->by_age);
    return pending;
}

void group_remove_pending(struct group *group, struct group_pending *pending)
{
    names_remove(&group->pendings, &pending->by_id);
    list_remove(&pending->by_age);
    value_drop_string(&pending->id);
    free(pending);
}

/* ---- protocols ----------------------------------------------------------------------------- */

void group_free_protocols(struct group_protocol *protocols, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        value_drop_string(&protocols[i].name);
        value_drop_bytes(&protocols[i].metadata);
    }
    free(protocols);
}

void group_set_protocols(struct group_member *member, struct group_protocol *protocols,
                         int32_t count)
{
    group_free_protocols(member->protocols, member->protocol_count);
    member->protocols = protocols;
    member->protocol_count = count;
}

bool group_has_protocols(const struct group_member *member, const struct group_protocol *protocols,
                         int32_t count)
{
    if (member->protocol_count != count)
        return false;
    for (int32_t i = 0; i < count; i++) {
        if (!value_same_string(member->protocols[i].name, protocols[i].name) ||
            !value_same_bytes(member->protocols[i].metadata, protocols[i].metadata))
            return false;
    }
    return true;
}

static const struct group_protocol *find_protocol(const struct group_member *member,
                                                  struct kafka_string name)
{
    for (int32_t i = 0; i < member->protocol_count; i++) {
        if (value_same_string(member->protocols[i].name, name))
            return &member->protocols[i];
    }
    return NULL;
}

static bool is_spoken_by_all(const struct group *group, struct kafka_string name,
                             const struct group_member *except)
{
    struct group_member *member = group_next_member(group, NULL);

    for (; member != NULL; member = group_next_member(group, member)) {
        if (member != except && find_protocol(member, name) == NULL)
            return false;
    }
    return true;
}

bool group_speaks_one_of(const struct group *group, const struct group_protocol *protocols,
                         int32_t count, const struct group_member *except)
{
    for (int32_t i = 0; i < count; i++) {
        if (is_spoken_by_all(group, protocols[i].name, except))
            return true;
    }
    return false;
}

/* Which of the candidates the member prefers. */
static int32_t vote_of(const struct group_member *member, const struct kafka_string *candidates,
                       int32_t count)
{
    for (int32_t i = 0; i < member->protocol_count; i++) {
        for (int32_t k = 0; k < count; k++) {
            if (value_same_string(member->protocols[i].name, candidates[k]))
                return k;
        }
    }
    UNREACHABLE();
}

/* The candidates are those of the first member that all speak. */
struct kafka_string group_vote(const struct group *group)
{
    const struct group_member *first = group_next_member(group, NULL);
    struct kafka_string candidates[GROUP_PROTOCOLS_MAX];
    size_t votes[GROUP_PROTOCOLS_MAX] = {0};
    int32_t count = 0;
    int32_t best = 0;

    ASSERT(first != NULL && first->protocol_count <= GROUP_PROTOCOLS_MAX);
    for (int32_t i = 0; i < first->protocol_count; i++) {
        if (is_spoken_by_all(group, first->protocols[i].name, NULL))
            candidates[count++] = first->protocols[i].name;
    }
    ASSERT(count > 0);
    for (const struct group_member *member = first; member != NULL;
         member = group_next_member(group, member))
        votes[vote_of(member, candidates, count)]++;
    for (int32_t k = 1; k < count; k++)
        best = votes[k] > votes[best] ? k : best;
    return candidates[best];
}

struct kafka_bytes group_metadata(const struct group_member *member, struct kafka_string protocol)
{
    const struct group_protocol *found = find_protocol(member, protocol);

    return found == NULL ? (struct kafka_bytes){.length = 0} : found->metadata;
}

/* ---- who waits ----------------------------------------------------------------------------- */

void group_set_join(struct group_member *member, uint64_t token, int16_t version)
{
    ASSERT(member->join.token == 0 && token != 0);
    member->join.token = token;
    member->join.version = version;
    member->group->awaiting_count++;
}

struct group_waiter group_take_join(struct group_member *member)
{
    struct group_waiter waiter = member->join;

    if (waiter.token != 0)
        member->group->awaiting_count--;
    member->join.token = 0;
    return waiter;
}

struct group_waiter group_take_sync(struct group_member *member)
{
    struct group_waiter waiter = member->sync;

    member->sync.token = 0;
    return waiter;
}

bool group_elect(struct group *group)
{
    if (group->leader != NULL && group->leader->join.token != 0)
        return true;
    struct group_member *member = group_next_member(group, NULL);
    while (member != NULL && member->join.token == 0)
        member = group_next_member(group, member);
    if (member != NULL)
        group->leader = member;
    return member != NULL;
}

uint64_t group_rebalance_ms(const struct group *group)
{
    int32_t longest = 0;
    struct group_member *member = group_next_member(group, NULL);

    for (; member != NULL; member = group_next_member(group, member))
        longest = member->rebalance_ms > longest ? member->rebalance_ms : longest;
    return (uint64_t)longest;
}

bool group_is_of_consumers(const struct group *group)
{
    return value_same_string(group->protocol_type, value_of_text("consumer"));
}
