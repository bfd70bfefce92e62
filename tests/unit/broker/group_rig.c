/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/broker/group_rig.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    PARTS_MAX = 64, /* of a list in a text */
};

/* ---- texts ---------------------------------------------------------------------------------- */

static struct kafka_string string_of(const char *text)
{
    if (text == NULL)
        return KAFKA_STRING_NULL;
    return (struct kafka_string){text, (int32_t)strlen(text)};
}

static void put_text(char to[RIG_NAME_MAX], const char *data, int32_t length)
{
    (void)snprintf(to, RIG_NAME_MAX, "%.*s", length > 0 ? (int)length : 0, length > 0 ? data : "");
}

static void put_string(char to[RIG_NAME_MAX], struct kafka_string from)
{
    put_text(to, from.data, from.length);
}

struct pair {
    struct kafka_string name;
    struct kafka_bytes value;
};

/* "name=value,name=value" */
static size_t read_pairs(const char *text, struct pair pairs[PARTS_MAX])
{
    size_t count = 0;

    while (text != NULL && *text != '\0') {
        size_t size = strcspn(text, ",");
        size_t name_size = strcspn(text, "=,");
        ck_assert_uint_lt(count, PARTS_MAX);
        pairs[count].name = (struct kafka_string){text, (int32_t)name_size};
        pairs[count].value = (struct kafka_bytes){(const unsigned char *)text + name_size, 0};
        if (name_size < size)
            pairs[count].value = (struct kafka_bytes){(const unsigned char *)text + name_size + 1,
                                                      (int32_t)(size - name_size - 1)};
        count++;
        text += size + (text[size] == ',' ? 1 : 0);
    }
    return count;
}

/* ---- what the coordinator does -------------------------------------------------------------- */

static void keep_join(struct rig_answer *answer, const struct kafka_join_group_response *response)
{
    answer->error = response->error_code;
    answer->generation = response->generation_id;
    answer->skips = response->skip_assignment;
    put_string(answer->member, response->member_id);
    put_string(answer->leader, response->leader);
    put_string(answer->protocol, response->protocol_name);
    answer->count = (size_t)response->member_count;
    answer->members = calloc(answer->count + 1, RIG_NAME_MAX);
    for (size_t i = 0; i < answer->count; i++)
        put_string(answer->members[i], response->members[i].member_id);
}

static struct rig_result *add_result(struct rig_answer *answer)
{
    answer->results = mem_resize(answer->results, answer->count + 1, sizeof *answer->results);
    struct rig_result *result = &answer->results[answer->count++];
    *result = (struct rig_result){.offset = -1};
    return result;
}

static void keep_commit(struct rig_answer *answer,
                        const struct kafka_offset_commit_response *response)
{
    for (int32_t i = 0; i < response->topic_count; i++) {
        for (int32_t k = 0; k < response->topics[i].partition_count; k++) {
            struct rig_result *result = add_result(answer);
            put_string(result->topic, response->topics[i].name);
            result->partition = response->topics[i].partitions[k].partition;
            result->error = response->topics[i].partitions[k].error_code;
            answer->error = answer->error == 0 ? result->error : answer->error;
        }
    }
}

static void keep_fetch_topics(struct rig_answer *answer,
                              const struct kafka_offset_fetch_response_topic *topics, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        for (int32_t k = 0; k < topics[i].partition_count; k++) {
            const struct kafka_offset_fetch_response_partition *from = &topics[i].partitions[k];
            struct rig_result *result = add_result(answer);
            put_string(result->topic, topics[i].name);
            put_string(result->metadata, from->metadata);
            result->partition = from->partition;
            result->error = from->error_code;
            result->offset = from->committed_offset;
            result->leader_epoch = from->committed_leader_epoch;
        }
    }
}

static void keep_fetch(struct rig_answer *answer,
                       const struct kafka_offset_fetch_response *response)
{
    answer->error = response->error_code;
    keep_fetch_topics(answer, response->topics, response->topic_count);
    for (int32_t i = 0; i < response->group_count; i++)
        keep_fetch_topics(answer, response->groups[i].topics, response->groups[i].topic_count);
}

