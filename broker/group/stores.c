/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/group/stores.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/group/value.h"

/* ---- gathers ------------------------------------------------------------------------------- */

struct stores_gather *stores_gather_new(struct groups *groups, const struct request *request)
{
    struct stores_gather *gather = NEW(struct stores_gather);

    gather->waiter = (struct group_waiter){
        .token = request->token.value, .version = request->version, .kind = GROUP_WAITER_STORE};
    groups_wait(groups, &gather->waiter);
    return gather;
}

void stores_gather_add(struct stores_gather *gather, struct stores_op *op)
{
    op->gather = gather;
    gather->left++;
}

static void free_gather(struct stores_gather *gather)
{
    for (size_t i = 0; i < COUNT_OF(gather->blocks); i++)
        free(gather->blocks[i]);
    free(gather);
}

void stores_gather_check(struct groups *groups, struct stores_gather *gather)
{
    if (gather->left > 0)
        return;
    if (gather->waiter.token != 0) {
        struct request_token token = {gather->waiter.token};
        (void)idmap_remove(&groups->waiters, token.value);
        groups->owner.answer(groups->owner.owner, token, &gather->response);
    }
    free_gather(gather);
}

/* ---- making -------------------------------------------------------------------------------- */

struct stores_op *stores_begin(struct groups *groups, struct group *group, enum stores_kind kind)
{
    struct stores_op *op = NEW(struct stores_op);

    op->ticket = ++groups->last_ticket;
    op->kind = kind;
    op->group = group;
    op->generation = group->generation;
    op->member_id = KAFKA_STRING_NULL;
    op->leader_id = KAFKA_STRING_NULL;
    return op;
}

/* A key was added at `key_at`, and its value, if there is one, at `value_at`. */
static void add_record(struct stores_op *op, size_t key_at, size_t value_at, bool is_tombstone)
{
    if (op->record_count == op->record_capacity) {
        op->record_capacity = op->record_capacity == 0 ? 1 : op->record_capacity * 2;
        op->records = mem_resize(op->records, op->record_capacity, sizeof *op->records);
    }
    op->records[op->record_count++] = (struct stores_record){.key_at = key_at,
                                                             .value_at = value_at,
                                                             .end = text_size(&op->bytes),
                                                             .is_tombstone = is_tombstone};
}

static struct group_record_member member_record(const struct group *group,
                                                const struct group_member *member)
{
    return (struct group_record_member){
        .id = member->id,
        .instance_id = member->instance_id,
        .client_id = member->client_id,
        .client_host = member->client_host,
        .rebalance_ms = member->rebalance_ms,
        .session_ms = member->session_ms,
        .subscription = group_metadata(member, group->protocol),
        .assignment = member->assignment,
    };
}

static size_t put_group_key(struct stores_op *op)
{
    size_t key_at = text_size(&op->bytes);

    group_record_encode_key(&op->bytes, &(struct group_record_key){.group = op->group->name});
    return key_at;
}

void stores_put_group(struct groups *groups, struct stores_op *op)
{
    struct group *group = op->group;
    size_t count = group_member_count(group);
    struct group_record_member *members = NEW_ARRAY(struct group_record_member, count);
    size_t used = 0;
    const struct group_member *member = group_next_member(group, NULL);

    for (; member != NULL; member = group_next_member(group, member))
        members[used++] = member_record(group, member);
    struct group_record_group record = {
        .protocol_type = group->protocol_type,
        .generation = group->generation,
        .protocol = group->protocol,
        .leader = group->leader == NULL ? KAFKA_STRING_NULL : group->leader->id,
        .state_ms = groups->wall_ms,
        .members = members,
        .member_count = (int32_t)count,
    };
    size_t key_at = put_group_key(op);
    size_t value_at = text_size(&op->bytes);
    group_record_encode_group(&op->bytes, &record);
    add_record(op, key_at, value_at, false);
    group->is_stored = true;
    free(members);
}

void stores_put_group_tombstone(struct stores_op *op)
{
    size_t key_at = put_group_key(op);

    add_record(op, key_at, text_size(&op->bytes), true);
}

