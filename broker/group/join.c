/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JoinGroup: a new member comes, a member joins again, or a static one comes back under a new id.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "broker/group/groups_parts.h"
#include "broker/group/rebalance.h"
#include "broker/group/reply.h"
#include "broker/group/stores.h"
#include "broker/group/subscription.h"
#include "broker/group/value.h"
#include "broker/protocol/messages_group.h"

enum {
    VERSION_REBALANCE_TIMEOUT = 1,
    VERSION_MEMBER_ID_REQUIRED = 4,
};

struct joining {
    const struct request *request;
    const struct kafka_join_group_request *body;
    struct kafka_string instance_id; /* null if there is none */
    int32_t rebalance_ms;
};

static void refuse(struct groups *groups, const struct joining *joining, int16_t error)
{
    reply_join_error(groups, joining->request->token.value, joining->body->member_id, error);
}

/* ---- what a request must look like ---------------------------------------------------------- */

/* The bytes that the member's protocols take; more than allowed if one cannot be. */
static size_t measure(const struct kafka_join_group_request *body)
{
    size_t size = 0;

    for (int32_t i = 0; i < body->protocol_count; i++) {
        if (!groups_is_name(body->protocols[i].name))
            return SIZE_MAX;
        size += sizeof(struct group_protocol) + value_size(body->protocols[i].name.length) +
                value_size(body->protocols[i].metadata.length);
    }
    return size;
}

static int16_t check_request(const struct groups *groups, const struct joining *joining)
{
    const struct kafka_join_group_request *body = joining->body;

    if (!groups_is_name(body->group_id))
        return KAFKA_INVALID_GROUP_ID;
    if (body->session_timeout_ms < 0 ||
        (uint64_t)body->session_timeout_ms < groups->options.session_min_ms ||
        (uint64_t)body->session_timeout_ms > groups->options.session_max_ms)
        return KAFKA_INVALID_SESSION_TIMEOUT;
    if (!groups_is_name(body->protocol_type) || body->protocol_count <= 0)
        return KAFKA_INCONSISTENT_GROUP_PROTOCOL;
    if (body->protocol_count > GROUP_PROTOCOLS_MAX || measure(body) > GROUP_MEMBER_BYTES_MAX)
        return KAFKA_INVALID_REQUEST;
    if (joining->instance_id.length >= 0 && !groups_is_name(joining->instance_id))
        return KAFKA_INVALID_REQUEST;
    return KAFKA_NONE;
}

/* Who is in already may come again; others as long as there is room. While all join anew, it is those who have
 * come that count: the last ones of too many are turned away. */
static bool has_place(const struct groups *groups, const struct group *group,
                      const struct joining *joining)
{
    const struct group_member *member = group_find_member(group, joining->body->member_id);
    size_t count = group_member_count(group);

    if (member == NULL && joining->instance_id.length >= 0)
        member = group_find_instance(group, joining->instance_id);
    switch (group->state) {
    case GROUP_PREPARING:
        return (member != NULL && member->join.token != 0) ||
               group->awaiting_count < groups->options.members_max;
    case GROUP_COMPLETING:
    case GROUP_STABLE:
        return member != NULL || count < groups->options.members_max;
    case GROUP_EMPTY:
    case GROUP_DELETING:
        return true;
    }
    UNREACHABLE();
}

static struct group_protocol *copy_protocols(const struct kafka_join_group_request *body)
{
    struct group_protocol *protocols =
        NEW_ARRAY(struct group_protocol, (size_t)body->protocol_count);

    for (int32_t i = 0; i < body->protocol_count; i++) {
        protocols[i].name = value_copy_string(body->protocols[i].name);
        protocols[i].metadata = value_copy_bytes(body->protocols[i].metadata);
    }
    return protocols;
}

/* The same type, and a protocol that all the others speak. */
static bool is_consistent(const struct group *group, const struct joining *joining,
                          const struct group_protocol *protocols)
{
    const struct group_member *self = group_find_member(group, joining->body->member_id);

    if (group_member_count(group) == 0)
        return true;
    if (self == NULL && joining->instance_id.length >= 0)
        self = group_find_instance(group, joining->instance_id);
    return value_same_string(group->protocol_type, joining->body->protocol_type) &&
           group_speaks_one_of(group, protocols, joining->body->protocol_count, self);
}

/* ---- ids ------------------------------------------------------------------------------------ */

static struct kafka_string cut(struct kafka_string text, int32_t size_max)
{
    if (text.length <= size_max)
        return text;
    while (size_max > 0 && ((unsigned char)text.data[size_max] & 0xC0) == 0x80)
        size_max--; /* not within a character */
    return (struct kafka_string){text.data, size_max};
}

