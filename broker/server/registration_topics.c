/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/registration_topics.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"

struct registration_topics *registration_topics_new(int32_t leader_epoch)
{
    struct registration_topics *topics = NEW(struct registration_topics);

    topics->leader_epoch = leader_epoch;
    return topics;
}

static void free_topic(struct registration_topic *topic)
{
    free(topic->name);
    free(topic->id);
    free(topic->config);
}

void registration_topics_destroy(struct registration_topics **topics)
{
    if (*topics == NULL)
        return;
    for (size_t i = 0; i < (*topics)->count; i++)
        free_topic(&(*topics)->items[i]);
    free((*topics)->items);
    free(*topics);
    *topics = NULL;
}

/* jansson fails here only without memory; what is set is taken over. */
static void put(json_t *object, const char *member, json_t *value)
{
    int result = json_object_set_new(object, member, value);

    ASSERT(result == 0);
}

static char *write_config(const struct registration_setting *settings, size_t count)
{
    json_t *root = json_object();
    json_t *config = json_object();

    for (size_t i = 0; i < count; i++)
        put(config, settings[i].name, json_string(settings[i].value));
    put(root, "version", json_integer(1));
    put(root, "config", config);
    char *text = json_dumps(root, JSON_COMPACT);
    ASSERT(text != NULL);
    json_decref(root);
    return text;
}

/* Behind all whose names come before. They come nearly in order. */
static struct registration_topic *make_room(struct registration_topics *topics, const char *name)
{
    if (topics->count == topics->capacity) {
        topics->capacity = topics->capacity == 0 ? 16 : 2 * topics->capacity;
        topics->items = mem_resize(topics->items, topics->capacity, sizeof *topics->items);
    }
    size_t place = topics->count++;
    for (; place > 0 && strcmp(topics->items[place - 1].name, name) > 0; place--)
        topics->items[place] = topics->items[place - 1];
    return &topics->items[place];
}

void registration_topics_add(struct registration_topics *topics,
                             const struct registration_new_topic *topic)
{
    *make_room(topics, topic->name) = (struct registration_topic){
        .name = mem_copy_text(topic->name),
        .id = mem_copy_text(topic->id),
        .partition_count = topic->partition_count,
        .config = write_config(topic->settings, topic->setting_count),
    };
}

static int compare(const void *name, const void *item)
{
    const struct registration_topic *topic = item;

    return strcmp(name, topic->name);
}

size_t registration_topics_find(const struct registration_topics *topics, const char *name)
{
    if (topics->count == 0)
        return topics->count;
    const struct registration_topic *found =
        bsearch(name, topics->items, topics->count, sizeof *topics->items, compare);
    return found == NULL ? topics->count : (size_t)(found - topics->items);
}

bool registration_topic_equals(const struct registration_topic *one,
                               const struct registration_topic *other)
{
    return strcmp(one->name, other->name) == 0 && strcmp(one->id, other->id) == 0 &&
           one->partition_count == other->partition_count &&
           strcmp(one->config, other->config) == 0;
}

/* ---- nodes ---- */

char *registration_topic_write(const struct registration_topic *topic, int32_t broker)
{
    struct text text;

    text_init(&text);
    text_add(&text, "{\"version\":3,\"topic_id\":\"%s\",\"partitions\":{", topic->id);
    for (int32_t i = 0; i < topic->partition_count; i++)
        text_add(&text, "%s\"%" PRId32 "\":[%" PRId32 "]", i == 0 ? "" : ",", i, broker);
    text_add(&text, "},\"adding_replicas\":{},\"removing_replicas\":{}}");
    return text_take(&text);
}

/* The broker, and nobody else, at least once. */
static bool is_on(const json_t *replicas, int32_t broker)
{
    size_t count = json_array_size(replicas);

    for (size_t i = 0; i < count; i++)
        if (json_integer_value(json_array_get(replicas, i)) != broker ||
            !json_is_integer(json_array_get(replicas, i)))
            return false;
    return count > 0;
}

static bool are_all_on(json_t *partitions, int32_t broker)
{
    const char *number;
    json_t *replicas;

    json_object_foreach(partitions, number, replicas)
    {
        if (!is_on(replicas, broker))
            return false;
    }
    return json_is_object(partitions);
}

struct registration_found registration_topic_read(const char *data, size_t size, int32_t broker)
{
    struct registration_found found = {.is_ours = false};
    json_t *root = json_loadb(data == NULL ? "" : data, size, 0, NULL);
    const char *id = json_string_value(json_object_get(root, "topic_id"));

    if (id != NULL && strlen(id) < sizeof found.id)
        memcpy(found.id, id, strlen(id));
    found.is_ours = are_all_on(json_object_get(root, "partitions"), broker);
    json_decref(root);
    return found;
}