static void put_change(struct stores_op *op, struct stores_change change)
{
    struct offset *offset = change.offset;
    struct group_record_key key = {.is_offset = true,
                                   .group = op->group->name,
                                   .topic = offset->topic,
                                   .partition = offset->by_place.number};
    size_t key_at = text_size(&op->bytes);

    group_record_encode_key(&op->bytes, &key);
    size_t value_at = text_size(&op->bytes);
    if (change.has_value)
        group_record_encode_offset(&op->bytes, &change.value);
    add_record(op, key_at, value_at, !change.has_value);
    if (op->change_count == op->change_capacity) {
        op->change_capacity = op->change_capacity == 0 ? 1 : op->change_capacity * 2;
        op->changes = mem_resize(op->changes, op->change_capacity, sizeof *op->changes);
    }
    op->changes[op->change_count++] = change;
    offset->changes++;
}

void stores_put_offset(struct stores_op *op, struct offset *offset,
                       const struct group_record_offset *value, int16_t *ret_error)
{
    struct stores_change change = {
        .offset = offset, .has_value = true, .value = *value, .ret_error = ret_error};

    change.value.metadata = value_copy_string(value->metadata);
    put_change(op, change);
}

void stores_put_offset_tombstone(struct stores_op *op, struct offset *offset, int16_t *ret_error)
{
    put_change(op, (struct stores_change){.offset = offset,
                                          .value.metadata = KAFKA_STRING_NULL,
                                          .ret_error = ret_error});
}

void stores_submit(struct groups *groups, struct stores_op *op)
{
    ASSERT(op->ticket == groups->last_ticket);
    idmap_put(&groups->stores, op->ticket, (uint64_t)(uintptr_t)op);
    list_push_last(&groups->outgoing, &op->by_turn);
    op->group->stores++;
}

static void free_op(struct stores_op *op)
{
    for (size_t i = 0; i < op->change_count; i++)
        value_drop_string(&op->changes[i].value.metadata);
    free(op->changes);
    free(op->records);
    text_done(&op->bytes);
    value_drop_string(&op->member_id);
    value_drop_string(&op->leader_id);
    free(op);
}

/* ---- leaving ------------------------------------------------------------------------------- */

static void hand_out(struct groups *groups, struct stores_op *op)
{
    const unsigned char *bytes = (const unsigned char *)text_data(&op->bytes);
    struct groups_record *records = NEW_ARRAY(struct groups_record, op->record_count);
    struct kafka_string name = value_copy_string(op->group->name);

    for (size_t i = 0; i < op->record_count; i++) {
        const struct stores_record *record = &op->records[i];
        records[i].key = (struct kafka_bytes){bytes + record->key_at,
                                              (int32_t)(record->value_at - record->key_at)};
        records[i].value = (struct kafka_bytes){NULL, KAFKA_NULL};
        if (!record->is_tombstone)
            records[i].value = (struct kafka_bytes){bytes + record->value_at,
                                                    (int32_t)(record->end - record->value_at)};
    }
    op->is_handing = true;
    groups->owner.store(groups->owner.owner, op->ticket, groups_partition_of(name), records,
                        op->record_count);
    op->is_handing = false;
    if (op->group == NULL)
        free_op(op); /* it was completed from within */
    else
        text_done(&op->bytes);
    value_drop_string(&name);
    free(records);
}

void stores_hand_out(struct groups *groups)
{
    struct list_node *node = list_pop_first(&groups->outgoing);

    while (node != NULL) {
        hand_out(groups, CONTAINER_OF(node, struct stores_op, by_turn));
        node = list_pop_first(&groups->outgoing);
    }
}

/* ---- coming back --------------------------------------------------------------------------- */