static void keep_offset_delete(struct rig_answer *answer,
                               const struct kafka_offset_delete_response *response)
{
    answer->error = response->error_code;
    for (int32_t i = 0; i < response->topic_count; i++) {
        for (int32_t k = 0; k < response->topics[i].partition_count; k++) {
            struct rig_result *result = add_result(answer);
            put_string(result->topic, response->topics[i].name);
            result->partition = response->topics[i].partitions[k].partition;
            result->error = response->topics[i].partitions[k].error_code;
            answer->error = answer->error == 0 ? result->error : answer->error;
        }
    }
}

static void keep_delete(struct rig_answer *answer,
                        const struct kafka_delete_groups_response *response)
{
    for (int32_t i = 0; i < response->result_count; i++) {
        struct rig_result *result = add_result(answer);
        put_string(result->topic, response->results[i].group_id);
        result->error = response->results[i].error_code;
        answer->error = answer->error == 0 ? result->error : answer->error;
    }
}

static void keep_leave(struct rig_answer *answer, const struct kafka_leave_group_response *response)
{
    answer->error = response->error_code;
    for (int32_t i = 0; i < response->member_count; i++) {
        struct rig_result *result = add_result(answer);
        put_string(result->topic, response->members[i].member_id);
        result->error = response->members[i].error_code;
        answer->error = answer->error == 0 ? result->error : answer->error;
    }
}

static void keep_describe(struct rig_answer *answer,
                          const struct kafka_describe_groups_response *response)
{
    struct text text;

    text_init(&text);
    for (int32_t i = 0; i < response->group_count; i++) {
        const struct kafka_describe_groups_response_group *group = &response->groups[i];
        answer->error = group->error_code;
        text_add(&text, "%.*s %.*s type=%.*s protocol=%.*s", (int)group->group_id.length,
                 group->group_id.data, (int)group->group_state.length, group->group_state.data,
                 (int)group->protocol_type.length, group->protocol_type.data,
                 (int)group->protocol_data.length, group->protocol_data.data);
        for (int32_t k = 0; k < group->member_count; k++) {
            const struct kafka_describe_groups_response_member *member = &group->members[k];
            text_add(&text, " [%.*s %.*s %.*s metadata=%.*s assignment=%.*s]",
                     member->group_instance_id.length > 0 ? member->group_instance_id.length : 1,
                     member->group_instance_id.length > 0 ? member->group_instance_id.data : "-",
                     (int)member->client_id.length, member->client_id.data,
                     (int)member->client_host.length, member->client_host.data,
                     (int)member->member_metadata.length,
                     (const char *)member->member_metadata.data,
                     (int)member->member_assignment.length,
                     (const char *)member->member_assignment.data);
        }
    }
    answer->text = text_take(&text);
}

static void keep_list(struct rig_answer *answer, const struct kafka_list_groups_response *response)
{
    struct text text;

    text_init(&text);
    answer->error = response->error_code;
    for (int32_t i = 0; i < response->group_count; i++)
        text_add(&text, "%s%.*s:%.*s", i == 0 ? "" : " ", (int)response->groups[i].group_id.length,
                 response->groups[i].group_id.data, (int)response->groups[i].group_state.length,
                 response->groups[i].group_state.data);
    answer->text = text_take(&text);
}

static void keep_sync(struct rig_answer *answer, const struct kafka_sync_group_response *response)
{
    answer->error = response->error_code;
    put_text(answer->assignment, (const char *)response->assignment.data,
             response->assignment.length);
}