/* As Kafka makes them: client or instance, and 128 random bits. The caller frees it. */
static struct kafka_string make_id(struct groups *groups, const struct group *group,
                                   const struct joining *joining)
{
    struct kafka_string front = joining->instance_id;
    struct text text;

    if (front.length < 0)
        front = joining->request->client_id;
    front = cut(front, GROUP_CLIENT_ID_MAX);
    text_init(&text);
    do {
        uint64_t high = rng_next(&groups->rng);
        uint64_t low = rng_next(&groups->rng);
        text_clear(&text);
        text_add_bytes(&text, front.data, value_size(front.length));
        text_add(&text, "-%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
                 high >> 32, (high >> 16) & 0xFFFF, high & 0xFFF, 0x8000 | (low >> 50),
                 low & UINT64_C(0xFFFFFFFFFFFF));
    } while (
        group_find_member(group, (struct kafka_string){text.data, (int32_t)text.size}) != NULL ||
        group_find_pending(group, (struct kafka_string){text.data, (int32_t)text.size}) != NULL);
    int32_t length = (int32_t)text_size(&text);
    return (struct kafka_string){text_take(&text), length};
}

/* ---- new members ---------------------------------------------------------------------------- */

static struct kafka_string copy_host(const char *host)
{
    struct text text;

    text_init(&text);
    text_add(&text, "/%s", host == NULL ? "" : host); /* as Java writes an address */
    int32_t length = (int32_t)text_size(&text);
    return (struct kafka_string){text_take(&text), length};
}

static void set_details(struct group_member *member, const struct joining *joining,
                        struct group_protocol *protocols)
{
    member->session_ms = joining->body->session_timeout_ms;
    member->rebalance_ms = joining->rebalance_ms;
    group_set_protocols(member, protocols, joining->body->protocol_count);
}

static void set_client(struct group_member *member, const struct joining *joining)
{
    value_drop_string(&member->client_id);
    value_drop_string(&member->client_host);
    member->client_id = value_copy_string(cut(joining->request->client_id, GROUP_CLIENT_ID_MAX));
    member->client_host = copy_host(joining->request->client_host);
}

static void await_join(struct groups *groups, struct group_member *member,
                       const struct joining *joining)
{
    group_set_join(member, joining->request->token.value, joining->request->version);
    groups_wait(groups, &member->join);
    rebalance_touch(groups, member);
    groups_count_member(groups, member);
}

/* Takes over id and protocols. */
static void add_member(struct groups *groups, struct group *group, const struct joining *joining,
                       struct kafka_string id, struct group_protocol *protocols)
{
    struct group_member *member = NEW(struct group_member);

    member->id = id;
    member->instance_id = value_copy_string(joining->instance_id);
    member->assignment = (struct kafka_bytes){NULL, KAFKA_NULL};
    member->is_new = true;
    member->knows_id = joining->instance_id.length >= 0 || joining->body->member_id.length > 0;
    set_client(member, joining);
    set_details(member, joining, protocols);
    if (group_member_count(group) == 0) {
        value_drop_string(&group->protocol_type);
        group->protocol_type = value_copy_string(joining->body->protocol_type);
    }
    group_add_member(group, member);
    await_join(groups, member, joining);
    group->has_newcomer = true;
    rebalance_prepare(groups, group, "member %.*s joined%s%.*s", VALUE_SHOWN(member->id),
                      value_is_empty(joining->body->reason) ? "" : ": ",
                      VALUE_SHOWN(joining->body->reason));
}

/* Gives an id out, with which the client is to come again: so a client that never reads its answer leaves no member
 * behind. Of too many ids the oldest is forgotten; its owner will ask for another. */
static void require_id(struct groups *groups, struct group *group, const struct joining *joining,
                       struct kafka_string id)
{
    if (group->pendings.count >= groups->options.members_max) {
        struct list_node *oldest = list_first(&group->pendings_by_age);
        groups_remove_pending(groups, CONTAINER_OF(oldest, struct group_pending, by_age));
    }
    struct group_pending *pending = group_add_pending(group, id);
    timers_set(&groups->timers, &pending->timer,
               groups->now_ms + (uint64_t)joining->body->session_timeout_ms);
    reply_join_error(groups, joining->request->token.value, id, KAFKA_MEMBER_ID_REQUIRED);
}

/* ---- static members that come back ---------------------------------------------------------- */

/* Whether the assignment that the group has fits what the member wants now. */
static bool wants_the_same(const struct group_member *member, struct kafka_bytes before)
{
    const struct group *group = member->group;
    struct kafka_bytes metadata = group_metadata(member, group->protocol);

    if (!value_same_string(group_vote(group), group->protocol))
        return false;
    return value_same_bytes(before, metadata) ||
           (group_is_of_consumers(group) && subscription_has_same_topics(before, metadata));
}

