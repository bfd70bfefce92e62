/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are loaded as records of __consumer_offsets, each taken or passed over; then the group that they make works:
 * it is described, rebalances, stores itself, and goes in time. Input: key and value, one after the other, each
 * behind a length of two bytes, big-endian; all ones is null.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/group/groups.h"
#include "broker/protocol/apis.h"
#include "broker/protocol/messages_group.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    RECORDS_MAX = 64,
    HOUR_MS = 3600000,
};

struct host {
    struct groups *groups;
    size_t answers;
};

static void answer(void *owner, struct request_token token, const void *response)
{
    struct host *host = owner;

    ASSERT(token.value != 0 && response != NULL);
    host->answers++;
}

static void store(void *owner, uint64_t ticket, int32_t partition,
                  const struct groups_record *records, size_t count)
{
    struct host *host = owner;

    ASSERT(partition >= 0 && partition < GROUPS_PARTITIONS);
    for (size_t i = 0; i < count; i++)
        ASSERT(records[i].key.length > 0);
    groups_stored(host->groups, ticket, 0, HOUR_MS);
}

static void tell(void *owner, const char *event, const char *text)
{
    (void)owner;
    ASSERT(event != NULL && text != NULL);
}

static bool knows(void *owner, struct kafka_string topic, int32_t partition)
{
    (void)owner;
    return topic.length > 1 && partition < 1000;
}

/* Takes the next text; false when there is none. Each is a block of its own size, so that overruns are seen. */
static bool take(const uint8_t **data, size_t *size, struct kafka_bytes *ret_bytes)
{
    if (*size < 2)
        return false;
    size_t length = (size_t)(*data)[0] << 8 | (*data)[1];
    *data += 2;
    *size -= 2;
    *ret_bytes = (struct kafka_bytes){NULL, KAFKA_NULL};
    if (length == UINT16_MAX)
        return true;
    length = length < *size ? length : *size;
    unsigned char *copy = mem_alloc(length);
    for (size_t i = 0; i < length; i++)
        copy[i] = (*data)[i];
    *data += length;
    *size -= length;
    *ret_bytes = (struct kafka_bytes){copy, (int32_t)length};
    return true;
}

static void load(struct groups *groups, const uint8_t *data, size_t size)
{
    struct groups_record record;

    for (size_t i = 0; i < RECORDS_MAX && take(&data, &size, &record.key); i++) {
        record.value = (struct kafka_bytes){NULL, KAFKA_NULL};
        (void)take(&data, &size, &record.value);
        groups_load(groups, &record, 0);
        free((void *)(uintptr_t)record.key.data);
        free((void *)(uintptr_t)record.value.data);
    }
}

static void visit(void *context, const struct groups_offset *offset)
{
    struct kafka_string *name = context;

    *name = offset->group;
}

static void ask(struct host *host, int16_t api, int16_t version, const void *body)
{
    struct request request = {.token = {host->answers + 1},
                              .api = api,
                              .version = version,
                              .client_host = "",
                              .body = body};
    size_t before = host->answers;

    groups_request(host->groups, &request, HOUR_MS, HOUR_MS);
    ASSERT(host->answers == before + 1);
}

static void look(struct host *host)
{
    struct kafka_string name = {"g", 1};

    groups_each_offset(host->groups, visit, &name);
    char *copy = mem_alloc((size_t)name.length);
    for (int32_t i = 0; i < name.length; i++)
        copy[i] = name.data[i];
    name.data = copy;
    ask(host, KAFKA_LIST_GROUPS, 4, &(struct kafka_list_groups_request){0});
    ask(host, KAFKA_DESCRIBE_GROUPS, 4,
        &(struct kafka_describe_groups_request){.groups = &name, .group_count = 1});
    ask(host, KAFKA_OFFSET_FETCH, 5,
        &(struct kafka_offset_fetch_request){.group_id = name, .topic_count = KAFKA_NULL});
    ask(host, KAFKA_DELETE_GROUPS, 1,
        &(struct kafka_delete_groups_request){.groups = &name, .group_count = 1});
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct host host = {.answers = 0};
    const struct groups_options options = {.session_min_ms = 1000,
                                           .session_max_ms = 10000,
                                           .offsets_retention_ms = HOUR_MS,
                                           .groups_max = 10,
                                           .members_max = 3,
                                           .offsets_max = 100,
                                           .metadata_bytes_max = 100};
    const struct groups_owner owner = {
        .owner = &host, .answer = answer, .store = store, .tell = tell, .knows = knows};

    host.groups = groups_new(&options, &owner);
    load(host.groups, data, size);
    groups_loaded(host.groups, HOUR_MS);
    look(&host);
    /* Members go in silence, offsets in time, and in the end the groups. */
    for (uint64_t hour = 2; hour < 6; hour++)
        groups_tick(host.groups, hour * HOUR_MS, (int64_t)hour * HOUR_MS);
    groups_destroy(&host.groups);
    return 0;
}