static void answer(void *owner, struct request_token token, const void *response)
{
    struct rig *rig = owner;

    ck_assert_uint_ge(token.value, 1);
    ck_assert_uint_le(token.value, rig->last_token);
    struct rig_answer *kept = rig->answers[token.value - 1];
    ck_assert_msg(!kept->is_there, "answered twice");
    ck_assert_msg(!kept->is_forgotten, "answered to nobody");
    kept->is_there = true;
    switch (kept->api) {
    case KAFKA_JOIN_GROUP:
        keep_join(kept, response);
        if (kept->error == 0)
            rig->last_generation = kept->generation;
        return;
    case KAFKA_SYNC_GROUP:
        keep_sync(kept, response);
        return;
    case KAFKA_HEARTBEAT:
        kept->error = ((const struct kafka_heartbeat_response *)response)->error_code;
        return;
    case KAFKA_LEAVE_GROUP:
        keep_leave(kept, response);
        return;
    case KAFKA_OFFSET_COMMIT:
        keep_commit(kept, response);
        return;
    case KAFKA_OFFSET_FETCH:
        keep_fetch(kept, response);
        return;
    case KAFKA_DESCRIBE_GROUPS:
        keep_describe(kept, response);
        return;
    case KAFKA_LIST_GROUPS:
        keep_list(kept, response);
        return;
    case KAFKA_DELETE_GROUPS:
        keep_delete(kept, response);
        return;
    case KAFKA_OFFSET_DELETE:
        keep_offset_delete(kept, response);
        return;
    default:
        ck_abort_msg("an answer of no api");
    }
}

static struct kafka_bytes copy_bytes(struct kafka_bytes from)
{
    if (from.length < 0)
        return from;
    unsigned char *copy = mem_alloc((size_t)from.length);
    if (from.length > 0)
        memcpy(copy, from.data, (size_t)from.length);
    return (struct kafka_bytes){copy, from.length};
}

static void store(void *owner, uint64_t ticket, int32_t partition,
                  const struct groups_record *records, size_t count)
{
    struct rig *rig = owner;
    bool fails = rig->storing == RIG_STORES_AT_ONCE && rig->store_error != 0;

    ck_assert_uint_gt(count, 0);
    rig->log = mem_resize(rig->log, rig->log_count + count, sizeof *rig->log);
    for (size_t i = 0; !fails && i < count; i++)
        rig->log[rig->log_count++] = (struct rig_stored){.ticket = ticket,
                                                         .partition = partition,
                                                         .key = copy_bytes(records[i].key),
                                                         .value = copy_bytes(records[i].value)};
    if (rig->storing == RIG_STORES_AT_ONCE) {
        groups_stored(rig->groups, ticket, rig->store_error, rig->now_ms);
        return;
    }
    rig->tickets = mem_resize(rig->tickets, rig->ticket_count + 1, sizeof *rig->tickets);
    rig->tickets[rig->ticket_count++] = ticket;
}

static void tell(void *owner, const char *event, const char *text)
{
    struct rig *rig = owner;

    text_add(&rig->told, "%s %s\n", event, text);
}

static bool knows(void *owner, struct kafka_string topic, int32_t partition)
{
    const struct rig *rig = owner;
    size_t size = strlen(rig->unknown_topic);

    return partition < 1000 && (size == 0 || size != (size_t)topic.length ||
                                memcmp(topic.data, rig->unknown_topic, size) != 0);
}

/* ---- the rig -------------------------------------------------------------------------------- */

struct groups_options rig_options(void)
{
    return (struct groups_options){
        .session_min_ms = 6000,
        .session_max_ms = 1800000,
        .initial_delay_ms = 0,
        .offsets_retention_ms = 7 * 86400000,
        .groups_max = 100,
        .members_max = 100,
        .offsets_max = 10000,
        .metadata_bytes_max = 100,
        .seed = 1,
    };
}

static void open_groups(struct rig *rig)
{
    const struct groups_owner owner = {
        .owner = rig, .answer = answer, .store = store, .tell = tell, .knows = knows};

    rig->last_generation = -1;
    rig->groups = groups_new(&rig->options, &owner);
}

struct rig *rig_new_with(const struct groups_options *options)
{
    struct rig *rig = NEW(struct rig);

    rig->options = *options;
    rig->now_ms = RIG_NOW_MS;
    rig->wall_ms = RIG_WALL_MS;
    open_groups(rig);
    groups_loaded(rig->groups, rig->now_ms);
    text_clear(&rig->told);
    return rig;
}

struct rig *rig_new(void)
{
    struct groups_options options = rig_options();