int16_t stores_error_of_group(int16_t error)
{
    switch (error) {
    case KAFKA_UNKNOWN_TOPIC_OR_PARTITION:
    case KAFKA_NOT_ENOUGH_REPLICAS:
    case KAFKA_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
        return KAFKA_COORDINATOR_NOT_AVAILABLE;
    case KAFKA_NOT_LEADER_OR_FOLLOWER:
    case KAFKA_STORAGE_ERROR:
        return KAFKA_NOT_COORDINATOR;
    case KAFKA_REQUEST_TIMED_OUT:
        return KAFKA_REBALANCE_IN_PROGRESS;
    case KAFKA_MESSAGE_TOO_LARGE:
    case KAFKA_RECORD_LIST_TOO_LARGE:
    case KAFKA_INVALID_FETCH_SIZE:
        return KAFKA_UNKNOWN_SERVER_ERROR;
    default:
        return error;
    }
}

int16_t stores_error_of_commit(int16_t error)
{
    switch (error) {
    case KAFKA_MESSAGE_TOO_LARGE:
    case KAFKA_RECORD_LIST_TOO_LARGE:
    case KAFKA_INVALID_FETCH_SIZE:
        return KAFKA_INVALID_COMMIT_OFFSET_SIZE;
    case KAFKA_REQUEST_TIMED_OUT:
        return KAFKA_REQUEST_TIMED_OUT;
    default:
        return stores_error_of_group(error);
    }
}

/* The log has it: so has the memory. A tombstone of what was gone already is owed again if it failed. */
static void apply_change(struct groups *groups, const struct stores_op *op,
                         const struct stores_change *change, int16_t error)
{
    struct offset *offset = change->offset;

    if (error == KAFKA_NONE)
        offsets_apply(offset, op->ticket, change->has_value ? &change->value : NULL);
    if (op->kind == STORES_EXPIRED && op->ticket == offset->ticket)
        offset->is_owed = error != KAFKA_NONE;
    if (change->ret_error != NULL)
        *change->ret_error = stores_error_of_commit(error);
    groups_count_offset(groups, offset);
}

/* An offset may be in a store twice: it goes with the last of its changes. */
static void apply_changes(struct groups *groups, struct stores_op *op, int16_t error)
{
    for (size_t i = 0; i < op->change_count; i++)
        apply_change(groups, op, &op->changes[i], error);
    for (size_t i = 0; i < op->change_count; i++) {
        op->changes[i].offset->changes--;
        (void)groups_drop_offset_if_unused(groups, op->group, op->changes[i].offset);
    }
}

static void complete(struct groups *groups, struct stores_op *op, int16_t error)
{
    apply_changes(groups, op, error);
    op->group->stores--;
    switch (op->kind) {
    case STORES_ASSIGNMENT:
        rebalance_assigned(groups, op, error);
        break;
    case STORES_REPLACED:
        join_replaced(groups, op, error);
        break;
    case STORES_DELETED:
        removal_deleted(groups, op, error);
        break;
    case STORES_RETIRED:
        sweep_retired(groups, op, error);
        break;
    case STORES_EMPTIED:
    case STORES_EXPIRED:
        if (error != KAFKA_NONE)
            groups_tell(groups, "group.not_stored", "group=%.*s because=%s",
                        VALUE_SHOWN(op->group->name), kafka_error_text(error));
        break;
    case STORES_OFFSETS:
        break;
    }
    groups_note_idle(groups, op->group);
    if (op->gather != NULL) {
        op->gather->left--;
        stores_gather_check(groups, op->gather);
    }
}

void groups_stored(struct groups *groups, uint64_t ticket, int16_t error, uint64_t now_ms)
{
    uint64_t *value = idmap_find(&groups->stores, ticket);

    ASSERT(value != NULL);
    struct stores_op *op = (struct stores_op *)(uintptr_t)*value;
    groups->now_ms = now_ms;
    (void)idmap_remove(&groups->stores, ticket);
    complete(groups, op, error);
    op->group = NULL;
    if (!op->is_handing)
        free_op(op);
    groups_settle(groups);
}

void stores_abandon(struct groups *groups)
{
    for (size_t i = 0; i < groups->stores.capacity; i++) {
        if (!groups->stores.entries[i].is_used)
            continue;
        struct stores_op *op = (struct stores_op *)(uintptr_t)groups->stores.entries[i].value;
        if (op->gather != NULL && --op->gather->left == 0)
            free_gather(op->gather);
        free_op(op);
    }
    idmap_done(&groups->stores);
}
