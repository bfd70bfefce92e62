/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/group/offsets.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/group/value.h"

struct offset *offsets_find(const struct group *group, struct kafka_string topic, int32_t partition)
{
    struct names_node *node = names_find(&group->offsets, topic, partition);

    return node == NULL ? NULL : CONTAINER_OF(node, struct offset, by_place);
}

struct offset *offsets_need(struct group *group, struct kafka_string topic, int32_t partition)
{
    struct offset *offset = offsets_find(group, topic, partition);

    if (offset != NULL)
        return offset;
    offset = NEW(struct offset);
    offset->topic = value_copy_string(topic);
    offset->value.metadata = KAFKA_STRING_NULL;
    names_put(&group->offsets, &offset->by_place, offset->topic, partition);
    return offset;
}

void offsets_apply(struct offset *offset, uint64_t ticket, const struct group_record_offset *value)
{
    if (ticket < offset->ticket)
        return;
    value_drop_string(&offset->value.metadata);
    offset->ticket = ticket;
    offset->has_value = value != NULL;
    if (value != NULL) {
        offset->value = *value;
        offset->value.metadata = value_copy_string(value->metadata);
        offset->is_owed = false;
    }
}

void offsets_remove(struct group *group, struct offset *offset)
{
    names_remove(&group->offsets, &offset->by_place);
    value_drop_string(&offset->topic);
    value_drop_string(&offset->value.metadata);
    free(offset);
}

bool offsets_drop_if_unused(struct group *group, struct offset *offset)
{
    if (offset->has_value || offset->changes > 0 || offset->is_owed)
        return false;
    offsets_remove(group, offset);
    return true;
}

struct offset *offsets_next(const struct group *group, const struct offset *offset)
{
    struct names_node *node =
        names_walk(&group->offsets, offset == NULL ? NULL : &offset->by_place);

    return node == NULL ? NULL : CONTAINER_OF(node, struct offset, by_place);
}

static int compare(const void *left, const void *right)
{
    const struct offset *one = *(const struct offset *const *)left;
    const struct offset *other = *(const struct offset *const *)right;
    size_t one_size = value_size(one->topic.length);
    size_t other_size = value_size(other->topic.length);
    int order =
        memcmp(one->topic.data, other->topic.data, one_size < other_size ? one_size : other_size);

    if (order == 0 && one_size != other_size)
        order = one_size < other_size ? -1 : 1;
    if (order == 0)
        order = one->by_place.number < other->by_place.number ? -1 : 1;
    return order;
}

struct offset **offsets_sorted(const struct group *group, size_t *ret_count)
{
    struct offset **sorted = NEW_ARRAY(struct offset *, group->offsets.count);
    size_t count = 0;

    for (struct offset *offset = offsets_next(group, NULL); offset != NULL;
         offset = offsets_next(group, offset)) {
        if (offset->has_value)
            sorted[count++] = offset;
    }
    qsort((void *)sorted, count, sizeof(struct offset *), compare);
    *ret_count = count;
    return sorted;
}

size_t offsets_size(const struct offset *offset)
{
    return sizeof *offset + value_size(offset->topic.length) +
           value_size(offset->value.metadata.length);
}