    return rig_new_with(&options);
}

void rig_destroy(struct rig **rig)
{
    if (*rig == NULL)
        return;
    groups_destroy(&(*rig)->groups);
    for (size_t i = 0; i < (*rig)->last_token; i++) {
        free((*rig)->answers[i]->members);
        free((*rig)->answers[i]->results);
        free((*rig)->answers[i]->text);
        free((*rig)->answers[i]);
    }
    free((void *)(*rig)->answers);
    for (size_t i = 0; i < (*rig)->log_count; i++) {
        free((void *)(uintptr_t)(*rig)->log[i].key.data);
        free((void *)(uintptr_t)(*rig)->log[i].value.data);
    }
    free((*rig)->log);
    free((*rig)->tickets);
    text_done(&(*rig)->told);
    free(*rig);
    *rig = NULL;
}

uint64_t rig_request(struct rig *rig, int16_t api, int16_t version, const void *body)
{
    struct request request = {.token = {++rig->last_token},
                              .api = api,
                              .version = version,
                              .client_id = string_of("c"),
                              .client_host = "127.0.0.1",
                              .body = body};

    if (rig->last_token > rig->capacity) {
        rig->capacity = rig->capacity * 2 + 16;
        rig->answers = (struct rig_answer **)mem_resize((void *)rig->answers, rig->capacity,
                                                        sizeof *rig->answers);
    }
    rig->answers[rig->last_token - 1] = NEW(struct rig_answer);
    *rig->answers[rig->last_token - 1] =
        (struct rig_answer){.token = rig->last_token, .api = api, .version = version};
    uint64_t token = rig->last_token;
    groups_request(rig->groups, &request, rig->now_ms, rig->wall_ms);
    return token;
}

uint64_t rig_join(struct rig *rig, struct rig_joining joining)
{
    struct pair pairs[PARTS_MAX];
    struct kafka_join_group_request_protocol protocols[PARTS_MAX];
    size_t count = read_pairs(joining.protocols == NULL ? "range" : joining.protocols, pairs);

    for (size_t i = 0; i < count; i++)
        protocols[i] = (struct kafka_join_group_request_protocol){.name = pairs[i].name,
                                                                  .metadata = pairs[i].value};
    struct kafka_join_group_request body = {
        .group_id = string_of(joining.group == NULL ? "g" : joining.group),
        .session_timeout_ms = joining.session_ms == 0 ? RIG_SESSION_MS : joining.session_ms,
        .rebalance_timeout_ms = joining.rebalance_ms == 0 ? RIG_REBALANCE_MS : joining.rebalance_ms,
        .member_id = string_of(joining.member == NULL ? "" : joining.member),
        .group_instance_id = string_of(joining.instance),
        .protocol_type = string_of(joining.type == NULL ? "consumer" : joining.type),
        .protocols = protocols,
        .protocol_count = (int32_t)count,
        .reason = string_of(joining.reason)};
    int16_t version = joining.version == 0 ? 5 : joining.version;
    return rig_request(rig, KAFKA_JOIN_GROUP, version < 0 ? 0 : version, &body);
}

uint64_t rig_sync_as(struct rig *rig, const char *member, const char *instance, int32_t generation,
                     const char *assignments)
{
    struct pair pairs[PARTS_MAX];
    struct kafka_sync_group_request_assignment list[PARTS_MAX];
    size_t count = read_pairs(assignments, pairs);

    for (size_t i = 0; i < count; i++)
        list[i] = (struct kafka_sync_group_request_assignment){.member_id = pairs[i].name,
                                                               .assignment = pairs[i].value};
    struct kafka_sync_group_request body = {.group_id = string_of("g"),
                                            .generation_id = generation,
                                            .member_id = string_of(member),
                                            .group_instance_id = string_of(instance),
                                            .protocol_type = KAFKA_STRING_NULL,
                                            .protocol_name = KAFKA_STRING_NULL,
                                            .assignments = list,
                                            .assignment_count = (int32_t)count};
    return rig_request(rig, KAFKA_SYNC_GROUP, 3, &body);
}