/* The log must know the new id before the member does: after a restart it would be fenced. */
static void store_replaced(struct groups *groups, struct group_member *member,
                           struct kafka_string leader_id)
{
    struct stores_op *op = stores_begin(groups, member->group, STORES_REPLACED);

    stores_put_group(groups, op);
    op->member_id = value_copy_string(member->id);
    op->leader_id = value_copy_string(leader_id);
    stores_submit(groups, op);
}

void join_replaced(struct groups *groups, const struct stores_op *op, int16_t error)
{
    struct group *group = op->group;
    struct group_member *member = group_find_member(group, op->member_id);

    if (member == NULL || member->join.token == 0 || group->state != GROUP_STABLE ||
        group->generation != op->generation)
        return; /* a rebalance answers it, or it is gone */
    struct group_waiter waiter = group_take_join(member);
    (void)idmap_remove(&groups->waiters, waiter.token);
    if (error == KAFKA_NONE) {
        member->is_new = false;
        reply_join_replaced(groups, waiter, member, op->leader_id);
    } else {
        reply_join_error(groups, waiter.token, value_of_text(""), stores_error_of_group(error));
    }
    rebalance_touch(groups, member);
}

/* Whoever spoke with the old id is another process, and is told so. */
static void fence(struct groups *groups, struct group_member *member)
{
    struct group_waiter join = group_take_join(member);
    struct group_waiter sync = group_take_sync(member);

    if (join.token != 0)
        (void)idmap_remove(&groups->waiters, join.token);
    if (sync.token != 0)
        (void)idmap_remove(&groups->waiters, sync.token);
    reply_join_error(groups, join.token, member->id, KAFKA_FENCED_INSTANCE_ID);
    reply_sync_error(groups, sync.token, KAFKA_FENCED_INSTANCE_ID);
}

/* Takes over id and protocols. */
static void replace_static(struct groups *groups, struct group_member *member,
                           const struct joining *joining, struct kafka_string id,
                           struct group_protocol *protocols)
{
    struct group *group = member->group;
    struct kafka_string leader_id = value_copy_string(group->leader->id);
    struct kafka_bytes before = value_copy_bytes(group_metadata(member, group->protocol));

    fence(groups, member);
    group_rename_member(group, member, id);
    set_client(member, joining);
    set_details(member, joining, protocols);
    await_join(groups, member, joining);
    if (group->state == GROUP_STABLE && wants_the_same(member, before)) {
        groups_tell(groups, "group.member_back", "group=%.*s generation=%" PRId32 " member=%.*s",
                    VALUE_SHOWN(group->name), group->generation, VALUE_SHOWN(id));
        store_replaced(groups, member, leader_id);
    } else {
        rebalance_prepare(groups, group, "static member %.*s came back%s", VALUE_SHOWN(id),
                          group->state == GROUP_STABLE ? " with another subscription" : "");
    }
    value_drop_bytes(&before);
    value_drop_string(&leader_id);
    value_drop_string(&id);
}

/* Takes over the protocols. */
static void join_new(struct groups *groups, struct group *group, const struct joining *joining,
                     struct group_protocol *protocols)
{
    struct kafka_string id = make_id(groups, group, joining);
    bool is_static = joining->instance_id.length >= 0;
    struct group_member *former =
        is_static ? group_find_instance(group, joining->instance_id) : NULL;

    if (former != NULL) {
        replace_static(groups, former, joining, id, protocols);
    } else if (!is_static && joining->request->version >= VERSION_MEMBER_ID_REQUIRED) {
        require_id(groups, group, joining, id);
        value_drop_string(&id);
        group_free_protocols(protocols, joining->body->protocol_count);
    } else {
        add_member(groups, group, joining, id, protocols);
    }
}

/* ---- members that join again ---------------------------------------------------------------- */

/* Takes over the protocols. What it asked before, on a connection that is perhaps gone, is answered, too. */
static void join_again(struct groups *groups, struct group_member *member,
                       const struct joining *joining, struct group_protocol *protocols,
                       const char *why)
{
    struct group_waiter former = group_take_join(member);

    if (former.token != 0) {
        (void)idmap_remove(&groups->waiters, former.token);
        reply_join_error(groups, former.token, member->id, KAFKA_REBALANCE_IN_PROGRESS);
    }
    set_details(member, joining, protocols);
    await_join(groups, member, joining);
    rebalance_prepare(groups, member->group, "member %.*s %s%s%.*s", VALUE_SHOWN(member->id), why,
                      value_is_empty(joining->body->reason) ? "" : ": ",
                      VALUE_SHOWN(joining->body->reason));
}

