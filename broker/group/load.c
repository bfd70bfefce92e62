/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the log knows of groups, at start: of each key the last record counts. Members of a stored generation go on as if
 * nothing had been; their sessions begin when all is loaded.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/group/groups_parts.h"
#include "broker/group/rebalance.h"
#include "broker/group/sweep.h"
#include "broker/group/value.h"

static struct group *need_group(struct groups *groups, struct kafka_string name)
{
    struct group *group = groups_find(groups, name);

    return group != NULL ? group : groups_add_loaded(groups, name);
}

/* ---- offsets -------------------------------------------------------------------------------- */

static bool load_offset(struct groups *groups, const struct group_record_key *key,
                        struct kafka_bytes value)
{
    struct group_record_offset record;
    bool is_tombstone = value.length < 0;

    if (!is_tombstone && !group_record_decode_offset(value, &record))
        return false;
    struct group *group = need_group(groups, key->group);
    struct offset *offset = offsets_need(group, key->topic, key->partition);
    offsets_apply(offset, 0, is_tombstone ? NULL : &record);
    groups_count_offset(groups, offset);
    (void)groups_drop_offset_if_unused(groups, group, offset);
    return true;
}

/* ---- groups --------------------------------------------------------------------------------- */

static void clear(struct groups *groups, struct group *group)
{
    struct group_member *member = group_next_member(group, NULL);

    while (member != NULL) {
        groups_remove_member(groups, member);
        member = group_next_member(group, NULL);
    }
    value_drop_string(&group->protocol_type);
    value_drop_string(&group->protocol);
    group->generation = 0;
    group->state = GROUP_EMPTY;
    group->state_ms = -1;
    group->is_stored = false;
}

static int32_t within(int32_t value, uint64_t least, uint64_t most)
{
    if (value < 0 || (uint64_t)value < least)
        return (int32_t)least;
    return (uint64_t)value > most ? (int32_t)most : value;
}

static void add_member(struct groups *groups, struct group *group,
                       const struct group_record_member *record)
{
    struct group_member *member = NEW(struct group_member);
    struct group_protocol *protocol = NEW(struct group_protocol);

    protocol->name = value_copy_string(group->protocol);
    protocol->metadata = value_copy_bytes(record->subscription);
    member->id = value_copy_string(record->id);
    member->instance_id = value_copy_string(record->instance_id);
    member->client_id = value_copy_string(record->client_id);
    member->client_host = value_copy_string(record->client_host);
    member->session_ms =
        within(record->session_ms, groups->options.session_min_ms, groups->options.session_max_ms);
    member->rebalance_ms = record->rebalance_ms > 0 ? record->rebalance_ms : member->session_ms;
    member->assignment = value_copy_bytes(record->assignment);
    member->knows_id = true;
    group_set_protocols(member, protocol, 1);
    group_add_member(group, member);
    groups_count_member(groups, member);
}

/* Ids are names, and each is there once. */
static bool has_sound_members(const struct group_record_group *record)
{
    struct names ids;
    struct names instances;
    struct names_node *nodes = NEW_ARRAY(struct names_node, 2 * (size_t)record->member_count);
    bool is_sound = record->member_count == 0 ||
                    (groups_is_name(record->protocol) && groups_is_name(record->protocol_type));

    names_init(&ids, 0);
    names_init(&instances, 0);
    for (int32_t i = 0; is_sound && i < record->member_count; i++) {
        struct kafka_string id = record->members[i].id;
        struct kafka_string instance_id = record->members[i].instance_id;
        is_sound = groups_is_name(id) && names_find(&ids, id, 0) == NULL &&
                   (instance_id.length < 0 || (groups_is_name(instance_id) &&
                                               names_find(&instances, instance_id, 0) == NULL));
        if (!is_sound)
            break;
        names_put(&ids, &nodes[2 * i], id, 0);
        if (instance_id.length > 0)
            names_put(&instances, &nodes[2 * i + 1], instance_id, 0);
    }
    names_done(&ids);
    names_done(&instances);
    free(nodes);
    return is_sound;
}

static void take_group(struct groups *groups, struct group *group,
                       const struct group_record_group *record)
{
    clear(groups, group);
    group->is_stored = true;
    group->protocol_type = value_copy_string(record->protocol_type);
    group->generation = record->generation;
    group->state_ms = record->state_ms;
    if (record->member_count == 0)
        return;
    group->protocol = value_copy_string(record->protocol);
    group->state = GROUP_STABLE;
    for (int32_t i = 0; i < record->member_count; i++)
        add_member(groups, group, &record->members[i]);
    struct group_member *leader = group_find_member(group, record->leader);
    if (leader != NULL)
        group->leader = leader;
}

static bool load_group(struct groups *groups, const struct group_record_key *key,
                       struct kafka_bytes value)
{
    struct group_record_group record;

    if (value.length < 0) {
        struct group *group = groups_find(groups, key->group);
        if (group != NULL)
            clear(groups, group);
        return true;
    }
    if (!group_record_decode_group(value, &record))
        return false;
    bool is_sound = has_sound_members(&record);
    if (is_sound)
        take_group(groups, need_group(groups, key->group), &record);
    free(record.members);
    return is_sound;
}

/* ---- the calls ------------------------------------------------------------------------------ */

void groups_load(struct groups *groups, const struct groups_record *record, int64_t wall_ms)
{
    struct group_record_key key;
    bool is_read = group_record_decode_key(record->key, &key);

    ASSERT(!groups->is_loaded);
    groups->wall_ms = wall_ms;
    if (is_read && key.is_offset)
        is_read = load_offset(groups, &key, record->value);
    else if (is_read)
        is_read = load_group(groups, &key, record->value);
    if (!is_read)
        groups->records_skipped++;
}

static void start(struct groups *groups, struct group *group)
{
    struct group_member *member = group_next_member(group, NULL);

    sweep_schedule(groups, group);
    groups_note_idle(groups, group);
    for (; member != NULL; member = group_next_member(group, member))
        rebalance_touch(groups, member);
    if (group_member_count(group) > groups->options.members_max)
        rebalance_prepare(groups, group, "it has more members than it may have");
}

void groups_loaded(struct groups *groups, uint64_t now_ms)
{
    size_t offsets = 0;

    ASSERT(!groups->is_loaded);
    groups->now_ms = now_ms;
    groups->is_loaded = true;
    for (struct list_node *node = list_first(&groups->by_age); node != NULL;
         node = list_next(&groups->by_age, node)) {
        struct group *group = CONTAINER_OF(node, struct group, by_age);
        offsets += group->offsets.count;
        start(groups, group);
    }
    groups_tell(groups, "groups.loaded", "groups=%zu offsets=%zu skipped=%" PRIu64,
                groups->by_name.count, offsets, groups->records_skipped);
    groups_settle(groups);
}