uint64_t rig_sync(struct rig *rig, const char *member, int32_t generation, const char *assignments)
{
    return rig_sync_as(rig, member, NULL, generation, assignments);
}

uint64_t rig_heartbeat_as(struct rig *rig, const char *member, const char *instance,
                          int32_t generation)
{
    struct kafka_heartbeat_request body = {.group_id = string_of("g"),
                                           .generation_id = generation,
                                           .member_id = string_of(member),
                                           .group_instance_id = string_of(instance)};

    return rig_request(rig, KAFKA_HEARTBEAT, 3, &body);
}

uint64_t rig_heartbeat(struct rig *rig, const char *member, int32_t generation)
{
    return rig_heartbeat_as(rig, member, NULL, generation);
}

uint64_t rig_leave_as(struct rig *rig, const char *member, const char *instance)
{
    struct kafka_leave_group_request_member leaving = {.member_id = string_of(member),
                                                       .group_instance_id = string_of(instance),
                                                       .reason = KAFKA_STRING_NULL};
    struct kafka_leave_group_request body = {.group_id = string_of("g"),
                                             .member_id = KAFKA_STRING_NULL,
                                             .members = &leaving,
                                             .member_count = 1};

    return rig_request(rig, KAFKA_LEAVE_GROUP, 3, &body);
}

uint64_t rig_leave(struct rig *rig, const char *member)
{
    struct kafka_leave_group_request body = {.group_id = string_of("g"),
                                             .member_id = string_of(member)};

    return rig_request(rig, KAFKA_LEAVE_GROUP, 1, &body);
}

uint64_t rig_commit(struct rig *rig, const char *group, const char *member, int32_t generation,
                    const char *topic, int32_t partition, int64_t offset)
{
    struct kafka_offset_commit_request_partition one = {.partition = partition,
                                                        .committed_offset = offset,
                                                        .committed_leader_epoch = 4,
                                                        .committed_metadata = string_of("note")};
    struct kafka_offset_commit_request_topic of_topic = {
        .name = string_of(topic), .partitions = &one, .partition_count = 1};
    struct kafka_offset_commit_request body = {.group_id = string_of(group),
                                               .generation_id = generation,
                                               .member_id = string_of(member),
                                               .group_instance_id = KAFKA_STRING_NULL,
                                               .retention_time_ms = -1,
                                               .topics = &of_topic,
                                               .topic_count = 1};

    return rig_request(rig, KAFKA_OFFSET_COMMIT, 7, &body);
}

uint64_t rig_fetch(struct rig *rig, const char *group, const char *topic, int32_t partition)
{
    struct kafka_offset_fetch_request_topic of_topic = {
        .name = string_of(topic), .partitions = &partition, .partition_count = 1};
    struct kafka_offset_fetch_request body = {
        .group_id = string_of(group), .topics = &of_topic, .topic_count = 1};

    return rig_request(rig, KAFKA_OFFSET_FETCH, 5, &body);
}

uint64_t rig_fetch_all(struct rig *rig, const char *group)
{
    struct kafka_offset_fetch_request body = {.group_id = string_of(group),
                                              .topic_count = KAFKA_NULL};

    return rig_request(rig, KAFKA_OFFSET_FETCH, 5, &body);
}

uint64_t rig_describe(struct rig *rig, const char *group)
{
    struct kafka_string name = string_of(group);
    struct kafka_describe_groups_request body = {.groups = &name, .group_count = 1};

    return rig_request(rig, KAFKA_DESCRIBE_GROUPS, 4, &body);
}

uint64_t rig_list(struct rig *rig, const char *state)
{
    struct kafka_string name = string_of(state);
    struct kafka_list_groups_request body = {.states_filter = &name,
                                             .states_filter_count = state == NULL ? 0 : 1};

    return rig_request(rig, KAFKA_LIST_GROUPS, 4, &body);
}

uint64_t rig_delete(struct rig *rig, const char *group)
{
    struct kafka_string name = string_of(group);
    struct kafka_delete_groups_request body = {.groups = &name, .group_count = 1};

    return rig_request(rig, KAFKA_DELETE_GROUPS, 1, &body);
}