/* Why the group has to rebalance since the member joins again; NULL if it need not: then it has missed the answer to its
 * last join. A leader that joins again wants to assign anew. */
static const char *reason_to_rebalance(const struct group_member *member,
                                       const struct group_protocol *protocols, int32_t count)
{
    const struct group *group = member->group;

    if (group->state == GROUP_PREPARING)
        return "joined again";
    if (!group_has_protocols(member, protocols, count))
        return "changed its subscription";
    if (group->state == GROUP_STABLE && group->leader == member)
        return "leads and joined again";
    return NULL;
}

/* Takes over the protocols. */
static void join_known(struct groups *groups, struct group *group, const struct joining *joining,
                       struct group_protocol *protocols)
{
    const struct kafka_join_group_request *body = joining->body;
    struct group_pending *pending = group_find_pending(group, body->member_id);

    if (pending != NULL && joining->instance_id.length < 0) {
        groups_remove_pending(groups, pending);
        add_member(groups, group, joining, value_copy_string(body->member_id), protocols);
        return;
    }
    int16_t error = groups_check_member(group, body->member_id, joining->instance_id);
    if (error != KAFKA_NONE) {
        group_free_protocols(protocols, body->protocol_count);
        refuse(groups, joining, error);
        return;
    }
    struct group_member *member = group_find_member(group, body->member_id);
    const char *why = reason_to_rebalance(member, protocols, body->protocol_count);
    if (why != NULL) {
        join_again(groups, member, joining, protocols, why);
        return;
    }
    group_free_protocols(protocols, body->protocol_count);
    struct group_waiter waiter = {.token = joining->request->token.value,
                                  .version = joining->request->version};
    member->is_sync_owed = group->state == GROUP_COMPLETING || member->is_sync_owed;
    reply_join(groups, waiter, member);
    rebalance_touch(groups, member);
}

/* ---- the request ---------------------------------------------------------------------------- */

static void turn_away(struct groups *groups, struct group *group, const struct joining *joining)
{
    struct group_member *member = group_find_member(group, joining->body->member_id);
    struct group_pending *pending = group_find_pending(group, joining->body->member_id);

    if (member != NULL)
        rebalance_remove_member(groups, member, "is one too many");
    if (pending != NULL)
        groups_remove_pending(groups, pending);
    reply_join_error(groups, joining->request->token.value, value_of_text(""),
                     KAFKA_GROUP_MAX_SIZE_REACHED);
}

static void join_group(struct groups *groups, struct group *group, const struct joining *joining)
{
    if (group->state == GROUP_DELETING ||
        !groups_has_room(groups, sizeof(struct group_member) + measure(joining->body))) {
        refuse(groups, joining, KAFKA_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    if (!has_place(groups, group, joining)) {
        turn_away(groups, group, joining);
        return;
    }
    struct group_protocol *protocols = copy_protocols(joining->body);
    if (!is_consistent(group, joining, protocols)) {
        group_free_protocols(protocols, joining->body->protocol_count);
        refuse(groups, joining, KAFKA_INCONSISTENT_GROUP_PROTOCOL);
        return;
    }
    if (value_is_empty(joining->body->member_id))
        join_new(groups, group, joining, protocols);
    else
        join_known(groups, group, joining, protocols);
}

void join_handle(struct groups *groups, const struct request *request)
{
    struct joining joining = {.request = request, .body = request->body};

    joining.instance_id = joining.body->group_instance_id;
    if (value_is_empty(joining.instance_id) || request->version < 5)
        joining.instance_id = KAFKA_STRING_NULL;
    joining.rebalance_ms = joining.body->rebalance_timeout_ms;
    if (request->version < VERSION_REBALANCE_TIMEOUT || joining.rebalance_ms <= 0)
        joining.rebalance_ms = joining.body->session_timeout_ms;
    int16_t error = check_request(groups, &joining);
    if (error != KAFKA_NONE) {
        refuse(groups, &joining, error);
        return;
    }
    struct group *group = groups_find(groups, joining.body->group_id);
    if (group == NULL && !value_is_empty(joining.body->member_id)) {
        refuse(groups, &joining, KAFKA_UNKNOWN_MEMBER_ID);
        return;
    }
    if (group == NULL)
        group = groups_add(groups, joining.body->group_id);
    if (group == NULL) {
        refuse(groups, &joining, KAFKA_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    join_group(groups, group, &joining);
    groups_note_idle(groups, group);
    rebalance_check(groups, group);
}
