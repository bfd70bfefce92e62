/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/catalog_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/server/topic_name.h"

enum {
    CAPACITY_FIRST = 16,
};

static struct kafka_string copy_name(struct kafka_string name)
{
    char *copy = mem_alloc((size_t)name.length + 1);

    memcpy(copy, name.data, (size_t)name.length);
    return (struct kafka_string){copy, name.length};
}

static void free_name(struct kafka_string *name)
{
    free((char *)(uintptr_t)name->data);
    *name = KAFKA_STRING_NULL;
}

struct catalog_topic *catalog_topic_new(const struct catalog_new_topic *from)
{
    struct catalog_topic *topic = NEW(struct catalog_topic);

    topic->name = copy_name(from->name);
    topic->id = from->id;
    topic->partition_count = from->partition_count;
    topic->is_internal = topic_name_is_internal(from->name);
    topic->config = from->config;
    return topic;
}

void catalog_topic_destroy(struct catalog_topic **topic)
{
    if (*topic == NULL)
        return;
    free_name(&(*topic)->name);
    free(*topic);
    *topic = NULL;
}

void catalog_state_done(struct catalog_state *state)
{
    for (size_t i = 0; i < state->topic_count; i++)
        catalog_topic_destroy(&state->topics[i]);
    for (size_t i = 0; i < state->deleted_count; i++)
        free_name(&state->deleted[i].name);
    free((void *)state->topics);
    free(state->deleted);
    *state = (struct catalog_state){0};
}

bool catalog_state_find(const struct catalog_state *state, struct kafka_string name,
                        size_t *ret_place)
{
    size_t low = 0;
    size_t high = state->topic_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = topic_name_compare(state->topics[middle]->name, name);

        if (order == 0) {
            *ret_place = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_place = low;
    return false;
}

struct catalog_topic *catalog_state_find_colliding(const struct catalog_state *state,
                                                   struct kafka_string name)
{
    size_t place = 0;

    bool is_there = catalog_state_find(state, name, &place);
    ASSERT(!is_there);
    for (size_t i = place == 0 ? 0 : place - 1; i <= place && i < state->topic_count; i++) {
        if (topic_name_compare_loosely(state->topics[i]->name, name) == 0)
            return state->topics[i];
    }
    return NULL;
}

void catalog_state_put(struct catalog_state *state, struct catalog_topic *topic)
{
    size_t place = 0;
    bool is_there = catalog_state_find(state, topic->name, &place);

    ASSERT(!is_there);
    if (state->topic_count == state->topic_capacity) {
        state->topic_capacity =
            state->topic_capacity == 0 ? CAPACITY_FIRST : 2 * state->topic_capacity;
        state->topics = mem_resize((void *)state->topics, state->topic_capacity,
                                   sizeof(struct catalog_topic *));
    }
    struct catalog_topic **at = state->topics + place;
    memmove((void *)(at + 1), (const void *)at,
            (state->topic_count - place) * sizeof(struct catalog_topic *));
    *at = topic;
    state->topic_count++;
    state->partition_count += (uint32_t)topic->partition_count;
}

struct catalog_topic *catalog_state_take(struct catalog_state *state, struct kafka_string name)
{
    size_t place = 0;
    bool is_there = catalog_state_find(state, name, &place);

    ASSERT(is_there);
    struct catalog_topic **at = state->topics + place;
    struct catalog_topic *topic = *at;
    state->topic_count--;
    state->partition_count -= (uint32_t)topic->partition_count;
    memmove((void *)at, (const void *)(at + 1),
            (state->topic_count - place) * sizeof(struct catalog_topic *));
    return topic;
}

void catalog_state_resize(struct catalog_state *state, struct catalog_topic *topic,
                          int32_t partition_count)
{
    state->partition_count -= (uint32_t)topic->partition_count;
    state->partition_count += (uint32_t)partition_count;
    topic->partition_count = partition_count;
}

void catalog_state_put_deleted(struct catalog_state *state, const struct catalog_deleted *deleted)
{
    if (state->deleted_count == state->deleted_capacity) {
        state->deleted_capacity =
            state->deleted_capacity == 0 ? CAPACITY_FIRST : 2 * state->deleted_capacity;
        state->deleted =
            mem_resize(state->deleted, state->deleted_capacity, sizeof(struct catalog_deleted));
    }
    struct catalog_deleted *at = &state->deleted[state->deleted_count++];
    *at = *deleted;
    at->name = copy_name(deleted->name);
}

const struct catalog_deleted *catalog_state_find_deleted(const struct catalog_state *state,
                                                         struct kafka_string name)
{
    for (size_t i = 0; i < state->deleted_count; i++) {
        if (topic_name_compare(state->deleted[i].name, name) == 0)
            return &state->deleted[i];
    }
    return NULL;
}

void catalog_state_remove_deleted(struct catalog_state *state, const struct kafka_uuid *id)
{
    for (size_t i = 0; i < state->deleted_count; i++) {
        struct catalog_deleted *at = &state->deleted[i];

        if (!catalog_id_equals(&at->id, id))
            continue;
        free_name(&at->name);
        state->deleted_count--;
        memmove(at, at + 1, (state->deleted_count - i) * sizeof *at);
        return;
    }
}