uint64_t rig_delete_offset(struct rig *rig, const char *group, const char *topic, int32_t partition)
{
    struct kafka_offset_delete_request_partition one = {.partition = partition};
    struct kafka_offset_delete_request_topic of_topic = {
        .name = string_of(topic), .partitions = &one, .partition_count = 1};
    struct kafka_offset_delete_request body = {
        .group_id = string_of(group), .topics = &of_topic, .topic_count = 1};

    return rig_request(rig, KAFKA_OFFSET_DELETE, 0, &body);
}

/* ---- answers -------------------------------------------------------------------------------- */

const struct rig_answer *rig_find(const struct rig *rig, uint64_t token)
{
    const struct rig_answer *kept = rig->answers[token - 1];

    return kept->is_there ? kept : NULL;
}

const struct rig_answer *rig_answer(const struct rig *rig, uint64_t token)
{
    const struct rig_answer *kept = rig_find(rig, token);

    ck_assert_msg(kept != NULL, "no answer yet");
    return kept;
}

int16_t rig_error(const struct rig *rig, uint64_t token)
{
    return rig_answer(rig, token)->error;
}

int64_t rig_offset(struct rig *rig, const char *group, const char *topic, int32_t partition)
{
    const struct rig_answer *kept = rig_answer(rig, rig_fetch(rig, group, topic, partition));

    ck_assert_uint_eq(kept->count, 1);
    ck_assert_int_eq(kept->results[0].error, 0);
    return kept->results[0].offset;
}

const char *rig_state(struct rig *rig, const char *group)
{
    const struct rig_answer *kept = rig_answer(rig, rig_describe(rig, group));
    char *state = strchr(kept->text, ' ');

    ck_assert_ptr_nonnull(state);
    state++;
    state[strcspn(state, " ")] = '\0';
    return state;
}

/* ---- time and the log ----------------------------------------------------------------------- */

static void move_to(struct rig *rig, uint64_t now_ms)
{
    rig->wall_ms += (int64_t)(now_ms - rig->now_ms);
    rig->now_ms = now_ms;
}

void rig_pass(struct rig *rig, uint64_t ms)
{
    uint64_t end_ms = rig->now_ms + ms;
    uint64_t due_ms = groups_due_ms(rig->groups);

    while (due_ms <= end_ms) {
        move_to(rig, due_ms > rig->now_ms ? due_ms : rig->now_ms);
        groups_tick(rig->groups, rig->now_ms, rig->wall_ms);
        ck_assert_uint_gt(groups_due_ms(rig->groups), rig->now_ms);
        due_ms = groups_due_ms(rig->groups);
    }
    move_to(rig, end_ms);
}

void rig_complete_at(struct rig *rig, size_t index, int16_t error)
{
    uint64_t ticket = rig->tickets[index];

    ck_assert_uint_lt(index, rig->ticket_count);
    rig->ticket_count--;
    memmove(rig->tickets + index, rig->tickets + index + 1,
            (rig->ticket_count - index) * sizeof *rig->tickets);
    groups_stored(rig->groups, ticket, error, rig->now_ms);
}

bool rig_complete(struct rig *rig, int16_t error)
{
    if (rig->ticket_count == 0)
        return false;
    rig_complete_at(rig, 0, error);
    return true;
}

void rig_forget(struct rig *rig, uint64_t token)
{
    rig->answers[token - 1]->is_forgotten = true;
    groups_forget(rig->groups, (struct request_token){token}, rig->now_ms);
}

void rig_begin_restart(struct rig *rig)
{
    groups_destroy(&rig->groups);
    rig->ticket_count = 0;
    rig->options.seed++;
    open_groups(rig);
    for (size_t i = 0; i < rig->log_count; i++) {
        struct groups_record record = {.key = rig->log[i].key, .value = rig->log[i].value};
        groups_load(rig->groups, &record, rig->wall_ms);
    }
}

void rig_restart(struct rig *rig)
{
    rig_begin_restart(rig);
    groups_loaded(rig->groups, rig->now_ms);
}
